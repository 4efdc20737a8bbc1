"""Request codes: two words and four digits, easy to say and to write on paper."""

import re
import secrets

_FIRST = """
amber ample azure basic birch bold brave brisk broad calm cedar chief civil clean clear cool coral
crisp daily dapper dear deep eager early easy elm even exact fair fast fine firm fond free fresh
gentle glad gold good grand great green handy happy hazel honest ivory jolly keen kind large
light linden lively loyal lucky lunar major maple merry mild modern neat new noble north oak
olive open orange patient pine plain polar prime proud pure quick quiet rapid ready rosy royal
ruby rustic sandy sharp silver simple sincere smart smooth snowy solar solid south spare steady
still strong sunny sure swift tall teal tidy true upper urban vast vivid warm west white wide
willow wise young
""".split()
_SECOND = """
acorn anchor apple apron arch arrow badge bagel barn basil basket beach bell berry bird boat book
bottle bowl branch bread bridge brook brush bucket button cabin candle canoe carpet castle cello
chair cherry cliff clock cloud clover coat comet cookie copper creek daisy desk dolphin door
drum eagle engine falcon feather fern field finch flag flute forest fountain fox garden garlic
gate glove goose grape hammer harbor hat heron hill honey island jacket kettle kite ladder lake
lamp lantern leaf lemon lily linen lion lizard meadow melon mirror moon moss needle nest ocean
onion otter owl paddle palm panda paper parrot peach pebble pencil pepper piano pillow planet
plum pocket pond puffin rabbit raven ribbon river robin rocket roof rope sail salmon scarf seal
shell ship spoon spring star stone stool swan table teapot tiger tower train tulip turtle valley
violin wagon walnut water whale wheel window winter wolf
""".split()


def new_request_code() -> str:
    """Return a fresh code such as ``amber-otter-4821``. It names a ticket and opens nothing."""
    words = secrets.choice(_FIRST), secrets.choice(_SECOND)
    return f"{words[0]}-{words[1]}-{secrets.randbelow(10_000):04d}"


def normalise_request_code(text: str) -> str:
    """Return a typed code as it is stored: lower case, one hyphen between its three parts."""
    return "-".join(text.casefold().replace("-", " ").split())


def is_request_code(text: str) -> bool:
    """Say whether a normalised text has the form of a request code, made of our own words."""
    first, _, rest = text.partition("-")
    second, _, digits = rest.partition("-")
    fits = first in _FIRST and second in _SECOND
    return fits and len(digits) == 4 and digits.isascii() and digits.isdecimal()


def request_codes_in(text: str) -> set[str]:
    """Return what in a text read by machine has the shape of a request code, as it is stored."""
    found = _SHAPE.findall(text.casefold())
    return {code for parts in found if is_request_code(code := "-".join(parts))}


_SHAPE = re.compile(r"(?<![a-z])([a-z]{3,8})\W{1,3}([a-z]{3,8})\W{1,3}(\d{4})(?!\d)")
