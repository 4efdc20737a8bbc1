"""The private evidence store (django-storages, or a folder): names made here, nothing public.

What is kept here is sealed already (support/sealing.py): the store can read none of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import File
from django.core.files.storage import Storage, storages

# What an S3 store that is away, or refuses us, raises: none of it is an OSError by itself.
AWAY = (Boto3Error, BotoCoreError, ClientError)
SEALED_TYPE = "application/octet-stream"


def store() -> Storage:
    """Return the store of evidence that the settings name."""
    return storages["evidence"]


def name_of(ticket_uid: UUID, item_uid: UUID, file_uid: UUID | str) -> str:
    """Return the name of a file in the store. Nothing of the sender's name is in it."""
    return f"evidence/{ticket_uid}/{item_uid}/{file_uid}"


def save(name: str, sealed: File) -> str:
    """Write a sealed file under our own name and content type; return the name it really got.

    A name that is taken gives another one: nothing is written over. Raises OSError while the store
    is away or full.
    """
    sealed.content_type = SEALED_TYPE
    with _answering():
        return store().save(name, sealed)


def open_(name: str) -> File:
    """Open a sealed file for streaming. Raises FileNotFoundError when the store does not have it,
    OSError while it is away.
    """
    with _answering():
        file = store().open(name, "rb")
        file.file  # noqa: B018 - fetches it: a store that goes away later is no surprise
        return file


def delete(name: str) -> None:
    """Delete a file; one that is gone already is fine. Raises OSError while the store is away."""
    with _answering():
        store().delete(name)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise OSError("the evidence store does not answer") from error
    except SuspiciousOperation as error:
        raise OSError("the evidence store does not take this name") from error
