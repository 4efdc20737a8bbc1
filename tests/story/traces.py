"""What must not be found anywhere when the story is over: a PIN, or the other party."""

import mmap
from collections.abc import Iterable
from pathlib import Path

from tests.story.browser import Unexpected
from tests.story.stage import Stage
from tests.story.world import PLACES, Place

# The file that tells the PINs to the registry: the story's own.
TOLD = "registry-"


def no_pin(stage: Stage, ways: list[str]) -> None:
    """Search everything that the stack has written for the PINs: database, store, mails, logs.

    Raises Unexpected naming the file; and when the search did not even find the serials.
    """
    pins = {PLACES[way].pin.encode(): way for way in ways}
    serial, seen = PLACES[ways[0]].serial.encode(), 0
    for path in _files(stage.stack.folder):
        content = _content(path)
        found = [way for pin, way in pins.items() if content.find(pin) >= 0]
        if found:
            raise Unexpected(f"the PIN of {', '.join(found)} stands in {path}")
        seen += content.find(serial) >= 0
    if not seen:
        raise Unexpected(f"the search found no {serial!r}: it did not read the database")


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(TOLD):
            yield path


def _content(path: Path) -> bytes | mmap.mmap:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def nobody_named(stage: Stage, ways: Iterable[str]) -> None:
    """Search every mail to one side for the other's name and address.

    Raises Unexpected naming the mail. Where the owner named the resident, they know each other.
    """
    for way in ways:
        place = PLACES[way]
        resident = f"resident.{way}@story.example"
        pairs = [
            (resident, (place.owner_name, place.owner_email)),
            (place.owner_email, (f"Nora Ny{way}", resident)),
        ]
        for reader, others in pairs:
            _require_silence(stage, reader, others, place)


def _require_silence(stage: Stage, reader: str, others: tuple[str, ...], place: Place) -> None:
    for mail in stage.mails.to(reader):
        said = f"{mail['subject']}\n{mail['text']}\n{mail['html']}"
        named = [other for other in others if other in said]
        if named:
            raise Unexpected(f"{mail['subject']!r} tells {reader} of {named} ({place.way})")
