"""The product's settings with the tests' values; loading them starts the tests' own servers."""

import os

from tests import servers

os.environ.update(servers.environment())

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; guards nothing here
STORAGES |= {
    "evidence": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "heads": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Two languages, with or without a catalogue: the choice is there to be tried.
LANGUAGES = [("en", "English"), ("nb", "Norwegian")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# A count of a view is of this moment.
QUEUE_COUNT_SECONDS = 0
