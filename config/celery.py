"""Celery: a wake-up call for the outbox and the deadlines, never the source of truth."""

import os

from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.use()
app = Celery("handover")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe_start(**_kwargs) -> None:
    """End a worker or beat whose settings are not fit for production.

    Celery swallows what a signal's receiver raises, save what ends a process.
    """
    # By name: this module is loaded before the settings are.
    try:
        import_string("config.checks.refuse_unsafe_start")()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None
