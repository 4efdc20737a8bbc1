"""The reference of every ratio: a bare Django view, as shared by all web figures of a run.

gunicorn bench.hello:application --workers 2
"""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def hello(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return HttpResponse("hello")


urlpatterns = [path("", hello)]
if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bench" * 10)
    django.setup()
    application = get_wsgi_application()
