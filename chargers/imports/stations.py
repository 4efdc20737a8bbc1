"""Chargers as files describe them: one batch of rows, in one transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from chargers import pins, serials
from chargers.imports import places as placing
from chargers.imports.firms import Firms
from chargers.imports.ownership import Ownership
from chargers.imports.people import People
from chargers.imports.places import Places
from chargers.imports.tally import Tally
from chargers.models import AwaitedPlace, Charger, Grant, Installation, OwnerState, Pin
from chargers.vendors.protocol import ChargerSaid
from records import clock, events, outbox

_UNCHANGED_WHEN_KNOWN = (("external_id", "Id"), ("unit", "unit"))


def apply(rows: list[ChargerSaid], firms: Firms, tally: Tally) -> Tally:
    """Take rows of different serials in the caller's transaction; the tally says what was done."""
    _Batch(rows, firms, tally).apply()
    return tally


class _Batch:
    def __init__(self, rows: list[ChargerSaid], firms: Firms, tally: Tally) -> None:
        self.tally, self.firms, self.rows = tally, firms, rows
        self.known = lock_known(rows)
        tally.now = clock.now()  # after the locks, or periods could run backwards
        self.pins = {
            pin.charger_id: pin
            for pin in Pin.objects.filter(charger__in=[one.pk for one in self.known.values()])
        }
        self.chargers: dict[int, Charger] = {}
        self.registered: set[int] = set()
        self.made: set[int] = set()

    def apply(self) -> None:
        """Refuse what contradicts a sealed PIN; make or complete the rest; then who owns it."""
        self.rows = [said for said in self.rows if not self._refuse_other_pin(said)]
        people = People(_emails(self.rows), self.tally)
        places = Places(self.firms, people, self.tally)
        places.load(
            (said.place for said in self.rows if said.place),
            [(said.vendor, said.place_ref) for said in self.rows if said.place_ref],
        )
        for said in self.rows:
            if said.serial in self.known:
                self._complete(said, self.known[said.serial])
            else:
                self.chargers[said.number] = new_charger(said, self.tally.now)
        self._put(places)
        self._seal()
        fresh = self.made | self.registered
        Ownership(people, self.tally).take(self.rows, self.chargers, fresh)
        for said in self.rows:
            self.tally.findings += [(said.number, warning) for warning in said.warnings]

    def _refuse_other_pin(self, said: ChargerSaid) -> bool:
        charger = self.known.get(said.serial)
        pin = self.pins.get(charger.pk) if charger else None
        if not said.pin or pin is None or self.tally.options.pins == "none":
            return False
        if pins.opens_to(charger_uid=charger.uid, ciphertext=pin.ciphertext, pin=said.pin):
            return False
        self.tally.refuse(
            said.number,
            "pin",
            _("is not the PIN on record, and a PIN can never change"),
            _("Compare the serial and the PIN with the label; one of the two is another's."),
        )
        return True

    def _complete(self, said: ChargerSaid, charger: Charger) -> None:
        """Fill in what we did not know of a known charger, and follow its display name."""
        self.chargers[said.number] = charger
        changes = {"model": said.model} if said.model and not charger.model else {}
        if said.name and said.name != charger.name:
            changes["name"] = said.name
        for name, field in _UNCHANGED_WHEN_KNOWN:
            told, kept = getattr(said, name), getattr(charger, name)
            if told and not kept:
                changes[name] = told
            elif told and told != kept:
                reason = _("differs from the one on record, which stays")
                self.tally.warn(said.number, field, reason, _("Correct whichever is wrong."))
        if charger.registered_at is None:
            changes |= self._register(said, charger)
        if changes:
            for name, value in changes.items():
                setattr(charger, name, value)
            charger.save(update_fields=list(changes))
            self.tally.counts["changed_chargers"] += 1
        else:
            self.tally.counts["unchanged_chargers"] += 1

    def _register(self, said: ChargerSaid, charger: Charger) -> dict:
        """A charger known only from a ticket is in the registry now: its tickets are routed."""
        self.registered.add(said.number)
        self.tally.counts["registered_chargers"] += 1
        key = f"charger_registered:{charger.uid}:{self.tally.batch.uid}"
        outbox.put("charger_registered", key, at=self.tally.now, charger_uid=str(charger.uid))
        events.record(
            charger.stream,
            "charger_registered",
            at=self.tally.now,
            actor=self.tally.options.by,
            by_what="import",
            batch=str(self.tally.batch.uid),
        )
        return {
            "vendor": said.vendor,
            "serial": said.serial,
            "lookup_key": serials.lookup_key(said.serial),
            "registered_at": self.tally.now,
        }

    def _put(self, places: Places) -> None:
        """Put each charger at its place; one whose place no file has described yet waits."""
        waiting, placed = [], []
        for said in self.rows:
            charger = self.chargers[said.number]
            place = self._place(said, charger, places)
            if place:
                placed.append((charger, place))
            elif said.place_ref:
                waiting.append(AwaitedPlace(charger=charger, **_ref(said)))
        places.save()
        placing.put(placed, self.tally)
        self._save_new()
        AwaitedPlace.objects.bulk_create(waiting, ignore_conflicts=True)
        self._warn_of_waiting({row.charger_id for row in waiting})

    def _save_new(self) -> None:
        new = {number: one for number, one in self.chargers.items() if one.pk is None}
        Charger.objects.bulk_create(new.values())
        self.made = set(new)
        self.tally.counts["new_chargers"] += len(new)

    def _place(self, said: ChargerSaid, charger: Charger, places: Places) -> Installation | None:
        if said.place:
            return places.of_row(said.place, charger if charger.installation_id else None)
        return places.by_ref(said.vendor, said.place_ref) if said.place_ref else None

    def _warn_of_waiting(self, ids: set[int]) -> None:
        for said in self.rows:
            if self.chargers[said.number].pk in ids:
                self.tally.warn(
                    said.number,
                    "InstallationId",
                    _("names an installation that no file has described yet"),
                    _("Import the installations as well; the order does not matter."),
                )

    def _seal(self) -> None:
        """Seal the PINs that we do not hold yet, of those chargers whose PINs are wanted."""
        wanted = [
            (self.chargers[said.number], said.pin)
            for said in self.rows
            if said.pin and self.chargers[said.number].pk not in self.pins
        ]
        allowed = self._wanted_pins({charger.pk for charger, _pin in wanted})
        sealed = []
        for charger, pin in wanted:
            if charger.pk in allowed:
                closed = pins.seal(charger_uid=charger.uid, pin=pin)
                sealed.append(
                    Pin(
                        charger=charger,
                        ciphertext=closed.ciphertext,
                        key_id=closed.key_id,
                        sealed_at=self.tally.now,
                    )
                )
        Pin.objects.bulk_create(sealed)
        self.tally.counts["pins_sealed"] += len(sealed)
        self.tally.counts["pins_left"] += len(wanted) - len(sealed)

    def _wanted_pins(self, ids: set[int]) -> set[int]:
        """Return the chargers whose PIN is taken in: all, none, or those handed over here."""
        if self.tally.options.pins == "approved":
            grants = Grant.objects.filter(charger__in=ids, ends_at=None)
            return set(grants.values_list("charger_id", flat=True))
        return ids if self.tally.options.pins == "all" else set()


