"""What every page may say about this deployment."""

from django.conf import settings


def brand(request) -> dict:
    """Return the name, how to reach a human, and where a demo's mail appears."""
    return {
        "brand": settings.BRAND,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phone": settings.SUPPORT_PHONE,
        "is_demo": settings.DEMO,
        "mail_catcher_url": settings.MAIL_CATCHER_URL if settings.DEMO else "",
    }
