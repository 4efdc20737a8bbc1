"""No letter tells who opens it about another party: it is held back until that is mended (I9)."""

from datetime import datetime

from accounts.models import User
from records import clock, events
from support import letterpress, screening
from support.models import Letter


def names_others(page: letterpress.Page) -> list[str]:
    """Return what a letter would tell whoever opens it about another party; empty: it may go.

    At the registry's address its street is no secret, but a source may have typed a name there.
    """
    letter, place = page.letter, page.letter.charger.installation
    about = {"ticket": letter.ticket, "charger": letter.charger}
    text = letterpress.text_of(page)
    if letter.to == Letter.To.HOUSEHOLD:
        known = screening.Facts(streets={place.street})
        return screening.find(text, free=place.unit, known=known, **about)
    owner = owner_of(letter)
    typed = [*page.address, letter.question.body if letter.question_id else ""]
    return screening.find(text, free="\n".join(typed), reader=owner, **about)


def owner_of(letter: Letter) -> User | None:
    """Return the owner whom a letter to their own address is for."""
    if letter.proposal_id:
        return letter.proposal.person
    if letter.question_id:
        return letter.question.party
    return letter.tenure.person if letter.tenure_id else letter.charger.owner(clock.now())


def hold(page: letterpress.Page, at: datetime) -> bool:
    """Hold a letter back that would name another party; each print file tries it again."""
    letter, is_held = page.letter, bool(names_others(page))
    if is_held and letter.held_at is None:
        events.record(f"letter:{letter.uid}", "letter_held", at=at, by_what="system")
    if is_held != bool(letter.held_at):
        Letter.objects.filter(pk=letter.pk).update(held_at=at if is_held else None)
    return is_held
