"""Which language a page speaks: one that all of the page is translated into."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

# Pages that owners and households come to from a mail or a letter: in every language that we have.
PARTY_PAGES = frozenset(
    {
        "language",
        "accounts:kept",
        "support:link",
        "support:link-code",
        "support:leave",
        "support:answer",
        "support:answer-code",
        "support:answer-confirm",
        "support:answer-done",
        "support:contest",
        "support:offer",
        "support:offer-code",
        "support:offer-confirm",
        "support:offer-decline",
        "support:change-link",
        "support:change",
        "support:stop",
        "support:stopped",
    }
)


class KeepWhole:
    """After Django has chosen: a page that is not in the chosen language falls back as a whole."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

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
    party = match is not None and match.view_name in PARTY_PAGES
    return [
        (code, name)
        for code, name in settings.LANGUAGES
        if party or code in settings.WHOLE_LANGUAGES
    ]
