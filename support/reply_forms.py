"""What seniors type about keys, and about the replies kept ready."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from support.desk_forms import reasons_for, reject_reasons
from support.desk_keys import ACTIONS
from support.fields import LineField, WordsField
from support.machine import LIVE
from support.models import Reply
from support.rules import EvidenceKind


class KeysForm(forms.Form):
    """Single keys: on or off, and which does what."""

    keys_on = forms.BooleanField(label=_("Single keys do something"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for action in ACTIONS:
            self.fields[action.name] = forms.CharField(
                label=action.words,
                max_length=1,
                required=False,
                widget=forms.TextInput(attrs={"class": "one-key", "autocomplete": "off"}),
            )

    @property
    def keys(self):
        return [self[action.name] for action in ACTIONS]


class ReplyForm(forms.Form):
    """A reply kept ready; a macro chooses what is asked for, or why it is rejected, as well."""

    title = LineField(label=_("Title"), max_length=80)
    language = forms.ChoiceField(label=_("Language"))
    use = forms.ChoiceField(label=_("Used for"), choices=Reply.Use.choices)
    states = forms.MultipleChoiceField(
        label=_("Suggested first when the ticket is"),
        required=False,
        choices=[(str(state), state.label) for state in LIVE],
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.ChoiceField(
        label=_("What is asked for"),
        required=False,
        choices=[("", _("nothing: a text only")), *EvidenceKind.choices],
    )
    reason = forms.ChoiceField(label=_("Its reason"), required=False)
    body = WordsField(
        label=_("Text"),
        max_length=2000,
        help_text=_("Placeholders: {code} {name} {serial} {sent} {next_word} {needed} {brand}"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [(code, _(name)) for code, name in settings.LANGUAGES]
        asked = {code: words for kind in EvidenceKind for code, words in reasons_for(kind)}
        self.fields["reason"].choices = [
            ("", _("none")),
            (_("for asking"), list(asked.items())),
            (_("for rejecting"), reject_reasons()),
        ]
