"""Every page of the product as it comes from the server, by a name: to be looked at and measured.

Pages are fetched with Django's client in one transaction; a browser is then shown what came,
with the real style sheets and scripts, and no server behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from playwright.sync_api import Page, Route

from tests.story import papers

ORIGIN = "http://gallery.test"
STATIC = "/static/"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Picture:
    """One page: what it is called, what was answered, and whom it is for (public or desk)."""

    name: str
    status: int
    body: bytes
    policy: str
    audience: str


class Gallery:
    """A list of pages that grows while a world is built."""

    def __init__(self) -> None:
        self.pictures: dict[str, Picture] = {}

    def add(
        self, name: str, response: HttpResponse, *, status: int = 200, audience: str = "public"
    ) -> None:
        """Keep a page under a name; refuse one that is not what it should be."""
        assert response.status_code == status, (name, response.status_code, response.headers)
        assert name not in self.pictures, name
        policy = response.headers.get("Content-Security-Policy", "")
        content = response.content
        self.pictures[name] = Picture(name, response.status_code, content, policy, audience)

    def of(self, audience: str) -> list[Picture]:
        return [each for each in self.pictures.values() if each.audience == audience]


def hang(page: Page, pictures: list[Picture]) -> Callable[[Picture], None]:
    """Let a browser page find the pictures; return a function that shows one."""
    shown = {f"/{each.name}": each for each in pictures}

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path in shown:
            picture = shown[path]
            headers = {"Content-Security-Policy": picture.policy} if picture.policy else {}
            route.fulfill(status=200, body=picture.body, headers=headers, content_type="text/html")
        elif path.startswith(STATIC):
            file = Path(finders.find(path.removeprefix(STATIC)))
            route.fulfill(status=200, body=file.read_bytes(), content_type=_KINDS[file.suffix])
        else:
            _name, photo, kind = papers.label_photo("ZAP123456", "amber-otter-4821")
            route.fulfill(status=200, body=photo, content_type=kind)

    page.route(f"{ORIGIN}/**", answer)
    return lambda picture: page.goto(f"{ORIGIN}/{picture.name}")
