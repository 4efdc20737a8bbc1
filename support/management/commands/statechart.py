from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from support.chart import chart

PATH = Path(settings.BASE_DIR) / "docs" / "states.md"


class Command(BaseCommand):
    help = "Write docs/states.md from the model."

    def handle(self, *args, **options):
        PATH.write_text(chart(), encoding="utf-8")
        self.stdout.write(f"wrote {PATH.relative_to(settings.BASE_DIR)}")
