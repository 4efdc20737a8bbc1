"""What an agent ticks on each kind of evidence, and why one is returned, with the cure."""

from django.utils.translation import gettext_lazy as _

from support.rules import EvidenceKind as Kind
from support.sandbox import words
from support.sandbox.inside.codes import QUARANTINES

TICKS = {
    Kind.LABEL: {
        "serial_shown": _("The label shows the serial number of the request."),
        "code_shown": _("This request's own code is beside the label, written or on a screen."),
    },
    Kind.PURCHASE_AGREEMENT: {
        "buyer_is_claimant": _("The buyer is the person who asks."),
        "address_matches": _("The address is the one in the registry."),
        "seller_is_owner": _("The seller is the owner on record."),
        "signed": _("It is signed by both sides."),
    },
    Kind.LEASE: {
        "tenant_is_claimant": _("The tenant is the person who asks."),
        "address_matches": _("The address is the one in the registry."),
        "signed": _("It is signed by both sides."),
    },
    Kind.REGISTER_EXTRACT: {
        "names_claimant": _(
            "I looked it up in the land register today: it names the person who asks."
        ),
        "address_matches": _("The address is the one in the registry."),
    },
    Kind.STATION: {
        "same_station": _("It is the station of the request, on a wall or a post."),
    },
    Kind.OTHER: {},
    Kind.SERIAL: {},
    Kind.ADDRESS: {},
    Kind.INSTALLER: {},
}

# reason -> (what was wrong, how to cure it). The cure compares a document with the claim only.
REASONS = {
    "unreadable": (
        _("We cannot read it."),
        _("Take the photo again in good light, close enough that every letter is sharp."),
    ),
    "cut_off": (
        _("A part of it is missing."),
        _("Take the photo again so that the whole label or page is in the picture."),
    ),
    "page_missing": (
        _("A page is missing."),
        _("Send the whole file, or all the pages that we ask for, in one go."),
    ),
    "no_serial": (
        _("The serial number cannot be seen."),
        _("Take the photo so close that every letter of the serial number can be read."),
    ),
    "no_code": (
        _("The request code is not in the picture."),
        _("Write the request code on paper, hold it beside the label, and take the photo again."),
    ),
    "other_code": (
        _("The code in the picture is not the one of this request."),
        _("Write this request's own code on paper and take a new photo with it."),
    ),
    "other_serial": (
        _("The serial number in the picture is not the one in your request."),
        _("Send a photo of the label of the station you ask for, or correct the serial number."),
    ),
    "pin_visible": (
        _("The PIN can be read in the picture."),
        _("Cover the PIN with a finger or a piece of paper and take the photo again."),
    ),
    "too_much_hidden": (
        _("Too much of it is covered."),
        _("Cover only prices, identity numbers and the PIN. The rest must be seen."),
    ),
    "no_name": (
        _("Your name is not in the document."),
        _("Send the page that names you."),
    ),
    "other_person": (
        _("The document does not name you as you are named in your request."),
        _("Send a document that names you, or tell us about a change of name."),
    ),
    "other_address": (
        _("The document is about another address than the one in your request."),
        _("Send the document for this address, or correct the address."),
    ),
    "no_date": (
        _("The date is missing."),
        _("Send the page with the date on which you took over."),
    ),
    "too_old": (
        _("The document is too old to show who lives there now."),
        _("Send a newer document."),
    ),
    "unsigned": (
        _("The signatures are missing."),
        _("Send the page with the signatures of both sides."),
    ),
    "not_this_document": (
        _("This is not the document that we asked for."),
        _("Look at the list on your request and send the document that it names."),
    ),
    "needed": (
        _("We need this as well to decide."),
        _("Send it here; the page says what it must show."),
    ),
    "check_again": (
        _("Please check what you typed."),
        _("Compare it with the label or the document and type it again."),
    ),
    "could_not_open": (
        _("We could not open the file."),
        _("Save it as PDF or take a photo of it, and send it again."),
    ),
}
# What only the machine says, when it opens a file.
REASONS |= {str(reason): explained for reason, explained in words.REASONS.items()}
_UNSAFE = (
    _("We could not open this file safely."),
    _("Nothing else is affected. Take a photo of the page or label and send that."),
)
REASONS |= {str(reason): _UNSAFE for reason in QUARANTINES}
_ANY_FILE = (
    "unreadable",
    "cut_off",
    "too_much_hidden",
    "could_not_open",
    "locked",
    "not_this_document",
    "needed",
)
_DOCUMENT = (
    "page_missing",
    "no_name",
    "other_person",
    "other_address",
    "no_date",
    "too_old",
    "unsigned",
    *_ANY_FILE,
)
_FIELD = ("check_again", "needed")
REASONS_FOR = {
    Kind.LABEL: (
        "no_serial",
        "no_code",
        "other_code",
        "other_serial",
        "pin_visible",
        *_ANY_FILE,
    ),
    Kind.PURCHASE_AGREEMENT: _DOCUMENT,
    Kind.LEASE: _DOCUMENT,
    Kind.REGISTER_EXTRACT: _DOCUMENT,
    Kind.STATION: ("pin_visible", *_ANY_FILE),
    Kind.OTHER: _DOCUMENT,
    Kind.SERIAL: _FIELD,
    Kind.ADDRESS: _FIELD,
    Kind.INSTALLER: _FIELD,
}

REJECT_REASONS = {
    "not_shown": (
        _("What you sent does not show a right to this charger."),
        _("A purchase agreement or lease that names you and this address would change it."),
    ),
    "not_there": (
        _("What you sent does not show that you are where the charger is."),
        _("A photo of the label with the request code beside it would change it."),
    ),
    "objection": (
        _("Someone with a say in this charger objects."),
        _("A document that shows your right, or an agreement between you, would change it."),
    ),
    "contradiction": (
        _("What you sent contradicts itself."),
        _("Documents that agree with each other and with your request would change it."),
    ),
    "other_route": (
        _("This has to be settled in another way."),
        _("Write or call us: we tell you which one."),
    ),
}
