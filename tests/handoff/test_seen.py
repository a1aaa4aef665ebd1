"""What somebody sees of a text."""

import json

import pytest

from handoff.seen import visible
from received import received


@pytest.mark.parametrize(
    "nothing", "\u200d\u200c\u3164\u2800\u00ad\u034f\u200e\u200f\ufe0f\uffa0\u200b\u206a"
)
def test_a_text_of_what_nobody_sees_says_nothing(nothing: str) -> None:
    assert visible(nothing) == ""
    assert visible(f" {nothing * 5} ").strip() == ""
    for escaped in (True, False):
        assert received(json.dumps({"name": nothing * 3}, ensure_ascii=escaped).encode()) == {
            "name": ""
        }


def test_what_joins_letters_stays_where_there_are_letters() -> None:
    for text in ("👩\u200d💻", "می\u200cخواهم", "❤\ufe0f", "שלום\u200f!"):
        assert visible(text) == text
