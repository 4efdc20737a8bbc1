"""The words of a letter. It names nobody: who opens it learns no more than what was asked."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from chargers.models import Proposal
from support.models import Letter, Question

# A question to an owner shares its page with the rest of the letter.
MOST_SIGNS, MOST_LINES = 450, 6
# Heading, paragraphs before the code, paragraphs that lead to the stop code.
Words = tuple[str, list[str], list[str]]


def of(letter: Letter) -> Words:
    """Return what a letter says, in the language that is active."""
    domain = urlsplit(settings.BASE_URL).netloc
    stop = f"{domain}{reverse('support:stop')}"
    against = _(
        "<b>If you did not ask, or if you object:</b> go to <b>%(stop)s</b> and type the stop "
        "code below. That stops it at once. You need no account, and you can also call or write."
    ) % {"stop": stop}
    if letter.proposal_id:
        return _contact_words(letter.proposal, against)
    if letter.tenure_id:
        return _tenure_words(domain, against)
    about = {"code": letter.ticket.reference, "domain": domain}
    if letter.question_id:
        return _question_words(letter.question, about, against)
    if letter.to == Letter.To.OWNER:
        return _owner_words(about, against)
    head = _("Somebody asks for the charging station at this address")
    before = [
        _(
            "Somebody who says that they live here has asked us to put the charging station for "
            "cars at this address in their name. The request is <b>%(code)s</b>."
        )
        % about,
        _(
            "<b>If you asked:</b> go to <b>%(domain)s</b>, sign in, open your request and type "
            "this code. It shows us that post to this address reaches you."
        )
        % about,
    ]
    return head, before, [against]


def safety() -> str:
    """Return where a reader says that this is a matter of safety."""
    return f"{urlsplit(settings.BASE_URL).netloc}{reverse('support:danger')}"


def _owner_words(about: dict, against: str) -> Words:
    head = _("Somebody asks for a charging station that is on record in your name")
    before = [
        _(
            "Somebody who says that they live where it is now has asked us to put it in their "
            "name. The request is <b>%(code)s</b>."
        )
        % about,
        _(
            "<b>If the station is no longer yours:</b> go to <b>%(domain)s</b>, sign in with the "
            "e-mail address that we have on record for you and answer the request, or call us. "
            "Silence is not taken as a yes: without an answer we go on and check by documents."
        )
        % about,
    ]
    return head, before, [against]


def has_room(body: str) -> bool:
    """Tell whether a question fits the page of a letter."""
    return len(body) <= MOST_SIGNS and len(body.splitlines()) <= MOST_LINES


def _question_words(question: Question, about: dict, against: str) -> Words:
    head = _("A question about the charging station that is on record in your name")
    before = [
        _(
            "Somebody asked for it, and it is disputed. Before we decide request <b>%(code)s</b> "
            "we ask all sides the same:"
        )
        % about,
        "<br/>".join(escape(question.body).splitlines()),
        _(
            "<b>To answer:</b> go to <b>%(page)s</b> and type the code below. It needs no "
            "account; you can also call or write. Nobody but customer service reads it."
        )
        % {"page": f"{about['domain']}{reverse('support:link-code')}"},
    ]
    return head, before, [against]


def _tenure_words(domain: str, against: str) -> Words:
    head = _("Your code for the charging station that is on record in your name")
    before = [
        _(
            "Somebody signed in as the owner of this charging station and asked for a letter. "
            "<b>If that was you:</b> go to <b>%(domain)s</b>, sign in, open your charger and "
            "type this code."
        )
        % {"domain": domain}
    ]
    return head, before, [against]


def _contact_words(proposal: Proposal, against: str) -> Words:
    head = _("A new way to reach you about your charging station")
    what = {"email": _("an e-mail address"), "phone": _("a phone number")}
    named = [what.get(kind, _("a postal address")) for kind in proposal.new]
    before = [
        _(
            "You are on record with us as the owner of a charging station for cars. A source that "
            "we get our data from, or a colleague, proposes a new way to reach you: "
            "<b>%(what)s</b>. Nothing has changed yet."
        )
        % {"what": ", ".join(named)},
        _(
            "<b>If you know of it:</b> you need not do anything. It takes effect no sooner than "
            "seven days after this letter should be with you, and only if a second person here "
            "agrees."
        ),
    ]
    return head, before, [against]
