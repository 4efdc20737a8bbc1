"""What a resident may type. Pages and API share it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chargers import addresses
from support import countries
from support.fields import FilesField, LineField, WordsField, YesNoField
from support.models import Ticket
from support.rules import FIELD_KINDS, EvidenceKind, Outcome
from support.services.tickets import serial_problems

FILE_KINDS = [(k.value, k.label) for k in EvidenceKind if k not in FIELD_KINDS]


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
    """Where the station hangs."""

    sometimes_needed = ("postal_code",)

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
        help_text=_("Leave it empty only if your country has none."),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "short"}),
    )
    city = LineField(
        label=_("Town"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": _("Type the town.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=countries.choices,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={
            "required": _("Choose the country."),
            "invalid_choice": _("Choose the country from the list."),
        },
    )

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


class InstallerForm(forms.Form):
    """Who put the station up."""

    installer_name = LineField(
        label=_("The installer's name"),
        max_length=200,
        help_text=_("The firm, as it stands on the invoice or on the fuse box."),
        error_messages={"required": _("Type the installer's name.")},
    )


class SituationForm(forms.Form):
    """How the person came to the station: it decides which documents are needed."""

    sometimes_needed = ("use_until_date", "installer_name")
    BOUGHT, RENTING, INSTALLER, NONE = "bought", "renting", "installer", "none"
    situation = forms.ChoiceField(
        label=_("Which of these fits best?"),
        choices=[
            (BOUGHT, _("I bought the home, or its ownership changed recently")),
            (RENTING, _("I rent the home")),
            (INSTALLER, _("Only the installer has access to the charger")),
            (NONE, _("None of these")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the one that fits best.")},
    )
    use_until_date = forms.DateField(
        label=_("If you rent: when does your lease end?"),
        required=False,
        help_text=_("The last day. If it has no end, give the day one year from now."),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Type the day like 2027-05-31.")},
    )
    installer_name = LineField(
        label=_("The installer's name, if you know it"),
        max_length=200,
        required=False,
        help_text=_("We need it if only the installer has access: we ask them to confirm."),
    )
    shared_garage = forms.BooleanField(
        label=_("The charger is in a garage that several households share"), required=False
    )
    fears_owner = YesNoField(
        label=_("Could the charger be registered to someone you fear, or have separated from?"),
        help_text=_(
            "Many are, and it is all right to say so. If you choose yes we write to nobody; a "
            "person trained for this looks at it first, and nothing on our pages shows it."
        ),
        choices=[("no", _("No")), ("yes", _("Yes"))],
        error_messages={"required": _("Choose no or yes.")},
    )

    @classmethod
    def initial_of(cls, ticket: Ticket, *, seen: bool) -> dict:
        """Return what was chosen before; nothing is chosen until the page was ``seen``."""
        chosen = {
            cls.BOUGHT: ticket.bought_recently,
            cls.RENTING: ticket.renting,
            cls.INSTALLER: ticket.only_installer,
        }
        fallback = cls.NONE if seen else None
        return {
            "situation": next((name for name, is_so in chosen.items() if is_so), fallback),
            "use_until_date": ticket.use_until_date,
            "installer_name": ticket.installer_name,
            "shared_garage": ticket.shared_garage,
            "fears_owner": ("yes" if ticket.fears_owner else "no") if seen else None,
        }

    def clean(self) -> dict:
        typed = super().clean()
        situation = typed.get("situation")
        if situation == self.RENTING and not typed.get("use_until_date"):
            if "use_until_date" not in self.errors:
                self.add_error("use_until_date", _("Type the day on which your lease ends."))
        if situation == self.INSTALLER and not typed.get("installer_name"):
            self.add_error("installer_name", _("Type the installer's name: they can confirm it."))
        return typed

    def claim(self) -> dict:
        """Return what the claim keeps of it."""
        typed, situation = self.cleaned_data, self.cleaned_data["situation"]
        renting = situation == self.RENTING
        return {
            "bought_recently": situation == self.BOUGHT,
            "renting": renting,
            "only_installer": situation == self.INSTALLER,
            "outcome": Outcome.USE if renting else Outcome.OWNERSHIP,
            "use_until_date": typed["use_until_date"] if renting else None,
            "installer_name": typed["installer_name"],
            "shared_garage": typed["shared_garage"],
            "fears_owner": typed["fears_owner"] == "yes",
        }


class NameForm(forms.Form):
    """Who asks."""

    claimant_name = LineField(
        label=_("Your full name"),
        max_length=200,
        help_text=_("As it stands in your purchase agreement or lease."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your name, as it stands in your documents.")},
    )


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
