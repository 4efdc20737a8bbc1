"""What a page of the desk draws fifty times is drawn by Jinja: inputs, fields, rows of the queue.

Django's own templates take several times as long for the same words. They draw everything else.
"""

from django.urls import reverse
from django.utils.translation import gettext
from jinja2 import Environment

from support.templatetags.desk import choose, due, icon, label


def environment(**options) -> Environment:
    """Return the environment of templates/quick: nothing in it but what its templates ask for."""
    made = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - given: on
    drawn = {"icon": icon, "label": label, "due": due, "choose": choose}
    made.globals.update(_=gettext, url=reverse, **drawn)
    return made
