"""Policies at the desk: every version, a draft's form and its trial on past decisions."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import stepup
from accounts.models import Role
from support import permissions, words
from support.machine import State
from support.models import Policy, Ticket
from support.numbers import NUMBERS
from support.policy_forms import MoveForm, PolicyForm
from support.services import policies
from support.views.gate import open_to
from support.views.once import once

MOVERS = (Role.SENIOR, Role.ADMINISTRATOR)
GET_OR_POST = ["GET", "HEAD", "POST"]
# For who decides by policies, and who sets them.
policy_page = open_to(*permissions.DESK, Role.ADMINISTRATOR)


@policy_page
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List every version, the newest first: who wrote it, why, who published it and when."""
    return _list(request, MoveForm())


def _list(request: HttpRequest, form: MoveForm, *, status: int = 200) -> HttpResponse:
    found = Policy.objects.select_related("author", "published_by").order_by("-version")
    page = {
        "policies": found,
        "current": Policy.objects.current(),
        "is_administrator": permissions.plays(request.user, Role.ADMINISTRATOR),
        "move_form": form if permissions.plays(request.user, *MOVERS) else None,
    }
    return render(request, "support/desk/policies.html", page, status=status)


@policy_page
@require_POST
@stepup.fresh
@once
def move(request: HttpRequest) -> HttpResponse:
    """Put one open request under the policy in force, with a reason."""
    if not permissions.plays(request.user, *MOVERS):
        raise PermissionDenied(_("A senior or an administrator moves a request."))
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    code = words.normalise_request_code(form.cleaned_data["request_code"])
    ticket = Ticket.objects.exclude(state=State.DRAFT).filter(request_code=code).first()
    if ticket is None:
        form.add_error("request_code", _("There is no request with this code. Check each word."))
        return _list(request, form, status=422)
    try:
        policies.move_ticket(
            ticket_id=ticket.pk, by=request.user, reason=form.cleaned_data["reason"]
        )
    except ValidationError as error:
        form.add_error("reason", error.error_dict["reason"])
        return _list(request, form, status=422)
    messages.success(request, _("%(code)s is under the policy in force now.") % {"code": code})
    return redirect("support:policies")


@policy_page
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def new(request: HttpRequest) -> HttpResponse:
    """Begin a draft from the policy in force."""
    _require_administrator(request)
    current = Policy.objects.current()
    if request.method != "POST":
        form = PolicyForm(current=current.data, initial=current.data)
        return _form_page(request, form)
    form = PolicyForm(request.POST, current=current.data)
    return _save(request, form, lambda **said: policies.draft(by=request.user, **said))


@policy_page
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def change(request: HttpRequest, version: int) -> HttpResponse:
    """Change a draft that nobody has published."""
    _require_administrator(request)
    draft, current = get_object_or_404(Policy, version=version), Policy.objects.current()
    if request.method != "POST":
        form = PolicyForm(current=current.data, initial=draft.data | {"reason": draft.reason})
        return _form_page(request, form, draft)
    form = PolicyForm(request.POST, current=current.data)
    return _save(
        request,
        form,
        lambda **said: policies.change(version=version, by=request.user, **said),
        draft,
    )


@policy_page
@require_safe
def version(request: HttpRequest, version: int) -> HttpResponse:
    """Show one version beside the one in force; a draft with its trial on past decisions."""
    policy, current = get_object_or_404(Policy, version=version), Policy.objects.current()
    lines = [
        (number, current.data.get(name), policy.data.get(name)) for name, number in NUMBERS.items()
    ]
    is_administrator = permissions.plays(request.user, Role.ADMINISTRATOR)
    page = {
        "policy": policy,
        "current": current,
        "lines": lines,
        "trial": policies.try_out(policy) if policy.is_draft else None,
        "may_change": is_administrator and policy.is_draft,
        "may_publish": is_administrator and policy.is_draft and policy.author != request.user,
        "seen_at": policy.made_at.isoformat(),
    }
    return render(request, "support/desk/policy_version.html", page)


@policy_page
@require_POST
@stepup.fresh
@once
def publish(request: HttpRequest, version: int) -> HttpResponse:
    """Publish a draft as the second administrator."""
    seen_at = request.POST.get("seen_at", "")
    policies.publish(version=version, by=request.user, seen_at=seen_at)
    messages.success(request, _("Published: version %(n)s is in force now.") % {"n": version})
    return redirect("support:policies")


@policy_page
@require_POST
@stepup.fresh
@once
def discard(request: HttpRequest, version: int) -> HttpResponse:
    """Throw a draft away."""
    policies.discard(version=version, by=request.user)
    messages.success(request, _("Draft %(n)s is thrown away.") % {"n": version})
    return redirect("support:policies")


def _require_administrator(request: HttpRequest) -> None:
    if not permissions.plays(request.user, Role.ADMINISTRATOR):
        raise PermissionDenied(_("Policies are an administrator's."))


def _save(request: HttpRequest, form: PolicyForm, act, draft: Policy | None = None):
    if not form.is_valid():
        return _form_page(request, form, draft, status=422)
    try:
        saved = act(reason=form.cleaned_data["reason"], data=form.numbers)
    except ValidationError as error:
        for field, problems in error.error_dict.items():
            form.add_error(field, problems)
        return _form_page(request, form, draft, status=422)
    messages.success(request, _("Saved. A second administrator can publish it."))
    return redirect("support:policy", saved.version)


def _form_page(request, form, draft: Policy | None = None, *, status: int = 200) -> HttpResponse:
    page = {"form": form, "draft": draft}
    return render(request, "support/desk/policy_form.html", page, status=status)
