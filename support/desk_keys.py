"""What single keys do on the desk's pages. Which key is which may be changed by each person."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Action(NamedTuple):
    """Something a key does: its name in the pages (``data-key``), its first key, its words."""

    name: str
    key: str
    words: str


ACTIONS = (
    Action("down", "j", _("next ticket in the list")),
    Action("up", "k", _("ticket before")),
    Action("open", "o", _("open the chosen ticket, or the picture")),
    Action("next", "n", _("draw the next ticket")),
    Action("approve", "a", _("approve")),
    Action("refuse", "r", _("reject")),
    Action("ask", "m", _("ask for more")),
    Action("escalate", "e", _("escalate: stop it for a senior")),
    Action("comment", "c", _("write a message or a note")),
    Action("undo", "u", _("take the last act back, for ten seconds")),
    Action("search", "/", _("find a ticket")),
    Action("help", "?", _("these keys")),
)
# Held by the pages themselves: numbers tick evidence, Escape and Enter are the browser's.
TAKEN = frozenset("123456789+-")
