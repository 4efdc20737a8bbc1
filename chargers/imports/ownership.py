"""Owners of one batch of chargers: first ones recorded, others proposed, hand-overs respected."""

from collections import defaultdict

from django.utils.translation import gettext as _

from accounts.models import User
from chargers.imports.owners import OnRecord, Verdict, decide
from chargers.imports.people import People
from chargers.imports.tally import Tally
from chargers.models import Charger, OwnerState, Proposal, Tenure
from chargers.services import registry
from chargers.vendors.protocol import ChargerSaid
from records import events, outbox


class Ownership:
    """What a batch of rows says about owners, applied."""

    def __init__(self, people: People, tally: Tally) -> None:
        self.people, self.tally = people, tally
        self._tenures: list[Tenure] = []
        self._states: dict[str, list[int]] = defaultdict(list)
        self._completed: list = []
        self._proposed: list[tuple[Charger, User | None, OnRecord, dict]] = []

    def take(self, rows: list[ChargerSaid], chargers: dict[int, Charger], fresh: set[int]) -> None:
        """Apply what the rows say; ``fresh``: numbers of rows whose charger is new or registered.

        The chargers are locked or new.
        """
        rows = [said for said in rows if said.owner]
        known = [chargers[said.number] for said in rows if said.number not in fresh]
        records = self._read(known)
        emails = self.people.known_emails(
            tenure.person
            for record in records.values()
            for tenure in [*record.former, record.current]
            if tenure
        )
        for said in rows:
            charger = chargers[said.number]
            record = records.get(charger.pk) or OnRecord()
            verdict = decide(said.owner, record, emails)
            if verdict is Verdict.SAME_NEW_EMAIL and said.owner.email in self.people.by_email:
                verdict = Verdict.PROPOSE  # the address is another person's
            _DO[verdict](self, said, charger, record)
        self._write()

    def _read(self, chargers: list[Charger]) -> dict[int, OnRecord]:
        by_pk = {charger.pk: charger for charger in chargers}
        busy = registry.under_way(by_pk)
        records = {
            pk: OnRecord(state=charger.owner_state, is_under_way=pk in busy)
            for pk, charger in by_pk.items()
        }
        tenures = Tenure.objects.owners().filter(charger__in=by_pk).select_related("person")
        for tenure in tenures.order_by("-starts_at"):
            record = records[tenure.charger_id]
            if tenure.ends_at is None or tenure.ends_at > self.tally.now:
                record.current = tenure
            else:
                record.former.append(tenure)
        return records

    def _write(self) -> None:
        self.people.save()
        for tenure in self._tenures:
            tenure.person_id = tenure.person.pk
        Tenure.objects.bulk_create(self._tenures)
        for state, ids in self._states.items():
            Charger.objects.filter(pk__in=ids).update(owner_state=state)
        self.people.complete(self._completed)
        for charger, person, record, about in self._proposed:
            self._propose(charger, person, record, about)

    def _record(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        """A first owner, unestablished, since the day the file says."""
        owner = said.owner
        person = self.people.named(owner.email, owner.name)
        tenure = Tenure(
            role=Tenure.Role.OWNER,
            charger=charger,
            person=person,
            starts_at=owner.since or self.tally.now,
            source=self.tally.source,
        )
        self._tenures.append(tenure)
        self._set_state(charger, OwnerState.KNOWN)
        self._completed.append((said.number, person, owner))
        self.tally.counts["owners_recorded"] += 1

    def _declare_none(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        self._set_state(charger, OwnerState.NONE)
        self.tally.counts["owners_declared_none"] += 1

    def _keep(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        owner, person = said.owner, record.current.person
        if owner.email and not person.email:
            self.people.propose_contact(person, "email", old="", new=owner.email)
        self._completed.append((said.number, person, owner))

    def _new_email(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        person = record.current.person
        self.people.propose_contact(person, "email", old=person.email, new=said.owner.email)

    def _proof_arrived(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        """The maker's side names the new owner: what the hand-over was waiting for."""
        record.current.proof_awaited = False
        record.current.save(update_fields=["proof_awaited"])
        events.record(
            charger.stream,
            "proof_arrived",
            at=self.tally.now,
            actor=self.tally.options.by,
            by_what="import",
            tenure=str(record.current.uid),
            batch=str(self.tally.batch.uid),
        )
        self.tally.counts["proofs_arrived"] += 1
        # A file names one owner: where it names the new one, the former one is gone as well.
        self._tell_proof(record.current, "owner_added", "owner_removed")

    def _tell_proof(self, tenure: Tenure, *steps: str) -> None:
        """Let whoever waits for it know which steps of a hand-over this file shows, once each."""
        outbox.put(
            "proof_arrived",
            f"proof_arrived:{tenure.uid}:{'+'.join(steps)}",
            at=self.tally.now,
            tenure_uid=tenure.uid,
            batch_uid=self.tally.batch.uid,
            steps=list(steps),
        )

    def _await_proof(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        if said.owner.is_none and record.current:
            self._tell_proof(record.current, "owner_removed")
        self.tally.counts["awaiting_proof"] += 1
        self.tally.warn(
            said.number,
            "owner_email",
            _("does not follow the hand-over completed here, which stands"),
            _("Do the maker-side step, then export anew."),
        )

    def _propose_owner(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        self._proposed.append((charger, self._person(said, charger), record, {}))

    def _propose_to_senior(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        person = self._person(said, charger)
        self._proposed.append((charger, person, record, {"senior_task": True}))

    def _person(self, said: ChargerSaid, charger: Charger) -> User:
        """Return the person a row names; one without an address as proposed here before."""
        owner = said.owner
        if not owner.email:
            before = Proposal.objects.filter(
                charger=charger, kind=Proposal.Kind.OWNER, person__email="", person__name=owner.name
            ).select_related("person")
            if known := before.first():
                return known.person
        return self.people.named(owner.email, owner.name)

    def _propose_none(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        self._proposed.append((charger, None, record, {}))

    def _propose(
        self, charger: Charger, person: User | None, record: OnRecord, about: dict
    ) -> None:
        before = record.current.person if record.current else None
        self.tally.propose(
            kind=Proposal.Kind.OWNER,
            charger=charger,
            person=person,
            old={"owner": str(before.uid) if before else "", "owner_state": record.state},
            new={"owner": str(person.uid) if person else "none"},
            **about,
        )

    def _set_state(self, charger: Charger, state: str) -> None:
        if charger.owner_state != state:
            charger.owner_state = state
            self._states[state].append(charger.pk)

    def _nothing(self, said: ChargerSaid, charger: Charger, record: OnRecord) -> None:
        """Nothing is said that we do not know."""


_DO = {
    Verdict.NOTHING: Ownership._nothing,
    Verdict.RECORD: Ownership._record,
    Verdict.DECLARE_NONE: Ownership._declare_none,
    Verdict.SAME: Ownership._keep,
    Verdict.SAME_NEW_EMAIL: Ownership._new_email,
    Verdict.PROOF_ARRIVED: Ownership._proof_arrived,
    Verdict.AWAIT_PROOF: Ownership._await_proof,
    Verdict.PROPOSE: Ownership._propose_owner,
    Verdict.PROPOSE_TO_SENIOR: Ownership._propose_to_senior,
    Verdict.PROPOSE_NONE: Ownership._propose_none,
}
