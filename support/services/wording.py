"""What staff write to one party is compared with what the others may not be known by."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from support import screening
from support.models import Ticket


def require_silence(ticket: Ticket, *, reader: User | None, **texts: str) -> None:
    """Stop words that would tell ``reader`` who another party is, or where they live (I9).

    ``texts`` are by field. Raises ValidationError by field, naming what was found, for the writer
    to see and to change.
    """
    problems = {}
    for field, text in texts.items():
        found = screening.find(text, ticket=ticket, reader=reader) if text.strip() else []
        if found:
            problems[field] = _(
                "This tells about another party: %(found)s. Write it without that."
            ) % {"found": ", ".join(found)}
    if problems:
        raise ValidationError(problems)
