"""What narrows the desk's queue: one form, kept in the address."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from support.machine import State
from support.models import Ticket
from support.rules import Tier

COUNTRIES = (*("AT", "BE", "CH", "DE", "DK", "FI", "FR", "GB", "IE", "IS", "NL", "NO", "PL", "SE"),)
AGES = (3, 7, 14, 30)


class QueueForm(forms.Form):
    """The filters of the queue, kept in the address."""

    q = forms.CharField(label=_("Request code or serial"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("any state")), *State.choices]
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("any kind")), *Ticket.Kind.choices]
    )
    tier = forms.TypedChoiceField(
        label=_("Tier"),
        required=False,
        choices=[("", _("any tier")), *Tier.choices],
        coerce=int,
        empty_value=None,
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        choices=[("", _("any country")), *((code, code) for code in COUNTRIES)],
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    age = forms.ChoiceField(
        label=_("Sent"),
        required=False,
        choices=[
            ("", _("any time")),
            *((str(days), _("over %(days)s days ago") % {"days": days}) for days in AGES),
        ],
    )
    model = forms.CharField(label=_("Model"), required=False, max_length=40)
    installer = forms.CharField(label=_("Installer"), required=False, max_length=100)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        spoken = [(code, _(name)) for code, name in settings.LANGUAGES]
        self.fields["language"].choices = [("", _("any language")), *spoken]

    @property
    def more(self):
        """The filters behind the first ones."""
        return [self[name] for name in ("language", "age", "model", "installer")]

    @property
    def first(self):
        return [self[name] for name in ("q", "state", "kind", "tier", "country")]

    @property
    def narrows_more(self) -> bool:
        """One of the filters behind is set: they lie open then."""
        return any(self.data.get(field.html_name) for field in self.more)
