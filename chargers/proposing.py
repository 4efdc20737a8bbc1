"""What staff propose about contacts and firms' people, and who speaks for a firm now."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions, stepup
from chargers import forms
from chargers.models import Proposal
from chargers.services import members, proposing, registry
from chargers.services.proposals import may_decide
from records import clock
from records.access import saw

KINDS = {
    "owner-contact": (
        gettext_lazy("An owner's contact"),
        forms.OwnerContactForm,
        proposing.owner_contact,
    ),
    "firm-contact": (
        gettext_lazy("A firm's contact"),
        forms.FirmContactForm,
        proposing.firm_contact,
    ),
    "firm-member": (
        gettext_lazy("A person who speaks for a firm"),
        forms.FirmMemberForm,
        proposing.firm_member,
    ),
}
A_PAGE = 50


@sessions.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@stepup.fresh
def propose(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a proposal: the old contact is told, and somebody else decides."""
    if kind not in KINDS:
        raise Http404
    if not proposing.may_propose(request.user, clock.now()):
        raise PermissionDenied(_("Agents, seniors and administrators propose."))
    _name, form_class, act = KINDS[kind]
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _on_record(request, form)
    if form.is_valid() and (proposal := _proposed(request, form, act)):
        saw(actor=request.user, what="proposed", subject=f"proposal:{proposal.uid}")
        messages.success(
            request,
            _("Proposed. Whoever is on record is told; a colleague can agree after seven days."),
        )
        return redirect("chargers:propose", kind)
    page = {"form": form, "kind": kind, "kinds": {name: row[0] for name, row in KINDS.items()}}
    status = 422 if form.errors else 200
    return render(request, "chargers/propose.html", page, status=status)


def _on_record(request: HttpRequest, form: forms.ProposalForm) -> None:
    """A serial typed here is a search like any other: counted, and no decoy goes unnoticed."""
    if serial := form.cleaned_data.get("serial"):
        charger = None
        with suppress(ValidationError):  # no serial at all: the service says so beside the field
            charger = registry.find(serial)
        saw(actor=request.user, what="search", subject=charger.stream if charger else "registry")


def _proposed(request: HttpRequest, form: forms.ProposalForm, act) -> Proposal | None:
    try:
        return act(by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return None


@sessions.staff_only
@require_safe
def firm_members(request: HttpRequest) -> HttpResponse:
    """List who speaks for which firm."""
    _require_decider(request)
    rows = members.current().select_related("firm", "user")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    saw(actor=request.user, what="members", subject="registry")
    return render(request, "chargers/members.html", {"page": page})


@sessions.staff_only
@require_POST
@stepup.fresh
def end_member(request: HttpRequest, firm_uid: UUID, person_uid: UUID) -> HttpResponse:
    """End a membership, from the person's next request on."""
    _require_decider(request)
    if not members.end(firm_uid=str(firm_uid), person_uid=str(person_uid), by=request.user):
        raise Http404
    messages.success(request, _("Ended, from their next request on."))
    return redirect("chargers:members")


def _require_decider(request: HttpRequest) -> None:
    if not may_decide(request.user, clock.now()):
        raise PermissionDenied(_("Proposals are for administrators and seniors."))
