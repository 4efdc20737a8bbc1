"""What every page may say about this deployment."""

from django.conf import settings
from django.utils.translation import get_language

from config.speech import languages_of


def brand(request) -> dict:
    """Return the name, how to reach a human, and where a demo's mail appears."""
    return {
        "brand": settings.BRAND,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phone": settings.SUPPORT_PHONE,
        "privacy_notice": settings.PRIVACY_NOTICE_URL.replace("{language}", get_language() or ""),
        "is_demo": settings.DEMO,
        "page_languages": languages_of(request),
        "mail_catcher_url": settings.MAIL_CATCHER_URL if settings.DEMO else "",
    }
