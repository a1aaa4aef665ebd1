"""What others send can be kept and sent on, whatever they send."""

import pytest

from store.received import kept, received


def test_half_an_emoji_and_a_nul_are_taken_out_wherever_they_stand() -> None:
    body = rb'{"a\ud83d": ["\u0000x", {"b": "\ud83d\ude00 and \ude00"}], "n": 3, "none": null}'

    assert received(body) == {"a�": ["x", {"b": "😀 and �"}], "n": 3, "none": None}


def test_a_text_that_speaks_of_them_stays_as_it_is() -> None:
    assert received(rb'"write \\u0000 or \\ud83d"') == r"write \u0000 or \ud83d"
    assert kept("Müller 😀 漢") == "Müller 😀 漢"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 100_000 + rb'"\u0000"',
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"",
    ],
    ids=["deep lists", "deep objects", "deep and escaped", "no UTF-8", "raw half", "nothing"],
)
def test_what_is_no_json_of_anybodys_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        received(body)
