"""Every verdict, reason and flag by its code. The words for people are in support.sandbox.words."""

from enum import StrEnum


class Verdict(StrEnum):
    """What became of a file: exactly one of these."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    QUARANTINED = "quarantined"


class Reason(StrEnum):
    """Why a file was returned or quarantined; an accepted one has none."""

    # Returned: the sender can cure it.
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOT_TAKEN = "not_taken"
    LOCKED = "locked"
    DAMAGED = "damaged"
    # Quarantined: it looks hostile, or opening it failed in a way that honest files do not.
    INFECTED = "infected"
    PROGRAM = "program"
    POLYGLOT = "polyglot"
    BOMB = "bomb"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    MISBEHAVED = "misbehaved"


QUARANTINES = frozenset(
    {
        Reason.INFECTED,
        Reason.PROGRAM,
        Reason.POLYGLOT,
        Reason.BOMB,
        Reason.CRASHED,
        Reason.TIMED_OUT,
        Reason.OUT_OF_MEMORY,
        Reason.MISBEHAVED,
    }
)


class FlagCode(StrEnum):
    """What an agent should know about a file beside its pictures. Hints, never a decision."""

    # What a PDF would do in a viewer that lets it.
    JAVASCRIPT = "javascript"
    EMBEDDED_FILES = "embedded_files"
    LAUNCH_ACTION = "launch_action"
    SUBMIT_ACTION = "submit_action"
    OPEN_ACTION = "open_action"
    RICH_MEDIA = "rich_media"
    XFA_FORM = "xfa_form"
    FORM = "form"
    HIDDEN_LAYERS = "hidden_layers"
    # How it came about.
    ENCRYPTED = "encrypted"
    INCREMENTAL_UPDATES = "incremental_updates"
    SIGNATURE = "signature"
    PRODUCER = "producer"
    DATES = "dates"
    CHANGED_LATER = "changed_later"
    REPAIRED = "repaired"
    # What else is in the file.
    SEVERAL_DOCUMENTS = "several_documents"
    PAGE_SIZES_DIFFER = "page_sizes_differ"
    TRAILING_DATA = "trailing_data"
    LEADING_DATA = "leading_data"
    ANIMATED = "animated"
    SEVERAL_PICTURES = "several_pictures"
    GPS = "gps"
    BLANK = "blank"
    # What was left out.
    STRUCTURE_UNREAD = "structure_unread"
    TEXT_CUT = "text_cut"
    CODES_NOT_SOUGHT = "codes_not_sought"


class Source(StrEnum):
    """Where a word or fact was read."""

    PDF_TEXT = "pdf_text"
    OPTICAL = "optical"
    BARCODE = "barcode"
    STRUCTURE = "structure"
