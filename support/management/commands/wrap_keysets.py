from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from chargers import pins
from records import keysets
from support import sealing


class Command(BaseCommand):
    help = (
        "Wrap the keysets by the keys of PIN_KEK and EVIDENCE_KEK, which PIN_KEK_OLD and "
        "EVIDENCE_KEK_OLD (unset: nothing) wrapped until now. Nothing is sealed again."
    )
    requires_system_checks = []

    def handle(self, *args, **options):
        for keyset, old_kek in (
            (pins.KEYSET, settings.PIN_KEK_OLD),
            (sealing.KEYSET, settings.EVIDENCE_KEK_OLD),
        ):
            if not keyset.kek():
                self.stdout.write(f"{keyset.kek_setting} is not set: left alone.")
            elif keysets.opens(keyset):
                self.stdout.write(f"The {keyset.what} keyset is wrapped by it already.")
            else:
                self._wrap(keyset, old_kek)

    def _wrap(self, keyset: keysets.Keyset, old_kek: str) -> None:
        try:
            self.stdout.write(keysets.wrap_again(keyset, old_kek=old_kek))
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from None
