"""How people come to a charger, as one table: what each means for the claim, and what it needs.

A situation sets facts of the claim (support.rules.Claim) and never weakens a rule: what is enough
is the same for all. Some end without a request, because another way is the right one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from support.rules import EvidenceKind, Outcome

Words = str | Promise


@dataclass(frozen=True)
class Situation:
    """One answer to "how did you come to the charger?".

    ``facts`` are fields of the claim. ``helps`` are kinds of evidence that are not required but
    show the right in this situation; ``advice`` is a word of warning or help. With ``instead``
    there is no request: the words say what to do, and whom to ask.
    """

    name: str
    label: Words
    facts: dict = field(default_factory=dict)
    helps: tuple[str, ...] = ()
    advice: Words = ""
    instead: tuple[Words, ...] = ()
    message: str = ""

    def claim(self) -> dict:
        """Return the claim's fields that this situation decides, each of them set."""
        nothing = {
            "bought_recently": False,
            "renting": False,
            "only_installer": False,
            "outcome": Outcome.OWNERSHIP,
        }
        return nothing | self.facts | {"situation": self.name}


TABLE = (
    Situation(
        "bought",
        _("I bought the home"),
        {"bought_recently": True},
    ),
    Situation(
        "renting",
        _("I rent the home"),
        {"renting": True, "outcome": Outcome.USE},
        advice=_(
            "You get the use of the charger until your lease ends. Its owner stays the owner and "
            "keeps the PIN, which you do not need to charge. We need the owner's yes for it."
        ),
    ),
    Situation(
        "inherited",
        _("I inherited it, or I look after an estate"),
        helps=(EvidenceKind.REGISTER_EXTRACT, EvidenceKind.OTHER),
        advice=_(
            "There is no purchase agreement, so send what shows that the home is yours or yours to "
            "look after: a land register extract, a certificate of inheritance or a probate paper."
        ),
    ),
    Situation(
        "new_building",
        _("The building is new, and the charger is still in the builder's name"),
        {"bought_recently": True},
        advice=_(
            "The builder can do it fastest: send them your request code. Your purchase agreement "
            "with the builder is the document that we need."
        ),
    ),
    Situation(
        "separated",
        _("I have separated from the person whose name it is in"),
        {"fears_owner": True},
        helps=(EvidenceKind.REGISTER_EXTRACT, EvidenceKind.OTHER),
        advice=_(
            "We write to nobody before a person trained for this has read it. Send what shows that "
            "the home is yours now: a land register extract, or the settlement."
        ),
    ),
    Situation(
        "second_hand",
        _("I bought the charger used, and it hangs on another wall now"),
        helps=(EvidenceKind.OTHER,),
        advice=_(
            "It is on record at its old address, so the seller's yes counts most: send them your "
            "request code. The receipt helps; without the seller it takes longest."
        ),
    ),
    Situation(
        "installer",
        _("Only the installer has access to the charger"),
        {"only_installer": True},
        advice=_("We ask the installer to confirm that they put the charger up, and for whom."),
    ),
    Situation(
        "operator",
        _("A company runs the chargers here, and I only pay for charging"),
        instead=(
            _(
                "The company that runs the chargers is their owner, and stays it. Nobody who lives "
                "there needs the PIN: charging is opened by its app, its card or its chip."
            ),
            _(
                "Ask that company to open charging for you. Its name is on the charger, on the "
                "notice in the garage or on the bill; the board or the landlord knows it too."
            ),
        ),
    ),
    Situation(
        "company",
        _("It belongs to my employer, or came with a leased car"),
        instead=(
            _(
                "As long as it is theirs, only they can share the PIN or hand the charger over to "
                "you. Ask whoever looks after the cars, or the leasing company."
            ),
            _(
                "Did you buy it from them, or does it stay with the home? Then ask them for a yes "
                "in writing, come back and choose “none of these”."
            ),
        ),
        message="company",
    ),
    Situation(
        "not_moved_in",
        _("I have not moved in yet"),
        instead=(
            _(
                "It is best done before you get the keys: the owner of today can hand the charger "
                "over to you from the very day you take over. It takes them a minute, and you need "
                "to prove nothing but that you stand in front of it."
            ),
            _(
                "Send them the message below. If nothing has come of it when you have the keys, "
                "come back: then we can help you from here."
            ),
        ),
        message="before",
    ),
    Situation("none", _("None of these")),
)
BY_NAME = {situation.name: situation for situation in TABLE}


def choices() -> Iterable[tuple[str, Words]]:
    """Return the names and labels, in the order in which they are offered."""
    return [(situation.name, situation.label) for situation in TABLE]


def of(ticket) -> Situation:
    """Return the situation that a ticket was made in; of older ones what their claim tells."""
    if ticket.situation in BY_NAME:
        return BY_NAME[ticket.situation]
    told = {
        "bought": ticket.bought_recently,
        "renting": ticket.renting,
        "installer": ticket.only_installer,
    }
    return BY_NAME[next((name for name, is_so in told.items() if is_so), "none")]
