"""What the public pages say and draw: messages ready to send, why a document is needed, a QR."""

from datetime import datetime
from urllib.parse import quote

import segno
from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from records import clock
from support.rules import EvidenceKind

register = template.Library()

# Why each kind is asked for, in a sentence; and what has to be seen on it.
WHY = {
    EvidenceKind.LABEL: gettext_lazy("It shows which charger it is, and that you stand by it."),
    EvidenceKind.PURCHASE_AGREEMENT: gettext_lazy(
        "It shows that the home became yours. We need the names of buyer and seller, the address, "
        "the day you took over, and the signatures; prices may be covered."
    ),
    EvidenceKind.LEASE: gettext_lazy(
        "It shows that you live there, and until when. We need your name, the address, the dates "
        "and the signatures; the rent may be covered."
    ),
    EvidenceKind.REGISTER_EXTRACT: gettext_lazy(
        "It shows that the home is yours. We need the page with your name and the address."
    ),
    EvidenceKind.OTHER: gettext_lazy("Whatever shows how the charger came to you."),
}


@register.filter
def why(kind: str) -> str | Promise:
    """Return why a kind of evidence is asked for."""
    return WHY.get(kind, "")


@register.simple_tag
def owner_message(request_code: str = "", kind: str = "") -> str:
    """Return a message to whoever has the charger on record, ready to be sent.

    ``kind`` is "before" (not moved in yet) or "company"; else it is for a previous owner.
    """
    brand = {"brand": settings.BRAND, "code": request_code}
    if kind == "before":
        return _BEFORE % brand
    if kind == "company":
        return _COMPANY % brand
    return (_WITH_CODE if request_code else _WITHOUT_CODE) % brand


_BEFORE = gettext_lazy(
    "Hello,\n"
    "I am about to take over your home, and the charger with it. Could you please hand it over "
    "to me in %(brand)s? Sign in, choose the charger, “Hand it over to somebody”, and type my "
    "name, my e-mail address and the day on which I take over. Until that day nothing changes "
    "for you, and you can cancel.\n"
    "Please leave me the user manual as well. Thank you!"
)
_COMPANY = gettext_lazy(
    "Hello,\n"
    "There is a charger at my home that is in your company's name. I need its PIN once, to put "
    "it on my network. Could you please share the PIN with me, or tell me who looks after it?\n"
    "If the charger is to stay with me, please hand it over to me in %(brand)s. Thank you!"
)
_WITH_CODE = gettext_lazy(
    "Hello,\n"
    "I have moved into your former home. The charger there is still registered to you. Could you "
    "please do one of these two things?\n"
    "1. In your app, share its PIN with me, or transfer the charger to me.\n"
    "2. If you get a mail from %(brand)s about it, open the link, choose “no longer mine”, and "
    "type my request code %(code)s and my surname.\n"
    "Both take less than a minute. Thank you!"
)
_WITHOUT_CODE = gettext_lazy(
    "Hello,\n"
    "I have moved into your former home. The charger there is still registered to you. Could you "
    "please open your app, and share its PIN with me or transfer the charger to me?\n"
    "If you no longer have the app: I can ask %(brand)s to write to you, and you only need to "
    "answer one question.\n"
    "Thank you!"
)


@register.filter
def for_address(text: str) -> str:
    """Return a text as it stands in a mailto: or sms: address."""
    return quote(str(text), safe="")


@register.simple_tag
def qr(text: str) -> SafeString:
    """Return a QR code of a text as a drawing in the ink of the page, with a quiet edge."""
    rows = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(rows):
        for x, is_dark in enumerate(row):
            if is_dark and not (x and row[x - 1]):
                length = next((n for n, on in enumerate(row[x:]) if not on), len(row) - x)
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
    size = len(rows)
    return format_html(
        '<svg class="qr" viewBox="-4 -4 {0} {0}" aria-hidden="true" focusable="false">'
        '<path d="{1}"/></svg>',
        size + 8,
        "".join(runs),
    )


@register.simple_tag
def days_until(at: datetime | None) -> str:
    """Return how far a moment is ahead, in days: to be read after the date, never instead of it."""
    if at is None:
        return ""
    days = (at.date() - clock.now().date()).days
    if days < 0:
        return ""
    if days == 0:
        return _("today")
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
