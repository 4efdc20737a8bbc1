"""What the desk asked a party of a dispute, on the party's own page, and the words they send."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from support.models import Question
from support.party_forms import QuestionForm
from support.services import questions
from support.views.pages import blame
from support.views.visits import Visit


def on_page(visit: Visit, asked: QuestionForm | None = None) -> dict:
    """Return the oldest open question of this party and its form; nothing where there is none."""
    question = questions.open_to(visit.link).first()
    if question is None:
        return {}
    first = {"question": question.uid}
    return {"question": question, "asked": asked or QuestionForm(initial=first)}


def wrote(visit: Visit, form: QuestionForm) -> bool:
    """Take what a party writes; False where the form says what is wrong with it."""
    if not form.is_valid():
        return False
    found = form.cleaned_data
    try:
        questions.answer(question_uid=found["question"], link=visit.link, words=found["words"])
    except Question.DoesNotExist as error:
        raise Http404 from error
    except ValidationError as error:
        blame(form, error)
        return False
    messages.success(visit.request, _("We have your answer, and a person reads it."))
    return True
