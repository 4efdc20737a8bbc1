"""The form of a policy's draft: one field a number, each with what it means."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.numbers import NUMBERS

WORDS = 2000


_TODAY = _("In %(unit)s. Now %(value)s.")


class PolicyForm(forms.Form):
    """A draft's numbers and the reason for them. Bounds are those of support.numbers."""

    def __init__(self, data=None, *, current: dict[str, int], **kwargs):
        super().__init__(data, **kwargs)
        for name, number in NUMBERS.items():
            now = {"unit": number.unit, "value": current.get(name, "–"), "floor": number.floor}
            ends = _("In %(unit)s. Now %(value)s, never under %(floor)s.")
            self.fields[name] = forms.IntegerField(
                label=number.label,
                help_text=f"{number.help} {(ends if number.floor else _TODAY) % now}",
                min_value=number.floor,
                max_value=number.most,
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why it should change"),
            help_text=_("At least 20 characters. Everybody at the desk can read it."),
            max_length=WORDS,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    @property
    def numbers(self) -> dict[str, int]:
        """Return the numbers that were typed, once the form is valid."""
        return {name: self.cleaned_data[name] for name in NUMBERS}


class MoveForm(forms.Form):
    """Which request to put under the policy in force, and why."""

    request_code = forms.CharField(label=_("Request code"), max_length=60)
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("At least 20 characters; it goes on file. Approvals given so far are void."),
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
