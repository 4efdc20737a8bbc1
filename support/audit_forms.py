"""What auditors and administrators may type: a note on an alert, a question about reads."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chargers.services import registry
from records.alerts import LONGEST_NOTE, SHORTEST_NOTE
from support.desk_forms import DeskForm, text_area


class AcknowledgeForm(DeskForm):
    note = text_area(_("What you found"), rows=2, max_length=LONGEST_NOTE)

    def clean_note(self):
        note = self.cleaned_data["note"]
        if len(note) < SHORTEST_NOTE:
            message = _("Write what you found, in 3 to 1,000 signs.")
            self.add_error("note", message)
        return note


class QuestionForm(forms.Form):
    """Who saw what: by charger, by person, by member of staff, in a time. Sent by POST."""

    serial = forms.CharField(
        label=_("Serial number of the charger"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    person = forms.CharField(
        label=_("Mail address of the person looked at"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    by = forms.CharField(
        label=_("Mail address of the one who looked"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    since = forms.DateField(
        label=_("From this day on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Up to this day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_serial(self):
        serial = self.cleaned_data["serial"]
        if not serial:
            return None
        if found := registry.find(serial):
            return found
        raise forms.ValidationError(_("No charger with this serial number is on record."))

    def clean_person(self):
        return _person(self.cleaned_data["person"])

    def clean_by(self):
        return _person(self.cleaned_data["by"])

    def clean(self):
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        if not self.errors and not any(data.values()):
            raise forms.ValidationError(_("Fill in at least one field, or one day."))
        return data


def _person(email: str):
    if not email:
        return None
    if found := User.objects.by_email(email):
        return found
    raise forms.ValidationError(_("Nobody with this mail address is on record."))
