"""What a person may type about a charger."""

from django import forms
from django.utils.translation import gettext_lazy as _


class JobForm(forms.Form):
    """Which work brings service here."""

    job = forms.CharField(
        label=_("Which job are you here for?"),
        min_length=3,
        max_length=200,
        help_text=_("For example your work order. The owner is told that you looked."),
    )


class ShareForm(forms.Form):
    """Whom the owner lets see the PIN once."""

    to_name = forms.CharField(label=_("Who is it?"), max_length=200)
    to_email = forms.EmailField(
        label=_("Their e-mail address"),
        max_length=254,
        help_text=_("They sign in with it. Only you can tell them the code."),
    )


class ShareCodeForm(forms.Form):
    """The code that the owner passed on."""

    code = forms.CharField(
        label=_("The code that the owner gave you"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class SerialForm(forms.Form):
    """Which charger's register is looked up."""

    serial = forms.CharField(
        label=_("Serial number"),
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the serial number of the charger.")},
    )
