"""What is too large for a card of Teams becomes one that it takes."""

import json

from microsoft_teams.cards import Action, CardElement

from bot.click import drawn
from cards.elements import LARGEST, Card, Inside, do, finished, head, opens, pick, told, why, write
from cards.fitting import SHORTENED, fitted
from cards.opening import opened


def size(card: Card) -> int:
    """In bytes, as it is sent."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def lines(count: int) -> list[CardElement]:
    return [told(f"{n}: " + "what was in the way of it " * 4) for n in range(count)]


def test_a_card_with_room_is_as_it_was() -> None:
    card = finished([head("MINE", "All"), *lines(20)], [do("Mine", "mine")], says="Mine")

    assert fitted(card) == card


def test_the_head_and_whatever_is_asked_for_stay_and_it_says_that_there_is_more() -> None:
    asked = [
        write("note", "A note"),
        pick("who", "Who", [(f"Rep {n}", f"r{n}") for n in range(900)], value="r800"),
    ]
    card = finished([head("MINE", "All"), *lines(900), *asked], [do("Mine", "mine")], says="Mine")

    short = drawn(card)

    assert LARGEST * 0.9 < size(short) <= LARGEST
    body = short["body"]
    assert body[0] == card["body"][0]
    assert [one["id"] for one in body if one["type"].startswith("Input.")] == ["note", "who"]
    choices = next(one for one in body if one.get("id") == "who")["choices"]
    assert [one["value"] for one in choices][-2:] == ["r59", "r800"], "what is chosen stays"
    assert body[-1]["text"] == SHORTENED
    assert [one["title"] for one in short["actions"]] == ["Mine"]


def test_what_may_be_done_stays_where_why_is_said_below_it() -> None:
    card = finished(
        [head("MINE", "All"), *lines(900), *why(["Because."])], [do("Mine", "mine")], says="Mine"
    )

    short = drawn(card)

    assert size(short) <= LARGEST
    titles = [one["title"] for part in short["body"] for one in part.get("actions", [])]
    assert titles[0] == "Mine"


def test_lists_behind_a_button_are_cut_too() -> None:
    many = [(f"Rep {n}", f"r{n}") for n in range(900)]
    card = finished(
        [head("A", "B")],
        [opens("else", "Else", 1, lambda: ([pick("who", "Who", many)], [do("Go", "mine")]))],
        says="A",
    )

    short = drawn(opened(card, "else") or {})

    assert LARGEST * 0.1 < size(short) < LARGEST
    assert [one["title"] for one in short["actions"]] == ["Go", "Back"]


def test_what_is_behind_a_button_is_made_for_whoever_asks_for_it_alone() -> None:
    made: list[str] = []

    def form(name: str, *leads: Action) -> Action:
        def inside() -> Inside:
            made.append(name)
            return [told(f"{name} is open")], leads

        return opens(name, name, 1, inside)

    card = finished([head("A", "B")], [form("outer", form("inner")), form("other")], says="A")
    drawn(card)
    assert made == []

    shown = drawn(opened(card, "inner") or {})
    assert "other" not in made
    assert "inner is open" in str(shown["body"])
    [back] = shown["actions"]
    assert (back["verb"], back["data"]["opens"]) == ("open", "outer")


def test_where_nothing_else_helps_it_says_what_it_is_about() -> None:
    much = [do(f"More {n}", "mine", line="x" * LARGEST) for n in range(3)]

    short = drawn(finished([head("A", "B")], much, says="Contoso, no. 17"))

    assert size(short) < LARGEST
    assert [one["text"] for one in short["body"]] == ["Contoso, no. 17", SHORTENED]
