"""The registered owner's answer, and the board's: from the mail, without account or app."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Code
from records import clock
from support.machine import State
from support.models import Answer, Link, Ticket
from support.party_forms import AnswerForm, BoardForm, ContestForm, LandlordForm, QuestionForm
from support.rules import Outcome
from support.services import answers, approvals
from support.views import proofs, visits
from support.views.asked import on_page, wrote
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, typed
from support.views.visits import Visit
from support.words import normalise_request_code


@require_http_methods(GET_OR_POST)
@once
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take one of six answers. A no counts at once; a yes is asked for its code first."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    done = _handed_over(visit.link)
    if done or not _speaks(visit.link):
        return _after(request, visit, done, ContestForm())
    form = _form(visit, typed(request))
    if form.is_valid():
        if form.kind() in Answer.YES:
            return _ask_for_code(visit, form)
        if _stopped(visit, form):
            return redirect("support:answer-done", uid)
    return _page(visit, form)


def _page(visit: Visit, form: AnswerForm, asked: QuestionForm | None = None) -> HttpResponse:
    """Show what can be answered: the six choices, and what the desk asked in words."""
    page = {"link": visit.link, "standing": _standing(visit.link)}
    page["only_use"] = _asked_for(visit.link) == {Outcome.USE}
    page |= on_page(visit, asked)
    response = form_page(visit.request, "support/answer.html", form, **page)
    if asked is not None:
        response.status_code = 422
    return response


@require_POST
@once
def words(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take what a party writes to a question of the desk: words only, which need no code."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    form = QuestionForm(request.POST)
    if wrote(visit, form):
        return redirect("support:answer", uid)
    return _page(visit, _form(visit, None), form)


def _asked_for(link: Link) -> set[str]:
    """Return what is asked for of this charger now: to own it, to use it, or both."""
    open_ = Ticket.objects.open().filter(charger=link.charger_id).exclude(routed_at=None)
    return set(open_.values_list("outcome", flat=True))


def _form(visit: Visit, data) -> AnswerForm:
    if visit.link.as_board:
        form_class = BoardForm
    else:
        form_class = LandlordForm if Outcome.USE in _asked_for(visit.link) else AnswerForm
    return form_class(data, initial=visit.said)


def _speaks(link: Link) -> bool:
    """Tell whether the party still holds what the link is about."""
    charger = link.charger
    if link.as_board:
        return bool(charger.installation_id) and charger.installation.board_id == link.party_id
    return charger.owner(clock.now()) == link.party


def _handed_over(link: Link) -> Ticket | None:
    """Return the ticket by which the charger left this party, if it did."""
    if link.as_board:
        return None
    made = Ticket.objects.filter(
        charger=link.charger_id,
        former_tenure__person=link.party_id,
        state__in=(State.COMPLETED, State.CONTESTED),
        tenure__ends_at=None,
    )
    return made.exclude(tenure=None).order_by("-decided_at").first()


def _standing(link: Link) -> Answer | None:
    said = Answer.objects.filter(charger=link.charger_id, party=link.party_id, void_at=None)
    return said.filter(as_board=link.as_board).order_by("-at").first()


def _ask_for_code(visit: Visit, form: AnswerForm) -> HttpResponse:
    email = visit.link.party.email
    if not email:
        form.add_error(None, _("We have no e-mail address of yours. Call us: we settle it."))
        return form_page(visit.request, "support/answer.html", form, link=visit.link)
    visit.say(**form.cleaned_data)
    if not visit.proved:
        proofs.mail_code(visit, email=email, purpose=Code.Purpose.ANSWER)
    return redirect("support:answer-code", visit.link.uid)


def _stopped(visit: Visit, form: AnswerForm) -> bool:
    """Carry out an answer that needs no code."""
    try:
        _give(visit, form.kind())
    except ValidationError as error:
        blame(form, error)
    return not form.errors


def _give(visit: Visit, kind: str, **yes) -> None:
    link = visit.link
    answers.answer(
        charger_id=link.charger_id, party=link.party, kind=kind, as_board=link.as_board, **yes
    )
    visit.settle()


@require_http_methods(GET_OR_POST)
def answer_code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the code that was mailed to the address on record."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    back = reverse("support:answer", args=[uid])
    if not visit.said:
        return redirect(back)
    then = reverse("support:answer-confirm", args=[uid])
    email = visit.link.party.email
    return proofs.ask(visit, email=email, purpose=Code.Purpose.ANSWER, then=then, back=back)


@require_http_methods(GET_OR_POST)
@once
def answer_confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Name the charger by the owner's own facts; the yes cannot be undone."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    if not (visit.said and visit.proved):
        return redirect("support:answer", uid)
    form = forms.Form(typed(request))
    if form.is_valid() and _said_yes(visit, form):
        return redirect("support:answer-done", uid)
    page = {"link": visit.link, "said": visit.said, "use": _use_of(visit)}
    return form_page(request, "support/answer_confirm.html", form, **page)


def _for_use(visit: Visit) -> bool:
    return visit.said.get("answer") == LandlordForm.TENANT


def _use_of(visit: Visit) -> Ticket | None:
    """Return the tenant's request whose code was typed, for its last day."""
    if not _for_use(visit):
        return None
    code = normalise_request_code(visit.said.get("request_code", ""))
    open_ = Ticket.objects.open().filter(charger=visit.link.charger_id, outcome=Outcome.USE)
    return open_.filter(request_code=code).first()


def _said_yes(visit: Visit, form: forms.Form) -> bool:
    said = visit.said
    code, surname = said.get("request_code", ""), said.get("surname", "")
    kind = Answer.Kind.NAMED if code else Answer.Kind.VACATED
    try:
        yes = {"code_proved": True, "request_code": code, "surname": surname}
        _give(visit, kind, for_use=_for_use(visit), **yes)
    except ValidationError as error:
        blame(form, error)
    return not form.errors


@require_http_methods(["GET", "HEAD"])
def answer_done(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what was answered, what happens now, and that it can be changed."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    standing, done = _standing(visit.link), _handed_over(visit.link)
    page = {"link": visit.link, "standing": standing, "done": done}
    return render(request, "support/answer_done.html", page)


@require_POST
@once
def contest(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a former owner say that a completed hand-over was wrong: two seniors will look."""
    visit = visits.of(request, uid, Link.Purpose.OWNER)
    done, form = _handed_over(visit.link), ContestForm(request.POST)
    if done and form.is_valid():
        words = form.cleaned_data["words"]
        approvals.contest(ticket_id=done.pk, by=visit.link.party, words=words)
        messages.success(request, _("We have your objection, and two people will look at it."))
        return redirect("support:answer", uid)
    return _after(request, visit, done, form)


def _after(request: HttpRequest, visit: Visit, done: Ticket | None, form) -> HttpResponse:
    """Show what became of it: handed over on a day, or simply not this person's any more."""
    page = {"link": visit.link, "done": done, "contested": done and done.state == State.CONTESTED}
    return form_page(request, "support/answer_after.html", form, **page)
