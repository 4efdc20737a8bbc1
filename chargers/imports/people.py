"""People as files name them: made without any right until a code proves their address."""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import ContactPoint, User
from chargers.imports.tally import Tally
from chargers.models import Proposal
from chargers.streets import fold
from chargers.vendors.protocol import OwnerSaid

_FIELDS = (("phone", ContactPoint.Kind.PHONE), ("post", ContactPoint.Kind.POST))


class People:
    """The people that one batch of rows is about."""

    def __init__(self, emails: Iterable[str], tally: Tally) -> None:
        self.tally = tally
        wanted = {email for email in emails if email}
        self.by_email = {user.email: user for user in User.objects.filter(email__in=wanted)}
        self._made: list[User] = []
        self._contacts: list[ContactPoint] = []

    def known_emails(self, people: Iterable[User]) -> dict[int, set[str]]:
        """Return every address that these people have or ever had here, by id."""
        ids = {person.pk for person in people}
        rows = ContactPoint.objects.filter(user__in=ids, kind=ContactPoint.Kind.EMAIL)
        found: dict[int, set[str]] = defaultdict(set)
        for user_id, value in rows.values_list("user_id", "value"):
            found[user_id].add(value)
        return found

    def named(self, email: str, name: str = "") -> User:
        """Return the person with this address, or a new one; without an address always a new one.

        New ones exist in the database after ``save``.
        """
        user = self.by_email.get(email) if email else None
        if user is None:
            user = User(email=email, name=name, joined_at=self.tally.now)
            user.set_unusable_password()
            self._made.append(user)
            if email:
                self.by_email[email] = user
        elif name and not user.name:
            user.name = name
            if user.pk:
                user.save(update_fields=["name"])
        return user

    def save(self) -> None:
        """Write the new people, and the address that each was named with."""
        User.objects.bulk_create(self._made)
        self.tally.counts["new_people"] += len(self._made)
        for user in self._made:
            if user.email:
                self._contacts.append(self._contact(user, ContactPoint.Kind.EMAIL, user.email))
        ContactPoint.objects.bulk_create(self._contacts)
        self._made, self._contacts = [], []

    def complete(self, pairs: list[tuple[int, User, OwnerSaid]]) -> None:
        """Add contacts that were not known; propose those that differ. The people are saved."""
        if not pairs:
            return
        current = self._current_contacts({user.pk for _row, user, _said in pairs})
        added: dict[tuple[int, str, str], ContactPoint] = {}
        for row, user, said in pairs:
            self._check_name(row, user, said)
            told = [(kind, getattr(said, field)) for field, kind in _FIELDS]
            if said.email and said.email == user.email:
                told.append((ContactPoint.Kind.EMAIL, said.email))
            for kind, value in told:
                known = current[user.pk, kind]
                if not value or value in known:
                    continue
                if known:
                    self.propose_contact(user, kind, old=min(known), new=value)
                else:
                    known.add(value)
                    added[user.pk, kind, value] = self._contact(user, kind, value)
        ContactPoint.objects.bulk_create(added.values())

    def propose_contact(self, user: User, kind: str, *, old: str, new: str) -> None:
        """Propose another contact for someone who is on record as an owner."""
        self.tally.propose(
            kind=Proposal.Kind.OWNER_CONTACT, person=user, old={kind: old}, new={kind: new}
        )

    def _check_name(self, row: int, user: User, said: OwnerSaid) -> None:
        if said.name and user.name and fold(said.name) != fold(user.name):
            self.tally.warn(
                row,
                "owner_name",
                _("differs from the name on record, which stays"),
                _("Make sure that the address belongs to this person."),
            )

    def _current_contacts(self, ids: set[int]) -> dict[tuple[int, str], set[str]]:
        found: dict[tuple[int, str], set[str]] = defaultdict(set)
        rows = ContactPoint.objects.filter(user__in=ids, valid_to=None)
        for user_id, kind, value in rows.values_list("user_id", "kind", "value"):
            found[user_id, kind].add(value)
        return found

    def _contact(self, user: User, kind: str, value: str) -> ContactPoint:
        return ContactPoint(
            user=user,
            kind=kind,
            value=value,
            valid_from=self.tally.now,
            source=self.tally.source,
        )
