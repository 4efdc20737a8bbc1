"""A real SMTP server that keeps what it is sent, and can hold its answer back."""

import asyncio
import email
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller

from deploy.local.processes import LOOPBACK, free_port


@dataclass
class Sink:
    """Every mail that came in, by its Message-ID, in order."""

    port: int = field(default_factory=free_port)
    message_ids: list[str] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    holds: bool = False
    slow_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.controller = Controller(self, hostname=LOOPBACK, port=self.port, ready_timeout=15)

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    def clear(self) -> None:
        """Forget what came, and answer at once again."""
        self.message_ids.clear()
        self.to.clear()
        self.holds, self.slow_seconds = False, 0.0

    async def handle_DATA(self, server, session, envelope):
        """Keep the mail first, answer later: a sender that dies in between does not know."""
        message = email.message_from_bytes(envelope.content)
        self.message_ids.append(str(message["Message-ID"]))
        self.to += envelope.rcpt_tos
        await asyncio.sleep(self.slow_seconds)
        while self.holds:
            await asyncio.sleep(0.05)
        return "250 Kept"
