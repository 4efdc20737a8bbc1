"""Carry out what has come due, in a process of its own, when told to."""

import os
import sys


def main() -> None:
    """Get ready, wait for a line, run, and print how many were carried out."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # noqa: PLC0415 - a fresh process sets Django up first

    django.setup()
    from support.services import due  # noqa: PLC0415

    print("ready", flush=True)
    sys.stdin.readline()
    print(due.run())


if __name__ == "__main__":
    main()
