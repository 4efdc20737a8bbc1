"""Which language a page speaks: one that all of the page is translated into."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.views import speak
from support.languages import ASKED_BY, PARTY_PAGES


class KeepWhole:
    """After Django has chosen: a page that is not in the chosen language falls back as a whole.

    The link of a mail may ask for a language (``?in=sv``): it is kept, as if it had been chosen.
    """

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get(ASKED_BY, "") if request.method in ("GET", "HEAD") else ""
        if asked not in dict(settings.LANGUAGES):
            return self.get_response(request)
        translation.activate(asked)
        request.LANGUAGE_CODE = asked
        return speak(self.get_response(request), asked)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        """Speak the product's first language where the page is not in the chosen one."""
        spoken = translation.get_language()
        whole = spoken in settings.WHOLE_LANGUAGES
        if not whole and request.resolver_match.view_name not in PARTY_PAGES:
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE


keep_whole = KeepWhole


def languages_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the languages that this page can be read in."""
    match = request.resolver_match
    # Without a page there is only a refusal, and these are in every language.
    party = match is None or match.view_name in PARTY_PAGES
    return [
        (code, name)
        for code, name in settings.LANGUAGES
        if party or code in settings.WHOLE_LANGUAGES
    ]
