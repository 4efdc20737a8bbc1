"""What administrators may type about people: a proposal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import PowerChange, Role
from support.desk_forms import DeskForm, text_area


class ProposeForm(DeskForm):
    email = forms.EmailField(label=_("Their e-mail address"), max_length=254)
    kind = forms.ChoiceField(
        label=_("What"), choices=PowerChange.Kind.choices, widget=forms.RadioSelect
    )
    role = forms.ChoiceField(
        label=_("Which part"), choices=[("", _("–")), *Role.choices], required=False
    )
    reason = text_area(
        _("Why"), rows=2, max_length=1_000, help_text=_("For the other administrators.")
    )

    def clean(self) -> dict:
        data = super().clean()
        if data.get("kind") == PowerChange.Kind.ROLE and not data.get("role"):
            self.add_error("role", _("Choose the part."))
        if data.get("kind") == PowerChange.Kind.RESET:
            data["role"] = ""
        return data
