"""The pages and the JSON of the mail catcher: every mail sent, newest first, links to follow."""

import json
import re
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pyotp

LAYOUT = (Path(__file__).parent / "mailpage.html").read_text(encoding="utf-8")
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
PAGES = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
# The mail's own HTML: no script, no form, nothing fetched; a link opens a page of its own.
SANDBOX = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:"
)


def link(text: str) -> str:
    """Return text as HTML, its addresses as links."""
    pieces, end = [], 0
    for match in LINK.finditer(text):
        address = escape(match[0])
        pieces += [escape(text[end : match.start()])]
        pieces += [f'<a href="{address}" target="_blank" rel="noreferrer">{address}</a>']
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def page(title: str, main: str, *, refresh: str = "") -> str:
    """Return a whole page."""
    return LAYOUT.format(title=escape(title), main=main, refresh=refresh)


def when(mail) -> str:
    """Return when a mail came, in this machine's time zone, named."""
    return mail.at.astimezone().strftime("%a %d %b %Y %H:%M:%S %Z (%z)")


def app_digits(people: Path) -> str:
    """Return what the authenticator app of the demo's staff shows now; "" where there is none."""
    rows = json.loads(people.read_text()) if people.exists() else []
    key = next((row["app_key"] for row in rows if row.get("app_key")), "")
    return pyotp.TOTP(key).now() if key else ""


def list_page(mailbox, to: str) -> str:
    """Return every mail, or those to one address, newest first."""
    rows = [
        f'<tr><td><a href="/?to={quote(mail.to)}">{escape(mail.to)}</a></td>'
        f'<td><a href="/mails/{mail.id}">{escape(mail.subject)}</a></td>'
        f"<td><time>{when(mail)}</time></td></tr>"
        for mail in reversed(mailbox.find(to=to))
    ]
    only = f'<p>Only to {escape(to)}. <a href="/">Show every mail</a></p>' if to else ""
    head = "<tr><th>To</th><th>Subject</th><th>Came</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    app = app_digits(mailbox.folder.parent / "people.json")
    app = (
        f"<p>The demo staff's authenticator app shows <strong>{app}</strong> now.</p>"
        if app
        else ""
    )
    main = f"<h1>Every mail sent</h1>{app}{only}{table if rows else '<p>No mail yet.</p>'}"
    return page("Mails", main, refresh='<meta http-equiv="refresh" content="5">')


def mail_page(mail) -> str:
    """Return one mail: its text, and its HTML in a sandbox."""
    html = (
        f'<h2>HTML part</h2><iframe src="/mails/{mail.id}/html" title="HTML part"></iframe>'
        if mail.body("html")
        else ""
    )
    main = (
        f'<p><a href="/">Every mail</a></p><h1>{escape(mail.subject)}</h1>'
        f"<dl><dt>To</dt><dd>{escape(mail.to)}</dd>"
        f"<dt>From</dt><dd>{escape(str(mail.message['from'] or ''))}</dd>"
        f"<dt>Came</dt><dd>{when(mail)}</dd></dl>"
        f"<h2>Text part</h2><pre>{link(mail.body('plain'))}</pre>{html}"
    )
    return page(mail.subject, main)


class Pages(BaseHTTPRequestHandler):
    """What the pages' server asks for each request; the method names are its own."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "mails", ""
    timeout = 30

    def do_GET(self) -> None:
        if not self._comes_from_here():
            return
        address = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(address.query).items()}
        match address.path.strip("/").split("/"):
            case [""]:
                self._send(list_page(self.server.mailbox, query.get("to", "")))
            case ["api", "mails"]:
                self._send_mails(query)
            case ["mails", number, *rest] if number.isdecimal() and rest in ([], ["html"]):
                self._send_mail(self.server.mailbox.get(int(number)), as_html=bool(rest))
            case _:
                self._send("Not found", status=404)

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 10_000))
        if not self._comes_from_here():
            return
        # A page of another site cannot send this type without asking first.
        if self.headers.get_content_type() != "application/json":
            return self._send_json({"error": "application/json, please"}, status=415)
        try:
            command = json.loads(body or b"{}")
            if self.path == "/api/refuse":
                to, code = command["to"], command.get("code")
                if code not in (550, 451, 0, None):
                    raise ValueError("code: 550, 451, or none to accept again")
                self.server.mailbox.refuse(to, code)
            elif self.path == "/api/clear":
                self.server.mailbox.refused.clear()
            else:
                return self._send_json({"error": "not found"}, status=404)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return self._send_json({"error": str(error)}, status=422)
        self._send_json({"refused": self.server.mailbox.refused})

    def _comes_from_here(self) -> bool:
        # A name that was made to point at this machine is somebody else's page.
        if self.headers.get("Host", "").rpartition(":")[0] in ("127.0.0.1", "localhost"):
            return True
        self._send("Only as 127.0.0.1 or localhost", status=421)
        return False

    def _send_mails(self, query: dict) -> None:
        since = query.get("since", "0")
        found = self.server.mailbox.find(
            to=query.get("to", ""), since=int(since) if since.isdecimal() else 0
        )
        self._send_json([mail.as_json() for mail in found])

    def _send_mail(self, mail, *, as_html: bool) -> None:
        if mail is None:
            self._send("Not found", status=404)
        elif as_html:
            self._send(f'<base target="_blank">{mail.body("html")}', policy=SANDBOX)
        else:
            self._send(mail_page(mail))

    def _send_json(self, data, *, status: int = 200) -> None:
        self._send(json.dumps(data), status=status, kind="application/json")

    def _send(
        self, text: str, *, status: int = 200, kind: str = "text/html", policy: str = PAGES
    ) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        """Keep quiet: the addresses asked for are nobody's business."""


class PageServer(ThreadingHTTPServer):
    """A server that knows its mailbox."""

    daemon_threads = True

    def __init__(self, address, mailbox) -> None:
        self.mailbox = mailbox
        super().__init__(address, Pages)


def serve_pages(mailbox, host: str, port: int) -> PageServer:
    """Return the server of the pages, listening but not yet answering."""
    return PageServer((host, port), mailbox)
