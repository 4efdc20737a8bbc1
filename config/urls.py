"""Every way in."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from config import policy_reports, views
from support.views import start

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.failed

urlpatterns = [
    path("", start.start, name="home"),
    path("", include("accounts.urls")),
    path("", include("chargers.urls")),
    path("", include("support.urls")),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="language"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("policy-report", policy_reports.take, name="policy-report"),
]
