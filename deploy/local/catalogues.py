"""Compile the message catalogues: `.venv/bin/python -m deploy.local.catalogues`.

Catalogues (.po) are in the history, what Django reads of them (.mo) is made here with polib, so
that no machine needs gettext to run the product. Untranslated and fuzzy lines stay out.
"""

from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]


def compile_all(folder: Path = ROOT / "locale") -> list[str]:
    """Compile each catalogue that is newer than what was made of it; return their languages."""
    made = []
    for source in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            unfinished = target.with_suffix(".mo.unfinished")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)
            made.append(source.parent.parent.name)
    return made


if __name__ == "__main__":
    compile_all()
