"""Installer firms as files name them: by the maker's key, by mail or only by name."""

from accounts.models import InstallerFirm
from chargers.imports.tally import Tally
from chargers.models import Proposal
from chargers.streets import fold
from chargers.vendors.protocol import FirmSaid

# The key of a firm that only our CSV names, until the maker's own key is known.
OWN_KEY = "name:"


class Firms:
    """All firms on record, looked up in memory: there are few of them."""

    def __init__(self) -> None:
        self._is_read = False

    def forget(self) -> None:
        """Read them again the next time: a transaction was rolled back."""
        self._is_read = False

    def take(self, said: FirmSaid, tally: Tally) -> InstallerFirm:
        """Return the firm that a row names, made if it is new, completed where it was unknown.

        A contact that differs from the one on record is proposed, not taken.
        """
        firm = self._find(said)
        if firm is None:
            firm = self._make(said, tally)
        else:
            self._complete(firm, said, tally)
        return firm

    def _read(self) -> None:
        self._by_key: dict[str, InstallerFirm] = {}
        self._by_email: dict[str, InstallerFirm] = {}
        self._by_name: dict[str, InstallerFirm] = {}
        for firm in InstallerFirm.objects.order_by("pk"):
            self._index(firm)
        self._is_read = True

    def _index(self, firm: InstallerFirm) -> None:
        """Remember a firm under all its names; of two alike the older one is meant."""
        self._by_key[firm.lookup_key] = firm
        if firm.email:
            self._by_email.setdefault(firm.email, firm)
        self._by_name.setdefault(fold(firm.name), firm)

    def _find(self, said: FirmSaid) -> InstallerFirm | None:
        if not self._is_read:
            self._read()
        if said.lookup_key and said.lookup_key in self._by_key:
            return self._by_key[said.lookup_key]
        found = self._by_email.get(said.email) or self._by_name.get(fold(said.name))
        # A firm that has another key of the maker's is another firm.
        if found and said.lookup_key and not found.lookup_key.startswith(OWN_KEY):
            return None
        return found

    def _make(self, said: FirmSaid, tally: Tally) -> InstallerFirm:
        firm = InstallerFirm.objects.create(
            name=said.name or said.lookup_key or said.email,
            lookup_key=said.lookup_key or own_key(said),
            email=said.email,
            phone=said.phone,
            registered_at=tally.now if is_registered(said) else None,
        )
        self._index(firm)
        tally.counts["new_firms"] += 1
        return firm

    def _complete(self, firm: InstallerFirm, said: FirmSaid, tally: Tally) -> None:
        changed = _fill(firm, said, tally)
        if changed:
            firm.save(update_fields=changed)
            self._index(firm)
        new = {
            name: getattr(said, name)
            for name in ("email", "phone")
            if getattr(said, name) and getattr(said, name) != getattr(firm, name)
        }
        if new:
            old = {name: getattr(firm, name) for name in new}
            tally.propose(kind=Proposal.Kind.FIRM_CONTACT, firm=firm, old=old, new=new)


def own_key(said: FirmSaid) -> str:
    """Return the key of a firm known by name or mail only."""
    return f"{OWN_KEY}{fold(said.name) or said.email}"[:200]


def is_registered(said: FirmSaid) -> bool:
    """Say whether the source knows the firm well enough for its word to count."""
    return bool(said.email or said.lookup_key)


def _fill(firm: InstallerFirm, said: FirmSaid, tally: Tally) -> list[str]:
    """Fill in what was not known of a firm; return the fields that changed."""
    changes = {}
    if said.lookup_key and firm.lookup_key.startswith(OWN_KEY):
        changes["lookup_key"] = said.lookup_key
        if said.name:
            changes["name"] = said.name
    if firm.registered_at is None and is_registered(said):
        changes |= {"registered_at": tally.now, "email": firm.email or said.email}
    if said.phone and not firm.phone:
        changes["phone"] = said.phone
    if firm.name == firm.email and said.name:
        changes["name"] = said.name
    for name, value in changes.items():
        setattr(firm, name, value)
    return list(changes)
