"""How the opener says that it will not, or cannot, open a file."""

from .codes import Reason


class NotOpened(Exception):
    """The file ends here, with a reason; the verdict follows from it."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)
