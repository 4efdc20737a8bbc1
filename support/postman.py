"""Handing a mail to the mail server, and telling what it answered."""

import smtplib

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

from support.mails import Rendered


def post(rendered: Rendered, *, to: str, message_id: str) -> str:
    """Hand over one mail to one address; return "" when it was accepted, else why it never will be.

    The answer is a code, never the server's words. What may pass (no connection, a 4xx answer, a
    server that refuses *us*) is raised: the outbox tries again.
    """
    try:
        validate_email(to)
    except ValidationError:
        return "invalid address"
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        to=[to],
        reply_to=[settings.SUPPORT_EMAIL],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": rendered.language,
        },
    )
    message.attach_alternative(rendered.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        return _final([code for code, _words in refusal.recipients.values()], refusal)
    except smtplib.SMTPDataError as refusal:
        return _final([refusal.smtp_code], refusal)
    return ""


def _final(codes: list[int], refusal: smtplib.SMTPException) -> str:
    """Return the code of a refusal that is for good; raise one that may pass."""
    if all(500 <= code < 600 for code in codes):
        return f"SMTP {codes[0]}"
    raise refusal
