from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.enter_code, name="code"),
    path("sign-in/staff/", views.prove_staff, name="staff"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("me/", views.profile, name="profile"),
]
