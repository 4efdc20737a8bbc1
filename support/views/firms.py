"""An installer firm's answer: whether it put the station up, and for whom."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Code
from support.models import Link
from support.party_forms import FirmForm, FirmObjectionForm, QuestionForm
from support.services import answers
from support.views import proofs, visits
from support.views.asked import on_page, wrote
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, typed
from support.views.visits import Visit


@require_http_methods(GET_OR_POST)
@once
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask whether this firm put the station up. A no counts at once; a yes needs a code."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    form = FirmForm(typed(request), initial=visit.said)
    if form.is_valid():
        if form.cleaned_data["installed_here"] == "yes":
            return _ask_for_code(visit, form)
        if _given(visit, form, installed_here=False):
            return redirect("support:firm-done", uid)
    page = {"objection": FirmObjectionForm()} | on_page(visit)
    return _page(visit, "support/firm.html", form, **page)


@require_POST
@once
def object_(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let the firm say no: it counts at once, and needs no code."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    form = FirmObjectionForm(request.POST)
    if form.is_valid():
        answers.firm_object(
            ticket_id=visit.link.ticket_id, firm=visit.link.firm, words=form.cleaned_data["words"]
        )
        messages.success(request, _("It is stopped, and a senior colleague looks at it."))
        return redirect("support:firm-done", uid)
    page = _about(visit) | {"form": FirmForm(), "objection": form}
    return render(request, "support/firm.html", page, status=422)


@require_POST
@once
def words(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take what the firm writes to a question of the desk: words only, which need no code."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    form = QuestionForm(request.POST)
    if wrote(visit, form):
        return redirect("support:firm-answer", uid)
    page = _about(visit) | on_page(visit, form)
    page |= {"form": FirmForm(), "objection": FirmObjectionForm()}
    return render(request, "support/firm.html", page, status=422)


def _ask_for_code(visit: Visit, form: FirmForm) -> HttpResponse:
    email = visit.link.firm.email
    if not email:
        raise PermissionDenied(_("Your firm has no registered e-mail address with us. Call us."))
    visit.say(**form.cleaned_data)
    if not visit.proved:
        proofs.mail_code(visit, email=email, purpose=Code.Purpose.ANSWER)
    return redirect("support:firm-code", visit.link.uid)


def _given(visit: Visit, form: forms.Form, *, installed_here: bool, customer_name="") -> bool:
    link, user = visit.link, visit.request.user
    try:
        answers.firm_answer(
            ticket_id=link.ticket_id,
            firm=link.firm,
            by=user if user.is_authenticated else None,
            installed_here=installed_here,
            customer_name=customer_name,
        )
    except ValidationError as error:
        blame(form, error)
        return False
    visit.settle()
    return True


@require_http_methods(GET_OR_POST)
def answer_code(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take the code that was mailed to the firm's registered address."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    back = reverse("support:firm-answer", args=[uid])
    if not visit.said:
        return redirect(back)
    then = reverse("support:firm-confirm", args=[uid])
    email = visit.link.firm.email
    return proofs.ask(visit, email=email, purpose=Code.Purpose.ANSWER, then=then, back=back)


@require_http_methods(GET_OR_POST)
@once
def answer_confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send the yes, with the customer's name where one was given."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    if not (visit.said and visit.proved):
        return redirect("support:firm-answer", uid)
    form = forms.Form(typed(request))
    name = visit.said.get("customer_name", "")
    if form.is_valid() and _given(visit, form, installed_here=True, customer_name=name):
        return redirect("support:firm-done", uid)
    return _page(visit, "support/firm_confirm.html", form)


@require_safe
def answer_done(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what was answered, and that it can be changed."""
    visit = visits.of(request, uid, Link.Purpose.FIRM)
    return render(request, "support/firm_done.html", _about(visit))


def _page(visit: Visit, template: str, form: forms.Form, **page) -> HttpResponse:
    return form_page(visit.request, template, form, said=visit.said, **_about(visit), **page)


def _about(visit: Visit) -> dict:
    link = visit.link
    standing = link.firm.answers.filter(ticket=link.ticket_id, void_at=None).first()
    return {"link": link, "standing": standing}
