from django.urls import path

from accounts import factor_views, staff_views, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.enter_code, name="code"),
    path("sign-in/staff/", staff_views.password, name="staff"),
    path("sign-in/second/", staff_views.second, name="second"),
    path("sign-in/again/", staff_views.again, name="again"),
    path("sign-in/password/", staff_views.choose_password, name="choose-password"),
    path("sign-in/kept/", views.kept_form, name="kept"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("me/", views.profile, name="profile"),
    path("me/factors/", factor_views.listed, name="factors"),
    path("me/factors/app/", factor_views.add_app, name="add-app"),
    path("me/factors/passkey/", factor_views.add_passkey, name="add-passkey"),
    path("me/factors/codes/", factor_views.new_codes, name="new-codes"),
    path("me/factors/sessions/", factor_views.end_others, name="end-others"),
    path("me/factors/<uuid:uid>/remove/", factor_views.remove, name="remove-factor"),
]
