"""Letters to the registry's address: a code for who lives there, a stop code for who objects."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_fsm import TransitionNotAllowed

from accounts.models import ContactPoint, User
from chargers.models import Charger, Proposal, Tenure
from chargers.refusals import ContactChanged
from chargers.services import access
from chargers.services.holds import refuse_while_held
from chargers.services.standing import contact_changed
from records import clock, events, outbox
from support import calendars, codes, languages, letterpress, machine
from support.letterpress import PrintFile
from support.machine import State
from support.models import Deadline, Letter, Link, Policy, Question, Ticket
from support.services import clocks, deadlines, disputes, links
from support.services import contact_letters as contacts
from support.services import letter_silence as silence
from support.services.facts import policy_of
from support.services.progress import advance
from support.services.saving import save_and_record

TRIES = 5


def send(
    *,
    to: str,
    at: datetime,
    ticket: Ticket | None = None,
    tenure: Tenure | None = None,
    proposal: Proposal | None = None,
    charger: Charger | None = None,
    question: Question | None = None,
) -> Letter:
    """Put a letter into the next print file, in the caller's transaction.

    For a ticket: to the household, or a notice or a ``question`` to the owner's own address. For a
    tenure: to its owner, whose code establishes them. For a proposal: to the owner whose contact it
    would change, by one of their chargers. Raises ValidationError without an address to write to.
    """
    charger = charger or (ticket or tenure).charger
    place = charger.installation
    about = {"ticket": ticket, "tenure": tenure, "proposal": proposal, "charger": charger}
    letter = Letter(to=to, **about, question=question, made_at=at)
    letter.language = languages.pick(country=place.country if place else "")
    if not address_of(letter):
        raise ValidationError(_("There is no address on record to write to."), code="no_address")
    letter.save()
    events.record(_stream(letter), "letter_made", at=at, by_what="system", to=to)
    return letter


def code_of(letter: Letter) -> str:
    """Return the code for who lives there, e.g. ``K7QP-3MXA``."""
    return codes.derive(codes.LETTER, letter.uid)


def stop_code_of(letter: Letter) -> str:
    """Return the code that stops the request, e.g. ``R4TQK-9MHWB``."""
    return codes.derive(codes.STOP, letter.uid)


def has_code(letter: Letter) -> bool:
    """Tell whether the code is in the letter: a notice to the owner about a ticket has none.

    It would prove that the owner is there, not the claimant.
    """
    return letter.to == Letter.To.HOUSEHOLD or letter.tenure_id is not None


def address_of(letter: Letter) -> list[str]:
    """Return the lines of the address a letter goes to; empty when there is none on record."""
    if letter.to == Letter.To.HOUSEHOLD:
        place = letter.charger.installation
        return letterpress.address_lines(place, to=_("To the household")) if place else []
    owner = silence.owner_of(letter)
    posts = ContactPoint.objects.filter(user=owner, kind=ContactPoint.Kind.POST, valid_to=None)
    post = posts.order_by("-valid_from").first() if owner else None
    if post is None:
        return []
    return [owner.name, *[part.strip() for part in post.value.replace("\n", ",").split(",")]]


def queue_print(*, at: datetime) -> None:
    """Have today's print file made, once a day, if a letter waits for it."""
    if _waiting().exists():
        name = f"{at:%Y-%m-%d}"
        outbox.put("print_file", f"print:{name}", at=at, name=name)


def print_from_outbox(*, key: str, name: str) -> None:
    """Outbox handler: make the day's print file. Done again it finds nothing left to print."""
    print_due(at=clock.now(), name=name)


@transaction.atomic
def print_due(*, at: datetime, name: str = "") -> PrintFile | None:
    """Print every letter that waits into ``LETTERS_DIR/<date>/letters-<name>``; None: none waits.

    Files first, then the rows, in one transaction: a run that dies in between is repeated under
    the same name and writes the same letters over. Two runs at once print no letter twice.
    """
    whose = ("ticket__policy", "tenure__person", "proposal__person", "question__party")
    rows = _waiting().select_related("charger__installation", *whose)
    waiting = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    pages = [letterpress.Page(letter, address_of(letter), *_codes(letter)) for letter in waiting]
    pages = [page for page in pages if page.address and not silence.hold(page, at)]
    if not pages:
        return None
    made = letterpress.write(pages, day=at.date(), name=name or f"{at:%Y-%m-%dT%H%M%S}")
    for page in pages:
        _mark_printed(page.letter, at)
    return made


