"""A person's own data: a copy for themself; a privacy officer's pages for copy and erasure."""

import functools
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sessions, stepup
from accounts.models import Role, User
from records import clock
from records.access import saw
from support.models import Copy
from support.permissions import plays
from support.privacy_forms import EraseForm, PersonForm
from support.services import copies, erasing
from support.views.once import once
from support.views.pages import GET_OR_POST, form_page, typed


def officer_only(view: Callable) -> Callable:
    """Let only privacy officers into a view."""

    @sessions.staff_only
    @functools.wraps(view)
    def gate(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not plays(request.user, Role.PRIVACY_OFFICER):
            raise PermissionDenied(_("This page is for the privacy officer."))
        return view(request, *args, **kwargs)

    return gate


@login_required
@require_http_methods(GET_OR_POST)
@stepup.fresh
@once
def own_data(request: HttpRequest) -> HttpResponse:
    """Show what becomes of one's own copy; have one put together."""
    if request.method == "POST":
        copies.ask(person_id=request.user.pk, by=request.user)
        messages.success(request, _("We put it together. Come back in some minutes."))
        return redirect("support:own-data")
    page = {"copy": _last_copy(request.user), "now": clock.now()}
    return render(request, "support/own_data.html", page)


@login_required
@require_POST
@stepup.fresh
def fetch(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send a copy that is ready, as one ZIP; to its person and to privacy officers alone."""
    mine = Copy.objects.select_related("person")
    if not _is_officer(request):
        mine = mine.filter(person=request.user)
    copy = get_object_or_404(mine, uid=uid)
    try:
        copies.require_ready(copy, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        own = copy.person_id == request.user.pk
        return redirect("support:own-data") if own else redirect("support:privacy", copy.person.uid)
    copies.fetched(copy, by=request.user)
    response = StreamingHttpResponse(copies.stream(copy), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="data-{copy.asked_at:%Y-%m-%d}.zip"'
    response["Cache-Control"] = "no-store, private"
    return response


@officer_only
@require_http_methods(GET_OR_POST)
def find(request: HttpRequest) -> HttpResponse:
    """Ask whom it is about, by POST so that no address stands in one of ours."""
    form = PersonForm(typed(request))
    if form.is_valid():
        if person := _person(form.cleaned_data["person"]):
            return redirect("support:privacy", person.uid)
        form.add_error("person", _("Nobody with this address or id is on record."))
    return form_page(request, "support/desk/find_person.html", form)


@officer_only
@require_http_methods(["GET", "HEAD"])
def person(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what would go, what stays and why, and what stands against it; that is on record."""
    found = get_object_or_404(User, uid=uid)
    saw(actor=request.user, what="person", subject=f"person:{found.uid}")
    return _person_page(request, found, EraseForm(email=found.email))


@officer_only
@require_POST
@stepup.fresh
@once
def copy(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Have a person's copy put together for them."""
    found = get_object_or_404(User, uid=uid)
    try:
        copies.ask(person_id=found.pk, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("It is being put together."))
    return redirect("support:privacy", uid)


@officer_only
@require_POST
@stepup.fresh
@once
def erase(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Erase a person once nothing stands against it."""
    found = get_object_or_404(User, uid=uid)
    form = EraseForm(request.POST, email=found.email)
    if not form.is_valid():
        return _person_page(request, found, form)
    try:
        erasing.ask(person_id=found.pk, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return _person_page(request, found, form)
    messages.success(request, _("It is under way; what stands against it is named here."))
    return redirect("support:privacy", uid)


@officer_only
@require_POST
@once
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back an erasure that still waits."""
    erasure = get_object_or_404(User, uid=uid).erasures.order_by("-pk").first()
    try:
        if erasure:
            erasing.cancel(erasure_id=erasure.pk, by=request.user)
            messages.success(request, _("It is taken back: nothing was erased."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("support:privacy", uid)


def _person_page(request: HttpRequest, found: User, form: EraseForm) -> HttpResponse:
    page = {
        "person": found,
        "preview": erasing.preview(found, clock.now()),
        "erasure": found.erasures.order_by("-pk").first(),
        "copy": _last_copy(found),
        "now": clock.now(),
    }
    return form_page(request, "support/desk/person.html", form, **page)


def _last_copy(person: User) -> Copy | None:
    return person.copies_of_data.order_by("-pk").first()


def _person(named: str) -> User | None:
    if "@" in named:
        return User.objects.by_email(named)
    try:
        return User.objects.filter(uid=UUID(named)).first()
    except ValueError:
        return None


def _is_officer(request: HttpRequest) -> bool:
    return sessions.is_staff_session(request) and plays(request.user, Role.PRIVACY_OFFICER)
