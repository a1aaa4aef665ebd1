"""What has happened stands in the first line of a card, and its first button answers it."""

import re
from collections.abc import Mapping

import pytest

from cards.elements import Card, actions_of
from cards.news import BACK
from cards.opening import closed
from handoff.back_for import BATON_REASONS
from handoff.policy import Policy
from tests.cards.gallery import gallery, readers, stories
from tests.cards.variants import of, walk
from tests.handoff.conftest import Story

pytestmark = pytest.mark.xdist_group("cards")  # each is drawn once for all of them

SAYS: Mapping[str, Mapping[str, str]] = {
    "accepted": {"quinn": "ACCEPTED|NOBODY CAN JOIN"},
    "accepted_by_rule": {"quinn": "RITA'S MAILBOX SAID YES", "rita": "YOUR MAILBOX SAID YES"},
    "another_accepted": {"quinn": r"IS THAT INES PRADO\?"},
    "asked": {"rita": r"DID IT HAPPEN\?"},
    "asked_to_confirm": {"rita": "INES PRADO WAS ASKED TO CONFIRM"},
    "asked_who_takes_it": {"quinn": "RITA (IS|WILL BE) OUT OF OFFICE", "rita": "WHO TAKES IT"},
    "below": {"quinn": "BELOW THE LINE OF FIT"},
    "booked": {"rita": "ON ITS WAY"},
    "called_off": {"rita": "CANCELLED"},
    "came_in": {"quinn": r"READY TO HAND OVER|IS IT A LEAD\?"},
    "cancelled": {"quinn": "YOU CALLED THE MEETING OFF", "rita": "CANCELLED"},
    "clicked_accept": {"quinn": "ACCEPTING"},
    "clock_waited": {
        "quinn": "RITA IS OUT OF OFFICE",
        "rita": "THE CLOCK WAITED: ANSWER BY TUE 14:00",
    },
    "contested": {"rita": "QUINN SAYS IT WAS OTHERWISE", "mara": "CONTESTED"},
    "copy_lags": {"rita": "YOUR CALENDAR SHOWS ANOTHER TIME"},
    "customer_given": {"ravi": "WON, AND YOURS"},
    "deal_given": {
        "ravi": "YOURS BY THE STAGE OF ITS DEAL|YOURS TO FOLLOW UP, FROM RITA",
        "rita": "PASSED ON TO RAVI",
    },
    "declined": {"quinn": "RITA DECLINED IN OUTLOOK", "rita": "YOU DECLINED IN OUTLOOK"},
    "done": {"quinn": "NOT REACHABLE|OPPORTUNITY"},
    "escalated": {
        "mara": "NEEDS A DECISION: .*(RITA|QUINN)",
        "quinn": "NO ANSWER|HAS NOT|COULD NOT BE TOLD|DOES NOT REACH|NO PROGRESS|OPEN SINCE|NOBODY",
    },
    "extended": {"quinn": "MORE TIME FOR RITA", "rita": "MORE TIME: ANSWER BY MON 16:00"},
    "given_back": {
        "quinn": "YOURS AGAIN: (NOTHING WAS SAID|NO ANSWER FROM RITA)",
        "rita": "GIVEN BACK TO QUINN",
    },
    "given_over": {"quinn": "ON ITS WAY TO RAVI, IN PLACE OF RITA"},
    "held": {"quinn": r"IS IT A LEAD\?"},
    "let_in": {"quinn": "READY TO HAND OVER"},
    "invite_gone": {"quinn": "NO LONGER IN RITA'S CALENDAR", "rita": "NO LONGER IN YOUR CALENDAR"},
    "invited_again": {
        "quinn": "ON ITS WAY BACK TO RITA'S CALENDAR",
        "rita": "ON ITS WAY BACK TO YOUR CALENDAR",
    },
    "time_gone_by": {"rita": "THE TIME YOU PROPOSED IS OVER|INES PRADO HAS NOT ANSWERED"},
    "kept_time": {"rita": "(QUINN|MARA) KEEPS THU 10:00"},
    "left": {"quinn": "RITA IS NO LONGER HERE"},
    "moved": {"rita": "MOVED TO FRI 10:00"},
    "not_invited": {
        "quinn": "THE INVITATION WAS NOT SENT|NOT MOVED: IT IS STILL THU 10:00",
        "rita": "THE INVITATION WAS NOT SENT|YOU CANNOT BE THERE",
    },
    "not_called_off": {"quinn": "NOT CALLED OFF IN TIME · (THE MEETING WAS CANCELLED|YOU CALLED)"},
    "not_let_in": {
        "quinn": "NOT CALLED OFF IN OUTLOOK|NOT CHANGED IN OUTLOOK|BACK FROM RITA",
        "rita": "STILL IN YOUR CALENDAR|CANCELLED|ACCEPTED",
    },
    "not_moved": {
        "quinn": "NOT MOVED: IT IS STILL THU 10:00|ACCEPTED · NOT MOVED|IT WAS NOT MOVED IN TIME",
        "rita": "NOT MOVED: IT IS STILL THU 10:00|ACCEPTED · NOT MOVED|IT WAS NOT MOVED IN TIME",
    },
    "not_sent": {"quinn": "THE INTRODUCTION WAS NOT SENT"},
    "nurture": {"rita": "NURTURE", "milo": "KEEP IN TOUCH"},
    "offered": {
        "rita": "NEW MEETING|OFFERED TO RAVI|MOVED TO FRI 10:00",
        "ravi": r"CAN YOU STAND IN FOR RITA\?",
    },
    "outlook_waits": {
        "quinn": "OUTLOOK IS NOT ANSWERING",
        "rita": "OUTLOOK IS NOT ANSWERING",
    },
    "over": {"quinn": "THE TIME HAS PASSED", "rita": "AFTER THE MEETING"},
    "proposed": {"quinn": "RITA PROPOSES ANOTHER TIME"},
    "prospect_called_off": {"quinn": "INES PRADO SAID NO", "rita": "INES PRADO SAID NO"},
    "prospect_declined": {"quinn": "INES PRADO SAID NO", "rita": "INES PRADO SAID NO"},
    "prospect_moved": {
        "quinn": "INES PRADO MOVED IT TO FRI 10:00",
        "rita": "INES PRADO MOVED IT TO FRI 10:00",
    },
    "prospect_silent": {
        "quinn": "INES PRADO HAS NOT ANSWERED|RITA WILL BE OUT OF OFFICE",
        "rita": "INES PRADO HAS NOT ANSWERED|WHO TAKES IT",
    },
    "prospect_tentative": {
        "quinn": "INES PRADO IS NOT SURE",
        "rita": "INES PRADO IS NOT SURE",
    },
    "reassigned": {
        "quinn": "ON ITS WAY TO RAVI|THE TIME HAS PASSED",
        "rita": "(OFFERED|PASSED ON) TO RAVI",
        "ravi": "ON ITS WAY|YOURS TO FOLLOW UP, FROM RITA",
    },
    "recycled": {"quinn": "BACK FROM MARKETING"},
    "reminded": {"rita": "STILL OPEN|WAITING FOR YOU SINCE", "mara": "NEEDS A DECISION"},
    "sent_back": {"quinn": "BACK FROM RITA: BRIEF IS INCOMPLETE"},
    "stalled": {"quinn": "NO PROGRESS", "rita": "NO PROGRESS|OPEN SINCE", "mara": "NO FOLLOW-UP"},
    "not_taken": {
        "quinn": "YOURS AGAIN: NOBODY TAKES IT WHILE RITA IS AWAY|RITA IS THERE AFTER ALL",
        "rita": "BACK WITH QUINN: NOBODY TOOK IT",
    },
    "talks": {"mara": "STILL WITH (RITA|QUINN)"},
    "tentative": {"quinn": "RITA IS NOT SURE YET", "rita": "TENTATIVE IS NOT YET A YES"},
    "unable": {
        "quinn": "RITA CANNOT BE THERE: ILL|RAVI CANNOT TAKE IT",
        "ravi": "YOU DO NOT STAND IN",
    },
    "unanswered": {"quinn": "NO ANSWER BEFORE IT BEGAN", "rita": "IT BEGAN WITHOUT AN ANSWER"},
    "upheld": {"quinn": "YOURS AGAIN: THE LEAD GOES ON", "rita": "A MANAGER FOUND"},
    "went": {"quinn": "DID NOT TAKE PLACE|MET"},
}
"""By what has happened last: what the first line says to each whom that concerns."""

