"""A registered firm's word: where it counts, how it is put on record, and given in advance."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts import throttles
from accounts.models import InstallerFirm, User, normalise_email
from chargers.models import Charger, OwnerState, Tenure
from chargers.permissions import firm_ids, since_hand_over
from chargers.refusals import ContactChanged, Refused
from chargers.services.holds import refuse_while_held
from chargers.services.standing import CONTACT_REST
from records import clock, events
from support.models import FirmAnswer, NamedCustomer, Ticket
from support.notifications import notify
from support.services.facts import folded, surname_of
from support.services.saving import save_and_record

# So long a firm's word in advance counts for a request of the customer it named.
IN_ADVANCE = timedelta(days=90)


def firms_of(charger: Charger) -> list[InstallerFirm]:
    """Return the registered firms with service access here, and the place's own firm."""
    access = Tenure.objects.on(charger).service().filter(ends_at=None)
    ids = set(access.exclude(firm=None).values_list("firm", flat=True))
    if charger.installation_id and charger.installation.firm_id:
        ids.add(charger.installation.firm_id)
    return list(InstallerFirm.objects.filter(pk__in=ids).exclude(registered_at=None).order_by("pk"))


def put(
    ticket: Ticket,
    firm: InstallerFirm,
    *,
    by: User | None,
    at: datetime,
    installed_here: bool,
    names_claimant: bool,
) -> FirmAnswer:
    """Put a firm's word on record, in place of the one before. The caller holds the locks.

    ``names_claimant`` counts beside a yes only.
    """
    ticket.firm_answers.filter(firm=firm, void_at=None).update(void_at=at)
    said = FirmAnswer.objects.create(
        ticket=ticket,
        firm=firm,
        by=by,
        at=at,
        installed_here=installed_here,
        names_claimant=installed_here and names_claimant,
    )
    save_and_record(
        ticket,
        "firm_answered",
        at=at,
        by=by,
        by_what="party",
        answer=str(said.uid),
        firm=str(firm.uid),
        here=installed_here,
    )
    return said


def said_in_advance(ticket: Ticket, firm: InstallerFirm, *, at: datetime) -> bool:
    """Put on record what a firm said of this very person before they asked; False: nothing.

    The mail address is the one that it named, and was proved; the surname is compared silently: a
    different one leaves it at "we put it up".
    """
    open_ = NamedCustomer.objects.filter(firm=firm, charger=ticket.charger_id, cancelled_at=None)
    named = open_.filter(person=ticket.claimant_id, ends_at__gt=at).select_related("by").first()
    if named is None:
        return False
    same = constant_time_compare(named.surname_hash, _surname_hash(ticket.claimant_name))
    put(ticket, firm, by=named.by, at=at, installed_here=True, names_claimant=same)
    return True


@transaction.atomic
def name_customer(*, charger_id: int, by: User, name: str, email: str) -> NamedCustomer:
    """Say for whom the firm put this station up, and tell the customer how to ask for it.

    It gives nobody anything: the customer asks like everybody, shows the label, and an agent
    decides. A name given before is replaced. Raises PermissionDenied unless ``by`` speaks for a
    registered firm with service access here, Refused when somebody owns the charger or once did,
    Paused while a hold is open, ContactChanged, ValidationError by field, Throttled.
    """
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    firm = _serving_firm(charger, by, now)
    refuse_while_held(charger)
    if charger.owner_state == OwnerState.KNOWN or charger.tenures.owners().exists():
        raise Refused(_("This charger has had an owner already. Only its owner can hand it over."))
    if firm.contact_changed_at and firm.contact_changed_at > now - CONTACT_REST:
        raise ContactChanged
    if problems := _problems(by, name, email):
        raise ValidationError(problems)
    throttles.spend(throttles.CUSTOMERS_BY_PERSON, str(by.uid), what=str(charger.uid))
    NamedCustomer.objects.filter(firm=firm, charger=charger, cancelled_at=None).update(
        cancelled_at=now
    )
    person = User.objects.by_email(email) or User.objects.create_user(email)
    named = NamedCustomer.objects.create(
        firm=firm,
        charger=charger,
        by=by,
        person=person,
        surname_hash=_surname_hash(name),
        made_at=now,
        ends_at=now + IN_ADVANCE,
    )
    _record(charger, "customer_named", by, now, firm=firm.uid, named=named.uid)
    notify("customer_named", at=now, charger=charger, person=person)
    return named


@transaction.atomic
def take_customer_back(*, charger_id: int, by: User) -> None:
    """Take back whom the firm named: what was put on record of a request already stays."""
    charger = Charger.objects.lock(charger_id)
    now = clock.now()
    firms = firm_ids(by, now)
    for named in charger.named_customers.filter(firm__in=firms, cancelled_at=None):
        NamedCustomer.objects.filter(pk=named.pk).update(cancelled_at=now)
        _record(charger, "customer_taken_back", by, now, named=named.uid)


def serving(charger: Charger, user: User, at: datetime):
    """Return the service tenures that give this person's firms a right here at ``at``."""
    service = Tenure.objects.on(charger).service().current(at).filter(since_hand_over(charger))
    registered = service.filter(firm__in=firm_ids(user, at), firm__registered_at__isnull=False)
    return registered.select_related("firm")


def _serving_firm(charger: Charger, by: User, at: datetime) -> InstallerFirm:
    tenure = serving(charger, by, at).order_by("pk").first()
    if tenure is None:
        raise PermissionDenied(_("Only a registered firm with service access here can say so."))
    return tenure.firm


def _problems(by: User, name: str, email: str) -> dict[str, str]:
    problems = {}
    if not name.strip():
        problems["customer_name"] = _("Type the customer's name, as on your invoice.")
    if "@" not in email:
        problems["customer_email"] = _("Type the customer's e-mail address.")
    elif normalise_email(email) == by.email:
        problems["customer_email"] = _("This is your own address. Type the customer's.")
    return problems


def _surname_hash(name: str) -> str:
    """Return a keyed hash of the surname, however its letters are written."""
    surname = folded(surname_of(name))
    return salted_hmac("support.named_customer", surname, algorithm="sha256").hexdigest()


def _record(charger: Charger, kind: str, by: User, at: datetime, **ids) -> None:
    events.record(charger.stream, kind, at=at, actor=by, by_what="party", **ids)
