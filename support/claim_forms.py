"""What a resident may type while a request is made: which charger, where, how they came to it.

Pages and API share it.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chargers import addresses, postcodes
from support import countries, situations
from support.fields import LineField, YesNoField
from support.models import Ticket
from support.services.claims import serial_problems


class SerialForm(forms.Form):
    """Which station it is."""

    serial_typed = LineField(
        label=_("Serial number"),
        max_length=100,
        help_text=_(
            "Three letters and six digits, for example ZAP123456. It is on the label of the "
            "station. Spaces and small letters do no harm."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the serial number from the label of the station.")},
    )

    def clean_serial_typed(self) -> str:
        typed = self.cleaned_data["serial_typed"]
        problems = serial_problems(typed)
        if problems:
            raise ValidationError(problems["serial_typed"])
        return typed


class PlaceForm(forms.Form):
    """Where the station hangs, as its country writes addresses."""

    sometimes_needed = ("postal_code",)

    country = forms.ChoiceField(
        label=_("Country"),
        choices=countries.choices,
        widget=forms.Select(attrs={"autocomplete": "country", "data-reformat": ""}),
        error_messages={
            "required": _("Choose the country."),
            "invalid_choice": _("Choose the country from the list."),
        },
    )
    address_line = LineField(
        label=_("Street and number"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
        error_messages={"required": _("Type the street and house number.")},
    )
    unit = LineField(
        label=_("Flat or parking bay"),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    postal_code = LineField(
        label=_("Postcode"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )
    city = LineField(
        label=_("Town"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": _("Type the town.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        country = self.data.get("country") or self.initial.get("country") or ""
        form = postcodes.form_of(str(country))
        names = ["country", "address_line", "unit", *form.order]
        self.order_fields([*names, *(name for name in self.fields if name not in names)])
        self.fields["address_line"].label = _LINE_LABELS[form.number_first]
        self.fields["postal_code"].label = _CODE_LABELS.get(form.code_name, _("Postcode"))
        if form.example:
            words = _("For example %(code)s.") % {"code": form.example}
            self.fields["postal_code"].help_text = words

    def clean(self) -> dict:
        typed = super().clean()
        address = addresses.parse(
            line=typed.get("address_line", ""),
            postal_code=typed.get("postal_code", ""),
            city=typed.get("city", ""),
            country=typed.get("country", ""),
            unit=typed.get("unit", ""),
        )
        for name, words in addresses.problems(address).items():
            field = {"street": "address_line"}.get(name, name)
            if field not in self.errors:
                self.add_error(field, words)
        return typed


_LINE_LABELS = {False: _("Street and number"), True: _("Number and street")}
_CODE_LABELS = {"zip": _("ZIP code"), "eircode": _("Eircode"), "pin": _("PIN code of the post")}


class WhereForm(PlaceForm):
    """Where the station hangs, when a request is made."""

    shared_garage = forms.BooleanField(
        label=_("It is in a garage that several households share"), required=False
    )


class InstallerForm(forms.Form):
    """Who put the station up."""

    installer_name = LineField(
        label=_("The installer's name"),
        max_length=200,
        help_text=_("The firm, as it stands on the invoice or on the fuse box."),
        error_messages={"required": _("Type the installer's name.")},
    )


class SituationForm(forms.Form):
    """How the person came to the station: it decides which documents are needed.

    Whether they fear who is on record is asked of everybody, and never chosen beforehand.
    """

    sometimes_needed = ("use_until_date", "installer_name")
    CAN_ASK, CANNOT, FEARS = "reach", "no", "yes"
    situation = forms.ChoiceField(
        label=_("How did you come to the charger?"),
        choices=situations.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the one that fits best.")},
    )
    use_until_date = forms.DateField(
        label=_("When does your lease end?"),
        required=False,
        help_text=_("The last day. If it has no end, give the day one year from now."),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Type the day like 2027-05-31.")},
    )
    installer_name = LineField(
        label=_("The installer's name"),
        max_length=200,
        required=False,
        help_text=_("The firm, as it stands on the invoice or on the fuse box. They can confirm."),
    )
    fears_owner = YesNoField(
        label=_("Can you reach the person whose name it is in?"),
        help_text=_(
            "If you fear them or have separated from them, say so: many do. Then we write to "
            "nobody, a person trained for this looks first, and nothing on our pages shows it."
        ),
        choices=[
            (CAN_ASK, _("Yes, I can write to them")),
            (CANNOT, _("No, or I do not know who it is")),
            (FEARS, _("I fear them, or have separated from them")),
        ],
        error_messages={"required": _("Choose one of the three.")},
    )

    @classmethod
    def initial_of(cls, ticket: Ticket) -> dict:
        """Return what was chosen before; nothing is chosen until the question was answered."""
        if not was_asked(ticket):
            return {"installer_name": ticket.installer_name}
        reach = cls.CAN_ASK if ticket.can_ask_owner else cls.CANNOT
        return {
            "situation": situations.of(ticket).name,
            "use_until_date": ticket.use_until_date,
            "installer_name": ticket.installer_name,
            "fears_owner": cls.FEARS if ticket.fears_owner else reach,
        }

    def clean(self) -> dict:
        typed = super().clean()
        chosen = situations.BY_NAME.get(typed.get("situation"))
        if chosen is None:
            return typed
        if chosen.instead:
            # No request comes of it: nothing else needs an answer.
            self.errors.pop("fears_owner", None)
            return typed
        facts = chosen.claim()
        if facts["renting"] and not typed.get("use_until_date"):
            if "use_until_date" not in self.errors:
                self.add_error("use_until_date", _("Type the day on which your lease ends."))
        if facts["only_installer"] and not typed.get("installer_name"):
            self.add_error("installer_name", _("Type the installer's name: they can confirm it."))
        return typed

    def chosen(self) -> situations.Situation:
        """Return the situation that was chosen."""
        return situations.BY_NAME[self.cleaned_data["situation"]]

    def claim(self) -> dict:
        """Return what the claim keeps of it. A situation may add fear, and never takes it away."""
        typed, facts = self.cleaned_data, self.chosen().claim()
        return facts | {
            "use_until_date": typed["use_until_date"] if facts["renting"] else None,
            "installer_name": typed["installer_name"],
            "can_ask_owner": typed["fears_owner"] == self.CAN_ASK,
            "fears_owner": typed["fears_owner"] == self.FEARS or facts.get("fears_owner", False),
        }


def was_asked(ticket: Ticket) -> bool:
    """Tell whether the situation was asked about, or an answer shows that it was."""
    told = (ticket.bought_recently, ticket.renting, ticket.only_installer, ticket.fears_owner)
    return bool(ticket.situation) or any(told)


class NameForm(forms.Form):
    """Who asks."""

    claimant_name = LineField(
        label=_("Your full name"),
        max_length=200,
        help_text=_("As it stands in your purchase agreement or lease."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name, as it stands in your documents.")},
    )
