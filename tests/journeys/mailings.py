"""Every mail of the product as a mail program shows its HTML: pictures for the gallery."""

from django.http import HttpResponse
from django.utils import timezone

from accounts.models import Code
from support import mails
from support.notifications import EMAILS, notify
from tests.journeys.gallery import Gallery
from tests.support.mail_world import about, world


def hang(gallery: Gallery) -> None:
    """Add one of each kind, and a code."""
    ticket, owner = world()
    for kind in EMAILS:
        notice = notify(kind, **about(kind, ticket, owner))
        html = mails.render(notice, [notice]).html
        gallery.add(f"mail-{kind}", HttpResponse(html), audience="mail")
    now = timezone.now()
    code = Code(purpose="sign_in", email="a@b.no", browser="b", made_at=now, expires_at=now)
    gallery.add("mail-code", HttpResponse(mails.render_code(code).html), audience="mail")
