"""What holds for every card: rules of Teams, of Microsoft's reviewers, and of ours."""

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams import VERBS
from cards import why, words
from cards.draw import card_for
from cards.elements import LARGEST, WHY, Card, clean, plain
from cards.forms import Targets, whom_and_when
from cards.view import View
from handoff.deadlines import deadline
from handoff.hours import Span
from handoff.model import Role, State
from handoff.money import Money
from handoff.policy import Policy, Promise
from tests.cards.gallery import (
    accept,
    ask,
    call,
    called,
    gallery,
    held,
    introduced,
    others,
    over,
    propose,
    reassign,
    stand_ins,
    stories,
    went,
)
from tests.cards.variants import VARIANTS, of, states, walk
from tests.conftest import ROOT
from tests.handoff.conftest import LEAD, PEOPLE, Story
from tests.hour import MONDAY

pytestmark = pytest.mark.xdist_group("cards")  # each is drawn once for all of them


@pytest.fixture(scope="module")
def cards(policy_in_force: Policy) -> dict[str, Card]:
    return states(gallery(policy_in_force))


@pytest.fixture(scope="module")
def hostile(policy_in_force: Policy) -> dict[str, Card]:
    return states(VARIANTS["hostile"](policy_in_force))


def test_there_is_a_card_for_everyone_in_every_state(cards: dict[str, Card]) -> None:
    assert len(cards) > 70


