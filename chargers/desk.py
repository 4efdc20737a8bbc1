"""The registry's desk: proposals for administrators, the exposure register for auditors."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions, stepup
from accounts.models import Role
from accounts.roles import has_role
from chargers.forms import SerialForm
from chargers.imports import release
from chargers.models import Charger, Proposal
from chargers.services import access, registry
from chargers.services import proposals as verbs
from records import clock
from records.access import saw

VERBS = {"agree": verbs.agree, "drop": verbs.drop, "object": verbs.object_to}
A_PAGE = 50


@sessions.staff_only
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """List the open proposals, the oldest first."""
    _require_decider(request)
    rows = Proposal.objects.filter(state=Proposal.State.OPEN).order_by("made_at")
    about = ("charger", "installation", "person", "firm", "made_by", "batch")
    page = Paginator(rows.select_related(*about), A_PAGE).get_page(request.GET.get("page"))
    reasons = verbs.reasons_of(page)
    for proposal in page:
        proposal.ready_at = verbs.ready_at(proposal)
        proposal.reason = reasons.get(proposal.note_uid, "")
    saw(actor=request.user, what="proposals", subject="registry")
    about = {"page": page, "now": clock.now(), "imports": release.waiting()}
    return render(request, "chargers/proposals.html", about)


@sessions.staff_only
@require_POST
@stepup.fresh
def open_import(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open the proposals of a file that makes many: the second administrator has looked."""
    _require_decider(request)
    if not release.waiting().filter(uid=uid).exists():
        raise Http404
    release.approve_large(batch_uid=str(uid), by=request.user)
    messages.success(request, _("Opened: whoever is on record is told now."))
    return redirect("chargers:proposals")


@sessions.staff_only
@require_POST
@stepup.fresh
def decide(request: HttpRequest, uid: UUID, verb: str) -> HttpResponse:
    """Agree to a proposal, drop it, or note that the old contact said no."""
    _require_decider(request)
    if verb not in VERBS:
        raise Http404
    proposal = get_object_or_404(Proposal, uid=uid)
    done = VERBS[verb](proposal=proposal, by=request.user)
    messages.success(
        request, _("The proposal is now: %(state)s.") % {"state": done.get_state_display()}
    )
    return redirect("chargers:proposals")


@sessions.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def find_exposure(request: HttpRequest) -> HttpResponse:
    """Ask for a serial, sent by POST so that it stands in no address, and go to its register."""
    _require_reader(request)
    form = SerialForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if charger := registry.find(form.cleaned_data["serial"]):
            return redirect("chargers:exposure", charger.uid)
        form.add_error("serial", _("No charger with this serial number is on record."))
    page = {"form": form}
    status = 422 if form.errors else 200
    return render(request, "chargers/find_exposure.html", page, status=status)


@sessions.staff_only
@require_safe
def exposure(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show who could see a charger's PIN, and every look at it; never the PIN."""
    _require_reader(request)
    charger = get_object_or_404(Charger, uid=uid)
    saw(actor=request.user, what="exposure", subject=charger.stream)
    page = {"charger": charger, "exposure": access.exposure(charger)}
    return render(request, "chargers/exposure.html", page)


def _require_reader(request: HttpRequest) -> None:
    now = clock.now()
    if not any(has_role(request.user, r, now) for r in (Role.AUDITOR, Role.PRIVACY_OFFICER)):
        raise PermissionDenied(_("This register is for auditors and the privacy officer."))


def _require_decider(request: HttpRequest) -> None:
    if not verbs.may_decide(request.user, clock.now()):
        raise PermissionDenied(_("Proposals are for administrators and seniors."))
