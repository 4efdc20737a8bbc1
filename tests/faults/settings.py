"""Settings of the real processes that a fault test starts: the product's own, on its database."""

from config.settings import *  # noqa: F403
from config.settings import STORAGES

# No step that collects static files: pages name them as they are.
STORAGES |= {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
