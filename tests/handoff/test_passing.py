"""Nobody answered, and the policy passes it on: never back, so often at most; who is invited."""

from dataclasses import replace
from functools import partial

import pytest

from handoff import passing
from handoff.money import Money, whole
from handoff.policy import Promise
from tests.handoff.conftest import Story


def passes(story: Story, *, hops: int = 2) -> Story:
    """The policy passes an unanswered meeting on so often."""
    routing = replace(story.policy.routing, breach_reassigns=True, hops=hops)
    story.policy = replace(story.policy, routing=routing)
    story.case = replace(story.case, policy=story.policy)
    return story


def unanswered(story: Story, *free: str) -> None:
    """It was not answered in time; *free* are those who could take it instead, in turn."""
    due = story.owed(Promise.ANSWER).due_at
    while story.at < due:
        rings = story.owed(Promise.ANSWER).rings_at
        assert rings
        story.until(rings)
    story.do(partial(passing.pass_on, at=story.at, reps=free))


def test_what_nobody_answers_never_goes_back_to_who_had_it(story: Story) -> None:
    passes(story, hops=5).offered()

    unanswered(story, "rita", "ravi")
    assert story.handoff.rep == "ravi"
    unanswered(story.offered(), "rita", "ravi", "quinn", "helen")
    assert story.handoff.rep == "helen", "not to Rita, who had it first, nor to the qualifier"

    unanswered(story.offered(), "rita", "ravi", "quinn")

    assert story.handoff.rep == "helen"
    assert story.owed(Promise.ANSWER, "helen").rings_at, "nobody is left, nor is a manager of hers"


def test_it_is_passed_on_so_often_at_most_and_then_a_manager_decides(story: Story) -> None:
    passes(story, hops=1).offered()
    unanswered(story, "ravi", "helen")
    assert story.handoff.rep == "ravi"

    unanswered(story.offered(), "helen")

    assert story.handoff.rep == "ravi", "Helen is free, and yet"
    assert story.owed(Promise.DECIDE).who == "mara"


@pytest.mark.parametrize(
    ("worth", "invited"),
    [
        (Money(9_999_999, "EUR"), False),
        (whole(100_000, "EUR"), True),
        (whole(100_001, "EUR"), True),
        (whole(900_000, "USD"), False),
        (None, False),
    ],
)
def test_a_leader_is_due_from_the_very_value_on(
    story: Story, worth: Money | None, *, invited: bool
) -> None:
    due = passing.leader_of(worth, story.policy)

    assert (due is not None) == invited
