"""clamd over a real socket: what it says, and what its silence means."""

import io
import socketserver
import struct
import threading

import pytest

from support.sandbox import Reason, Verdict, open_file
from tests.support.sandbox import files

VIRUS = b"demo-virus-for-this-test"


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does."""

    answer = None

    def handle(self):
        assert self.take(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack(">I", self.take(4))[0]:
            content += self.take(length)
        found = b"stream: Demo.Virus FOUND\0" if VIRUS in content else b"stream: OK\0"
        self.request.sendall(self.answer or found)

    def take(self, count):
        taken = b""
        while len(taken) < count:
            taken += self.request.recv(count - len(taken)) or pytest.fail("cut off")
        return taken


@pytest.fixture
def clamd(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.CLAMD = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


def opened(content):
    return open_file(io.BytesIO(content))


def test_a_clean_file_is_clean(clamd):
    result = opened(files.photo(size=(900, 900)))

    assert (result.antivirus, result.verdict) == ("clean", Verdict.ACCEPTED)


@pytest.mark.parametrize("content", [files.photo() + VIRUS, files.raw() + VIRUS, VIRUS])
def test_what_it_finds_is_quarantined_whatever_it_is_in(clamd, content):
    result = opened(content)

    assert (result.verdict, result.reason) == (Verdict.QUARANTINED, Reason.INFECTED)
    assert result.antivirus == "infected"


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OKAY then\0"]
)
def test_an_unsure_answer_is_not_scanned(clamd, monkeypatch, answer):
    monkeypatch.setattr(Clamd, "answer", answer or b"\0")

    result = opened(files.photo())

    assert (result.antivirus, result.verdict) == ("not scanned", Verdict.ACCEPTED)


@pytest.mark.parametrize("address", ["", "127.0.0.1:1", "/nowhere/clamd.sock", "nonsense"])
def test_away_or_not_configured_is_not_scanned(settings, address):
    settings.CLAMD = address

    result = opened(files.photo())

    assert (result.antivirus, result.verdict) == ("not scanned", Verdict.ACCEPTED)
