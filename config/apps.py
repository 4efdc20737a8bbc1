from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig

from config import checks


class HouseConfig(AppConfig):
    name = "config"
    default = True

    def ready(self) -> None:
        checks.register_all()


class AdminConfig(DjangoAdminConfig):
    """Django's admin, read-only and behind our own sign-in."""

    default = False
    default_site = "config.admin.Site"
