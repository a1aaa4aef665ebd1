"""What others send can be kept and sent on, whatever they send."""

import json

import pytest

from received import kept, received, rewritten


def test_half_an_emoji_and_a_nul_are_taken_out_wherever_they_stand() -> None:
    body = rb'{"a\ud83d": ["\u0000x", {"b": "\ud83d\ude00 and \ude00"}], "n": 3, "none": null}'

    assert received(body) == {"a�": ["x", {"b": "😀 and �"}], "n": 3, "none": None}


def test_a_text_that_speaks_of_them_stays_as_it_is() -> None:
    assert received(rb'"write \\u0000 or \\ud83d"') == r"write \u0000 or \ud83d"
    assert kept("Müller 😀 漢") == "Müller 😀 漢"


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    "unseen", [*"\x01\x0b\x1f\x7f\x85\u200b\u2060\ufeff\u202a\u202e\u2066\u2069"]
)
def test_what_nobody_sees_is_not_there(unseen: str, *, escaped: bool) -> None:
    """A reason of nothing else is none; a name reads in the order in which it was written."""
    body = json.dumps([unseen, f"Ines{unseen} Prado"], ensure_ascii=escaped).encode()

    assert received(body) == ["", "Ines Prado"]


def test_what_nobody_sees_is_not_there_in_the_short_escapes_of_json_either() -> None:
    body = rb'{"a\bb": ["\f", "Ines\b Pra\fdo", "a\\\b", "C:\\bin\\fonts"]}'

    assert received(body) == {"ab": ["", "Ines Prado", "a\\", r"C:\bin\fonts"]}


def test_what_joins_letters_and_begins_lines_stays() -> None:
    texts = ["👩\u200d💻", "می\u200cخواهم", "\u200fשלום", "two\nlines\tand more"]

    assert received(json.dumps(texts, ensure_ascii=False).encode()) == texts


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 100_000 + rb'"\u0000"',
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"",
        b'{"a": NaN}',
        b"[1, -Infinity]",
        b'{"a": {"b": -1e999}}',
        b"[" + b"9" * 5_000 + b"]",
    ],
    ids=[
        "deep lists",
        "deep objects",
        "deep and escaped",
        "no UTF-8",
        "raw half",
        "nothing",
        *("NaN", "infinite", "too large", "endless"),
    ],
)
def test_what_is_no_json_of_anybodys_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        received(body)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": "Ri\\u0000ta\\u202E"}', {"a": "Rita"}),
        ('{"a": "O\u200bsei \u202eé"}'.encode(), {"a": "Osei é"}),
        (rb'{"a": "half \uD83d"}', {"a": "half \ufffd"}),
        (rb'{"a": "\ud83d\ude00"}', {"a": "\U0001f600"}),
        (rb'{"a": "Ri\bta\f"}', {"a": "Rita"}),
    ],
)
def test_what_another_reads_holds_nothing_that_cannot_be_kept(body: bytes, read: object) -> None:
    assert json.loads(rewritten(body)) == read


@pytest.mark.parametrize(
    "body",
    ['{"a":  "José…", "b": "x\\ny"}'.encode(), b"", b"<html>\x7f", b'{"a": "\\u0000"', b"\xff"],
)
def test_what_has_nothing_of_it_or_is_no_json_is_as_it_was(body: bytes) -> None:
    assert rewritten(body) == body
