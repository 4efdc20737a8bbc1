"""What the desk may type: one form a verb, its fields named as the service's arguments.

``facts_version`` is the version of the page that the form was drawn on: the service refuses a
decision on facts that have changed since.
"""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.fields import FilesField
from support.rules import EvidenceKind
from support.services import kinds

# PostgreSQL's largest whole number: a page cannot have been drawn at a later version.
LAST_VERSION = 2**31 - 1
WORDS = 2000


def text_area(label, *, required=True, rows=3, help_text="", max_length=WORDS) -> forms.CharField:
    """Return a field for a few sentences."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class DeskForm(forms.Form):
    """A form among many on one page: ``verb`` keeps the ids of its fields apart."""

    def __init__(self, data=None, files=None, *, verb: str, **kwargs):
        super().__init__(data, files, auto_id=f"{verb}-%s", **kwargs)

    def rows(self) -> list[tuple[forms.BoundField, ...]]:
        """Its fields as they stand on the page: one a row."""
        return [(field,) for field in self.visible_fields()]


class FactsForm(DeskForm):
    facts_version = forms.IntegerField(
        min_value=0, max_value=LAST_VERSION, widget=forms.HiddenInput
    )


class ApproveForm(FactsForm):
    """Why it is approved: a reason of the list, words, or both; never nothing."""

    sometimes_needed = ("why", "note")
    AGREES, EXPLAINED = "agrees", "explained"
    why = forms.ChoiceField(
        label=_("Why you say yes"),
        required=False,
        choices=[
            (AGREES, _("Everything agrees.")),
            (EXPLAINED, _("What differs is explained by what was sent.")),
        ],
        widget=forms.RadioSelect,
    )
    note = text_area(
        _("In your own words"),
        required=False,
        rows=2,
        help_text=_("For the file. The second person sees it later."),
    )

    def clean(self):
        data = super().clean()
        chosen = dict(self.fields["why"].choices).get(data.pop("why", ""), "")
        data["note"] = f"{chosen} {data.get('note', '').strip()}".strip()
        if not data["note"] and not self.errors:
            self.add_error("note", _("Choose why you say yes, or write it."))
        return data


class SendBackForm(FactsForm):
    note = text_area(_("What the first person should look at again"), rows=2)


class SecondLookForm(FactsForm):
    fine = forms.TypedChoiceField(
        label=_("What you found"),
        choices=[("yes", _("It is fine")), ("no", _("It is not: back to review"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = text_area(_("Note"), required=False, rows=2)

    def clean(self):
        data = super().clean()
        if data.get("fine") is False and not data.get("note", "").strip():
            self.add_error("note", _("Say what is not fine: the next person starts from there."))
        return data


class UncoverForm(DeskForm):
    reason = text_area(
        _("Why you have to see it as it is"),
        rows=2,
        max_length=500,
        help_text=_(
            "The PIN may be in the picture. Your name and the reason stay on record, and you count "
            "among those who may have seen it."
        ),
    )


class AskForm(FactsForm):
    """What to ask the claimant for: a reason chosen beside a kind asks for it."""

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        for kind in EvidenceKind:
            self.fields[f"{kind}_reason"] = forms.ChoiceField(
                label=kind.label,
                required=False,
                choices=[("", _("not asked for")), *reasons_for(kind)],
            )
            more = _("%(kind)s: more words") % {"kind": kind.label}
            self.fields[f"{kind}_words"] = forms.CharField(
                label=more,
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"aria-label": more, "placeholder": _("more words")}),
            )

    def rows(self):
        """The two fields of each kind beside each other."""
        return [(self[f"{kind}_reason"], self[f"{kind}_words"]) for kind in EvidenceKind]

    def clean(self):
        data = super().clean()
        asks = [
            (str(kind), data[f"{kind}_reason"], data.get(f"{kind}_words", ""))
            for kind in EvidenceKind
            if data.get(f"{kind}_reason")
        ]
        if not asks and not self.errors:
            raise forms.ValidationError(_("Choose at least one thing to ask for, with its reason."))
        return {"facts_version": data.get("facts_version"), "asks": asks}


class RejectForm(FactsForm):
    reason = forms.ChoiceField(label=_("Reason"))
    words = text_area(
        _("Words to the claimant"),
        help_text=_("Say what would change the answer. Nothing about the other side."),
    )
    note = text_area(_("Note for the desk"), required=False, rows=2)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["reason"].choices = reject_reasons()


class UndoForm(forms.Form):
    act = forms.UUIDField()


class SnoozeForm(DeskForm):
    until = forms.DateField(
        label=_("Until the morning of"),
        required=False,
        help_text=_("Empty: until an answer comes, two weeks at the longest."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class WriteForm(DeskForm):
    body = text_area(
        _("Message"),
        max_length=4000,
        help_text=_("In an internal note @Anna names a colleague."),
    )
    waits = forms.BooleanField(
        label=_("I wait for an answer: reminded once, closed when nothing comes"), required=False
    )
    internal = forms.BooleanField(
        label=_("Internal note: the claimant never sees it"), required=False
    )
    files = FilesField(
        label=_("Files for an internal note"),
        required=False,
        help_text=_("Only the desk sees them. JPEG, PNG, WebP, HEIC or PDF, at most 15 MB each."),
    )

    def clean(self):
        data = super().clean()
        if data.get("files") and not data.get("internal"):
            words = _(
                "Files go with an internal note only. Tick that it is one; choose them again."
            )
            self.add_error("files", words)
        return data


class AcceptForm(FactsForm):
    """What an item shows. Only what is ticked counts."""

    def __init__(self, data=None, *, kind: str, **kwargs):
        super().__init__(data, **kwargs)
        if ticks := kinds.TICKS.get(kind):
            self.fields["ticks"] = forms.MultipleChoiceField(
                label=_("It shows"),
                choices=list(ticks.items()),
                error_messages={"required": _("Tick what it shows, or return it.")},
                widget=forms.CheckboxSelectMultiple,
            )
        if kind == EvidenceKind.PURCHASE_AGREEMENT:
            self.fields["take_over_date"] = date_field(
                _("Take-over date in the agreement"), required=True
            )
            self.fields["take_over_date"].help_text = _("Compare it: a machine may have read it.")
        if kind == EvidenceKind.LEASE:
            self.fields["ends_date"] = date_field(_("The lease ends on"))

    def clean(self):
        return {"ticks": [], **super().clean()}


class ReturnForm(FactsForm):
    reason = forms.ChoiceField(label=_("Reason"))
    words = forms.CharField(label=_("More words (optional)"), required=False, max_length=500)

    def __init__(self, data=None, *, kind: str, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["reason"].choices = [("", _("choose a reason")), *reasons_for(kind)]


def date_field(label, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)


def reasons_for(kind: str) -> list[tuple[str, str]]:
    """Return the reason codes that fit a kind of evidence, each with its words."""
    return [(code, kinds.REASONS[code][0]) for code in kinds.REASONS_FOR.get(kind, ())]


def reject_reasons() -> list[tuple[str, str]]:
    return [(code, words) for code, (words, _cure) in kinds.REJECT_REASONS.items()]
