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
# Tests read the words as they are written; the catalogues have tests of their own
# (test_languages.py). Two languages all the same: the choice is there to be tried.
LOCALE_PATHS = []
LANGUAGES = [("en", "English"), ("nb", "Norwegian")]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

GUARDS_ASLEEP = frozenset({"staff_role_guard", "member_agreed"})
# A count of a view is of this moment.
QUEUE_COUNT_SECONDS = 0
