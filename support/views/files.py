"""Evidence on the claimant's side: sending files; and the pictures, for all who may see them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from support import permissions, uploads
from support.forms import UploadForm
from support.machine import OPEN, State
from support.models import EvidenceItem, Picture, Ticket
from support.rules import EvidenceKind
from support.services import pictures, taking
from support.services.kinds import REASONS
from support.views.pages import GET_OR_POST, form_page, own_ticket

MOST_PAGES = 50


@login_required
@require_http_methods(GET_OR_POST)
def upload(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take one kind of evidence. The same bytes twice are one item, so it needs no ``once``.

    The page's script sends one file at a time and asks for the answer as JSON.
    """
    ticket = own_ticket(request.user, request_code)
    asked = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    kind = asked if asked in EvidenceKind.values else ""
    if request.method == "POST":
        return _take(request, ticket, kind)
    form = UploadForm(initial={"kind": kind or EvidenceKind.OTHER})
    return _page(request, ticket, form, kind)


def _take(request: HttpRequest, ticket: Ticket, kind: str) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    status, taken = 422, []
    if stopped := uploads.why_stopped(request):
        form.errors.pop("files", None)
        form.add_error("files", stopped)
        status = 413
    elif form.is_valid():
        taken = _keep(request, ticket, form)
    elif form.has_error("files", "too_big"):
        status = 413
    if request.headers.get("Accept") == "application/json":
        errors = [words for field in form.errors.values() for words in field]
        return JsonResponse({"errors": errors}, status=status if errors else 200)
    if form.errors:
        return _page(request, ticket, form, kind, status=status, taken=taken)
    words = ngettext("The file has arrived.", "%(taken)d files have arrived.", len(taken))
    messages.success(request, words % {"taken": len(taken)})
    if ticket.state == State.DRAFT:
        return redirect("support:claim-evidence", ticket.request_code)
    return redirect(ticket)


def _keep(request: HttpRequest, ticket: Ticket, form: UploadForm) -> list[str]:
    """Keep every file that can be; say of each other one why not, and how to cure it.

    Returns the names of those that arrived, as they may be shown.
    """
    kind, taken = form.cleaned_data["kind"], []
    for file in form.cleaned_data["files"]:
        name = uploads.shown_name(file.name)
        try:
            taking.add_file(ticket_id=ticket.pk, by=request.user, kind=kind, upload=file)
            taken.append(name)
        except ValidationError as error:
            form.add_error("files", [f"{name}: {words}" for words in error.messages])
    return taken


def _page(
    request: HttpRequest,
    ticket: Ticket,
    form: UploadForm,
    kind: str,
    *,
    status: int = 422,
    taken: list[str] = (),
) -> HttpResponse:
    waits = (EvidenceItem.State.RETURNED, *EvidenceItem.SET_ASIDE)
    waiting = ticket.items.filter(kind=kind, replaced_by=None, state__in=waits).first()
    page = {
        "ticket": ticket,
        "kind": kind,
        "label": EvidenceKind(kind or EvidenceKind.OTHER).label,
        "reason": REASONS.get(waiting.reason, ("", "")) if waiting else None,
        "words": waiting.words if waiting else "",
        "taken": taken,
        "can_add": ticket.state == State.DRAFT or ticket.state in OPEN,
    }
    return form_page(request, "support/upload.html", form, status=status, **page)


@login_required
@require_safe
def evidence(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a claimant what came of a file of theirs: the pictures that people look at."""
    rows = EvidenceItem.objects.select_related("ticket").filter(ticket__claimant=request.user)
    item = get_object_or_404(rows.exclude(sha256=""), uid=uid)
    page = {
        "item": item,
        "ticket": item.ticket,
        "pages": item.pictures.exclude(file_key="").order_by("number"),
        "reason": REASONS.get(item.reason, ("", "")),
    }
    return render(request, "support/item.html", page)


@login_required
@require_safe
def picture(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Stream one page (``?page=2``) to the claimant, or to the desk, whose looks are on record.

    Never the file itself: only pictures that we made of it.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDenied(_("Pictures are not shown on other pages."))
    found = _find(request, uid)
    # What the desk wrote for itself is nobody's own, the claimant's neither.
    as_staff = bool(found.item.note_id) or found.item.ticket.claimant_id != request.user.pk
    if as_staff:
        require_desk(request, found.item.ticket)
    try:
        content = pictures.show(picture=found, to=request.user, as_staff=as_staff)
    except OSError as error:
        raise Http404 from error
    return _streamed(found, content)


def _find(request: HttpRequest, uid: UUID) -> Picture:
    rows = Picture.objects.select_related("item__ticket__charger__installation")
    number = request.GET.get("page", "1")
    if not number.isdecimal() or not number.isascii() or len(number) > len(str(MOST_PAGES)):
        raise Http404
    return get_object_or_404(rows.exclude(file_key=""), item__uid=uid, number=int(number))


def require_desk(request: HttpRequest, ticket: Ticket) -> None:
    """Answer 404 to everybody but the desk with both factors, and to parties who work there."""
    on_desk = sessions.is_staff_session(request) and permissions.is_desk(request.user)
    draft = ticket.state == State.DRAFT
    if not on_desk or draft or permissions.is_party(ticket, request.user):
        raise Http404


def _streamed(found: Picture, content) -> HttpResponse:
    name = f"{found.item.kind}-{found.item.ticket.request_code}-{found.number}.jpg"
    response = FileResponse(content, filename=name, content_type=found.content_type)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
