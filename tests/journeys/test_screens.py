"""`make screens`: every page in phone and desktop width, light and dark, with an index.

SCREENS=claim,start takes only pages whose names begin so.
"""

import os
from html import escape
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from deploy.local.environment import CHROMIUM
from tests.journeys import exhibits, gallery
from tests.journeys.conftest import ARGUMENTS

pytestmark = [pytest.mark.django_db, pytest.mark.long]
FOLDER = Path(settings.BASE_DIR) / ".screens"
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1440, "height": 900}}
SCHEMES = ("light", "dark")


def test_every_page_has_its_picture(settings, tmp_path):
    settings.LETTERS_DIR = str(tmp_path)
    wanted = tuple(os.environ.get("SCREENS", "").split(","))
    hung = exhibits.all_of().pictures.values()
    pictures = [each for each in hung if each.name.startswith(wanted)]

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for size, viewport in SIZES.items():
            for scheme in SCHEMES:
                context = browser.new_context(viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                show = gallery.hang(page, pictures)
                for picture in pictures:
                    show(picture)
                    page.screenshot(
                        path=FOLDER / f"{picture.name}-{size}-{scheme}.png", full_page=True
                    )
                context.close()
        browser.close()
    (FOLDER / "index.html").write_text(_index(pictures))

    assert len(list(FOLDER.glob("*.png"))) >= len(pictures) * len(SIZES) * len(SCHEMES)


def _index(pictures) -> str:
    rows = []
    for each in pictures:
        files = [f"{each.name}-{size}-{scheme}.png" for size in SIZES for scheme in SCHEMES]
        shots = "".join(
            f'<a href="{f}"><img loading="lazy" src="{f}" alt="{f}"></a>' for f in files
        )
        rows.append(f"<h2>{escape(each.name)} ({each.status})</h2><p>{shots}</p>")
    style = "img{height:24rem;margin:0 .5rem .5rem 0;border:1px solid #999;vertical-align:top}"
    return f"<!doctype html><title>Screens</title><style>{style}</style>{''.join(rows)}"
