"""Evidence files: taking them in, and giving them back to those who may see them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from records import access
from support import permissions
from support.forms import UploadForm
from support.machine import OPEN, State
from support.models import EvidenceItem, Ticket
from support.rules import EvidenceKind
from support.services import evidence
from support.services.kinds import REASONS
from support.views.pages import GET_OR_POST, form_page, own_ticket

# What a browser may be given to show in a desk's page; the rest is only ever downloaded.
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
}


@login_required
@require_http_methods(GET_OR_POST)
def upload(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take one kind of evidence. The same bytes twice are one item, so it needs no ``once``."""
    ticket = own_ticket(request.user, request_code)
    asked = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    kind = asked if asked in EvidenceKind.values else ""
    if request.method == "POST":
        return _take(request, ticket, kind)
    form = UploadForm(initial={"kind": kind or EvidenceKind.OTHER})
    return _page(request, ticket, form, kind)


def _take(request: HttpRequest, ticket: Ticket, kind: str) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if getattr(request, "upload_stopped", False):
        form.errors.pop("files", None)
        form.add_error("files", _("Together that was over 60 MB. Send one smaller file at a time."))
        return _page(request, ticket, form, kind, status=413)
    if not form.is_valid():
        big = form.has_error("files", "too_big")
        return _page(request, ticket, form, kind, status=413 if big else 422)
    taken = _keep(request, ticket, form)
    if form.errors:
        return _page(request, ticket, form, kind)
    words = ngettext("The file has arrived.", "%(taken)d files have arrived.", taken)
    messages.success(request, words % {"taken": taken})
    if ticket.state == State.DRAFT:
        return redirect("support:claim-evidence", ticket.request_code)
    return redirect(ticket)


def _keep(request: HttpRequest, ticket: Ticket, form: UploadForm) -> int:
    """Keep every file that can be; say of each other one why not, and how to cure it."""
    kind, taken = form.cleaned_data["kind"], 0
    for file in form.cleaned_data["files"]:
        name = file.name
        try:
            evidence.add_file(ticket_id=ticket.pk, by=request.user, kind=kind, upload=file)
            taken += 1
        except ValidationError as error:
            form.add_error("files", [f"{name}: {words}" for words in error.messages])
    if taken and form.errors:
        messages.info(request, _("The other files have arrived; only this one is missing."))
    return taken


def _page(
    request: HttpRequest, ticket: Ticket, form: UploadForm, kind: str, *, status: int = 422
) -> HttpResponse:
    waiting = ticket.items.filter(kind=kind, replaced_by=None, state=EvidenceItem.State.RETURNED)
    returned = waiting.first()
    page = {
        "ticket": ticket,
        "kind": kind,
        "label": EvidenceKind(kind or EvidenceKind.OTHER).label,
        "reason": REASONS.get(returned.reason, ("", "")) if returned else None,
        "words": returned.words if returned else "",
        "can_add": ticket.state == State.DRAFT or ticket.state in OPEN,
    }
    return form_page(request, "support/upload.html", form, status=status, **page)


@login_required
@require_safe
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Stream a file to its claimant, or to the desk, whose looks are on record."""
    rows = EvidenceItem.objects.select_related("ticket__charger__installation")
    item = get_object_or_404(rows.exclude(file_key=""), uid=uid)
    staff = item.ticket.claimant_id != request.user.pk
    if staff:
        _require_desk(request, item.ticket)
    try:
        content = evidence.open_file(item)
    except OSError as error:
        raise Http404 from error
    if staff:
        access.saw(actor=request.user, what="evidence", subject=f"item:{item.uid}")
    return _streamed(item, content, shown=staff and item.content_type in SHOWN)


def _require_desk(request: HttpRequest, ticket: Ticket) -> None:
    """Answer 404 to everybody but the desk with both factors, and to parties who work there."""
    on_desk = sessions.is_staff_session(request) and permissions.is_desk(request.user)
    draft = ticket.state == State.DRAFT
    if not on_desk or draft or permissions.is_party(ticket, request.user):
        raise Http404


def _streamed(item: EvidenceItem, content, *, shown: bool) -> HttpResponse:
    name = f"{item.kind}-{item.ticket.request_code}.{ENDINGS.get(item.content_type, 'bin')}"
    response = FileResponse(
        content, as_attachment=not shown, filename=name, content_type=item.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
