"""The portal of registered firms: what waits for their word, where they have service access."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_fsm import TransitionNotAllowed

from accounts import stepup
from chargers.models import Charger, Tenure
from chargers.services import tenures
from records import clock
from support.firm_forms import CustomerForm, FirmWordsForm, Word
from support.reading import firms as reading
from support.services import answers, firms
from support.views import visits
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, typed

RESULTS = "firm_results"


@dataclass(frozen=True)
class Result:
    """What became of one answer: taken or refused, in words."""

    about: str
    fine: bool
    words: str


def firms_only(view: Callable) -> Callable:
    """Let people of a registered firm in; for anybody else there is no such page."""

    @login_required
    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        request.firms = reading.firms_of(request.user, clock.now())
        if not request.firms:
            raise Http404
        return view(request, *args, **kwargs)

    return gate


@firms_only
@require_safe
def portal(request: HttpRequest) -> HttpResponse:
    """List the chargers with service access, and say how many requests wait for a word."""
    now = clock.now()
    words = request.GET.get("q", "").strip()[:100]
    rows = reading.served(request.firms, now, words=words, page=request.GET.get("page", ""))
    waiting = len(reading.waiting(request.firms, now, reader=request.user))
    page = {"firms": request.firms, "rows": rows, "words": words, "waiting": waiting}
    return render(request, "support/installer/portal.html", page)


@firms_only
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Show every request that waits for the firm's word, to be answered together."""
    return _requests_page(request, _form(request))


@firms_only
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Show what will be sent, before it is."""
    form = _form(request)
    if "change" in request.POST or not form.is_valid():
        return _requests_page(request, form)
    page = {"words": form.words(), "kept": _kept(form)}
    return render(request, "support/installer/check.html", page)


@firms_only
@require_POST
@stepup.fresh
@once
def send(request: HttpRequest) -> HttpResponse:
    """Put each answer on record; one that is refused stops none of the others."""
    form = _form(request)
    if not form.is_valid():
        return _requests_page(request, form)
    results = [_given(word, request) for word in form.words()]
    request.session[RESULTS] = [asdict(result) for result in results]
    return redirect("support:installer-sent")


@firms_only
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Show what became of each answer."""
    page = {"results": request.session.get(RESULTS, [])}
    page["waiting"] = len(reading.waiting(request.firms, clock.now(), reader=request.user))
    return render(request, "support/installer/sent.html", page)


@firms_only
@require_safe
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open the page that the firm's mail leads to: to change an answer, or to say no to it all."""
    rows = reading.asked(request.firms, clock.now(), reader=request.user)
    link = next((row.link for row in rows if row.link.uid == uid), None)
    if link is None:
        raise Http404
    visits.begin(request, link)
    return redirect("support:firm-answer", uid)


def _form(request: HttpRequest) -> FirmWordsForm:
    rows = reading.waiting(request.firms, clock.now(), reader=request.user)
    return FirmWordsForm(typed(request), rows=rows)


def _kept(form: FirmWordsForm) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.cleaned_data.items() if value]


def _requests_page(request: HttpRequest, form: FirmWordsForm) -> HttpResponse:
    answered = reading.answered(request.firms, clock.now(), reader=request.user)
    page = {"answered": answered, "firms": request.firms}
    return form_page(request, "support/installer/requests.html", form, **page)


def _given(word: Word, request: HttpRequest) -> Result:
    """Give one word, with the checks that the mail's page makes."""
    link = word.asked.link
    about = f"{link.charger.model or _('Charger')} …{link.charger.serial[-3:]}"
    said = {"installed_here": word.installed_here, "customer_name": word.customer_name}
    try:
        with transaction.atomic():
            answers.firm_answer(ticket_id=link.ticket_id, firm=link.firm, by=request.user, **said)
    except ValidationError as error:
        return Result(about, False, " ".join(error.messages))
    except (PermissionDenied, TransitionNotAllowed) as error:
        return Result(about, False, str(error))
    yes = _("Your yes is on record.")
    return Result(about, True, yes if word.installed_here else _("Your answer is on record."))


@firms_only
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def customer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask for whom the firm put a station up, and write to the customer."""
    charger = _served(request, uid)
    form = CustomerForm(typed(request))
    if form.is_valid() and _named(request, charger, form):
        messages.success(request, _("We have written to your customer."))
        return redirect("support:installer")
    named = charger.named_customers.filter(firm__in=request.firms, cancelled_at=None).first()
    page = {"charger": charger, "named": named}
    return form_page(request, "support/installer/customer.html", form, **page)


def _named(request: HttpRequest, charger: Charger, form: forms.Form) -> bool:
    typed_in = form.cleaned_data
    name, email = typed_in["customer_name"], typed_in["customer_email"]
    try:
        firms.name_customer(charger_id=charger.pk, by=request.user, name=name, email=email)
    except ValidationError as error:
        blame(form, error)
    return not form.errors


@firms_only
@require_POST
@once
def take_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back whom the firm named."""
    firms.take_customer_back(charger_id=_served(request, uid).pk, by=request.user)
    messages.success(request, _("It is taken back: your word counts for nobody any more."))
    return redirect("support:installer")


@firms_only
@require_http_methods(GET_OR_POST)
@once
def finish(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what the end of service access means; end it on POST."""
    rows = Tenure.objects.service().current(clock.now()).filter(firm__in=request.firms)
    tenure = get_object_or_404(rows.select_related("charger", "installation"), uid=uid)
    if request.method == "POST":
        tenures.give_up_service(tenure_uid=str(uid), by=request.user)
        messages.success(request, _("Your service access has ended. Thank you for saying so."))
        return redirect("support:installer")
    return render(request, "support/installer/finish.html", {"tenure": tenure})


def _served(request: HttpRequest, uid: UUID) -> Charger:
    """Return a charger where the firm's access gives a right; any other does not exist (404)."""
    charger = get_object_or_404(Charger.objects.select_related("installation"), uid=uid)
    if not firms.serving(charger, request.user, clock.now()).exists():
        raise Http404
    return charger