NO_NEWS = {
    # The first word of a lead, or somebody else's own doing that asks for nothing yet.
    *("qualified", "asked_for_times", "asked_for_another_time", "kept_it", "clicked_reply"),
    *("rebooking_sent", "seen_to", "deal_found"),
    # As it should be: a line says it.
    *("introduced", "prospect_accepted", "prep_booked", "no_prep", "follow_up_booked"),
}

BUSY = re.compile("GIVE IT TO A COLLEAGUE|LOOKING|MOVE THE MEETING|IS NO LONGER FREE THEN")
"""Whoever is about to do something reads what that is."""


@pytest.fixture(scope="module")
def told(policy_in_force: Policy) -> dict[str, Story]:
    return stories(policy_in_force)


@pytest.fixture(scope="module")
def drawn(policy_in_force: Policy) -> dict[str, Card]:
    return {name: closed(card) for name, card in gallery(policy_in_force).items()}


def first_line(card: Card) -> str:
    for part in card["body"]:
        for line in part.get("items", []):
            if line.get("style") == "heading":
                return str(line["text"])
    raise AssertionError("a card without a heading")


def test_the_first_line_says_what_has_happened(
    told: dict[str, Story], drawn: dict[str, Card]
) -> None:
    seen = set()
    for name, story in told.items():
        last = story.entries[-1].what
        assert (last in SAYS) != (last in NO_NEWS), f"{name}: what does its card say of {last}?"
        for who in readers(story):
            line = first_line(drawn[f"{who}: {name}"])
            if who in SAYS.get(last, {}) and not BUSY.search(line):
                assert re.search(SAYS[last][who], line), f"{who}: {name} ({last}): {line}"
                seen.add((last, who))
    wanted = {(last, who) for last, by in SAYS.items() for who in by}
    assert wanted - seen == set(), "what no card of the gallery says"


