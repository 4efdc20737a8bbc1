"""What a resident may type about a request that there is. Pages and API share it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.fields import FilesField, LineField, WordsField
from support.models import Helped
from support.rules import FIELD_KINDS, EvidenceKind

FILE_KINDS = [(k.value, k.label) for k in EvidenceKind if k not in FIELD_KINDS]


class UploadForm(forms.Form):
    """Files for one kind of evidence."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=FILE_KINDS,
        error_messages={"invalid_choice": _("Choose what this file is.")},
    )
    files = FilesField(
        label=_("Photo or file"),
        help_text=_("JPEG, PNG, WebP, HEIC or PDF, at most 15 MB each. You can choose several."),
        error_messages={"required": _("Choose a photo or a file first.")},
    )


class MessageForm(forms.Form):
    """A word to customer service."""

    body = WordsField(
        label=_("Write to us"),
        max_length=4000,
        help_text=_("A person reads it. Please send no PIN and no password."),
        error_messages={"required": _("Write your message first.")},
    )


class WithdrawForm(forms.Form):
    """Whether somebody who needs us no more was helped already; asked of nobody twice."""

    sometimes_needed = ("helped",)
    helped = forms.ChoiceField(
        label=_("Do you have what you needed?"),
        required=False,
        choices=[
            (Helped.Way.ASKED, _("Yes, the previous owner helped me")),
            (Helped.Way.FOUND, _("Yes, I found the PIN myself")),
        ],
        widget=forms.RadioSelect,
        help_text=_("We only count it, without your name. You need not say."),
        error_messages={"invalid_choice": _("Choose one of the two, or neither.")},
    )


class AppealForm(forms.Form):
    """Why a refusal should be looked at again."""

    words = WordsField(
        label=_("What should we look at again?"),
        max_length=4000,
        error_messages={"required": _("Write what we should look at again.")},
    )


class LetterCodeForm(forms.Form):
    """The code from a letter to the household."""

    code = LineField(
        label=_("The code from the letter"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "code"}
        ),
        error_messages={"required": _("Type the code from the letter.")},
    )
