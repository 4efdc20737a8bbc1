"""What is typed where a person's data are copied or erased."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.fields import LineField


class PersonForm(forms.Form):
    """Whom a privacy officer was asked about."""

    person = LineField(
        label=_("Their e-mail address, or the id of the person"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Type their e-mail address.")},
    )


class EraseForm(forms.Form):
    """The second confirmation: it cannot be undone."""

    asked = forms.BooleanField(
        label=_("I have made sure that it is this person who asked for it, and wrote down how."),
        error_messages={"required": _("Make sure of it first, and tick this.")},
    )
    word = LineField(
        label=_("Type their e-mail address once more"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Type their e-mail address: that is the confirmation.")},
    )

    def __init__(self, *args, email: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_word(self) -> str:
        word = self.cleaned_data["word"]
        if word.casefold() != self.email.casefold():
            raise forms.ValidationError(_("That is not the address of this person."))
        return word
