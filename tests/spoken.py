"""The catalogues for tests that need the product to speak: the others read its words as written."""

from pathlib import Path

import polib
from django.conf import settings


def compiled(folder: Path, language: str) -> Path:
    """Compile a catalogue of locale/ into a folder; return it, for LOCALE_PATHS."""
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    catalogue = Path(settings.BASE_DIR, "locale", language, "LC_MESSAGES", "django.po")
    polib.pofile(str(catalogue)).save_as_mofile(str(place / "django.mo"))
    return folder
