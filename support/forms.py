"""What residents, owners and installers may type. Pages and API share it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chargers import addresses
from support import countries
from support.fields import FilesField, LineField, WordsField, YesNoField
from support.models import Answer, Ticket
from support.rules import FIELD_KINDS, EvidenceKind, Outcome
from support.services.tickets import serial_problems
from support.words import normalise_request_code

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


class ContestForm(forms.Form):
    """Why a hand-over that was made was wrong."""

    words = WordsField(
        label=_("What was wrong about it?"),
        max_length=4000,
        error_messages={"required": _("Write in a sentence or two what was wrong.")},
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


class StopForm(forms.Form):
    """The stop code of a letter."""

    stop_code = LineField(
        label=_("The stop code from the letter"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "code"}
        ),
        error_messages={"required": _("Type the stop code from the letter.")},
    )


class AnswerForm(forms.Form):
    """The registered owner's answer: six choices, none of them chosen beforehand."""

    NO_LONGER = "no_longer"
    Kind = Answer.Kind
    answer = forms.ChoiceField(
        label=_("Choose what is true"),
        choices=[
            (NO_LONGER, _("No, it is no longer mine: I sold it or gave it away")),
            (Kind.TOOK_IT, _("I took it with me when I moved")),
            (Kind.NEVER_MINE, _("It was never mine")),
            (Kind.ONLY_INSTALLER, _("I was only the installer")),
            (Kind.STILL_MINE, _("Yes, it is still mine, and I object")),
            (Kind.SAFETY, _("This is a matter of my safety, or somebody else's")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the one that is true.")},
    )
    request_code = LineField(
        label=_("Their request code"),
        max_length=60,
        required=False,
        help_text=_("Two words and four digits, for example amber-otter-4821."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    surname = LineField(
        label=_("The surname of the person you mean"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_request_code(self) -> str:
        return normalise_request_code(self.cleaned_data["request_code"])

    def clean(self) -> dict:
        typed = super().clean()
        if typed.get("answer") == self.NO_LONGER:
            code, surname = typed.get("request_code"), typed.get("surname")
            if code and not surname:
                self.add_error("surname", _("Type the surname of the person you mean."))
            if surname and not code and "request_code" not in self.errors:
                self.add_error(
                    "request_code",
                    _("Type their request code as well, or leave both fields empty."),
                )
        return typed

    def kind(self) -> str:
        """Return the kind of answer: "no longer mine" names somebody, or nobody."""
        answer = self.cleaned_data["answer"]
        if answer != self.NO_LONGER:
            return answer
        return self.Kind.NAMED if self.cleaned_data["request_code"] else self.Kind.VACATED


class BoardForm(AnswerForm):
    """The answer of the board of a shared garage."""

    answer = forms.ChoiceField(
        label=_("Choose what the board says"),
        choices=[
            (AnswerForm.NO_LONGER, _("Yes: the person with this request code may have it")),
            (Answer.Kind.STILL_MINE, _("No, the board objects")),
            (Answer.Kind.SAFETY, _("This is a matter of somebody's safety")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )

    def clean(self) -> dict:
        typed = super().clean()
        agrees = typed.get("answer") == self.NO_LONGER
        if agrees and not typed.get("request_code") and "request_code" not in self.errors:
            self.add_error("request_code", _("Type the request code of the person you mean."))
        return typed


class FirmForm(forms.Form):
    """A registered firm's answer."""

    installed_here = YesNoField(
        label=_("Did your firm put this station up at this address?"),
        choices=[("yes", _("Yes, we put it up")), ("no", _("No, it was not us"))],
        error_messages={"required": _("Choose yes or no.")},
    )
    customer_name = LineField(
        label=_("For whom? The customer's name"),
        max_length=200,
        required=False,
        help_text=_("As on your invoice. We compare it ourselves and show it to nobody."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class OfferForm(forms.Form):
    """To whom an owner hands the charger over, and when."""

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
