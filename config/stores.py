"""Where files live, from one address each."""

from urllib.parse import parse_qs, unquote, urlsplit


def evidence_storage(url: str) -> dict:
    """Return the storage settings for ``s3://KEY:SECRET@host/bucket?tls=0`` or ``file:///dir``."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": unquote(parts.path),
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    query = parse_qs(parts.query)
    tls = query.get("tls", ["1"])[0] != "0"
    options = {
        "bucket_name": parts.path.strip("/"),
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "region_name": query.get("region", ["us-east-1"])[0],
        "signature_version": "s3v4",
        "addressing_style": "path",
        "file_overwrite": False,
        "default_acl": None,
        "querystring_expire": 60,
    }
    if parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        options["endpoint_url"] = f"{'https' if tls else 'http'}://{parts.hostname}{port}"
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def heads_storage(url: str, *, evidence_url: str) -> dict:
    """Return the storage of the daily heads: a store of their own, or a folder of the evidence's.

    No head is ever written over another.
    """
    storage = evidence_storage(url or evidence_url)
    options = storage["OPTIONS"]
    if not url:
        is_folder = "base_url" in options
        options["location"] = f"{options['location']}/heads" if is_folder else "heads"
    return storage
