"""A request taken by phone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from support import permissions
from support.behalf_forms import BehalfForms
from support.services import behalf
from support.views.gate import desk_only
from support.views.once import once
from support.views.pages import GET_OR_POST


@desk_only
@require_http_methods(GET_OR_POST)
@once
def phone(request: HttpRequest) -> HttpResponse:
    """Type a claim for a caller, who is mailed to look it through and send it."""
    if not permissions.decides(request.user):
        raise PermissionDenied(_("Agents and seniors take requests by phone."))
    form = BehalfForms(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and not form.instead:
        if code := _typed(request, form):
            words = _("Tell the caller this code: %(code)s. The mail is on its way to them.")
            messages.success(request, words % {"code": code})
            return redirect("support:desk")
    status = 422 if form.is_bound else 200
    return render(request, "support/desk/phone.html", {"form": form}, status=status)


def _typed(request: HttpRequest, form: BehalfForms) -> str:
    try:
        return behalf.type_for(by=request.user, **form.claim()).request_code
    except ValidationError as error:
        found = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
        for name, words in found.items():
            form.add_error(name, words)
    return ""
