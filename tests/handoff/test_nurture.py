"""Not now: marketing has the lead by a promise with a clock, and it comes back as it was."""

from functools import partial

import pytest

from handoff import answering, ending, nurture
from handoff.effects import CancelMeeting
from handoff.errors import MovedOnError, NotYoursError
from handoff.model import Ending, Outcome, State
from handoff.policy import Promise
from tests.handoff.conftest import LEAD, PEOPLE, Story

UNFIT = "fit is 0 of the 40 points that the policy asks for"
COLD = "interest is 0 of the 10 points that the policy asks for"


def nurtured(story: Story) -> Story:
    story.offered()
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note=""))
    story.do(partial(nurture.nurture, by="quinn", at=story.at, marketer="milo"))
    return story


def test_marketing_has_it_with_a_clock_and_nobody_else_owes_anything(story: Story) -> None:
    nurtured(story)

    handoff = story.handoff
    assert (story.state, handoff.owner, handoff.qualifier) == (State.NURTURED, "milo", "quinn")
    assert [(c.what, c.who) for c in handoff.commitments if c.open] == [(Promise.NURTURE, "milo")]
    assert CancelMeeting in story.jobs()
    assert story.alerted() == {"milo"}
    assert handoff.last(Promise.REWORK).ending is Ending.KEPT  # type: ignore[union-attr]


def test_it_comes_back_to_its_qualifier_the_same_lead(story: Story) -> None:
    nurtured(story)

    story.do(partial(nurture.recycle, by="milo", at=story.at))

    assert (story.state, story.handoff.owner) == (State.QUALIFIED, "quinn")
    assert story.handoff.lead == LEAD
    assert story.owed(Promise.BOOK).who == "quinn"
    assert story.alerted() == {"quinn"}
    kept = story.handoff.last(Promise.NURTURE)
    assert kept
    assert kept.ending is Ending.KEPT


def test_who_has_been_in_touch_looks_again_by_a_new_clock(story: Story) -> None:
    nurtured(story)
    first = story.owed(Promise.NURTURE)
    story.until(first.alarms[0].at)
    assert story.alerted() == {"milo"}

    story.do(partial(nurture.keep_in_touch, by="milo", at=story.at))

    assert story.owed(Promise.NURTURE).due_at > first.due_at


def test_a_marketer_who_does_not_look_again_is_passed_up(story: Story) -> None:
    nurtured(story)

    story.until(story.owed(Promise.NURTURE).due_at)

    assert story.owed(Promise.DECIDE).who == "helen"
    assert story.alerted() >= {"milo", "quinn", "helen"}


def test_only_who_has_it_decides_and_ends_it_by_a_code(story: Story) -> None:
    nurtured(story)
    for rule in (nurture.recycle, nurture.keep_in_touch):
        with pytest.raises(NotYoursError):
            story.do(partial(rule, by="quinn", at=story.at))

    story.do(partial(ending.end, by="milo", at=story.at, outcome=Outcome.NOT_REACHABLE))

    assert (story.state, story.handoff.ended_by) == (State.ENDED, "milo")
    assert story.alerted() == {"quinn"}
    with pytest.raises(MovedOnError):
        story.do(partial(nurture.recycle, by="milo", at=story.at))


def test_a_lead_without_interest_keeps_its_qualifier(story: Story) -> None:
    story.begin(below=COLD, marketer=PEOPLE["milo"])

    assert (story.state, story.handoff.owner) == (State.NURTURED, "milo")
    assert story.handoff.qualifier == "quinn"
    story.do(partial(nurture.recycle, by="milo", at=story.at))
    assert story.owed(Promise.BOOK).who == "quinn"


def test_the_queue_of_what_does_not_fit_has_a_clock_of_its_own_that_is_passed_up(
    story: Story,
) -> None:
    story.begin(below=UNFIT)
    assert [c.what for c in story.handoff.commitments] == [Promise.FIT]

    story.until(story.owed(Promise.FIT).due_at)

    assert story.owed(Promise.DECIDE).who == "mara"
