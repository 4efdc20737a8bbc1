"""What a person may type about a charger."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactPoint


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


class ProposalForm(forms.Form):
    """What every proposal of a colleague says: why."""

    reason = forms.CharField(
        label=_("Why, and how you know"),
        min_length=10,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the colleague who decides, in 10 to 1,000 signs. Nobody else reads it."),
    )
    field_order = ["serial", "contact", "value", "firm", "email", "phone", "name", "reason"]


class OwnerContactForm(ProposalForm):
    """Another contact of a charger's owner."""

    serial = SerialForm.base_fields["serial"]
    contact = forms.ChoiceField(
        label=_("What changes"), choices=ContactPoint.Kind.choices, widget=forms.RadioSelect
    )
    value = forms.CharField(label=_("What it should be"), max_length=300)

    def clean(self) -> dict:
        """An address is one that mail can go to, like everywhere else."""
        data = super().clean()
        if data.get("contact") == ContactPoint.Kind.EMAIL and data.get("value"):
            try:
                data["value"] = forms.EmailField(max_length=254).clean(data["value"])
            except forms.ValidationError as error:
                self.add_error("value", error)
        return data


class FirmForm(ProposalForm):
    """Which firm: by the address that it is registered with."""

    firm = forms.EmailField(
        label=_("The firm's registered e-mail address"),
        max_length=254,
        help_text=_("As it is on record now. The firm is told there."),
    )


class FirmContactForm(FirmForm):
    """Another registered address or phone of a firm."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254, required=False)
    phone = forms.CharField(label=_("New phone"), max_length=50, required=False)


class FirmMemberForm(FirmForm):
    """Somebody who is to speak for a firm."""

    email = forms.EmailField(
        label=_("Their own e-mail address"),
        max_length=254,
        help_text=_("They sign in with it."),
    )
    name = forms.CharField(label=_("Their name"), max_length=200)
