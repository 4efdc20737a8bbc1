"""What the desk's forms make of what was typed."""

import pytest

from support.desk_forms import ApproveForm


@pytest.mark.parametrize(
    ("why", "note", "kept"),
    [
        ("agrees", "", "Everything agrees."),
        ("", " All seen. ", "All seen."),
        ("explained", "She changed her name.", "What differs is explained by what was sent. She"),
    ],
)
def test_an_approval_says_why_by_a_choice_or_in_words(why, note, kept):
    form = ApproveForm({"facts_version": 3, "why": why, "note": note}, verb="approve")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["note"].startswith(kept)
    assert set(form.cleaned_data) == {"facts_version", "note"}


def test_an_approval_without_a_reason_is_none():
    form = ApproveForm({"facts_version": 3, "note": "  "}, verb="approve")

    assert not form.is_valid()
    assert list(form.errors) == ["note"]