def new_charger(said: ChargerSaid, at: datetime) -> Charger:
    """Return the charger that a row describes, not saved; the state its owner will give it."""
    state = OwnerState.UNKNOWN
    if said.owner:
        state = OwnerState.NONE if said.owner.is_none else OwnerState.KNOWN
    return Charger(
        vendor=said.vendor,
        serial=said.serial,
        lookup_key=serials.lookup_key(said.serial),
        model=said.model,
        name=said.name,
        unit=said.unit,
        external_id=said.external_id,
        owner_state=state,
        registered_at=at,
        made_at=at,
    )


def lock_known(rows: list[ChargerSaid]) -> dict[str, Charger]:
    """Lock the chargers on record that these rows mean, and return them by the rows' serials.

    One that only a ticket knows is found by what its label may be misread as.
    """
    vendor = rows[0].vendor if rows else ""
    wanted = {said.serial for said in rows}
    keys = {serials.lookup_key(serial): serial for serial in wanted}
    found = Charger.objects.filter(
        Q(vendor=vendor, serial__in=wanted) | Q(vendor="", lookup_key__in=keys)
    )
    locked = found.select_for_update(of=("self",), no_key=True).order_by("pk")
    known: dict[str, Charger] = {}
    for charger in sorted(locked.select_related("installation"), key=_registered_and_exact(wanted)):
        serial = charger.serial if charger.vendor else keys[charger.lookup_key]
        known.setdefault(serial, charger)
    return known


def _registered_and_exact(wanted: set[str]):
    return lambda charger: (not charger.vendor, charger.serial not in wanted, charger.pk)


def _ref(said: ChargerSaid) -> dict[str, str]:
    return {"vendor": said.vendor, "external_id": said.place_ref}


def _emails(rows: Iterable[ChargerSaid]) -> set[str]:
    owners = {said.owner.email for said in rows if said.owner}
    return owners | {said.place.board_email for said in rows if said.place}
