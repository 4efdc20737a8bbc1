"""What the desk may do to several tickets at once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.roles import holders
from records import clock
from support.fields import WordsField
from support.services import questions, replies


class PersonField(forms.ModelChoiceField):
    """Somebody at the desk."""

    def label_from_instance(self, person) -> str:
        return str(person)


class BulkAssignForm(forms.Form):
    """To whom the chosen tickets go."""

    to = PersonField(label=_("To whom"), queryset=None, to_field_name="uid")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        now = clock.now()
        self.fields["to"].queryset = holders(Role.AGENT, now) | holders(Role.SENIOR, now)


class BulkMessageForm(forms.Form):
    """What the claimants of the chosen tickets are written, each with their own facts."""

    known = replies.PLACEHOLDERS
    body = WordsField(
        label=_("Message to each claimant"),
        max_length=4000,
        help_text=_(
            "You can use {code}, {name}, {serial}, {sent}, {next_word}, {needed}, {brand}."
        ),
    )

    def clean_body(self) -> str:
        body = self.cleaned_data["body"]
        if wrong := replies.problems(body, self.known):
            raise forms.ValidationError(wrong)
        return body


class AskAllForm(BulkMessageForm):
    """What all sides of a dispute are asked: only what each of them has can be filled in."""

    known = questions.KNOWN

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].label = _("Question to every side")
        self.fields["body"].help_text = _("You can use {name}, {serial}, {brand}.")
