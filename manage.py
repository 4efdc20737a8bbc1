#!/usr/bin/env python3
"""Run a management command."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandParser, execute_from_command_line
from django.core.management.base import handle_default_options
from django.utils.module_loading import import_string

# What prepares or explains a deployment works before it is fit to start.
BEFOREHAND = {
    *("check", "help", "version", "--help", "--version", "migrate", "makemigrations", "test"),
    *("grant_rights", "make_pin_keys", "make_evidence_keys", "collectstatic", "statechart"),
    *("makemessages", "compilemessages", "showmigrations", "try_evidence"),
}


def refuse_unsafe_start(arguments: list[str]) -> None:
    """End with the reasons where this deployment is not fit to work with data."""
    if len(arguments) < 2 or arguments[1] in BEFOREHAND:
        return
    parser = CommandParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    handle_default_options(parser.parse_known_args(arguments[2:])[0])
    django.setup()
    try:
        import_string("config.checks.refuse_unsafe_start")()
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    refuse_unsafe_start(sys.argv)
    execute_from_command_line(sys.argv)
