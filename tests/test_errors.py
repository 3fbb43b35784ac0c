"""Suggestions for a mistyped name."""

import pytest

from undertow.cells import CELLS
from undertow.errors import nearest


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("gur", CELLS, "gru"),  # mgu has as many letters in common
        ("LSTM", CELLS, "lstm"),
        ("names", ["mnist", "names_gender"], "names_gender"),
        ("Revew", ["text", "Review"], "Review"),
        ("time", ["sentiment", "text"], None),
        ("a", ["ab", "abc"], "ab"),
        ("x", ["ab", "xyz"], None),
    ],
)
def test_the_nearest_name_is_suggested_if_it_is_near(name, known, meant):
    told = nearest(name, known)
    assert told == (f"; did you mean {meant!r}?" if meant else f"; known: {', '.join(known)}")
