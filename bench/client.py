"""A closed-loop client: one connection, one request after the other, each timed by itself."""

import http.client
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tests.story.browser import _Reader as Reader


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took from the first byte sent to the last read."""

    status: int
    seconds: float
    body: str
    location: str = ""

    def form(self, to: str):
        """Return the first form that leads to an address with ``to`` in it.

        Raises LookupError when the page has none.
        """
        reader = Reader("http://bench/")
        reader.feed(self.body)
        found = next((form for form in reader.forms if to in form.action), None)
        if found is None:
            raise LookupError(f"no form to {to!r} ({self.status})")
        return found


@dataclass
class Client:
    """Somebody's browser without a screen: cookies, and a connection that stays open."""

    base_url: str
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None
    _used: float = 0.0

    def get(self, address: str) -> Answer:
        """Open a page."""
        return self._ask("GET", address)

    def post(self, address: str, values: list[tuple[str, str]]) -> Answer:
        """Send a form; a redirect is not followed."""
        body = urlencode(values)
        return self._ask("POST", urlsplit(address).path, body)

    def _ask(self, method: str, address: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._drop_if_closed()
        began = time.perf_counter()
        if self._connection is None:
            parts = urlsplit(self.base_url)
            self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self._connection.request(method, address, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        self._keep(response)
        if response.will_close:
            self._connection.close()
            self._connection = None
        where = urljoin(self.base_url, response.getheader("Location", ""))
        return Answer(response.status, seconds, content.decode(errors="replace"), where)

    def _drop_if_closed(self) -> None:
        """Open a new connection where the server has let an idle one go."""
        if self._connection is None or time.monotonic() - self._used < 1.0:
            self._used = time.monotonic()
            return
        self._used = time.monotonic()
        self._connection.close()
        self._connection = None

    def _keep(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
