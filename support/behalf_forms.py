"""What the desk types for somebody on the phone: the resident's own questions on one page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.claim_forms import NameForm, SerialForm, SituationForm, WhereForm


class CallerForm(forms.Form):
    """Where the request goes to be looked through and sent."""

    email = forms.EmailField(
        label=_("Their e-mail address"),
        max_length=254,
        help_text=_("They sign in with it and send the request themselves."),
        error_messages={"required": _("Type the caller's mail address.")},
    )


PARTS = (CallerForm, NameForm, SerialForm, WhereForm, SituationForm)


class BehalfForms:
    """The resident's forms, one after the other, sent together."""

    def __init__(self, data=None):
        self.parts = [part(data) for part in PARTS]

    @property
    def is_bound(self) -> bool:
        return self.parts[0].is_bound

    @property
    def errors(self) -> dict:
        return {name: words for part in self.parts for name, words in part.errors.items()}

    def is_valid(self) -> bool:
        return all([part.is_valid() for part in self.parts])

    def claim(self) -> dict:
        """Return what the service takes: the address, and the claim's fields."""
        typed = {}
        for part in self.parts:
            typed |= part.claim() if hasattr(part, "claim") else part.cleaned_data
        return typed

    def add_error(self, name: str | None, error) -> None:
        """Put an error to the form that has the field; the rest above the first."""
        owner = next((part for part in self.parts if name in part.fields), self.parts[0])
        owner.add_error(name if name in owner.fields else None, error)

    @property
    def instead(self) -> str:
        """What is to be done where the situation makes no request at all."""
        chosen = self.parts[-1].chosen() if self.parts[-1].is_valid() else None
        return str(chosen.instead) if chosen and chosen.instead else ""