def enter(*, ticket_id: int, by: User, code: str) -> Letter:
    """Take the code from a letter to the household; it counts as the class *letter*.

    Raises PermissionDenied for anyone but the claimant, TransitionNotAllowed when the request is
    closed or no letter was printed, ValidationError on ``code`` when it is wrong; the fifth wrong
    one ends the letter. Call it outside any transaction: a try counts even when it is refused.
    """
    ticket = Ticket.objects.get(pk=ticket_id)
    if by.pk != ticket.claimant_id or not by.is_active:
        raise PermissionDenied
    sent = ticket.letters.filter(to=Letter.To.HOUSEHOLD, charger=ticket.charger_id)
    sent = sent.exclude(printed_at=None)
    letter = _fitting(sent, code)
    return letter if letter.entered_at else _enter(letter, ticket_id, by)


@transaction.atomic
def _enter(letter: Letter, ticket_id: int, by: User) -> Letter:
    ticket = Ticket.objects.lock(ticket_id)
    now = clock.now()
    if not ticket.is_open:
        raise TransitionNotAllowed(_("This request is closed, so the code has nothing to open."))
    if Letter.objects.filter(pk=letter.pk, entered_at=None).update(entered_at=now):
        save_and_record(ticket, "letter_entered", at=now, by=by, letter=letter.uid)
        if not disputes.join_rivals(ticket, at=now):
            advance(ticket, at=now)
    return Letter.objects.get(pk=letter.pk)


def establish(*, charger_id: int, by: User, code: str) -> Letter:
    """Take the code from a letter to the owner's own address: it establishes their tenure.

    Raises as ``enter``; PermissionDenied for anyone but the owner, Paused while a hold is open,
    ContactChanged while their address is new.
    """
    tenure = Charger.objects.get(pk=charger_id).owner_tenure(clock.now())
    if tenure is None or tenure.person_id != by.pk or not by.is_active:
        raise PermissionDenied
    sent = tenure.letters.filter(to=Letter.To.OWNER).exclude(printed_at=None)
    letter = _fitting(sent, code)
    with transaction.atomic():
        charger = Charger.objects.lock(charger_id)
        now = clock.now()
        if charger.owner(now) != by:
            raise PermissionDenied
        refuse_while_held(charger)
        if contact_changed(by, now):
            raise ContactChanged
        Letter.objects.filter(pk=letter.pk, entered_at=None).update(entered_at=now)
        access.establish(charger=charger, at=now, origin=_stream(letter))
    return Letter.objects.get(pk=letter.pk)


def stop(*, stop_code: str) -> Letter:
    """Take the stop code of a letter: an objection of who lives there, without an account.

    The same code again changes nothing. Raises ValidationError on ``stop_code`` when no letter
    has it, TransitionNotAllowed when the request is closed already.
    """
    letter = with_stop_code(stop_code)
    if letter.stopped_at:
        return letter
    with transaction.atomic():
        charger = Charger.objects.lock(letter.charger_id)
        now = clock.now()
        if letter.ticket_id:
            disputes.stop_by_letter(letter=letter)
        elif letter.proposal_id:
            contacts.stop(letter)
        else:
            access.stop_establishing(charger=charger, at=now, reason="letter_stopped")
        Letter.objects.filter(pk=letter.pk, stopped_at=None).update(stopped_at=now)
    return Letter.objects.get(pk=letter.pk)


def with_stop_code(typed: str) -> Letter:
    """Return the letter that has this stop code. Raises ValidationError on ``stop_code``."""
    letter = _with_stop_code(typed)
    if letter is None:
        words = _("No letter of ours has this code. Compare it with the letter, sign by sign.")
        raise ValidationError({"stop_code": words})
    return letter


