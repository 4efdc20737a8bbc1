"""The read-only admin: looked at by staff with both factors, changed by nobody."""

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts import sessions


class Site(AdminSite):
    site_header = site_title = _("What is on record (read only)")
    index_title = _("Records")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who may open the admin, with an open part and both factors given."""
        return super().has_permission(request) and sessions.is_staff_session(request)

    def _enter(self, request: HttpRequest) -> HttpResponse:
        if not self.has_permission(request):
            raise PermissionDenied(_("The records are for those to whom they were opened."))
        return redirect("admin:index")

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Lead to the one sign-in there is."""
        return sessions.staff_only(self._enter)(request)