def test_microsofts_renderer_finds_nothing_wrong(cards: dict[str, Card]) -> None:
    """https://www.npmjs.com/package/adaptivecards"""
    node = shutil.which("node") or str(ROOT / ".venv/bin/node")
    read = subprocess.run(
        [node, str(ROOT / "tests/cards/parse.mjs")],
        input=json.dumps(cards).encode(),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    problems = {name: found for name, found in json.loads(read.stdout).items() if found}

    assert problems == {}


def test_every_card_is_small_and_of_a_version_that_teams_reads(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        assert card["version"] == "1.5", name
        size = len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())
        assert size < LARGEST, f"{name}: {size} bytes"
        assert card["fallbackText"], name


def test_who_is_named_on_a_lock_screen_is_named_in_capitals(cards: dict[str, Card]) -> None:
    small = re.compile(r"\b(rita|ravi|rosa|quinn|mara|helen|milo|ines)\b")
    assert [name for name, card in cards.items() if small.search(card["fallbackText"])] == []


GARBLED = {
    "two colons in a sentence": r": [^.?!“;]*: ",
    "a mark after a question": r"\?[;,:.]",
    "two stops": r"(?<!\.)\.\.(?!\.)|[.!…?][”*_]*\.(?= |$)",
    "half a sentence": r"open since|\b(place of|because) (\w+ )?by\b|[;?:] (by|since)\b",
    "nothing after it": r"\b(by|since|of|from|with|and|at)$",
    "a sentence that begins small": r"(?<![ .](?:vs|mr|ms|no))[a-z”][.?!] [a-z]",
}


def test_what_a_card_says_reads_as_a_person_would_say_it(cards: dict[str, Card]) -> None:
    """In full sentences, each with one beginning and one end, also on a lock screen."""
    read = 0
    for name, card in cards.items():
        for text in [card["fallbackText"], *(part["text"] for part in of(card, "TextBlock"))]:
            read += 1
            for what, wrong in GARBLED.items():
                assert not re.search(wrong, _read(text)), f"{name}: {what}: {text}"
    assert read > 1_000


def _read(text: str) -> str:
    """Without clocks, and without the label that a line begins with."""
    return re.sub(r"\b\d\d:\d\d\b", "then", re.sub(r"^\*\*[^*]+\*\*: ", "", text))


def test_an_amount_is_the_same_to_every_reader_and_as_an_english_text_has_it() -> None:
    """No zone and no language comes into it: two who read to each other read the same."""
    assert words.amount(Money(4_800_000, "EUR")) == "€48,000"
    assert words.amount(Money(150_050, "USD")) == "US$1,500.50"
    assert words.amount(Money(4_800_000, "CHF")) == "CHF\u00a048,000"
    assert words.amount(Money(48_000, "JPY")) == "JP¥48,000"


def test_words_of_a_person_that_end_in_a_stop_are_given_no_second(policy_in_force: Policy) -> None:
    lead = replace(LEAD, company="Acme Inc.", contact_name="Ines Prado Jr.")
    for name, card in gallery(policy_in_force, lead).items():
        for part in of(card, "TextBlock"):
            assert not re.search(GARBLED["two stops"], part["text"]), f"{name}: {part['text']}"


def test_at_most_one_action_is_highlighted_and_six_are_in_view(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        for row in [card, *of(card, "ActionSet")]:
            shown = [one for one in row.get("actions", []) if one["title"] != "Back"]
            assert len(shown) <= 6, name
        every = of(card, "Action.Execute")
        assert sum(a.get("style") == "positive" for a in every) <= 1, name


def test_the_last_step_of_a_form_is_its_one_highlighted_button(cards: dict[str, Card]) -> None:
    """Only a choice between several ways may have none."""
    looked = 0
    for name, card in cards.items():
        own = [one for one in of(card, "Action.Execute") if one.get("title", "Back") != "Back"]
        if " > " not in name or not own:
            continue
        looked += 1
        asks = any(str(part.get("type")).startswith("Input.") for part in walk(card["body"]))
        lit = [one["title"] for one in of(card, "Action.Execute") if one.get("style") == "positive"]
        assert len(lit) <= 1, f"{name}: {lit}"
        ways = [one for one in own if "associatedInputs" not in one] if asks else own
        assert lit or len(ways) > 1, name
        if "Send it" in [one["title"] for one in own]:
            assert lit == ["Send it"], name
    assert looked > 50


def test_who_decides_reads_the_reason_and_the_buttons_before_what_a_mail_would_say(
    cards: dict[str, Card],
) -> None:
    body = [str(part) for part in cards["mara: overdue"]["body"]]
    places = [
        next(n for n, part in enumerate(body) if one in part)
        for one in ("has not answered in", "Give to ", "What Ines Prado gets, from")
    ]
    assert places == sorted(places)
    assert "below the buttons" in body[places[1] - 1], "it is said where what is sent can be read"


@pytest.mark.parametrize(
    "name",
    [
        *("quinn: times", "quinn: ready", "quinn: form", "quinn: sent back", "quinn: proposed"),
        *("rita: offered", "rita: reminded", "rita: overdue", "rita: other times"),
        *("rita: accepted", "rita: after the meeting", "rita: did it happen"),
        *("rita: introduced", "rita: accepted, introduced", "rita: prospect silent"),
        *("quinn: prospect silent", "rita: nobody came", "rita: next step"),
        *("rita: leaving", "rita: leaving, looking", "rita: leaving, nobody free"),
        *("mara: overdue", "mara: overdue, looking for stand-ins"),
    ],
)
def test_where_something_is_asked_exactly_one_action_is_highlighted(
    cards: dict[str, Card], name: str
) -> None:
    buttons = of(cards[name], "Action.Execute")
    assert sum(a.get("style") == "positive" for a in buttons) == 1


def test_every_due_time_comes_with_the_sum_that_made_it(policy_in_force: Policy) -> None:
    """The meeting is today at 15:00; both the rep's time and the manager's are cut short by it."""
    story = Story(policy_in_force)
    start = MONDAY + timedelta(hours=5)
    story.offered(Span(start, start + timedelta(minutes=30)))
    story.later(hours=3)
    view = View(case=story.case, viewer=PEOPLE["mara"], at=story.at)
    answer, decision = story.owed(Promise.ANSWER), story.owed(Promise.DECIDE)

    assert view.soon(answer.due_at) == "Mon 13:00"
    assert view.sum(answer) == "2 hours before the meeting, at the latest"
    assert view.soon(decision.due_at) == "Mon 14:45"
    assert view.sum(decision) == "15 minutes before the meeting, at the latest"


@pytest.mark.parametrize("half_hours", range(1, 96))
def test_what_is_said_of_a_due_time_is_true_whenever_the_meeting_is(
    policy_in_force: Policy, half_hours: int
) -> None:
    """At any hour of the two days from now, nights too."""
    story = Story(policy_in_force)
    start = MONDAY + timedelta(minutes=30 * half_hours)
    story.offered(Span(start, start + timedelta(minutes=30)))
    introduced(story)
    hours = PEOPLE["rita"].hours
    ends = {
        span.end for span in hours.spans(MONDAY - timedelta(days=3), MONDAY + timedelta(days=9))
    }
    view = View(case=story.case, viewer=PEOPLE["rita"], at=story.at)
    for owed, ahead in (
        (story.owed(Promise.ANSWER), policy_in_force.reassign),
        (story.owed(Promise.REPLY), timedelta()),
    ):
        assert owed.hours
        match view.sum(owed):
            case "the beginning of the meeting, at the latest":
                assert (owed.due_at, ahead) == (start, timedelta())
            case "2 hours before the meeting, at the latest":
                assert (owed.due_at, ahead) == (start - ahead, timedelta(hours=2))
            case (
                "the last working time up to 2 hours before the meeting"
                | "the last working time up to the beginning of the meeting"
            ):
                assert owed.due_at in ends
                assert owed.due_at < start - ahead
                assert hours.between(owed.due_at, start - ahead) == timedelta()
            case "15 minutes, for the meeting is near":
                assert owed.due_at == owed.since + timedelta(minutes=15)
            case "15 working minutes, for the meeting is near":
                assert hours.between(owed.since, owed.due_at) == timedelta(minutes=15)
            case "the meeting begins then":
                assert hours.between(owed.since, start) < timedelta(minutes=15)
                assert owed.due_at == start
            case other:
                assert "working hours from" in other
                assert owed.due_at == hours.after(owed.since, owed.hours)


def test_what_a_card_says_would_follow_does(policy_in_force: Policy) -> None:
    """Of every promise of every story: each part of “Without it” against what the clock does."""
    read = Counter[str]()
    for name, story in stories(policy_in_force, LEAD, PEOPLE).items():
        search = story.handoff.search
        if story.handoff.hangs or (search and search.found is None and search.again):
            continue  # as long as Outlook is asked for something, clocks wait: tests/handoff
        for promise in story.handoff.commitments:
            told = why.ahead(View(case=story.case, viewer=PEOPLE["mara"], at=story.at), promise)
            for alarm in promise.alarms if promise.open and told else ():
                said = why.ahead(
                    View(case=story.case, viewer=PEOPLE["mara"], at=story.at),
                    replace(promise, alarms=(alarm,)),
                )
                rings = replace(promise, alarms=(alarm,))
                quiet = [
                    replace(one, alarms=())
                    for one in story.handoff.commitments
                    if one.n != promise.n
                ]
                before = replace(story.handoff, commitments=(*quiet, rings))
                case = replace(story.case, handoff=before)
                decision = deadline(case, at=max(alarm.at, story.at))
                entries = [one.what for one in decision.entries] if decision else []
                after = decision.handoff if decision else before
                for words_, so in {
                    "one reminder": "reminded" in entries,
                    "hears of it": bool({"overdue", "before_work", "escalated"} & {*entries}),
                    "hear of it": "escalated" in entries or after.owed(Promise.DECIDE),
                    "stands still": "stalled" in entries,
                    "the lead goes back to": after.state is State.SENT_BACK,
                    "begins as it stands": after.state is State.ACCEPTED and not after.proposal,
                    "and nobody else": after.state is State.SENT_BACK,
                }.items():
                    if words_ in said:
                        read[words_] += 1
                        assert so, (name, promise.what, alarm, said, entries, after.state)
    assert min(read.values()) > 0
    assert len(read) == 7, read


def test_in_how_much_time_something_was_to_be_done_is_what_lies_between_the_two_times(
    policy_in_force: Policy,
) -> None:
    read = 0
    for name, story in stories(policy_in_force, LEAD, PEOPLE).items():
        view = View(case=story.case, viewer=PEOPLE["mara"], at=story.at)
        for promise in story.handoff.commitments:
            said, who = view.within(promise), story.case.people.get(promise.who)
            if not said or who is None or not promise.open:
                continue  # of what is over nobody reads so
            read += 1
            booked = promise.span.end if promise.span else promise.made_at
            since = who.hours.next_at_work(promise.counted_from or booked)
            assert promise.hours
            assert view.soon(since) in said
            assert who.hours.between(since, promise.due_at) == promise.hours, (name, said)
    assert read > 20


def test_after_more_time_each_card_says_when_it_was_first_due(policy_in_force: Policy) -> None:
    waits, did, proposed, replies = (Story(policy_in_force) for _ in range(4))
    waits.offered()
    did.accepted()
    for step in (call, over, held, called):
        step(did)
    for step in (ask, others, propose):
        step(proposed.offered())
    for step in (introduced, accept):
        step(replies.offered())
    for story, what, who in (
        (waits, Promise.ANSWER, "quinn"),
        (did, Promise.FOLLOW_UP, "rita"),
        (proposed, Promise.SETTLE, "rita"),
        (replies, Promise.REPLY, "rita"),
    ):
        owed = story.owed(what)
        later = replace(owed, due_at=owed.due_at + timedelta(hours=1))
        handoff = replace(
            story.handoff,
            commitments=tuple(later if c.n == owed.n else c for c in story.handoff.commitments),
        )
        view = View(
            case=replace(story.case, handoff=handoff),
            viewer=PEOPLE[who],
            at=later.due_at,
        )
        assert "(first due " in str(card_for(view)), what


def test_a_follow_up_is_due_so_long_after_its_time_in_the_calendar(
    policy_in_force: Policy,
) -> None:
    story = Story(policy_in_force)
    story.accepted()
    call(story)
    view = View(case=story.case, viewer=PEOPLE["rita"], at=story.at)
    promise = story.owed(Promise.FOLLOW_UP)
    assert promise.span

    assert view.soon(promise.span.end) == "Fri 10:45"
    assert view.soon(promise.due_at) == "Mon 9 Mar 10:45"
    assert view.sum(promise) == "8 working hours from Fri 10:45"


@pytest.mark.parametrize("pressing", [False, True])
def test_every_quick_action_of_the_policy_is_on_the_card(
    policy_in_force: Policy, pressing: bool
) -> None:
    """Five at most: what has no room beside the first is behind "Other…"."""
    first = policy_in_force.quick_actions[0]
    five = tuple(replace(first, code=f"q{n}", title=f"Call {n}") for n in range(5))
    story = Story(replace(policy_in_force, quick_actions=five))
    story.offered()
    if pressing:
        introduced(story)
    story.outlook("accepted")
    before = story.at

    cards_seen = [card_for(View(case=story.case, viewer=PEOPLE["rita"], at=before))]
    over(story)
    went(story)
    cards_seen.append(card_for(View(case=story.case, viewer=PEOPLE["rita"], at=story.at)))

    for card in cards_seen:
        buttons = [a for one in states({"": card}).values() for a in of(one, "Action.Execute")]
        data = [a["data"] for a in buttons if a["verb"] == "follow_up"]
        codes = [one["action"] for one in data if "action" in one]
        assert codes == [one.code for one in five]
        assert len(card["actions"]) <= 6


def test_every_verb_is_on_a_card(cards: dict[str, Card]) -> None:
    """That every button has a verb that the bot knows is the types' business."""
    drawn = {a["verb"] for card in cards.values() for a in of(card, "Action.Execute")}

    assert VERBS.keys() - drawn == set(), "a verb that no card offers"


def test_buttons_are_short_and_use_none_of_teams_own_names(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        rows = [part["selectAction"] for part in walk(card) if "selectAction" in part]
        assert all(row["title"] for row in rows), name
        for action in of(card, "Action.Execute", "Action.ToggleVisibility", "Action.OpenUrl"):
            if action in rows:
                continue
            assert 0 < len(action["title"]) <= 34, (name, action["title"])
            assert not re.match(r"(start|join) (a )?(chat|call|meeting)", action["title"].lower())


def test_why_somebody_sees_a_card_comes_last(cards: dict[str, Card]) -> None:
    """Below every button that does something, and after all that is to be read."""
    asked = 0
    for name, card in cards.items():
        folds = [n for n, part in enumerate(card["body"]) if WHY in str(part.get("actions"))]
        assert "Why you see" not in str(card), f"{name}: that comes last, under {WHY}"
        if folds:
            asked += 1
            assert folds == [len(card["body"]) - 2], f"{name}: nothing but what it opens is below"
            assert not card.get("actions"), f"{name}: a button of the card is drawn below it"
    assert asked > 50


def test_a_lead_whose_time_is_over_is_not_said_to_be_sent_again(cards: dict[str, Card]) -> None:
    """By that button other times with the same rep are looked for."""
    for name, press in {
        "quinn: sent back > fix": "Send to Rita again",
        "quinn: sent back, begun > fix": "Find another time with Rita",
        "quinn: unanswered > fix": "Find another time with Rita",
    }.items():
        lit = [one["title"] for one in of(cards[name], "Action.Execute") if one.get("style")]
        assert lit == [press], name


def test_what_outlook_takes_out_of_a_calendar_is_still_to_come(cards: dict[str, Card]) -> None:
    for name, taken in {
        "rita: sent back": True,
        "rita: unanswered": True,
        "rita: sent back, still in the calendar": False,
        "rita: after the meeting, given back": False,
        "rita: upheld": False,
    }.items():
        assert ("Outlook takes it out of your calendar." in str(cards[name])) is taken, name


def test_every_card_of_a_handoff_says_why_it_came(cards: dict[str, Card]) -> None:
    """Also where nothing is asked any more. What is not of a handoff, or is the answer to what
    somebody has just said or opened, has no such line: they know.
    """
    silent, of_one = [], 0
    for name, card in cards.items():
        first = [str(part.get("text", "")) for part in walk(card["body"][0])]
        if " > " in name or not any(re.search(r"(^|· )no\. \d+$", text) for text in first):
            continue
        of_one += 1
        if WHY not in str(card["body"]):
            silent.append(name)
    assert of_one > 150
    assert silent == ["rita: older card"], "a line that leads to the newer one, which says it"


def test_every_input_has_a_label_and_says_why_it_is_needed(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        for part in walk(card):
            if str(part.get("type")).startswith("Input."):
                assert part["label"], name
                assert not part.get("isRequired") or part["errorMessage"], name
            if part.get("type") == "Input.ChoiceSet":
                values = [choice["value"] for choice in part["choices"]]
                assert len(set(values)) == len(values), name
                assert not any("," in value for value in values), name


def test_ids_are_unique_within_what_is_submitted_together(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        for one in of(card, "AdaptiveCard"):
            ids = [e["id"] for e in one.get("body", []) if "id" in e]
            assert len(set(ids)) == len(ids), name


def test_colour_is_used_sparingly_and_never_one_that_cannot_be_read(
    cards: dict[str, Card],
) -> None:
    for card in cards.values():
        colours = {part.get("color") for part in of(card, "TextBlock")}
        assert colours <= {None, "Accent", "Attention", "Default"}


def test_text_from_people_never_becomes_markup(hostile: dict[str, Card]) -> None:
    """Only a rich text block shows it, which reads no markdown; elsewhere it is taken apart."""
    for name, card in hostile.items():
        for part in of(card, "TextBlock"):
            text = part["text"]
            assert "](http" not in text, name
            assert "<at>" not in text, name
            assert "{{DATE" not in text, name
            assert "**bold**" not in text, name
            assert "\u202e" not in text, name
        for choice in (c for part in of(card, "Input.ChoiceSet") for c in part["choices"]):
            assert "](http" not in choice["title"], name
            assert "<at>" not in choice["title"], name
        assert not of(card, "FactSet"), "its values read markdown"


def test_hostile_text_makes_no_card_too_large(hostile: dict[str, Card]) -> None:
    for name, card in hostile.items():
        assert len(json.dumps(card).encode()) < 2 * LARGEST, name


@given(st.text())
def test_nothing_people_write_survives_as_markup_in_our_words(text: str) -> None:
    safe = plain(text)

    assert "\n" not in safe
    assert not re.search(r"(?<!\\)[*_]", safe)
    assert "](" not in safe
    assert not re.search(r"<[a-zA-Z/]", safe)
    assert "{{" not in safe
    assert not re.match(r"\s*([-+#>]|\d+[.)])", safe)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_no_words_of_blame_and_no_jargon(cards: dict[str, Card]) -> None:
    for name, card in cards.items():
        text = " ".join(
            str(part.get(key, "")) for part in walk(card) for key in ("text", "title", "label")
        ).lower()
        for word in ("fail", "fault", "ignored", "neglect", "sla", "breach", "escalat", "error"):
            assert word not in text, (name, word)


def test_times_are_told_in_the_readers_zone_with_the_day_where_it_differs() -> None:
    at = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)

    assert words.when(at, "Europe/Madrid") == "Tue 3 Mar 00:30"
    assert words.when(at, "America/New_York") == "Mon 2 Mar 18:30"
    assert words.elsewhere(at, "America/New_York", "Europe/Madrid") == "Mon 18:30 in New York"
    assert words.elsewhere(at, "Europe/Paris", "Europe/Madrid") == ""
    assert words.when(at, "Asia/Kolkata") == "Tue 3 Mar 05:00"
    assert words.date(at, "Europe/Madrid") == "2026-03-03"
    assert words.date(at, "America/New_York", 1) == "2026-03-03"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(hours=4), "4 working hours"),
        (timedelta(hours=1), "1 working hour"),
        (timedelta(minutes=15), "15 working minutes"),
        (timedelta(minutes=150), "2.5 working hours"),
    ],
)
def test_lengths_are_told_plainly(length: timedelta, told: str) -> None:
    assert words.working(length) == told


def test_the_card_of_who_decides_between_two_leans_to_neither(cards: dict[str, Card]) -> None:
    for name in ("mara: contested", "mara: ending contested"):
        buttons = of(cards[name], "Action.Execute")
        assert [a["title"] for a in buttons] == ["Quinn is right", "Rita is right"]
        assert not [a for a in buttons if a.get("style")]


def test_a_settled_card_says_the_same_before_outlook_has_been_told_and_after(
    policy_in_force: Policy,
) -> None:
    story = Story(policy_in_force).offered()
    story.later(hours=4)
    stand_ins(story)
    reassign(story)

    def shown() -> Card:
        return card_for(View(case=story.case, viewer=PEOPLE["mara"], at=story.at))

    before = shown()
    assert "Ravi Patel is asked. Nothing is asked of you." in str(before)
    story.offered()
    assert shown() == before


def test_a_manager_who_decides_can_always_talk_give_it_away_and_ask_above(
    cards: dict[str, Card],
) -> None:
    """Also when nobody else is free, the meeting is over, a time is not settled or the lead is with
    its qualifier: nothing but the time that they lack stands in the way of more time.
    """
    decided = 0
    for name, card in cards.items():
        if " > " in name or "NEEDS A DECISION" not in str(card["body"][0]):
            continue
        decided += 1
        verbs = [a["verb"] for a in of(card, "Action.Execute")]
        titles = [a["title"] for a in of(card, "Action.Execute")]
        assert "talk" in verbs, name
        gives = {"reassign", "give_back", "look_for_colleague", "give_lead"} & {*verbs}
        assert gives or "To another qualifier" in titles, name
        asked_before = re.search("stalled, overdue|sent back, begun", name)
        assert "ask_above" in verbs or asked_before, (name, "Helen was asked before")
        told = not re.search("COULD NOT BE TOLD|does not deliver", str(card))
        assert ("More time" in titles) == told, name
        settles = "SETTLED THE TIME" in str(card)
        assert ({"keep_time", "move_meeting"} <= {*verbs}) == settles, name
    assert decided > 12


def test_who_has_put_a_decision_off_can_still_decide_and_nothing_presses_them(
    cards: dict[str, Card],
) -> None:
    """Until it is settled; then their card has no button any more."""
    for name, verbs in (
        ("talks", {"reassign", "give_back", "open", "ask_above"}),
        ("talks, nobody else free", {"give_back", "open", "ask_above"}),
        ("more time", {"give_back", "open", "ask_above"}),
        (
            "proposed, overdue, talks",
            {"move_meeting", "keep_time", "look_for_colleague", "open", "ask_above"},
        ),
    ):
        card = cards[f"mara: {name}"]
        buttons = of(card, "Action.Execute")
        assert {a["verb"] for a in buttons} == verbs, name
        assert not [a for a in buttons if a.get("style")], name
    for name in ("reassigned", "overdue, given back", "proposed, overdue, kept by a manager"):
        assert not of(cards[f"mara: {name}"], "Action.Execute"), name


def test_how_a_pool_stands_is_said_in_sentences_and_each_sum_is_below_its_own(
    cards: dict[str, Card],
) -> None:
    """Of whoever is next, who could take it too, and who would be passed."""
    counted, said = 0, ""
    for name in ("rita: figures", "mara: figures with someone unreached"):
        texts = [str(part["text"]) for part in of(cards[name], "TextBlock")]
        for n, text in enumerate(texts):
            if not text.startswith("target "):
                continue
            counted += 1
            ahead = re.search(r"= (ahead|short) by (\d+\.\d)", text)
            assert ahead
            sentence = texts[n - 1]
            how = "ahead of" if ahead[1] == "ahead" else "behind"
            same = f"{ahead[2]} (leads|of a lead) {how} a fair share"
            same = "level with a fair share" if ahead[2] == "0.0" else same
            assert re.search(rf"\b(is|are) .*{same}\.$", sentence), (name, sentence, text)
            said += f"{name}: {sentence}\n"
    assert counted > 4
    for words_ in (" is next, ", " is number ", "A lead that came now would pass **you**: "):
        assert words_ in said, said


@pytest.mark.parametrize("who", ["mara", "helen"])
def test_who_never_had_a_part_in_it_reads_how_it_stands_and_no_more(
    policy_in_force: Policy, who: str
) -> None:
    story = Story(policy_in_force).accepted()
    viewer = PEOPLE[who]
    if who == "helen":  # a leader as well, whom no line has invited
        viewer = replace(viewer, roles=frozenset({Role.MANAGER, Role.LEADER}))
    view = View(case=story.case, viewer=viewer, at=story.at)

    shown = str(card_for(view))

    assert "Rita Osei said yes. Nothing is asked of you." in shown
    assert "PASSED ON" not in shown
    assert "NO LONGER INVITED" not in shown
    assert "look_for_colleague" in shown, "whoever answers for it may give it away"


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(0, "2026-03-03"), (4, "2026-03-09"), (5, "2026-03-09")],
    ids=["on Monday", "on Friday", "at the weekend"],
)
def test_times_are_looked_for_from_the_next_day_at_work_unless_today_is_chosen(
    policy_in_force: Policy, days: int, wanted: str
) -> None:
    at, quinn = MONDAY + timedelta(days=days), PEOPLE["quinn"]
    targets = Targets(choices=(("Next in EMEA", "pool:emea"),))
    [*_, day] = whom_and_when(policy_in_force, quinn, targets, {}, at)
    told = day.model_dump(by_alias=True)
    assert (told["value"], told["min"]) == (wanted, f"{at:%Y-%m-%d}")
    [*_, day] = whom_and_when(policy_in_force, quinn, targets, {"wanted": told["min"]}, at)
    assert day.model_dump()["value"] == told["min"]


def test_what_follows_if_it_is_not_kept_says_when_and_who_hears_of_it(
    policy_in_force: Policy,
) -> None:
    story = Story(policy_in_force)
    story.offered()
    owed = story.owed(Promise.ANSWER)
    rita, quinn = (
        View(case=story.case, viewer=PEOPLE[who], at=story.at) for who in ("rita", "quinn")
    )
    late = replace(rita, at=owed.due_at)

    reminder, breach, *_ = why.ahead(rita, owed).split("; ")
    assert reminder.startswith("Without it: one reminder ")
    assert PEOPLE["quinn"].name in breach
    assert PEOPLE["mara"].name in breach
    assert why.counted(rita, owed).startswith("Your working hours")
    assert why.counted(quinn, owed).startswith("Rita's working hours")
    about = "Thu 10:00 Contoso Logistics (Ines Prado): "
    assert why.summary(rita, "answer", owed) == f"{about}answer by Mon 14:00"
    assert why.summary(late, "answer", owed) == f"{about}answer. It was due Mon 14:00"
    moved = why.summary(late, "please answer", owed, news="Moved to Fri 10:00. Does it suit?")
    assert moved == f"{about}Moved to Fri 10:00. Does it suit? Please answer. It was due Mon 14:00"