def test_what_stands_out_further_down_is_in_the_first_line_too(
    every_card: Mapping[str, Card],
) -> None:
    """A line in the colour of attention is no news to whoever has read the first."""
    checked = 0
    for name, card in every_card.items():
        if " > " in name or "refusal" in name:  # what is wrong is no news
            continue
        if not re.search(r"\bno\. [0-9]", str(card["body"][0])):  # about no handoff
            continue
        for part in card["body"]:
            items = part.get("items") or [part]
            if items[0].get("style") == "heading":
                urgent = items[0]["color"] == "Attention"
                continue
            for line in walk(items):
                if line.get("color") == "Attention":
                    checked += 1
                    assert urgent, (name, line["text"])
    assert checked > 20


def test_the_first_button_answers_what_the_first_line_says(drawn: dict[str, Card]) -> None:
    """What stands out asks for something, and the first button is the highlighted one; where a
    manager decides between two, it leans to neither.
    """
    urgent = 0
    for name, card in drawn.items():
        heads = [part for part in card["body"] if part.get("type") == "Container"][:1]
        line = heads[0]["items"][0] if heads else {}
        if line.get("style") != "heading":
            continue
        buttons = [a for a in actions_of(card) if a["type"] != "Action.ToggleVisibility"]
        first = [a.get("style") for a in buttons]
        highlighted = [n for n, style in enumerate(first) if style == "positive"]
        for row in [card, *of(card, "ActionSet")]:
            below = [a.get("style") for a in row.get("actions", [])]
            if "positive" in below:
                assert below[0] == "positive", f"{name}: highlighted, and not the first button"
        waits = "Reading your calendars in Outlook" in str(card)  # for Baton, and asks nothing
        if first and line.get("color") == "Attention" and line["text"] != "CONTESTED" and not waits:
            urgent += 1
            assert highlighted[:1] == [0], (name, line["text"], [a["title"] for a in buttons])
    assert urgent > 20


ANSWERS = {
    "quinn: prospect silent": "Ask for a confirmation…",
    "rita: prospect silent": "Ask for a confirmation…",
    "quinn: prospect, another address": "That is Ines Prado",
    "rita: another meeting, turned down": "Choose another time…",
    "rita: another meeting, not sent": "Meet again",
    "rita: invitation gone": "Invite me again",
    "rita: accepted, invitation gone": "Invite me again",
    "quinn: invitation gone": "Invite Rita again",
    "quinn: accepted, invitation gone": "Invite Rita again",
    "rita: invited again": "Accept meeting",
    "rita: its calendar lags": "Ask Quinn to send it again",
    "rita: moved": "Accept meeting",
    "rita: moved by the prospect": "Accept meeting",
    "ravi: instead of another": "Accept meeting",
    "quinn: cannot come": "Move it",
    "quinn: sent back": "Correct and send again",
    "quinn: unanswered": "Find another time…",
    "quinn: stalled": "Give to a colleague",
    "quinn: leaving": "Change…",
    "quinn: leaving, the prospect silent": "Change…",
    "quinn: leaving, nobody takes it": "Move it",
    "quinn: leaving, there after all": "Send to Rita again…",
    "rita: leaving": "Give to Ravi",
    "rita: leaving, nobody free": "I cannot then",
    "quinn: no time": "Other days",
    "rita: accepted, introduced": "Send my reply…",
    "quinn: proposed": "Move the meeting",
}


@pytest.mark.parametrize(("name", "title"), ANSWERS.items())
def test_it_is_answered_in_the_highlighted_button(
    drawn: dict[str, Card], name: str, title: str
) -> None:
    buttons = actions_of(drawn[name])
    assert [a["title"] for a in buttons if a.get("style") == "positive"] == [title]


def test_whoever_waited_alone_is_said_to_have_and_nobody_else(drawn: dict[str, Card]) -> None:
    """Of a lead that comes back after its meeting nobody is said to have been missing."""
    alone = {name for name, card in drawn.items() if "nobody had it" in str(card)}
    assert alone == {"quinn: unanswered", "quinn: sent back, begun", "mara: sent back, begun"}
    assert first_line(drawn["quinn: sent back, begun"]).startswith("NOBODY WAS THERE · BACK FROM")
    assert first_line(drawn["quinn: unanswered"]).endswith("NO ANSWER BEFORE IT BEGAN")


def test_why_a_lead_is_back_has_words_for_both() -> None:
    assert BACK.keys() == BATON_REASONS.keys()
