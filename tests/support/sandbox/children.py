"""Programs that misbehave, run by the tests in place of the opener; what is given says how."""

import ctypes
import json
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "support" / "sandbox"))

from inside import framing, limits  # noqa: E402
from inside.confine import Confinement  # noqa: E402

seen = []


def prepare():
    """Nothing is needed that could not be had later."""


def main():
    behaviour = os.pread(0, 200, 0).decode().removeprefix("%PDF-").split()
    globals()[behaviour[0]](*behaviour[1:])


def say(kind, finding=b""):
    payload = finding if isinstance(finding, bytes) else json.dumps(finding).encode()
    os.write(1, framing.pack(kind, payload))


def ready():
    say(framing.READY, {"network": "none"})


def end(**finding):
    usual = {"reason": None, "content_type": "application/pdf", "flags": []}
    say(framing.FOUND, {**usual, **finding})
    say(framing.END, {})
    time.sleep(5)


def hang():
    ready()
    time.sleep(600)


def hang_before_ready():
    time.sleep(600)


def spin():
    ready()
    while True:
        pass


def segfault():
    ready()
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)


def die_before_ready():
    os._exit(3)


def eat():
    ready()
    hoard = []
    while True:
        hoard.append(os.urandom(1024) * 65_536)


def fork(marker):
    """Leave a grandchild behind that would live on."""
    ready()
    if os.fork() == 0:
        Path(marker).write_text(str(os.getpid()))
    time.sleep(600)


def flood():
    ready()
    while True:
        say(framing.PICTURE, b"\0" * 10_000_000)


def long_frame():
    ready()
    os.write(1, struct.pack(">cI", b"P", 0xFFFFFFFF))
    time.sleep(5)


def noise():
    ready()
    os.write(1, b"\xff" * 4000)
    time.sleep(5)


def page(content, **changes):
    meta = {"width": 1, "height": 1, "words": [], "codes": [], "likeness": 0, **changes}
    say(framing.FOUND, {"page": meta})
    say(framing.PICTURE, content)


def lie_about_picture():
    ready()
    page(b"<script>alert(1)</script>")
    end()


def lie_without_pictures():
    ready()
    end()


def lie_about_type():
    ready()
    end(content_type="text/html")


def lie_about_reason():
    ready()
    end(reason="all is well")


def lie_in_json():
    ready()
    say(framing.FOUND, b"[" * 100_000)
    say(framing.END, {})


def never_end():
    ready()
    os.close(1)
    time.sleep(600)


def wait_shut_in(marker):
    """Write down who this is, be shut in as the opener is, and wait."""
    Path(marker).write_text(str(os.getpid()))
    confinement = Confinement()
    confinement.begin(address_bytes=limits.ADDRESS_BYTES)
    say(framing.READY, confinement.finish())
    time.sleep(600)


def look_around(port, outside, existing):
    """Shut in as the opener is, try to get out; say what succeeded."""
    confinement = Confinement()
    confinement.begin(address_bytes=limits.ADDRESS_BYTES)
    say(framing.READY, confinement.finish())
    tries = {
        "connect": lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=1),
        "socket": lambda: socket.socket(socket.AF_UNIX),
        "write": lambda: open(outside, "w"),
        "write_here": lambda: open("scratch", "w"),
        "read": lambda: open(existing).read(),
        "list": lambda: os.listdir("/etc"),
        "fork": os.fork,
        "run": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "kill": lambda: os.kill(os.getppid(), 0),
    }
    found = {}
    for name, attempt in tries.items():
        try:
            attempt()
            found[name] = "done"
        except BaseException as error:
            found[name] = type(error).__name__
    found["environment"] = dict(os.environ)
    found["modules"] = [name for name in sys.modules if name.startswith(("django", "config"))]
    found["inherited"] = open_descriptors()
    found["uid"] = os.getuid()
    say(framing.FOUND, found)
    say(framing.END, {})
    time.sleep(5)


def remember():
    """Say whether another file left something behind here."""
    ready()
    say(framing.FOUND, {"seen_before": bool(seen), "pid": os.getpid(), "parent": os.getppid()})
    seen.append("a file")
    say(framing.END, {})
    time.sleep(5)


def take_a_while():
    ready()
    time.sleep(1)
    say(framing.END, {})
    time.sleep(5)


def open_descriptors():
    open_ones = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        open_ones.append(number)
    return open_ones