def _waiting():
    """Return the letters to print: those of closed requests, and stopped ones, stay."""
    rows = Letter.objects.filter(printed_at=None, stopped_at=None)
    rows = rows.filter(Q(proposal=None) | Q(proposal__state=Proposal.State.OPEN))
    rows = rows.filter(Q(question=None) | Q(ticket__state=State.DISPUTED))
    return rows.filter(Q(ticket=None) | Q(ticket__state__in=machine.OPEN))


def held() -> list[tuple[Letter, list[str]]]:
    """Return the letters that are held back, with what each would tell, for the desk to mend."""
    rows = _waiting().exclude(held_at=None).select_related("charger__installation", "ticket")
    pages = [letterpress.Page(letter, address_of(letter), "", "") for letter in rows.order_by("pk")]
    return [(page.letter, silence.names_others(page)) for page in pages if page.address]


def _codes(letter: Letter) -> tuple[str, str]:
    if letter.question_id:
        owner = {"charger": letter.charger, "party": letter.question.party}
        way_in = links.make(purpose=Link.Purpose.OWNER, at=clock.now(), **owner)
        return links.code_of(way_in), stop_code_of(letter)
    return (code_of(letter) if has_code(letter) else ""), stop_code_of(letter)


def _mark_printed(letter: Letter, at: datetime) -> None:
    """Put on record when it was printed and when it counts as arrived."""
    place = letter.charger.installation
    country, name = (place.country, place.time_zone) if place else ("", "")
    zone = calendars.zone(country, name)
    if letter.ticket_id:
        found = clocks.place_of(letter.ticket)
        country, zone = found.country, found.zone
    policy = policy_of(letter.ticket) if letter.ticket_id else Policy.objects.current().data
    days = policy["letter_working_days"]
    arrives_at = calendars.add_working_days(at, days, country=country, zone=zone)
    Letter.objects.filter(pk=letter.pk).update(printed_at=at, arrives_at=arrives_at)
    letter.printed_at, letter.arrives_at = at, arrives_at
    if letter.ticket_id and letter.question_id is None:
        deadlines.schedule(letter.ticket, Deadline.Kind.LETTER, arrives_at, at=at)
    if letter.proposal_id:
        contacts.await_arrival(letter, at=at)
    events.record(_stream(letter), "letter_printed", at=at, by_what="system")


def _fitting(sent, code: str) -> Letter:
    """Return the letter whose code was typed; a try counts against every letter sent."""
    letters = list(sent.order_by("-pk"))
    if not letters:
        raise TransitionNotAllowed(_("No letter has been sent yet."))
    found = [letter for letter in letters if codes.fits(code, codes.LETTER, letter.uid)]
    entered = [letter for letter in found if letter.entered_at]
    if entered:
        return entered[0]
    alive = _count_try(letters)
    if found and found[0].pk in alive:
        return found[0]
    left = TRIES - min(alive.values(), default=TRIES)
    raise ValidationError({"code": _wrong(left)}, code="wrong" if left else "dead")


@transaction.atomic(durable=True)
def _count_try(letters: list[Letter]) -> dict[int, int]:
    """Count a try on each letter that has one left, by conditional UPDATEs; return the counts.

    Parallel guesses cannot share a try.
    """
    alive = {}
    for letter in letters:
        row = Letter.objects.filter(pk=letter.pk)
        if row.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
            alive[letter.pk] = row.values_list("tries", flat=True).get()
    return alive


def _wrong(left: int) -> str:
    if left <= 0:
        return _("Five wrong codes ended this letter. Write to us, and we send another one.")
    words = ngettext(
        "That is not the code in the letter. You have %(left)d try left.",
        "That is not the code in the letter. You have %(left)d tries left.",
        left,
    )
    return words % {"left": left}


def _with_stop_code(typed: str) -> Letter | None:
    """Return the printed letter that has this stop code, looking at all of them alike."""
    rows = Letter.objects.exclude(printed_at=None).order_by("-pk").values_list("pk", "uid")
    found = [pk for pk, uid in rows.iterator() if codes.fits(typed, codes.STOP, uid)]
    return Letter.objects.get(pk=found[0]) if found else None


def _stream(letter: Letter) -> str:
    return f"letter:{letter.uid}"
