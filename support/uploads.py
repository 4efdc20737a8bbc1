"""What a browser may send: the rest of a file that is too big is never written down."""

import unicodedata
from io import BytesIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

LONGEST_NAME = 80


class TooBigFile(UploadedFile):
    """What stands in a form for a file over the limit: its name, and nothing of its content."""

    def __init__(self, name: str, size_bytes: int) -> None:
        super().__init__(file=BytesIO(), name=name, size=size_bytes)


class QuotaUploadHandler(TemporaryFileUploadHandler):
    """Keeps files up to EVIDENCE_FILE_BYTES; stops a transfer over EVIDENCE_TICKET_BYTES.

    A file that is somewhat too big is read to its end, so that the browser hears the answer; the
    form finds a TooBigFile. A transfer that is far too big, or for which this machine has no room,
    is cut off: ``why_stopped(request)``.
    """

    def __init__(self, request=None) -> None:
        super().__init__(request)
        self.all_bytes = self.file_bytes = 0

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        """Refuse by its own word a transfer that says how much too big it is: nothing is read."""
        if content_length > settings.EVIDENCE_TICKET_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self.request.upload_stopped = "too_big"

    def new_file(self, *args, **kwargs) -> None:
        if getattr(self.request, "upload_stopped", ""):
            raise StopUpload(connection_reset=True)
        self.file_bytes = 0
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self._stop("full")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file_bytes += len(raw_data)
        self.all_bytes += len(raw_data)
        if self.all_bytes > settings.EVIDENCE_TICKET_BYTES:
            self._stop("too_big")
        if self.file_bytes <= settings.EVIDENCE_FILE_BYTES:
            try:
                super().receive_data_chunk(raw_data, start)
            except OSError:
                self._stop("full")

    def file_complete(self, file_size: int) -> UploadedFile:
        if self.file_bytes <= settings.EVIDENCE_FILE_BYTES:
            return super().file_complete(file_size)
        self.file.close()
        return TooBigFile(self.file_name, self.file_bytes)

    def _stop(self, why: str) -> None:
        self.request.upload_stopped = why
        raise StopUpload(connection_reset=True)


def why_stopped(request: HttpRequest) -> str:
    """Return in words why a transfer was cut off, or nothing."""
    words = {
        "too_big": _("Together that was over 60 MB. Send one smaller file at a time."),
        "full": _("We could not keep the file just now. Try again in a few minutes."),
    }
    return words.get(getattr(request, "upload_stopped", ""), "")


def shown_name(name: str) -> str:
    """Return a file's name as it may be shown: its last part, in one short line of plain signs.

    It is for the person who sent the file; nothing is ever kept under it.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    line = " ".join(kept.split()) or _("file")
    if len(line) <= LONGEST_NAME:
        return line
    return f"{line[: LONGEST_NAME - 13]}…{line[-12:]}"
