"""While other times of a lead that is back are looked for, its meeting stands: whoever looks reads
what becomes of it meanwhile, first.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from handoff import booking, correcting
from handoff.draft import ILL
from handoff.effects import Show
from handoff.policy import Policy
from tests.cards.gallery import (
    books_ravi,
    cannot_come,
    looks,
    moves,
    moves_to,
    no_times,
    nobody,
    others,
    outlook_refuses,
    times,
    times_of_ravi,
)
from tests.cards.test_away import reads
from tests.handoff.conftest import THURSDAY, Story
from tests.handoff.test_absence import DAY_OFF, away, free, rings

TO_RAVI = (times_of_ravi, books_ravi)
Lives = tuple[Callable[[Story], object], ...]
LOOKED: dict[str, Lives] = {
    "while calendars are read": (looks,),
    "with times": (looks, times),
    "with none": (looks, no_times),
    "to move it, while calendars are read": (moves,),
    "to move it, with times": (moves, others),
}


@pytest.fixture
def story(policy_in_force: Policy) -> Story:
    return Story(policy_in_force)


def first_lines(story: Story) -> str:
    return "\n".join([line for line in reads(story, "quinn").splitlines() if line][:8])


def a_lead_that_is_back(story: Story, looked: Lives) -> None:
    story.accepted()
    cannot_come(story)
    nobody(story)
    for step in looked:
        step(story)


@pytest.mark.parametrize("looked", LOOKED.values(), ids=LOOKED)
def test_that_the_prospect_is_to_be_told_stands_above_what_is_looked_for(
    story: Story, looked: Lives
) -> None:
    a_lead_that_is_back(story, looked)
    assert "Please call" not in reads(story, "quinn"), "there is time to find another"

    story.until(THURSDAY.start - timedelta(minutes=40))

    assert "It begins Thu 10:00. Please call or write to Ines Prado" in first_lines(story)
    assert "Now: **Thu 5 Mar, 10:00 to 10:30**" in reads(story, "quinn")


@pytest.mark.parametrize("looked", [LOOKED["with times"], LOOKED["with none"]])
def test_once_it_has_begun_that_nobody_was_there_comes_first(story: Story, looked: Lives) -> None:
    a_lead_that_is_back(story, looked)
    story.until(THURSDAY.start)
    assert "NOBODY WAS THERE" in first_lines(story)
    assert "It began Thu 10:00, and nobody had it. Please call" in first_lines(story)
    assert "Now:" not in reads(story, "quinn")


@pytest.mark.parametrize("looked", LOOKED.values(), ids=LOOKED)
def test_what_its_rep_says_meanwhile_is_the_first_line(story: Story, looked: Lives) -> None:
    story.accepted()
    away(story, DAY_OFF)
    free(story)
    story.until(rings(story)[0])
    for step in looked:
        step(story)
    assert "AFTER ALL" not in reads(story, "quinn")

    away(story)
    assert "RITA IS THERE AFTER ALL" in first_lines(story)
    assert "Rita is away no more at that time." in first_lines(story)

    story.outlook("accepted", at=story.at + timedelta(minutes=1))
    assert "RITA HAS ACCEPTED SINCE" in first_lines(story)


@pytest.mark.parametrize("before", [3, 12, 19])
def test_of_who_falls_ill_minutes_before_it_the_qualifier_reads_whom_to_call(
    story: Story, before: int
) -> None:
    """It is too late for it to go back."""
    story.accepted()
    story.until(THURSDAY.start - timedelta(minutes=before))
    away(story, DAY_OFF)
    assert rings(story) == []
    assert "quinn" in story.alerted()
    line = "It begins Thu 10:00, and nobody has it yet. Please call or write to Ines Prado."
    assert line in reads(story, "quinn")


def test_what_outlook_refuses_is_read_also_where_other_times_had_been_looked_for(
    story: Story,
) -> None:
    """It was sent to Rita again from an older card."""
    a_lead_that_is_back(story, LOOKED["with times"])
    story.do(partial(correcting.fix_brief, by="quinn", at=story.at, lead=story.handoff.lead))
    assert story.handoff.meeting
    event = story.handoff.meeting.organizer_event
    why = "Outlook refused the invitation"
    story.do(partial(booking.not_invited, at=story.at, why=why, event=event))

    assert "YOURS AGAIN: RITA HAS NO INVITATION" in first_lines(story)
    assert why in reads(story, "quinn")


def test_who_declines_since_reads_no_more_that_it_is_in_their_calendar(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    free(story)
    story.until(rings(story)[0])
    assert "It is in your calendar until Quinn has decided" in reads(story, "rita")

    story.outlook("declined", at=story.at + timedelta(minutes=1))

    assert "It is in your calendar" not in reads(story, "rita")
    assert "rita" in {one.person for one in story.effects if isinstance(one, Show)}


@pytest.mark.parametrize("looked", ["with the same rep", "with another"])
def test_a_move_that_outlook_refuses_leaves_the_lead_as_it_was_and_says_so(
    story: Story, looked: str
) -> None:
    """Rita was ill at its time, and would be again; nobody is asked for that by the first tap."""
    steps = (moves, others, moves_to) if looked == "with the same rep" else (looks, *TO_RAVI)
    a_lead_that_is_back(story, steps)
    outlook_refuses(story)

    handoff = story.handoff
    assert (handoff.rep, handoff.reason) == ("rita", ILL)
    assert handoff.meeting
    assert handoff.meeting.span == THURSDAY
    assert "NOT MOVED: IT IS STILL THU 10:00" in first_lines(story)
    assert "Rita cannot be there: ill" in reads(story, "quinn")
    assert "Outlook refused the invitation" in reads(story, "quinn")
    assert "send again" not in reads(story, "quinn")
    assert "Move it" in reads(story, "quinn")


def test_after_a_refused_move_a_yes_since_is_read(
    story: Story,
) -> None:
    a_lead_that_is_back(story, (moves, others, moves_to))
    outlook_refuses(story)
    story.outlook("accepted", at=story.at + timedelta(minutes=1))
    assert "Rita has accepted in Outlook since." in reads(story, "quinn")
    assert "NOT MOVED" not in first_lines(story)
    assert "yes_since" not in reads(story, "quinn")


def test_after_a_refused_move_who_is_there_after_all_is_read(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    free(story)
    story.until(rings(story)[0])
    for step in (moves, others, moves_to):
        step(story)
    outlook_refuses(story)

    away(story)

    assert "RITA IS THERE AFTER ALL" in first_lines(story)
