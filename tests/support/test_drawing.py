"""Empty forms of the desk are drawn once, and look as if they were drawn anew each time."""

from datetime import date

import polib
import pytest
from django.conf import settings
from django.utils import translation

from support import drawing
from support.desk_forms import AcceptForm, ReturnForm, WriteForm
from support.drawing import Unsent, fields_of, filters_of
from support.queue_forms import QueueForm
from support.rules import EvidenceKind
from support.views.verbs import VERBS

UID = "0b5d7b0e-5f0e-4c46-9a58-0d6a6a2c1f11"
OFFERED = [
    *(Unsent(verb.form, verb.name) for verb in VERBS.values()),
    Unsent(WriteForm, "write", without=("waits",), first={"body": "Hello."}),
    *(Unsent(AcceptForm, f"accept-{UID}", kind) for kind in EvidenceKind.values),
    *(Unsent(ReturnForm, f"return-{UID}", kind) for kind in EvidenceKind.values),
]


@pytest.fixture(autouse=True)
def nothing_kept():
    _clear()
    yield
    _clear()


def _clear():
    drawing._kept.cache_clear()
    drawing._kept_filters.cache_clear()


@pytest.fixture
def norwegian_words(settings, tmp_path):
    """A catalogue of two words: the whole one takes a second to compile."""
    place = tmp_path / "nb" / "LC_MESSAGES"
    place.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    for word, its_norwegian in (("Message", "Melding"), ("State", "Tilstand")):
        catalogue.append(polib.POEntry(msgid=word, msgstr=its_norwegian))
    catalogue.save_as_mofile(str(place / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]


@pytest.mark.usefixtures("norwegian_words")
def test_what_is_kept_looks_as_if_it_were_drawn_anew():
    for _again in range(2):
        for language in settings.WHOLE_LANGUAGES:
            with translation.override(language):
                for unsent in OFFERED:
                    about = (language, unsent.verb, unsent.kind)
                    assert (about, fields_of(unsent)) == (about, fields_of(unsent.made()))


def test_what_is_filled_in_is_drawn_anew_and_kept_for_nobody():
    filled = {"take_over_date": date(2024, 5, 17), "ticks": [], "ends_date": None}
    unsent = Unsent(AcceptForm, f"accept-{UID}", EvidenceKind.PURCHASE_AGREEMENT, filled)
    empty = Unsent(AcceptForm, f"accept-{UID}", EvidenceKind.PURCHASE_AGREEMENT)

    drawn, after = fields_of(unsent), fields_of(empty)

    assert drawn == fields_of(unsent.made()) != after
    assert "2024-05-17" in drawn and "2024-05-17" not in after


def test_what_was_sent_is_never_kept():
    sent = {"body": "Typed by Nina.", "internal": "on"}

    drawn = fields_of(WriteForm(sent, verb="write"))

    assert "Typed by Nina." in drawn
    assert drawing._kept.cache_info().currsize == 0
    assert "Typed by Nina." not in fields_of(Unsent(WriteForm, "write"))


@pytest.mark.usefixtures("norwegian_words")
def test_two_languages_and_two_items_do_not_mix():
    one, other = Unsent(WriteForm, "write"), Unsent(WriteForm, "write-2")

    english = fields_of(one)
    with translation.override("nb"):
        norwegian = fields_of(one)

    assert ">Message</label>" in english and ">Melding</label>" in norwegian
    assert fields_of(one) == english
    assert 'id="write-2-body"' in fields_of(other) and 'id="write-body"' not in fields_of(other)


@pytest.mark.usefixtures("norwegian_words")
def test_filters_with_none_set_are_kept_and_what_is_set_is_not():
    unset = QueueForm({"view": "mine", "q": ""})

    drawn = filters_of(QueueForm({"q": "ZPR000001"}))
    with translation.override("nb"):
        norwegian = filters_of(None)

    assert 'value="ZPR000001"' in drawn
    assert drawing._kept_filters.cache_info().currsize == 1, "the empty ones alone"
    assert filters_of(None) == filters_of(None) == filters_of(unset)
    assert ">State</label>" in filters_of(None) and ">Tilstand</label>" in norwegian


def test_what_is_kept_holds_no_token_and_is_bounded():
    for unsent in OFFERED:
        fields_of(unsent)

    kept = [drawing._kept(each.form, each.kind, "en") for each in OFFERED]
    assert not any(name in str(kept) for name in ("csrfmiddlewaretoken", "form_key"))
    assert drawing._kept.cache_info().currsize * 2 < drawing._kept.cache_info().maxsize
