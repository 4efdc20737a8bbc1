"""What a person may type about themselves."""

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User

LONGEST_PASSWORD = 500


class AddressForm(forms.Form):
    """The address that a code is mailed to."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send a code of six digits there. No password is needed."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
        error_messages={
            "required": _("Type your e-mail address."),
            "invalid": _("Type an e-mail address like name@example.com."),
        },
    )


class CodeForm(forms.Form):
    """The code from the mail."""

    digits = forms.CharField(
        label=_("The code from the mail"),
        max_length=40,
        help_text=_("Six digits. It works for ten minutes, in this browser."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
        error_messages={"required": _("Type the six digits from the mail.")},
    )


class PasswordForm(forms.Form):
    """How staff begin to sign in: who they are, and their password."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={
            "required": _("Type your e-mail address."),
            "invalid": _("Type an e-mail address like name@example.com."),
        },
    )
    password = forms.CharField(
        label=_("Your password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )


class NewPasswordForm(forms.Form):
    """A new password: long, and not among those that everybody tries."""

    password = forms.CharField(
        label=_("Your new password"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=_("At least 15 characters: four or five words do. Pasting is fine."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type the new password.")},
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]


class StaffProofForm(forms.Form):
    """The second factor: what an authenticator app shows, a recovery code, or a passkey."""

    digits = forms.CharField(
        label=_("The code from your authenticator app"),
        max_length=40,
        required=False,
        help_text=_("Six digits, or one of your recovery codes. Each works once."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "code"}),
    )
    passkey = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)
    sometimes_needed = ("digits",)

    def clean(self) -> dict:
        data = super().clean()
        if not data.get("passkey") and not data.get("digits"):
            self.add_error("digits", _("Type the six digits that your app shows now."))
        return data


class MailedProofForm(CodeForm):
    """A fresh proof of everybody else: the code that was mailed just now."""


class AppForm(forms.Form):
    """Setting up an authenticator app: the digits show that it has the key."""

    name = forms.CharField(
        label=_("What you call it"),
        max_length=60,
        help_text=_("So that you know it again: “work phone”, say."),
        error_messages={"required": _("Give it a name.")},
    )
    digits = forms.CharField(
        label=_("The six digits that the app shows now"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
        error_messages={"required": _("Type the six digits that the app shows.")},
    )


class PasskeyForm(forms.Form):
    """Adding a passkey: the browser fills in what the key answered."""

    name = forms.CharField(
        label=_("What you call it"),
        max_length=60,
        help_text=_("So that you know it again: “blue key”, say."),
        error_messages={"required": _("Give it a name.")},
    )
    passkey = forms.CharField(
        max_length=20_000,
        widget=forms.HiddenInput,
        error_messages={"required": _("Your browser has not asked for the passkey. Try again.")},
    )


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "language"]
        help_texts = {"name": _("As it stands in your papers.")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]
