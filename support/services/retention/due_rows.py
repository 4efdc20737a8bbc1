"""Which rows have been kept long enough: one query each, ``before`` being the end of the term."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import (
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Greatest

from accounts.models import Code, ContactPoint, FailedProof, FirmMember, StaffRole, Throttle, User
from chargers.models import Hold, ImportRow, Installation, Proposal, Reveal, Share, Tenure
from records.models import Event, Note, OutboxRow
from support.machine import State
from support.models import (
    Contest,
    Copy,
    Erasure,
    EvidenceItem,
    FormKey,
    Freeze,
    Link,
    NamedCustomer,
    Notice,
    Ticket,
    Undo,
)

DECIDED = (State.COMPLETED, State.RESTORED, State.REJECTED, State.EXPIRED, State.WITHDRAWN)
HANDED_OVER = (State.COMPLETED, State.RESTORED)
DAY = Value(timedelta(days=1), output_field=DurationField())


def codes(before: datetime) -> QuerySet[Code]:
    return Code.objects.filter(made_at__lt=before)


def sessions(before: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=before)


def failed_proofs(before: datetime) -> QuerySet[FailedProof]:
    return FailedProof.objects.filter(at__lt=before)


def throttles(before: datetime) -> QuerySet[Throttle]:
    return Throttle.objects.filter(at__lt=before)


def named_customers(before: datetime) -> QuerySet[NamedCustomer]:
    return NamedCustomer.objects.filter(ends_at__lt=before)


def undos(before: datetime) -> QuerySet[Undo]:
    return Undo.objects.filter(until_at__lt=before)


def form_keys(before: datetime) -> QuerySet[FormKey]:
    return FormKey.objects.filter(made_at__lt=before)


def drafts(before: datetime) -> QuerySet[Ticket]:
    """Drafts that were never sent and have run out or were taken back."""
    closed = Ticket.objects.filter(state__in=DECIDED, submitted_at=None, forgotten_at=None)
    return closed.filter(decided_at__lt=before)


def requests(before: datetime) -> QuerySet[Ticket]:
    """Closed requests whose time for an appeal or a contest ended before; none that is held."""
    rows = Ticket.objects.filter(state__in=DECIDED, forgotten_at=None)
    rows = rows.exclude(submitted_at=None)
    handed_over = Q(state__in=HANDED_OVER)
    contest = Contest.objects.filter(ticket=OuterRef("pk"))
    held = Hold.objects.filter(charger=OuterRef("charger"), lifted_at=None)
    frozen = Freeze.objects.filter(ticket=OuterRef("pk"), lifted_at=None)
    rows = rows.exclude(Exists(held)).exclude(Exists(frozen))
    rows = rows.exclude(Exists(contest.filter(Q(closed_at=None) | Q(closed_at__gte=before))))
    # What a claimant has at hand to come back with is counted first, by the ticket's own policy.
    return rows.filter(
        (handed_over & Q(decided_at__lt=before - _days("contest_days")))
        | (~handed_over & Q(decided_at__lt=before - _days("appeal_days")))
    )


def _days(name: str) -> ExpressionWrapper:
    days = Cast(KeyTextTransform(name, "policy__data"), IntegerField())
    return ExpressionWrapper(days * DAY, output_field=DurationField())


def links(before: datetime) -> QuerySet[Link]:
    return Link.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))


def notices(before: datetime) -> QuerySet[Notice]:
    """Mails that belong to no request; those of one go with it."""
    return Notice.objects.filter(ticket=None, made_at__lt=before).exclude(email="")


def effects(before: datetime) -> QuerySet[OutboxRow]:
    return OutboxRow.objects.filter(done_at__lt=before)


def import_rows(before: datetime) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(batch__made_at__lt=before)


def shares(before: datetime) -> QuerySet[Share]:
    return Share.objects.filter(expires_at__lt=before).exclude(to_name="", to_email="")


def jobs(before: datetime) -> QuerySet[Reveal]:
    return Reveal.objects.filter(at__lt=before).exclude(job="")


def proposals(before: datetime) -> QuerySet[Proposal]:
    closed = Proposal.objects.exclude(state=Proposal.State.OPEN).filter(closed_at__lt=before)
    return closed.exclude(old={}, new={})


def freezes(before: datetime) -> QuerySet[Freeze]:
    """Why a charger's freeze was lifted; that of a request goes with it."""
    old = Freeze.objects.filter(lifted_at__lt=before).exclude(charger=None)
    return old.exclude(reason="erased")


def contacts(before: datetime) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(valid_to__lt=before)


def notes(before: datetime) -> QuerySet[Note]:
    """Free text of other streams than a request's; those of one go with it."""
    noted = KeyTextTransform("uid", KeyTransform("note", "data"))
    pointing = Event.objects.annotate(noted=noted).filter(
        noted=Cast(OuterRef("uid"), TextField()), stream__startswith="ticket:"
    )
    old = Note.objects.filter(made_at__lt=before, erased_at=None)
    return old.exclude(Exists(pointing))


def people(before: datetime) -> QuerySet[User]:
    """People who hold nothing, are nobody here and were last anything here before."""
    mine = OuterRef("pk")
    since = Q(ends_at=None) | Q(ends_at__gte=before)
    keeps = (
        Tenure.objects.filter(since, person=mine),
        FirmMember.objects.filter(since, user=mine),
        StaffRole.objects.filter(since, user=mine),
        Installation.objects.filter(board=mine),
        Ticket.objects.filter(Q(claimant=mine) | Q(offered_by=mine), forgotten_at=None),
        Copy.objects.filter(person=mine, removed_at=None),
        Erasure.objects.filter(person=mine, done_at=None, cancelled_at=None),
    )
    rows = User.objects.filter(erased_at=None, is_superuser=False)
    for kept in keeps:
        rows = rows.exclude(Exists(kept))
    last_here = Greatest("joined_at", Coalesce("last_login", F("joined_at")))
    return rows.annotate(last_here=last_here).filter(last_here__lt=before)


def returned_files(before: datetime) -> QuerySet[EvidenceItem]:
    """Files that were given back, could not be opened, or had a better one put in their place."""
    given_back = Q(state__in=(EvidenceItem.State.RETURNED, *EvidenceItem.SET_ASIDE))
    rows = EvidenceItem.every.exclude(file_key="")
    replaced = Q(replaced_by__made_at__lt=before)
    return rows.filter(replaced | (given_back & Q(decided_at__lt=before)))


def files(before: datetime) -> QuerySet[EvidenceItem]:
    """Files of requests, and of notes on them, whose time for an appeal or a contest ended before;
    and of old drafts.
    """
    closed = Q(ticket__in=requests(before).values("pk")) | Q(ticket__in=drafts(before).values("pk"))
    return EvidenceItem.every.exclude(file_key="").filter(closed)
