"""What a lead that was sent back becomes is its qualifier's to say, and nobody else's."""

from functools import partial

import pytest

from handoff import handing_over, worth
from handoff.errors import NotYoursError
from handoff.model import Search, State
from handoff.money import whole
from store.handoffs import Rule
from tests.cards.gallery import send_back, stand_ins
from tests.handoff.conftest import LEAD, PEOPLE, Story
from tests.hour import MONDAY

SEARCH = Search(pool="emea", rep=None, type="first", minutes=30, wanted=MONDAY.date())


def rules(story: Story, by: str) -> dict[str, Rule]:
    at = story.at
    return {
        "fix_brief": partial(handing_over.fix_brief, by=by, at=at, lead=LEAD),
        "give_to": partial(handing_over.give_to, by=by, at=at, rep="ravi"),
        "mend_worth": partial(worth.mend, by=by, at=at, worth=whole(9, "EUR")),
        "find_times": partial(handing_over.look_for_times, by=by, at=at, search=SEARCH),
    }


@pytest.mark.parametrize("who", sorted(PEOPLE.keys() - {"quinn"}))
@pytest.mark.parametrize("verb", ["fix_brief", "give_to", "find_times", "mend_worth"])
def test_nobody_but_the_qualifier_decides_what_becomes_of_it(
    story: Story, verb: str, who: str
) -> None:
    """Neither the rep who sent it back, nor who would get it, nor a manager."""
    story.offered()
    send_back(story)
    stand_ins(story)
    before = story.case

    with pytest.raises(NotYoursError):
        story.do(rules(story, who)[verb])

    assert story.case == before
    assert story.do(rules(story, "quinn")[verb]), "whose it is may"


@pytest.mark.parametrize("who", sorted(PEOPLE.keys() - {"quinn"}))
def test_nor_does_anybody_else_look_for_times_of_a_new_lead(story: Story, who: str) -> None:
    with pytest.raises(NotYoursError):
        story.do(rules(story, who)["find_times"])

    assert story.state is State.QUALIFIED
