"""Nothing tells another site where somebody came from, and no page asks anything of another."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.journeys.visitor import DESKTOP

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere():
    """Another site, which keeps what browsers tell it."""
    seen: list[dict] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>elsewhere</h1>")

        def log_message(self, *_said):
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", seen
    server.shutdown()
    server.server_close()


def test_no_address_of_ours_leaves_with_a_link_or_a_picture(visit, elsewhere):
    address, seen = elsewhere
    visitor = visit(DESKTOP)
    visitor.open("/sign-in/?next=/requests/secret-path/")
    origin = visitor.base_url

    visitor.page.evaluate(
        """address => {
            const picture = new Image(); picture.src = address + "picture";
            document.body.insertAdjacentHTML("beforeend", `<a id="out" href="${address}">out</a>`);
        }""",
        address,
    )
    visitor.page.click("#out")
    visitor.page.wait_for_url(address)

    assert len(seen) >= 1
    assert not any(origin in f"{one.get('referer')} {one.get('origin')}" for one in seen)
    assert not any("picture" in one.get("sec-fetch-dest", "") for one in seen)
    assert any("Content Security Policy" in fault for fault in visitor.faults)
