"""What a mail says: one set of paragraphs, laid out as text and as HTML, with the same one link."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import codes
from accounts.models import Code
from records import dates
from support import calendars, languages, mail_facts, mail_layout
from support.mail_layout import Action
from support.models import Notice, Ticket
from support.notifications import EMAILS, Mail
from support.rules import Outcome
from support.services import changes, links


@dataclass(frozen=True)
class Rendered:
    """A mail, ready to post. ``free`` is what people typed: the part that may name somebody."""

    subject: str
    text: str
    html: str
    language: str
    free: str = ""

    @property
    def whole(self) -> str:
        """Return all its words, for comparing."""
        return f"{self.subject}\n{' '.join(self.text.split())}"


def page(name: str, *args) -> str:
    """Return the whole address of a page of ours."""
    return settings.BASE_URL.rstrip("/") + reverse(name, args=args)


ACTIONS: dict[str, Callable[[Notice], str]] = {
    "link": lambda notice: page("support:link", links.token(notice.link)),
    "ticket": lambda notice: page("support:ticket", notice.ticket.request_code),
    "offer": lambda notice: page("support:offer-own", notice.ticket.request_code),
    "offers": lambda notice: page("support:offers"),
    "tickets": lambda notice: page("support:tickets"),
    "mine": lambda notice: page("chargers:mine"),
    "new": lambda notice: page("support:new"),
    "share": lambda notice: page("chargers:open-share", notice.data["share"]),
    "alerts": lambda notice: page("support:alerts"),
    "freezes": lambda notice: page("support:desk-freezes"),
    "change": lambda notice: page("support:change-link", changes.token(notice.data["proposal"])),
    "home": lambda notice: page("home"),
    "me": lambda notice: page("accounts:profile"),
}

# Their pages are found by signing in as well, without any link.
# Who may read the request code in a mail: it is the resident who gives it to the previous owner.
KNOWS_CODE = frozenset({"claimant", "giver"})
SIGNED_IN = frozenset(
    {"ticket", "tickets", "offer", "offers", "mine", "new", "share", "alerts", "me"}
)


def render(notice: Notice, together: list[Notice] = ()) -> Rendered:
    """Return the mail of a notice in its own language.

    ``together`` are the notices of the same kind to the same party that it stands for as well.
    """
    mail = EMAILS[notice.kind]
    with translation.override(notice.language or settings.LANGUAGE_CODE):
        code = _name_of(notice.ticket, mail) if notice.ticket_id else ""
        moment = _moments(notice)
        facts = mail_facts.of(notice, moment)
        about = {
            "code": code,
            "codes": [_name_of(one.ticket, mail) for one in together if one.ticket_id],
            "charger": mail_facts.named(notice.charger),
            "is_use": _is_use([notice, *together]),
            **facts,
        }
        body = _paragraphs(f"emails/{notice.kind}.txt", about)
        subject = str(mail.subject) % {"code": code}
        foot = {"code": code, "signs_in": mail.action in SIGNED_IN, "typed": _typed(notice, mail)}
        return _laid_out(subject, body, foot, _action(notice), facts.get("free", ""))


def _is_use(notices: list[Notice]) -> bool:
    """Tell whether the requests that a mail is about ask for the use of a charger, all of them."""
    tickets = [notice.ticket for notice in notices if notice.ticket_id]
    return bool(tickets) and all(ticket.outcome == Outcome.USE for ticket in tickets)


def _name_of(ticket: Ticket, mail: Mail) -> str:
    """Return the request code for those who have it; the other parties get a name without power."""
    return ticket.request_code if mail.to in KNOWS_CODE else ticket.reference


def render_code(code: Code) -> Rendered:
    """Return the mail that carries a sign-in code: no link, nothing to click."""
    with translation.override(code.language or settings.LANGUAGE_CODE):
        digits = codes.digits(code)
        body = _paragraphs("emails/code.txt", {"digits": digits, "purpose": code.purpose})
        subject = _("%(digits)s is your code") % {"digits": digits}
        return _laid_out(subject, body, {})


def _action(notice: Notice) -> Action:
    mail = EMAILS[notice.kind]
    if mail.action == "link" and notice.link is None:
        return Action(page("home"), _("Our page"))
    url = ACTIONS[mail.action](notice)
    return Action(url, str(mail.label), tongues=tuple(languages.of_page(url)))


def _typed(notice: Notice, mail: Mail) -> str:
    """Return what can be typed on a page of ours instead of the link."""
    return links.code_of(notice.link) if mail.action == "link" and notice.link else ""


def _moments(notice: Notice) -> Callable[[datetime | None], str]:
    """Return how this reader is told a time: their own zone, else the place's, named beside it.

    A claimant reads the zone of their own claim, never of what is on record.
    """
    place = notice.charger.installation if notice.charger_id else None
    country, name = (place.country, place.time_zone) if place else ("", "")
    if notice.ticket_id and notice.person_id == notice.ticket.claimant_id:
        country, name = notice.ticket.country, ""
    own = notice.person.time_zone if notice.person_id else ""
    zone = calendars.zone(country, own or name)

    def tell(at: datetime | None) -> str:
        if at is None:
            return ""
        local = at.astimezone(zone)
        where = zone.key.rpartition("/")[2].replace("_", " ")
        when = f"{dates.weekday(local)} {local:%H:%M}"
        return f"{when} ({where})" if "/" in zone.key else f"{when} {where}"

    return tell


def _paragraphs(template: str, about: dict) -> mail_layout.Paragraphs:
    """Return a template's paragraphs, filled in."""
    shared = {
        "brand": settings.BRAND,
        "domain": urlsplit(settings.BASE_URL).netloc,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phone": settings.SUPPORT_PHONE,
    }
    return mail_layout.paragraphs(render_to_string(template, shared | about))


def _laid_out(
    subject: str, body: list, foot_facts: dict, action: Action | None = None, free: str = ""
) -> Rendered:
    foot = _paragraphs("emails/foot.txt", foot_facts)
    subject = " ".join(subject.split())
    text = mail_layout.as_text(body, foot, action)
    html = mail_layout.as_html(subject, body, foot, action)
    return Rendered(subject, text, html, translation.get_language(), free)
