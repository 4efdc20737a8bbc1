"""Addresses of the portal: my chargers, my installations, shares, and the registry's desk."""

from django.urls import path

from chargers import desk, portal, proposing, views

app_name = "chargers"
urlpatterns = [
    path("chargers/", portal.mine, name="mine"),
    path("chargers/settings/", portal.own_settings, name="own-settings"),
    path("chargers/<uuid:uid>/", portal.charger, name="charger"),
    path("chargers/<uuid:uid>/settings/", portal.settings, name="settings"),
    path("chargers/<uuid:uid>/pin/", views.reveal, name="reveal"),
    path("chargers/<uuid:uid>/notice/", views.establish, name="establish"),
    path("chargers/<uuid:uid>/service/", views.renew_service, name="renew-service"),
    path("chargers/<uuid:uid>/share/", views.share, name="share"),
    path("installations/", portal.installations, name="installations"),
    path("installations/<uuid:uid>/", portal.installation, name="installation"),
    path("installations/<uuid:uid>/<uuid:charger_uid>/", portal.general, name="general"),
    path("shares/", views.shares, name="shares"),
    path("shares/<uuid:uid>/", views.open_share, name="open-share"),
    path("shares/<uuid:uid>/cancel/", views.cancel_share, name="cancel-share"),
    path("registry/proposals/", desk.proposals, name="proposals"),
    path("registry/proposals/new/<slug:kind>/", proposing.propose, name="propose"),
    path("registry/imports/<uuid:uid>/open/", desk.open_import, name="open-import"),
    path("registry/members/", proposing.firm_members, name="members"),
    path(
        "registry/members/<uuid:firm_uid>/<uuid:person_uid>/end/",
        proposing.end_member,
        name="end-member",
    ),
    path("registry/proposals/<uuid:uid>/<slug:verb>/", desk.decide, name="decide-proposal"),
    path("registry/exposure/", desk.find_exposure, name="find-exposure"),
    path("registry/chargers/<uuid:uid>/exposure/", desk.exposure, name="exposure"),
]
