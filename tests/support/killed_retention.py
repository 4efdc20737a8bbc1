"""Run the retention in a process of its own, and kill it in the middle of the line named."""

import os
import signal
import sys


def main(line: str, letters_dir: str) -> None:
    """Carry out the schedule up to ``line``; die there, its first step done and not committed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415 - a fresh process sets Django up first

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    from support.services import retention  # noqa: PLC0415
    from support.services.retention.schedule import SCHEDULE  # noqa: PLC0415

    settings.LETTERS_DIR = letters_dir
    work = next(rule.work for rule in SCHEDULE if rule.name == line)
    step = "act" if hasattr(work, "act") else "drop"
    real = getattr(work, step)

    def die(*args):
        real(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    object.__setattr__(work, step, die)
    list(retention.run())


if __name__ == "__main__":
    main(*sys.argv[1:])
