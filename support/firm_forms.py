"""What people of a registered firm may type in their portal."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from support.fields import LineField
from support.reading.firms import Asked

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Word:
    """A firm's word on one request, ready to be given."""

    asked: Asked
    installed_here: bool
    customer_name: str


class FirmWordsForm(forms.Form):
    """Yes or no for each request that waits, and for whom; those left open go on waiting."""

    def __init__(self, *args, rows: list[Asked], **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            answer, name = _names(row)
            self.fields[answer] = forms.ChoiceField(
                label=_("Did your firm put it up?"),
                choices=[(YES, _("Yes, we put it up")), (NO, _("No, it was not us"))],
                widget=forms.RadioSelect,
                required=False,
                error_messages={"invalid_choice": _("Choose yes or no.")},
            )
            self.fields[name] = LineField(
                label=_("For whom? The customer's name"),
                max_length=200,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @property
    def sometimes_needed(self) -> list[str]:
        """None of them is called optional: the page says that one may leave some open."""
        return list(self.fields)

    def clean(self) -> dict:
        typed = super().clean()
        for row in self.rows:
            answer, name = _names(row)
            if typed.get(name) and not typed.get(answer) and answer not in self.errors:
                self.add_error(answer, _("You typed a name: choose yes or no as well."))
        if not self.errors and not self.words():
            raise forms.ValidationError(_("Choose yes or no for one request at least."))
        return typed

    def words(self) -> list[Word]:
        """Return what was chosen, in the order in which chargers are locked."""
        said = []
        for row in sorted(self.rows, key=lambda row: (row.link.charger_id, row.link.ticket_id)):
            answer, name = _names(row)
            if chosen := self.cleaned_data.get(answer):
                named = self.cleaned_data.get(name, "") if chosen == YES else ""
                said.append(Word(row, chosen == YES, named))
        return said

    def lines(self) -> list[tuple]:
        """Return each request with its two fields, for the page."""
        return [(row, *(self[name] for name in _names(row))) for row in self.rows]


def _names(row: Asked) -> tuple[str, str]:
    uid = row.link.uid.hex
    return f"answer-{uid}", f"name-{uid}"


class CustomerForm(forms.Form):
    """For whom a firm put a station up that nobody owns yet."""

    customer_name = LineField(
        label=_("The customer's full name"),
        max_length=200,
        help_text=_("As on your invoice. We compare the surname ourselves and show it to nobody."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the customer's name, as on your invoice.")},
    )
    customer_email = forms.EmailField(
        label=_("The customer's e-mail address"),
        max_length=254,
        help_text=_("We write there how to put the charger in their name."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={
            "required": _("Type the customer's e-mail address."),
            "invalid": _("Type an e-mail address like name@example.com."),
        },
    )
