"""What holds for every card with whatever data, for Teams on phones draws and sends by itself.

What each client does, and where that is written: docs/cards.md.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.draw import card_for
from cards.elements import Card, told_apart
from cards.forms import MOST_CHOICES
from cards.opening import opened
from cards.view import View
from handoff.policy import Policy
from tests.cards.gallery import times
from tests.cards.variants import of, walk
from tests.handoff.conftest import PEOPLE, Story

pytestmark = pytest.mark.xdist_group("cards")  # each is drawn once for all of them


def twice(found: list[str]) -> list[str]:
    return [one for one, count in Counter(found).items() if count > 1]


def test_no_two_of_a_list_read_alike(every_card: Mapping[str, Card]) -> None:
    """An iPhone sends whichever of them is the last."""
    for name, card in every_card.items():
        for part in of(card, "Input.ChoiceSet"):
            titles = [choice["title"].casefold() for choice in part["choices"]]
            assert twice(titles) == [], (name, part["id"])


def test_among_many_is_chosen_without_asking_us(every_card: Mapping[str, Card]) -> None:
    """Where a bot is asked while somebody types, phones hide what else there is and iPhones show
    ids. So all is on the card: in a short list, or in one that is searched.
    """
    searched = 0
    for name, card in every_card.items():
        for part in of(card, "Input.ChoiceSet"):
            assert "choices.data" not in part, name
            if part["style"] == "filtered":
                searched += 1
                assert part["isRequired"], (name, "some iPhones begin without its value")
                assert "wrap" not in part, name
            elif part["id"] not in ("lead", "start", "choice"):
                assert len(part["choices"]) <= MOST_CHOICES, (name, part["id"])
    assert searched
    whom = of(every_card["many: quinn: form"], "Input.ChoiceSet")
    teams = [c["value"] for part in whom if part["id"] == "target" for c in part["choices"]]
    assert sum(one.startswith("team:") for one in teams) > 30, "of 550: a team, then one of it"


def test_what_is_needed_is_asked_for_by_the_button_that_waits_for_it(
    every_card: Mapping[str, Card],
) -> None:
    """It is grey where clients can, and says what it waits for."""
    waits = 0
    for name, card in every_card.items():
        needed = {p["errorMessage"] for p in begin_so(card, "Input.") if p.get("isRequired")}
        for one in of(card, "Action.Execute"):
            takes = "associatedInputs" not in one
            assert one.get("conditionallyEnabled", False) == (takes and bool(needed)), name
            waits += takes and bool(needed)
            assert "conditionallyEnabled" not in one or one["tooltip"] in needed, name
    assert waits


def test_twins_are_told_apart_by_what_people_know(every_card: Mapping[str, Card]) -> None:
    def titles(name: str, id: str) -> list[str]:
        return [c["title"] for p in of(every_card[name], "Input.ChoiceSet") if p["id"] == id
                for c in p["choices"]]  # fmt: skip

    whom = titles("twins: quinn: form", "target")
    assert "Rita Osei, EMEA, ravi@halden.example" in whom
    assert "Rita Osei, mara@halden.example" in whom
    waiting = titles("as it is: quinn: leads > waiting", "lead")
    assert waiting[:2] == [f"Contoso Logistics, Ines Prado, no. {n}" for n in (0, 1)]


@given(st.lists(st.lists(st.sampled_from(["", "Ana", "ana", "Ana (2)", "EMEA"]), min_size=1)))
def test_whatever_rows_there_are_no_two_read_alike(rows: list[list[str]]) -> None:
    assert twice([title.casefold() for title in told_apart(rows)]) == []


def test_ids_are_words_and_no_two_of_a_card_are_alike(every_card: Mapping[str, Card]) -> None:
    """In the forms that it opens too: phones refuse the card otherwise. Some are said aloud."""
    for name, card in every_card.items():
        ids = [part["id"] for part in walk(card) if "id" in part and "type" in part]
        assert twice(ids) == [], name
        for id in ids:
            assert re.fullmatch(r"[A-Za-z]{2,}([ _][A-Za-z]+)*", id), (name, id)


def test_what_opens_is_called_as_the_button_that_opens_it(every_card: Mapping[str, Card]) -> None:
    for name, card in every_card.items():
        there = {part["id"] for part in of(card, "Container") if "id" in part}
        opened = [(a["title"], a["targetElements"]) for a in of(card, "Action.ToggleVisibility")]
        assert {id for _, ids in opened for id in ids} == there, name
        assert all([title.rstrip("?")] == ids for title, ids in opened), name


def begin_so(card: Card, kind: str) -> list[dict[str, Any]]:
    return [part for part in walk(card) if str(part.get("type")).startswith(kind)]


def test_no_form_opens_out_of_sight(every_card: Mapping[str, Card]) -> None:
    """It comes as the card's new state: whoever has opened it reads about whom it is, and can go
    back.
    """
    opened = [(name, card) for name, card in every_card.items() if " > " in name]
    assert len(opened) > 1_000
    for name, card in opened:
        back = [one for one in of(card, "Action.Execute") if one["title"] == "Back"]
        assert [one["verb"] in ("back", "open") for one in back] == [True], name
        assert headed(card) or "pledge" in str(back), name
    for name, card in every_card.items():
        assert not of(card, "Action.ShowCard"), name


def always_right(part: dict[str, Any]) -> bool:
    """Whether it is not refused as it stands there, touched by nobody, on whatever day."""
    if part["type"] == "Input.ChoiceSet":
        return part.get("value") in {choice["value"] for choice in part["choices"]}
    if part["type"] == "Input.Date":
        return part["value"] >= part["min"] and "max" not in part
    return "isRequired" not in part and "regex" not in part


def test_no_button_is_refused_for_what_it_does_not_need(every_card: Mapping[str, Card]) -> None:
    """A button that takes along what is filled in is checked with the inputs of its card, on every
    client; on iPhones of a while ago the others were too.
    https://github.com/microsoft/AdaptiveCards/issues/8585
    """
    for name, card in every_card.items():
        inputs = begin_so(card, "Input.")
        buttons = [a for a in of(card, "Action.Execute") if a["verb"] not in ("open", "back")]
        takes = {a["verb"] for a in buttons if "associatedInputs" not in a}
        assert len(takes) == bool(inputs), (name, "a form has one purpose", takes)
        if len(takes) < len({a["verb"] for a in buttons}):
            wrong = [part["id"] for part in inputs if not always_right(part)]
            assert wrong == [], (name, takes)


def test_every_day_says_what_is_wrong_with_it_and_holds_one_that_may_be_chosen(
    every_card: Mapping[str, Card],
) -> None:
    for name, card in every_card.items():
        for part in of(card, "Input.Date"):
            assert part["errorMessage"], name
            assert part["min"] <= part["value"], name
            assert "max" not in part, (name, "an iPhone with Thai years would take no day")


def test_drawn_again_days_later_a_day_that_has_passed_is_today(policy_in_force: Policy) -> None:
    story = Story(policy_in_force)
    times(story)
    later = story.at + timedelta(days=9)
    card = card_for(View(case=story.case, viewer=PEOPLE["quinn"], at=later))

    [wanted] = of(opened(card, "other_days") or {}, "Input.Date")
    assert (wanted["min"], wanted["value"]) == ("2026-03-11", "2026-03-11")


def test_every_card_about_one_handoff_bears_its_number(every_card: Mapping[str, Card]) -> None:
    about = 0
    for name, card in every_card.items():
        buttons = of(card, "Action.Execute")
        if len({one["data"]["handoff"] for one in buttons if "handoff" in one["data"]}) != 1:
            continue
        about += 1
        words = [part["text"] for part in walk(card["body"]) if "text" in part]
        assert re.search(r"(?i)\bno\. [0-9]", " ".join(words)), name
    assert about > 1_000


GAP = "\u200b"
PLAIN = ("label", "placeholder", "fallbackText", "speak")
"""What no client reads as markdown, and what a button says besides."""


def test_what_is_read_as_it_is_shows_no_sign_that_was_meant_for_markdown(
    every_card: Mapping[str, Card],
) -> None:
    for name, card in every_card.items():
        actions = [a["title"] for a in of(card, "Action.Execute")]
        read = [part[key] for part in walk(card) for key in PLAIN if key in part]
        for text in [*actions, *read]:
            assert "\\" not in text, (name, text)
            assert GAP not in text, (name, text)
            assert "\n" not in text, (name, text)


def test_what_one_client_reads_as_markdown_and_another_does_not_is_neither(
    every_card: Mapping[str, Card],
) -> None:
    for name, card in every_card.items():
        choices = [c["title"] for part in of(card, "Input.ChoiceSet") for c in part["choices"]]
        wrong = [part["errorMessage"] for part in walk(card) if "errorMessage" in part]
        for text in [*choices, *wrong]:
            assert not re.search(r"[\\*`]|\]\(|<\w|\{\{", text), (name, text)
            assert not re.search(r"(^|[\s(])_|_($|[\s),])", text), (name, text)


def test_a_lock_screen_has_one_line_that_begins_with_a_word(every_card: Mapping[str, Card]) -> None:
    """No sign or little picture first, no kicker in capitals, and names no longer than there is
    room for.
    """
    for name, card in every_card.items():
        line = card["fallbackText"]
        assert re.match(r"[\u2068“‘]?[\w＿∗*_]", line), (name, line)
        assert len(line) <= 260, (name, line)
        assert line == " ".join(line.split()), (name, line)
        if name.startswith("as it is"):
            assert not re.search(r"\b[A-Z]{3,} [A-Z]{2,}\b", line), (name, line)


LEFTWARD = re.compile(r"[\u0590-\u08ff]")
SET_APART = re.compile("\u2068[^\u2068\u2069]*\u2069")


def test_names_from_right_to_left_leave_the_sentence_around_them_in_order(
    every_card: Mapping[str, Card],
) -> None:
    """Each stands in marks that set it apart, but for what stands all by itself."""
    found = 0
    for name, card in every_card.items():
        said = [part["text"] for part in of(card, "TextBlock")]
        said += [part[key] for part in walk(card) for key in ("title", "label") if key in part]
        said.append(card["fallbackText"])
        titles = [card["body"][0]["items"][1]["inlines"][0]["text"]] if headed(card) else []
        for text in [*said, *(title for title in titles if ", " in title)]:
            found += bool(LEFTWARD.search(text))
            assert not LEFTWARD.search(SET_APART.sub("", text)), (name, text)
    assert found > 1_000


def headed(card: Card) -> bool:
    items = card["body"][0].get("items", [])
    return len(items) > 1 and bool(items[1]["type"] == "RichTextBlock")
