"""A meeting is near and its prospect has not said a word."""

from handoff.effects import Show
from tests.cards.gallery import day_before, prospect_says
from tests.handoff.conftest import Story


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
