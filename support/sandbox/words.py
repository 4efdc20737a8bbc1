"""Verdicts, reasons, flags and protections in words: for residents and for agents."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from support.sandbox.findings import Flag
from support.sandbox.inside.codes import FlagCode, Reason

# reason -> (what was wrong, how to cure it), for the person who sent the file.
REASONS = {
    Reason.EMPTY: (
        gettext_lazy("The file is empty."),
        gettext_lazy("Choose it again, or take a photo of the page, and send that."),
    ),
    Reason.TOO_LARGE: (
        gettext_lazy("The file is over 15 MB."),
        gettext_lazy("Send only the pages that we ask for, or a photo of each."),
    ),
    Reason.TOO_MANY_PAGES: (
        gettext_lazy("The document has more than 50 pages."),
        gettext_lazy("Send only the pages with names, address, date and signatures."),
    ),
    Reason.TOO_MANY_PIXELS: (
        gettext_lazy("The picture is larger than 40 megapixels."),
        gettext_lazy("Take it again with the camera's usual setting, or save it smaller."),
    ),
    Reason.NOT_TAKEN: (
        gettext_lazy("This is no kind of file that we can look at."),
        gettext_lazy("Send a PDF or a photo (JPEG, PNG, WebP or HEIC)."),
    ),
    Reason.LOCKED: (
        gettext_lazy("The file is locked with a password."),
        gettext_lazy("Save a copy without a password, or take a photo of the pages."),
    ),
    Reason.DAMAGED: (
        gettext_lazy("The file is damaged: a part of it is missing or cannot be read."),
        gettext_lazy("Save it again or take a photo of it, and send that."),
    ),
}
_QUARANTINED = (
    gettext_lazy("We could not open this file safely."),
    gettext_lazy("Nothing else is affected. Take a photo of the page or label and send that."),
)


def explain(reason: Reason | str) -> tuple[str, str]:
    """Return what was wrong and how to cure it, in words for the person who sent the file."""
    wrong, cure = REASONS.get(Reason(reason), _QUARANTINED)
    return str(wrong), str(cure)


# For agents: why exactly a file is in quarantine.
QUARANTINE_CAUSES = {
    Reason.INFECTED: gettext_lazy("The antivirus program knows it as harmful."),
    Reason.PROGRAM: gettext_lazy("It is a program, not a document."),
    Reason.POLYGLOT: gettext_lazy("It is an archive, page or program and a document at once."),
    Reason.BOMB: gettext_lazy("It grows beyond all bounds when opened."),
    Reason.CRASHED: gettext_lazy("The process that opened it crashed."),
    Reason.TIMED_OUT: gettext_lazy("It could not be opened in 15 seconds."),
    Reason.OUT_OF_MEMORY: gettext_lazy("It needs more memory than any honest file."),
    Reason.MISBEHAVED: gettext_lazy("The process that opened it did what it never should."),
}

_FLAGS = {
    FlagCode.JAVASCRIPT: gettext_lazy("The PDF holds a script."),
    FlagCode.EMBEDDED_FILES: gettext_lazy("Other files are attached inside the PDF."),
    FlagCode.LAUNCH_ACTION: gettext_lazy("The PDF tries to start a program."),
    FlagCode.SUBMIT_ACTION: gettext_lazy("The PDF tries to send or load data."),
    FlagCode.OPEN_ACTION: gettext_lazy("The PDF does something by itself when it is opened."),
    FlagCode.RICH_MEDIA: gettext_lazy("The PDF holds sound, video or other media."),
    FlagCode.XFA_FORM: gettext_lazy("The PDF is an XFA form: what it shows may differ."),
    FlagCode.FORM: gettext_lazy("The PDF has form fields that anyone can fill in."),
    FlagCode.HIDDEN_LAYERS: gettext_lazy("The PDF has layers that are hidden."),
    FlagCode.ENCRYPTED: gettext_lazy("The PDF is protected against changes by a password."),
    FlagCode.INCREMENTAL_UPDATES: gettext_lazy(
        "The PDF was changed after it was made (%(count)s times)."
    ),
    FlagCode.PRODUCER: gettext_lazy("Made with %(producer)s (%(creator)s)."),
    FlagCode.DATES: gettext_lazy("Made %(created)s, last changed %(modified)s."),
    FlagCode.CHANGED_LATER: gettext_lazy("Changed %(days)s days after it was made."),
    FlagCode.REPAIRED: gettext_lazy("The file is partly damaged; pages may be incomplete."),
    FlagCode.SEVERAL_DOCUMENTS: gettext_lazy(
        "The file holds a further document that is not shown here."
    ),
    FlagCode.PAGE_SIZES_DIFFER: gettext_lazy(
        "Pages differ in size: it may be several documents in one."
    ),
    FlagCode.TRAILING_DATA: gettext_lazy("Further data follows the end (%(bytes)s bytes)."),
    FlagCode.LEADING_DATA: gettext_lazy("Other data stands before the beginning."),
    FlagCode.ANIMATED: gettext_lazy("An animation of %(frames)s pictures; the first is shown."),
    FlagCode.SEVERAL_PICTURES: gettext_lazy(
        "The file holds %(pictures)s pictures; the main one is shown."
    ),
    FlagCode.GPS: gettext_lazy("The photo told where it was taken; that was removed unread."),
    FlagCode.BLANK: gettext_lazy("%(pages)s pages are blank."),
    FlagCode.STRUCTURE_UNREAD: gettext_lazy(
        "The inside of the PDF could not be read whole: other flags may be missing."
    ),
    FlagCode.TEXT_CUT: gettext_lazy("A page holds more text than was read."),
    FlagCode.CODES_NOT_SOUGHT: gettext_lazy("Codes were not looked for on the last pages."),
}
_SIGNED = gettext_lazy(
    "Electronic signature by %(name)s covers the whole file. Its validity was not checked."
)
_SIGNED_PARTLY = gettext_lazy(
    "Electronic signature by %(name)s does not cover the whole file: something was added or "
    "changed after signing. Its validity was not checked."
)


def describe(flag: Flag) -> str:
    """Return one flag as a sentence for an agent."""
    detail = {name: value or _("unknown") for name, value in flag.detail.items()}
    if flag.code == FlagCode.SIGNATURE:
        words = _SIGNED if flag.detail.get("covers_all") else _SIGNED_PARTLY
        return str(words) % {"name": detail.get("name", _("unknown"))}
    return str(_FLAGS[flag.code]) % _Said(detail)


class _Said(dict):
    """What a flag tells; what it does not tell is "unknown"."""

    def __missing__(self, name: str) -> str:
        return _("unknown")


PROTECTIONS = {
    "network": gettext_lazy("no network"),
    "files": gettext_lazy("no files"),
    "privileges": gettext_lazy("no rights"),
    "memory": gettext_lazy("bounded memory"),
    "cpu": gettext_lazy("bounded computing time"),
    "time": gettext_lazy("ended after 14 seconds"),
}


def describe_protections(protections: dict[str, str]) -> list[str]:
    """Return each protection in words, with "not in force" where the machine had none."""
    if not protections:
        return [_("The file was not opened.")]
    return [
        str(words) if protections.get(name) else _("%(what)s: not in force") % {"what": words}
        for name, words in PROTECTIONS.items()
    ]
