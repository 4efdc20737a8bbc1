"""Proof of the maker's side at the desk: a picture sent in, and shown again."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from support import uploads
from support.closing_forms import ProofForm
from support.models import ClosingStep
from support.services import closing
from support.views.decisions import carry_out
from support.views.files import require_desk
from support.views.gate import desk_only, find_ticket

PROOF = "proof"


@desk_only
@require_POST
def prove(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take a picture as proof of what it shows; not ``once``: it writes to the evidence store."""
    ticket = find_ticket(request, request_code=request_code)
    form = ProofForm(request.POST, request.FILES, verb=PROOF)
    if stopped := uploads.why_stopped(request):
        form.errors.pop("picture", None)
        form.add_error("picture", stopped)

    def act(data: dict) -> object:
        about = {"ticket_id": ticket.pk, "by": request.user}
        return closing.prove(**about, steps=data["steps"], upload=data["picture"])

    done = _("The picture is kept, and what it shows is ticked.")
    return carry_out(request, ticket, name=PROOF, form=form, act=act, done=done)


@desk_only
@require_safe
def picture(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the picture of one step to the desk; the look is on record."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDenied(_("Pictures are not shown on other pages."))
    rows = ClosingStep.objects.select_related("ticket__charger__installation")
    step = get_object_or_404(rows, uid=uid)
    require_desk(request, step.ticket)
    try:
        with closing.show(step=step, to=request.user) as content:
            response = HttpResponse(content.read(), content_type="image/jpeg")
    except OSError as error:
        raise Http404 from error
    name = f"{step.kind}-{step.ticket.request_code}.jpg"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response
