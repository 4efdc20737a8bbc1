"""What a browser may send: the rest of a file that is too big is never written down."""

from io import BytesIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class TooBigFile(UploadedFile):
    """What stands in a form for a file over the limit: its name, and nothing of its content."""

    def __init__(self, name: str, size_bytes: int) -> None:
        super().__init__(file=BytesIO(), name=name, size=size_bytes)


class QuotaUploadHandler(FileUploadHandler):
    """Drops what a file has over EVIDENCE_FILE_BYTES; stops a transfer over EVIDENCE_TICKET_BYTES.

    A file that is somewhat too big is read to its end, so that the browser hears the answer; the
    form finds a TooBigFile. A transfer that is far too big is cut off: ``request.upload_stopped``.
    """

    def __init__(self, request=None) -> None:
        super().__init__(request)
        self.all_bytes = self.file_bytes = 0

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.file_bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.file_bytes += len(raw_data)
        self.all_bytes += len(raw_data)
        if self.all_bytes > settings.EVIDENCE_TICKET_BYTES:
            self.request.upload_stopped = True
            raise StopUpload(connection_reset=True)
        return None if self.file_bytes > settings.EVIDENCE_FILE_BYTES else raw_data

    def file_complete(self, file_size: int) -> TooBigFile | None:
        if self.file_bytes <= settings.EVIDENCE_FILE_BYTES:
            return None
        self._drop_what_was_written()
        return TooBigFile(self.file_name, self.file_bytes)

    def _drop_what_was_written(self) -> None:
        for handler in self.request.upload_handlers:
            if handler is not self and hasattr(handler, "file"):
                handler.file.close()
