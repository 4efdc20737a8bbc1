"""What stops a ticket and what ends the stop: objections, contests and freezes at the desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from support.desk_forms import DeskForm, FactsForm, reject_reasons, text_area


class ObjectForm(DeskForm):
    words = text_area(_("Why this has to stop"), rows=2)


class FreezeForm(DeskForm):
    """A charger is frozen with all its tickets, or one ticket alone."""

    scope = forms.ChoiceField(
        label=_("What to freeze"),
        choices=[("charger", _("the charger, with every ticket")), ("ticket", _("this ticket"))],
        initial="charger",
        widget=forms.RadioSelect,
    )


class ContestForm(DeskForm):
    words = text_area(_("What was wrong about this hand-over"), rows=2)


class VoteForm(DeskForm):
    restore = forms.TypedChoiceField(
        label=_("Your view"),
        choices=[
            ("no", _("The hand-over was right")),
            ("yes", _("Give the charger back to the former owner")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = text_area(_("Why"))


class DecideForm(FactsForm):
    """The verdict on one ticket of a dispute, in words of its own for each side."""

    uphold = forms.TypedChoiceField(
        label=_("The objection is"),
        choices=[
            ("yes", _("upheld: this request is rejected")),
            ("no", _("dismissed: this request goes on")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(label=_("Reason, if upheld"), required=False)
    words = text_area(_("Words to the claimant"))
    words_to_objector = text_area(_("Words to the one who objected"))
    note = text_area(_("Note for the desk"), required=False, rows=2)

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["reason"].choices = [("", _("choose a reason")), *reject_reasons()]

    def clean(self):
        data = super().clean()
        if data.get("uphold") and not data.get("reason"):
            self.add_error("reason", _("Choose why the request is rejected."))
        if not data.get("uphold"):
            data["reason"] = ""
        return data


class LiftForm(DeskForm):
    reason = text_area(_("Why it may be lifted"), rows=2)
    notice_agreed = forms.BooleanField(
        label=_("The claimant has agreed that the registered person is told"), required=False
    )
