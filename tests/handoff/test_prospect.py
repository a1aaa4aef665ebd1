"""A meeting is near and its prospect has not said a word."""

import pytest

from handoff import outlook
from handoff.effects import CancelMeeting, FindTimes, Show
from handoff.model import Ending, State
from handoff.policy import Promise
from handoff.prospect import chose_it
from tests.cards.gallery import day_before, others, prospect_looks, prospect_moves_to, prospect_says
from tests.handoff.conftest import THURSDAY, Story


def test_whoever_invited_a_silent_prospect_is_alerted_and_the_rep_sees_it(story: Story) -> None:
    story.accepted()

    day_before(story)

    assert story.said()[-1] == "prospect_silent"
    assert story.alerted() == {"quinn"}
    shown = {one.person for one in story.effects if isinstance(one, Show)}
    assert shown == {"quinn", "rita"}


def test_of_a_prospect_who_has_answered_nobody_is_alerted(story: Story) -> None:
    story.accepted()
    prospect_says("accepted")(story)

    day_before(story)

    assert "prospect_silent" not in story.said()
    assert "quinn" not in story.alerted()


@pytest.mark.parametrize("answered", [False, True])
def test_a_no_stops_every_clock_that_waits_for_the_meeting(story: Story, answered: bool) -> None:
    """Whether the rep had said yes or not: the qualifier owes a new time, the rep nothing."""
    story.accepted() if answered else story.offered()

    prospect_says("declined")(story)

    handoff = story.handoff
    assert [c.what for c in handoff.commitments if c.open] == [Promise.BOOK]
    assert (story.state, handoff.owner, handoff.meeting) == (State.QUALIFIED, "quinn", None)
    assert list(handoff.reservations) == []
    assert handoff.search
    assert (handoff.search.rep, handoff.search.found) == ("rita", None)
    assert story.jobs() >= {CancelMeeting, FindTimes}
    assert story.alerted() == {"quinn", "rita"}
    ended = {c.ending for c in handoff.commitments if c.what is Promise.ANSWER}
    assert ended == {Ending.KEPT if answered else Ending.RELEASED}


def test_a_time_of_outlooks_that_the_rep_cannot_keep_is_not_the_prospects(story: Story) -> None:
    story.accepted()
    for step in (prospect_looks, others, prospect_moves_to):
        step(story)
    assert chose_it(story.handoff)
    story.do(lambda case: outlook.moved_onto(case, at=story.at, span=THURSDAY))
    assert story.state is State.SENT_BACK
    assert not chose_it(story.handoff)
