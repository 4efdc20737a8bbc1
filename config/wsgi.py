"""The web server's way in."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from config.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
refuse_unsafe_start()
# Every page's code is loaded before workers split off: they share it, and nobody waits for it. It
# stays until the end, so that looking for rubbish need not look through it.
reverse(settings.LOGIN_REDIRECT_URL)
gc.collect()
gc.freeze()
