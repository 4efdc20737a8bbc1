"""Replies kept ready, and each person's keys."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from support.desk_keys import ACTIONS
from support.models import DeskSettings, Reply, Ticket
from support.reply_forms import KeysForm, ReplyForm
from support.services import preferences
from support.services import replies as service
from support.views.gate import desk_only
from support.views.once import once
from support.views.pages import GET_OR_POST, blame, form_page, typed


@desk_only
@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    """Show the replies that are kept ready."""
    rows = Reply.objects.filter(retired_at=None).select_related("made_by")
    page = {"rows": rows.order_by("language", "title"), "keeps": service.keeps(request.user)}
    return render(request, "support/desk/replies.html", page)


@desk_only
@require_http_methods(GET_OR_POST)
@once
def edit(request: HttpRequest) -> HttpResponse:
    """Keep a reply ready, new or changed, after a look at what it becomes for a ticket."""
    service.require_senior(request.user)
    reply = _named(request.GET.get("reply") or request.POST.get("reply", ""))
    if reply and "retire" in request.POST:
        service.retire(by=request.user, reply=reply)
        messages.success(request, _("It is out of use."))
        return redirect("support:desk-replies")
    first = {name: getattr(reply, name) for name in ReplyForm.base_fields} if reply else {}
    form = ReplyForm(typed(request), initial=first)
    page = {"reply": reply, "preview": ""}
    if form.is_bound and form.is_valid():
        if "preview" in request.POST:
            page["preview"] = _preview(form)
        elif _kept(request, reply, form):
            messages.success(request, _("The reply is kept."))
            return redirect("support:desk-replies")
    return form_page(request, "support/desk/reply.html", form, **page)


def _named(uid: str) -> Reply | None:
    """Return the reply that is changed; None for a new one. Raises Http404 for an unknown one."""
    if not uid:
        return None
    try:
        return get_object_or_404(Reply, uid=UUID(uid), retired_at=None)
    except ValueError as error:
        raise Http404 from error


def _kept(request: HttpRequest, reply: Reply | None, form: ReplyForm) -> bool:
    try:
        service.save(by=request.user, reply=reply, **form.cleaned_data)
    except ValidationError as error:
        blame(form, error)
    return not form.errors


def _preview(form: ReplyForm) -> str:
    """Return the text for the newest ticket that is open; what is wrong is said at the form."""
    ticket = Ticket.objects.open().select_related("charger__installation").order_by("-pk").first()
    if wrong := service.problems(form.cleaned_data["body"]):
        form.add_error("body", wrong)
        return ""
    if ticket is None:
        return form.cleaned_data["body"]
    draft = Reply(body=form.cleaned_data["body"], language=form.cleaned_data["language"])
    return service.fill(draft, ticket)


@desk_only
@require_http_methods(GET_OR_POST)
def keys(request: HttpRequest) -> HttpResponse:
    """Let each person switch their keys off, or give them others."""
    kept = DeskSettings.objects.filter(user=request.user).first()
    first = {action.name: action.key for action in ACTIONS} | (kept.keys if kept else {})
    first["keys_on"] = kept.keys_on if kept else True
    form = KeysForm(typed(request), initial=first)
    if form.is_bound and form.is_valid():
        wanted = dict(form.cleaned_data)
        try:
            preferences.save_keys(by=request.user, keys_on=wanted.pop("keys_on"), keys=wanted)
        except ValidationError as error:
            blame(form, error)
        if not form.errors:
            messages.success(request, _("Your keys are kept."))
            return redirect("support:desk-keys")
    return form_page(request, "support/desk/keys.html", form)
