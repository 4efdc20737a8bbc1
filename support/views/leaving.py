"""An owner who leaves: to whom, or to nobody in particular, and what else still has access."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import stepup
from chargers.models import Charger, Tenure
from records import clock
from support.models import Answer
from support.offer_forms import HandOverForm, LeavingForm
from support.reading import leaving as reading
from support.services import answers, links
from support.services import leaving as services
from support.views import visits
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, typed


def _owned(request: HttpRequest):
    found = Charger.objects.owned_by(request.user, clock.now())
    return found.select_related("installation").order_by("serial")


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def leaving(request: HttpRequest) -> HttpResponse:
    """Offer several chargers to one person; show the other ways to leave."""
    owned = list(_owned(request))
    form = HandOverForm(typed(request), owned=owned)
    if form.is_valid() and _all_offered(request, form):
        return redirect("support:offers")
    return form_page(request, "support/leaving.html", form, chargers=owned)


def _all_offered(request: HttpRequest, form: HandOverForm) -> bool:
    try:
        made = services.offer_all(
            charger_ids=form.charger_ids(),
            by=request.user,
            to_name=form.cleaned_data["to_name"],
            to_email=form.cleaned_data["to_email"],
            take_over_date=form.day(),
        )
    except ValidationError as error:
        blame(form, error)
        return False
    messages.success(request, _("The invitation is on its way, for each of %d.") % len(made))
    return True


def _tenure(request: HttpRequest, uid: UUID) -> Tenure:
    tenure = reading.tenure_of(request.user, uid, clock.now())
    if tenure is None:
        raise Http404
    return tenure


@login_required
@require_http_methods(GET_OR_POST)
@once
def checklist(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what else still has access; keep what the person ticks."""
    tenure, form = _tenure(request, uid), LeavingForm(typed(request))
    if form.is_valid():
        kinds = form.cleaned_data["done"]
        services.tick(tenure_id=tenure.pk, by=request.user, kinds=kinds)
        messages.success(request, _("Saved."))
        return redirect("support:leaving-list", uid)
    page = {
        "charger": tenure.charger,
        "by_system": reading.seen_by_system(tenure, clock.now()),
        "by_hand": reading.by_hand(tenure),
        "owns": tenure.ends_at is None,
    }
    return form_page(request, "support/leaving_list.html", form, **page)


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def vacate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say "no longer mine" to nobody in particular, or take it back: a no needs no proof."""
    charger = get_object_or_404(_owned(request), uid=uid)
    said = reading.standing(charger, request.user, Answer.Kind.VACATED)
    if request.method == "POST":
        kind = Answer.Kind.STILL_MINE if said else Answer.Kind.VACATED
        answers.answer(charger_id=charger.pk, party=request.user, kind=kind, code_proved=not said)
        return redirect("support:vacate" if said else "support:leaving-list", uid)
    return render(request, "support/vacate.html", {"charger": charger, "said": said})


@login_required
@require_safe
def card(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a card for the envelope of keys, to be printed: an invitation, with no authority."""
    charger = get_object_or_404(_owned(request), uid=uid)
    start = request.build_absolute_uri("/")
    return render(request, "support/card.html", {"charger": charger, "start": start})


@login_required
@require_http_methods(GET_OR_POST)
@once
def requests(request: HttpRequest, uid: UUID) -> HttpResponse:
    """List the requests that the owner was told of; open the page where they are answered."""
    charger = get_object_or_404(_owned(request), uid=uid)
    if request.method == "POST":
        link = links.own(charger_id=charger.pk, party=request.user)
        visits.begin(request, link)
        return redirect("support:answer", link.uid)
    told = reading.told_of(charger, request.user)
    return render(request, "support/charger_requests.html", {"charger": charger, "told": told})
