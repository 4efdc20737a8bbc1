"""A contact's page about a change of what is on record: what it is about, and one button for no."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from chargers.models import Proposal
from chargers.services import proposals
from support.services import changes
from support.views.once import once
from support.views.pages import GET_OR_POST

KEY, MOST = "changes", 20


@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open a change in this browser and go to its page, whose address gives nothing away."""
    proposal = changes.named_by(token)
    if proposal is None:
        problem = _("This link is not complete. Copy all of it from the mail.")
        return render(request, "support/link_problem.html", {"problem": problem}, status=404)
    request.session.cycle_key()
    known = [uid for uid in request.session.get(KEY, []) if uid != str(proposal.uid)]
    request.session[KEY] = [*known, str(proposal.uid)][-MOST:]
    return redirect("support:change", proposal.uid)


def all_open(request: HttpRequest) -> list[Proposal]:
    """Return every change whose link was opened in this browser."""
    return list(Proposal.objects.filter(uid__in=request.session.get(KEY, [])).order_by("pk"))


def forget(request: HttpRequest) -> None:
    """Forget every change that was opened in this browser."""
    request.session.pop(KEY, None)


@require_http_methods(GET_OR_POST)
@once
def change(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what is to change, never to what: that may be somebody else's; take a no.

    A firm sees so much of its new member's address that it knows its own people by it.
    """
    if str(uid) not in request.session.get(KEY, []):
        raise Http404
    proposal = get_object_or_404(Proposal.objects.select_related("charger"), uid=uid)
    if request.method == "POST":
        by = request.user if request.user.is_authenticated else None
        changes.object_to(proposal=proposal, by=by)
        return redirect("support:change", uid)
    changes.seen(proposal)
    page = {
        "proposal": proposal,
        "ready_at": proposals.ready_at(proposal),
        "member": changes.member_hint(proposal),
    }
    return render(request, "support/change.html", page)
