"""R-F17, T-27: a transfer of five gigabytes over a real socket is stopped, told its size or not."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.faults import parts

FIVE_GIGABYTES = 5 * 2**30
MOST_TAKEN = 80 * 2**20
LINE = b"XBOUNDARYX"


@pytest.fixture(scope="module")
def base_url(django_db_setup, tmp_path_factory):
    with parts.web(tmp_path_factory.mktemp("web")) as address:
        yield address


def flood(base_url: str, *, told: bool) -> tuple[int, bytes]:
    """Send a file of five gigabytes until nobody takes more; return how much, and the answer."""
    host = urlsplit(base_url)
    size = f"Content-Length: {FIVE_GIGABYTES}" if told else "Transfer-Encoding: chunked"
    lines = ["POST /stop/ HTTP/1.1", f"Host: {host.netloc}", size]
    lines.append(f"Content-Type: multipart/form-data; boundary={LINE.decode()}")
    part = b'Content-Disposition: form-data; name="files"; filename="a.jpg"'
    data = b"--" + LINE + b"\r\n" + part + b"\r\nContent-Type: image/jpeg\r\n\r\n"
    sent, answer = 0, b""
    with socket.create_connection((host.hostname, host.port), timeout=20) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        try:
            while sent < FIVE_GIGABYTES:
                line.sendall(data if told else b"%x\r\n%s\r\n" % (len(data), data))
                sent, data = sent + len(data), b"\xff" * 65536
        except OSError:
            pass  # cut off
        try:
            answer = line.recv(100)
        except OSError:
            pass
    return sent, answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", [True, False], ids=["with its length", "chunked"])
def test_five_gigabytes_over_a_socket_are_cut_off(base_url, told):
    sent, answer = flood(base_url, told=told)

    assert sent < MOST_TAKEN
    assert not answer.startswith(b"HTTP/1.1 5")
