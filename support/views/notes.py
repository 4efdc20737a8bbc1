"""Writing at the desk: to the claimant, or an internal note with its files."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django_fsm import TransitionNotAllowed

from support import uploads
from support.desk_forms import WriteForm
from support.models import EvidenceItem, Ticket
from support.services import attachments
from support.views.decisions import carry_out
from support.views.gate import desk_only, find_ticket
from support.views.once import once
from support.views.verbs import VERBS

WRITE = VERBS["write"]


@desk_only
@require_POST
def write(request: HttpRequest, request_code: str) -> HttpResponse:
    """Write; a note's files go to the evidence store first, and the form is carried out once."""
    ticket = find_ticket(request, request_code=request_code)
    form = WriteForm(request.POST, request.FILES, verb=WRITE.name)
    if stopped := uploads.why_stopped(request):
        form.errors.pop("files", None)
        form.add_error("files", stopped)
    kept = _keep(request, ticket, form) if form.is_valid() else []
    about = {"ticket_id": ticket.pk, "by": request.user, "files": kept}

    @once
    def act(request: HttpRequest) -> HttpResponse:
        return carry_out(
            request,
            ticket,
            name=WRITE.name,
            form=form,
            act=lambda data: WRITE.service(**(data | about)),
            done=str(WRITE.done),
        )

    return act(request)


def _keep(request: HttpRequest, ticket: Ticket, form: WriteForm) -> list[EvidenceItem]:
    """Return the files as they were kept; what cannot be kept is said at the field."""
    sent = form.cleaned_data["files"]
    if not sent:
        return []
    try:
        return attachments.keep(ticket_id=ticket.pk, by=request.user, uploads=sent)
    except (ValidationError, TransitionNotAllowed) as error:
        words = error.messages if isinstance(error, ValidationError) else [str(error)]
        form.add_error("files", words)
        return []
