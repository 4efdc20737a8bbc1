"""What is typed about a hand-over that is over: proof of the maker's side, a certificate's code."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.desk_forms import DeskForm
from support.fields import LineField
from support.models import ClosingStep
from support.uploads import TooBigFile

_TAKEN = "image/jpeg,image/png,image/webp,application/pdf"


class ProofForm(DeskForm):
    """What was seen in the maker's portal, with a picture of it; ``open_steps`` can be ticked."""

    steps = forms.MultipleChoiceField(
        label=_("The picture shows that"),
        choices=ClosingStep.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what the picture shows.")},
    )
    picture = forms.FileField(
        label=_("Picture of the maker's portal"),
        help_text=_("The lists of owners and users, not the settings: no PIN may be on it."),
        widget=forms.FileInput(attrs={"accept": _TAKEN}),
        error_messages={"required": _("Choose a picture first.")},
    )

    def __init__(self, data=None, files=None, *, verb: str, open_steps=None, **kwargs):
        super().__init__(data, files=files, verb=verb, **kwargs)
        if open_steps is not None:
            chosen = [(k, words) for k, words in ClosingStep.Kind.choices if k in open_steps]
            self.fields["steps"].choices = chosen

    def clean_picture(self):
        picture = self.cleaned_data["picture"]
        if isinstance(picture, TooBigFile):
            raise forms.ValidationError(_("This file is over 15 MB. Send a smaller one."))
        return picture


class CertificateForm(forms.Form):
    """The code on a transfer certificate."""

    code = LineField(
        label=_("The code on the certificate"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "code"}
        ),
        error_messages={"required": _("Type the code from the certificate.")},
    )
