"""Forms of an owner who hands over or leaves."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from support.fields import LineField
from support.models import LeavingTick


class OfferForm(forms.Form):
    """To whom an owner hands the charger over, and when."""

    sometimes_needed = ("take_over_date",)
    NOW, DATE = "now", "date"
    to_name = LineField(
        label=_("The new owner's full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Type the new owner's name.")},
    )
    to_email = forms.EmailField(
        label=_("The new owner's e-mail address"),
        max_length=254,
        help_text=_("We send the invitation there; only that address can accept it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={
            "required": _("Type the new owner's e-mail address."),
            "invalid": _("Type an e-mail address like name@example.com."),
        },
    )
    when = forms.ChoiceField(
        label=_("When?"),
        choices=[
            (NOW, _("As soon as they have accepted")),
            (DATE, _("On the day they take over")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when.")},
    )
    take_over_date = forms.DateField(
        label=_("The day they take over"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Type the day like 2027-05-31.")},
    )

    def clean(self) -> dict:
        typed = super().clean()
        if typed.get("when") == self.DATE and not typed.get("take_over_date"):
            if "take_over_date" not in self.errors:
                self.add_error("take_over_date", _("Type the day on which they take over."))
        return typed

    def day(self):
        """Return the take-over date, or None for at once."""
        dated = self.cleaned_data["when"] == self.DATE
        return self.cleaned_data["take_over_date"] if dated else None


class HandOverForm(OfferForm):
    """The same for several chargers at once."""

    chargers = forms.MultipleChoiceField(
        label=_("Which chargers?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one charger."),
            "invalid_choice": _("Choose from your own chargers."),
        },
    )
    field_order = ("chargers",)

    def __init__(self, *args, owned, **kwargs):
        super().__init__(*args, **kwargs)
        self.owned = {str(charger.uid): charger for charger in owned}
        named = [(uid, f"{c.model} {c.serial}".strip()) for uid, c in self.owned.items()]
        self.fields["chargers"].choices = named
        if len(named) == 1:
            self.fields["chargers"].initial = [named[0][0]]

    def charger_ids(self) -> list[int]:
        """Return the keys of the chargers that were chosen."""
        return [self.owned[uid].pk for uid in self.cleaned_data["chargers"]]


class TakeForm(forms.Form):
    """Which of the offers that a page shows are taken: each is named, one alone without asking."""

    offers = forms.MultipleChoiceField(
        label=_("Which chargers do you take over?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one charger."),
            "invalid_choice": _("One of these is no longer on offer. Look again, and choose."),
        },
    )

    def __init__(self, *args, waiting, **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting = {ticket.request_code: ticket for ticket in waiting}
        field = self.fields["offers"]
        field.choices = [(code, _named(ticket)) for code, ticket in self.waiting.items()]
        field.initial = list(self.waiting)
        if len(self.waiting) == 1:
            field.widget = forms.MultipleHiddenInput()

    def chosen(self) -> list:
        """Return the tickets of the offers that were chosen."""
        return [self.waiting[code] for code in self.cleaned_data["offers"]]


def _named(ticket) -> str:
    return f"{ticket.charger.model or gettext('Charger')} …{ticket.serial[-3:]}"


class LeavingForm(forms.Form):
    """What somebody who leaves has seen to."""

    done = forms.MultipleChoiceField(required=False, choices=LeavingTick.Kind.choices)
