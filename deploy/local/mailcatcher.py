"""An SMTP server on loopback that delivers nothing and keeps everything, for people to read.

Every mail is a file, and shows on a page and as JSON (mailpage.py). Tests can make it refuse an
address, as real servers do.
"""

import argparse
import email
import signal
import threading
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path

from aiosmtpd.controller import Controller

from deploy.local.mailpage import serve_pages
from deploy.local.processes import LOOPBACK

# The catcher's own lines at the top of each file: who it was really sent to, and when it came.
TO, AT = "X-Caught-For", "X-Caught-At"
REPLIES = {
    451: "451 4.3.0 Try again later (the catcher was told to say so)",
    550: "550 5.1.1 No such mailbox (the catcher was told to say so)",
}
LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived; ``id`` counts from 1 in order of arrival."""

    id: int
    to: str
    at: datetime
    raw: bytes = field(repr=False)

    @cached_property
    def message(self) -> EmailMessage:
        """Return the mail taken apart."""
        return email.message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        """Return the subject on one line."""
        return " ".join(str(self.message["subject"] or "(no subject)").split())

    def body(self, kind: str) -> str:
        """Return the ``plain`` or the ``html`` part, or nothing."""
        part = self.message.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part is not None else ""

    def as_json(self) -> dict:
        """Return what the tests read."""
        return {
            "id": self.id,
            "to": self.to,
            "subject": self.subject,
            "at": self.at.isoformat(),
            "text": self.body("plain"),
            "html": self.body("html"),
            "message_id": str(self.message["message-id"] or ""),
            "headers": {key: str(value) for key, value in self.message.items()},
        }


class Mailbox:
    """Every mail of a folder, and the addresses that are refused for now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self.refused: dict[str, int] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.mails = [self._read(path) for path in sorted(folder.glob("*.eml"))]

    def _read(self, path: Path) -> Mail:
        raw = path.read_bytes()
        headers = email.message_from_bytes(raw, policy=policy.default)
        return Mail(int(path.stem), headers[TO], datetime.fromisoformat(headers[AT]), raw)

    def keep(self, to: list[str], raw: bytes) -> None:
        """Write one mail down, then show it."""
        at = datetime.now().astimezone()
        heading = f"{TO}: {', '.join(to)}\r\n{AT}: {at.isoformat()}\r\n"
        with self.lock:
            number = self.mails[-1].id + 1 if self.mails else 1
            mail = Mail(number, ", ".join(to), at, heading.encode() + raw)
            unfinished = self.folder / f"{number:06d}.part"
            unfinished.write_bytes(mail.raw)
            unfinished.rename(unfinished.with_suffix(".eml"))
            self.mails.append(mail)

    def find(self, *, to: str = "", since: int = 0) -> list[Mail]:
        """Return the mails after number ``since`` to one address, or to any, oldest first."""
        with self.lock:
            mails = self.mails[:]
        address = to.casefold()
        return [
            mail
            for mail in mails
            if mail.id > since and (not address or address in mail.to.casefold().split(", "))
        ]

    def get(self, number: int) -> Mail | None:
        """Return one mail by its number."""
        return next((mail for mail in self.find() if mail.id == number), None)

    def refuse(self, address: str, code: int | None) -> None:
        """Refuse an address ("*": all) with 550 or 451 from now on; no code: accept it again."""
        with self.lock:
            self.refused.pop(address.casefold(), None)
            if code:
                self.refused[address.casefold()] = code

    def answer_to(self, address: str) -> str | None:
        """Return the refusal for an address, or None."""
        with self.lock:
            code = self.refused.get(address.casefold()) or self.refused.get("*")
        return REPLIES[code] if code else None


class Reception:
    """What aiosmtpd asks when a mail comes in; the names are its own."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        refusal = self.mailbox.answer_to(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mailbox.keep([parseaddr(to)[1] or to for to in envelope.rcpt_tos], envelope.content)
        return "250 Kept for the page"


class MailCatcher:
    """Both doors on one mailbox: SMTP to put mails in, HTTP to read them."""

    def __init__(self, *, folder: Path, smtp_port: int, http_port: int) -> None:
        self.mailbox = Mailbox(folder)
        self.smtp = Controller(
            Reception(self.mailbox),
            hostname=LOOPBACK,
            port=smtp_port,
            data_size_limit=LIMIT_BYTES,
            ready_timeout=15,
        )
        self.pages = serve_pages(self.mailbox, LOOPBACK, http_port)

    def start(self) -> None:
        """Open both doors; each has a thread of its own."""
        self.smtp.start()
        threading.Thread(target=self.pages.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Close both doors."""
        self.smtp.stop()
        self.pages.shutdown()
        self.pages.server_close()


def main() -> None:
    """Run the catcher until a signal ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    catcher = MailCatcher(**vars(parser.parse_args()))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    catcher.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    catcher.stop()


if __name__ == "__main__":
    main()
