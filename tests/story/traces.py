"""What must not be found anywhere when the story is over: a PIN, or the other party."""

from collections.abc import Iterable

from tests.canary import Search
from tests.story.browser import Unexpected
from tests.story.stage import Stage
from tests.story.world import PLACES, Place

# The file that tells the PINs to the registry: the story's own.
TOLD = "registry-"


def no_pin(stage: Stage, ways: list[str]) -> None:
    """Search everything that the stack has written for the PINs, in every shape they may have.

    Files (store, mails, logs, letters, the database's own), the database as text without the
    ciphertexts, Redis. Raises Unexpected naming the place; and when the search did not even find
    the serials.
    """
    search = Search(PLACES[way].pin for way in ways)
    search.database(stage.stack.env["DATABASE_OWNER_URL"])
    search.redis(stage.stack.env["REDIS_URL"])
    search.folder(stage.stack.folder, without=TOLD)
    if search.hits:
        raise Unexpected(f"a PIN stands in {', '.join(search.hits[:5])}")
    serials = Search([PLACES[ways[0]].serial])
    serials.database(stage.stack.env["DATABASE_OWNER_URL"])
    if not serials.hits:
        raise Unexpected("the search found no serial: it did not read the database")


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
