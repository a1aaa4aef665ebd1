"""What Teams tells us is read into a value of our own."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.activity import read

OURS = "28:baton"
RITA = "0f8f5a6e-6d0a-4a52-9d39-7f4f3a0c1b2d"
HELLO: dict[str, Any] = {
    "type": "message",
    "id": "1",
    "from": {"id": "29:rita", "aadObjectId": RITA},
    "recipient": {"id": OURS, "name": "Baton"},
    "conversation": {"id": "19:team", "conversationType": "channel"},
}


def mention(who: str, text: object, name: str = "Baton") -> dict[str, Any]:
    return {"type": "mention", "mentioned": {"id": who, "name": name}, "text": text}


@pytest.mark.parametrize(
    ("said", "entities", "words"),
    [
        ("<at>Baton</at> why 17", [mention(OURS, "<at>Baton</at>")], " why 17"),
        ("<at>Baton (1*</at> mine", [mention(OURS, None, "Baton (1*")], " mine"),
        (
            "<at>Baton</at> why does Baton ask <at>Rita</at>?",
            [mention("29:rita", "<at>Rita</at>"), mention(OURS, "<at>Baton</at>")],
            " why does Baton ask <at>Rita</at>?",
        ),
        ("mine", None, "mine"),
        ("mine", [{"type": "mention"}, mention(OURS, 7), "x", {"type": ["mention"]}], "mine"),
    ],
    ids=["named", "a strange name", "others too", "in private", "strange entities"],
)
def test_our_own_name_is_no_part_of_what_was_said(said: str, entities: object, words: str) -> None:
    assert read({**HELLO, "text": said, "entities": entities}).words == words


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(key=st.sampled_from([*HELLO, "text", "entities", "replyToId", "action", "name"]), value=json)
def test_whatever_stands_in_it_it_is_read_or_refused(key: str, value: object) -> None:
    try:
        activity = read({**HELLO, key: value})
    except ValueError as error:
        assert "no activity" in str(error)  # noqa: PT017  # either is right
    else:
        assert isinstance(activity.words, str)


def test_where_a_person_is_reached_is_kept_without_names() -> None:
    chat = {"id": "a:1", "conversationType": "personal"}
    activity = read({**HELLO, "conversation": chat, "serviceUrl": "https://smba.example/"})

    assert activity.personal
    assert activity.reference == {
        "user": {"id": "29:rita", "aadObjectId": RITA},
        "bot": {"id": OURS},
        "conversation": {"id": "a:1", "conversationType": "personal"},
        "channelId": None,
        "serviceUrl": "https://smba.example/",
    }


@pytest.mark.parametrize(
    "id", [None, "", "x", "29:rita", f"{RITA}\n", f" {RITA}", RITA * 2, "0" * 36]
)
def test_who_has_no_id_of_entra_is_nobody(id: str | None) -> None:
    """Nothing is kept of them, and no click of theirs does anything."""
    sender = {"id": "29:rita", "aadObjectId": id}

    assert read({**HELLO, "from": sender}).person == ""
    assert read(HELLO).person == RITA
