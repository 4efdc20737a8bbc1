"""Fields of our forms: lines that stay lines, words without control characters, several files."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from support.uploads import TooBigFile, shown_name

# They turn the order of what is read: a name with one of them can pretend to be another.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
_CONTROLS = _("Type it again: there is a character in it that cannot be shown.")


class LineField(forms.CharField):
    """One line of text: white space is single spaces, nothing invisible steers the reading."""

    def to_python(self, value) -> str:
        line = " ".join(super().to_python(value).split())
        return line.translate(_DIRECTION).strip()

    def validate(self, value: str) -> None:
        super().validate(value)
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
            raise ValidationError(_CONTROLS, code="controls")


class WordsField(forms.CharField):
    """Several lines of text, with the line ends of one kind."""

    widget = forms.Textarea(attrs={"rows": 5})

    def to_python(self, value) -> str:
        words = super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")
        return words.translate(_DIRECTION).strip()

    def validate(self, value: str) -> None:
        super().validate(value)
        odd = (letter for letter in value if letter not in "\n\t")
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in odd):
            raise ValidationError(_CONTROLS, code="controls")


class YesNoField(forms.ChoiceField):
    """Two answers, neither of them chosen beforehand."""

    widget = forms.RadioSelect


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several, from the camera too."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """One file or several, each within the limits; the error names the file and the cure."""

    widget = FilesInput(
        attrs={"accept": "image/jpeg,image/png,image/webp,image/heic,application/pdf,.heic"}
    )

    def clean(self, data, initial=None) -> list[UploadedFile]:
        sent = data if isinstance(data, list) else [data] if data else []
        files = [super(FilesField, self).clean(file, initial) for file in sent if file]
        if not files and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        too_big = [shown_name(file.name) for file in files if isinstance(file, TooBigFile)]
        if too_big:
            words = _("%(name)s is over 15 MB. Send a smaller photo, or only the page we need.")
            raise ValidationError(
                [ValidationError(words, code="too_big", params={"name": n}) for n in too_big]
            )
        return files
