"""What owners, boards, installers and households may type. Pages and API share it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.fields import LineField, WordsField, YesNoField
from support.models import Answer
from support.words import normalise_request_code


class ContestForm(forms.Form):
    """Why a hand-over that was made was wrong."""

    words = WordsField(
        label=_("What was wrong about it?"),
        max_length=4000,
        error_messages={"required": _("Write in a sentence or two what was wrong.")},
    )


class QuestionForm(forms.Form):
    """What the desk asked, answered in words; which question is the page's."""

    question = forms.UUIDField(widget=forms.HiddenInput)
    words = WordsField(
        label=_("Your answer"),
        max_length=4000,
        help_text=_("A person reads it. The other side is not shown it. Please send no PIN."),
        error_messages={"required": _("Write your answer first.")},
    )


class FirmObjectionForm(forms.Form):
    """Why a firm says no."""

    words = WordsField(
        label=_("What is wrong?"),
        max_length=4000,
        help_text=_("A senior colleague reads it. Nobody else is shown it."),
        error_messages={"required": _("Write in a sentence or two what is wrong.")},
    )


class DangerForm(forms.Form):
    """What it is about, and what somebody wants an officer to know; words are never needed."""

    ALL, CODE = "all", "code"
    sometimes_needed = ("stop_code",)
    about = forms.ChoiceField(
        label=_("What is it about?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    stop_code = LineField(
        label=_("The stop code from our letter"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "code"}
        ),
    )
    words = WordsField(
        label=_("What should we know?"),
        max_length=4000,
        required=False,
        help_text=_("Only people trained for this read it. Leave it empty if you like."),
    )

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        several = [(self.ALL, _("All of these"))] if len(choices) > 1 else []
        letter = (self.CODE, _("A letter that came from you"))
        self.fields["about"].choices = [*choices, *several, letter]
        if not choices:
            self.fields["about"].widget = forms.HiddenInput()
            self.fields["about"].initial = self.CODE

    def clean(self) -> dict:
        typed = super().clean()
        if typed.get("about") == self.CODE and not typed.get("stop_code"):
            if "stop_code" not in self.errors:
                self.add_error("stop_code", _("Type the stop code from the letter."))
        return typed


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


class LinkCodeForm(forms.Form):
    """What stands in a mail for those who would rather not use its link."""

    link_code = LineField(
        label=_("The code from our mail"),
        max_length=40,
        help_text=_("Twelve letters and digits, for example 7KQ2-XM4P-9RTB."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "code"}
        ),
        error_messages={"required": _("Type the code from our mail.")},
    )


class AnswerForm(forms.Form):
    """The registered owner's answer: six choices, none of them chosen beforehand."""

    sometimes_needed = ("surname",)
    NO_LONGER = "no_longer"
    Kind = Answer.Kind
    answer = forms.ChoiceField(
        label=_("Choose what is true"),
        choices=[
            (NO_LONGER, _("No, it is no longer mine: I sold it or gave it away")),
            (Kind.TOOK_IT, _("I took it with me when I moved")),
            (Kind.NEVER_MINE, _("It was never mine")),
            (Kind.ONLY_INSTALLER, _("I was only the installer who put it up")),
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


class LandlordForm(AnswerForm):
    """The owner's answer where a tenant asks for the use: a yes that gives nothing away."""

    sometimes_needed = ("request_code", "surname")
    TENANT = "tenant"
    answer = forms.ChoiceField(
        label=_("Choose what is true"),
        choices=[
            (TENANT, _("Yes, my tenant may use it. It stays mine")),
            (
                AnswerForm.Kind.STILL_MINE,
                _("No, I object: nobody else is to use it"),
            ),
            *(
                (value, label)
                for value, label in AnswerForm.base_fields["answer"].choices
                if value != AnswerForm.Kind.STILL_MINE
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the one that is true.")},
    )

    def clean(self) -> dict:
        typed = super().clean()
        if typed.get("answer") == self.TENANT:
            if not typed.get("request_code") and "request_code" not in self.errors:
                self.add_error("request_code", _("Type the request code of your tenant."))
            if not typed.get("surname") and "surname" not in self.errors:
                self.add_error("surname", _("Type the surname of your tenant."))
        return typed

    def kind(self) -> str:
        """Return the kind of answer: a yes to a tenant names them."""
        is_tenant = self.cleaned_data["answer"] == self.TENANT
        return self.Kind.NAMED if is_tenant else super().kind()


class BoardForm(AnswerForm):
    """The answer of the board of a shared garage."""

    sometimes_needed = ("request_code", "surname")
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
