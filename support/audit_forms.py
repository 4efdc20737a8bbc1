"""What auditors and administrators may type: a note on an alert."""

from django.utils.translation import gettext_lazy as _

from records.alerts import LONGEST_NOTE, SHORTEST_NOTE
from support.desk_forms import DeskForm, text_area


class AcknowledgeForm(DeskForm):
    note = text_area(_("What you found"), rows=2, max_length=LONGEST_NOTE)

    def clean_note(self):
        note = self.cleaned_data["note"]
        if len(note) < SHORTEST_NOTE:
            message = _("Write what you found, in 3 to 1,000 signs.")
            self.add_error("note", message)
        return note
