"""Addresses of support's pages."""

app_name = "support"
urlpatterns = []
