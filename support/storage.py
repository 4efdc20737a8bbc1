"""The private evidence store (django-storages, or a folder): names made here, nothing public."""

from uuid import UUID

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.core.files.storage import Storage, storages

# What an S3 store that is away, or refuses us, raises: none of it is an OSError by itself.
AWAY = (Boto3Error, BotoCoreError, ClientError)


def store() -> Storage:
    """Return the store of evidence that the settings name."""
    return storages["evidence"]


def key_of(ticket_uid: UUID, item_uid: UUID) -> str:
    """Return the name of an item's file in the store. Nothing of the sender's name is in it."""
    return f"evidence/{ticket_uid}/{item_uid}"


def save(key: str, content: File, content_type: str) -> str:
    """Write a file under our own name and content type; return the name it really got.

    Raises OSError while the store is away.
    """
    content.content_type = content_type
    try:
        return store().save(key, content)
    except AWAY as error:
        raise OSError("the evidence store does not answer") from error


def open_(key: str) -> File:
    """Open a file for streaming. Raises FileNotFoundError when the store does not have it, OSError
    while it is away.
    """
    try:
        return store().open(key, "rb")
    except AWAY as error:
        raise OSError("the evidence store does not answer") from error
