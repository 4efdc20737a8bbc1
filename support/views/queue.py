"""The desk's queue: saved views, filters in the address, the next ticket, who is where."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.roles import roles_of
from records import clock
from records.access import saw
from support import filters, queues, saved_views
from support.queue_forms import QueueForm
from support.services import desk, presence, search
from support.views.gate import desk_only, find_ticket
from support.views.once import once


@desk_only
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show one saved view of the queue, filtered, a page at a time."""
    now = clock.now()
    roles, reader = roles_of(request.user, now), queues.reader_of(request.user, now)
    views = [each for each in saved_views.QUEUES.values() if each.open_to(roles)]
    chosen = next((v for v in views if v.slug == request.GET.get("view")), views[0])
    saw(actor=request.user, what="queue", subject=f"queue:{chosen.slug}")
    form, wanted = _filters(request)
    found = filters.narrow(queues.tickets_of(chosen, reader), filters=wanted)
    rows, after = queues.page_of(found, chosen, after=request.GET.get("after", "")[:40])
    search.narrowed((wanted["q"], wanted["installer"]), rows=rows, by=request.user)
    counts = queues.counts(views, reader)
    page = {
        "views": [(view, counts[view.slug]) for view in views],
        "chosen": chosen,
        "form": form,
        "rows": rows,
        "total": counts[chosen.slug],
        "next": _address(request, chosen, after) if after else "",
        "is_first": not request.GET.get("after"),
        "is_narrowed": any(wanted.values()),
        "now": now,
        "here": _by_code(request),
        "takes": bool(roles & {Role.AGENT, Role.SENIOR}),
        "is_senior": Role.SENIOR in roles,
    }
    status = 422 if form and form.errors else 200
    return render(request, "support/desk/queue.html", page, status=status)


def _filters(request: HttpRequest) -> tuple[QueueForm | None, dict]:
    """Return the form of the filters, None where none is set, and what they ask for."""
    nothing = dict.fromkeys(QueueForm.base_fields, "")
    if not any(request.GET.get(name) for name in nothing):
        return None, nothing
    form = QueueForm(request.GET)
    return form, form.cleaned_data if form.is_valid() else nothing


def _address(request: HttpRequest, chosen: saved_views.Queue, after: str) -> str:
    query = request.GET.copy()
    query["view"], query["after"] = chosen.slug, after
    return f"?{query.urlencode()}"


def _by_code(request: HttpRequest) -> dict[str, list[str]]:
    """Return who else is at which ticket just now, by request code."""
    here: dict[str, list[str]] = {}
    for row in presence.everybody(at=clock.now()):
        if row.user_id != request.user.pk:
            here.setdefault(row.ticket.request_code, []).append(str(row.user))
    return here


@desk_only
@require_safe
def here(request: HttpRequest) -> JsonResponse:
    """Say who is at which ticket: the list asks every two seconds."""
    return JsonResponse({"here": _by_code(request)})


@desk_only
@require_safe
def ticket_here(request: HttpRequest, request_code: str) -> JsonResponse:
    """Say who else has this ticket open, and that it is open here; "leaving" takes it back."""
    found = find_ticket(request, request_code=request_code)
    if "leaving" in request.GET:
        presence.leave(ticket=found, by=request.user)
        return JsonResponse({})
    now, is_writing = clock.now(), "writing" in request.GET
    presence.arrive(ticket=found, by=request.user, at=now, is_writing=is_writing)
    others = presence.others(ticket=found, by=request.user, at=now)
    people = [{"name": str(row.user), "writes": row.is_writing} for row in others]
    return JsonResponse(
        {"here": people, "version": found.version, "facts_version": found.facts_version}
    )


@desk_only
@require_POST
@once
def take(request: HttpRequest) -> HttpResponse:
    """Draw the next ticket: the desk's way to be given work."""
    drawn = desk.take(by=request.user, but=request.POST.get("but", "")[:40])
    if drawn is None:
        messages.info(request, _("Nothing waits for you just now."))
        return redirect("support:desk")
    return redirect("support:desk-ticket", drawn.request_code)


@desk_only
@require_POST
@once
def pick(request: HttpRequest, request_code: str) -> HttpResponse:
    """Take this ticket by hand: possible, flagged, and said so."""
    found = find_ticket(request, request_code=request_code)
    desk.pick(ticket_id=found.pk, by=request.user)
    messages.warning(
        request, _("It is yours. Picked by hand is a flag: two people decide, and it is on record.")
    )
    return redirect("support:desk-ticket", request_code)
