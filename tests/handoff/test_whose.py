"""What a lead that was sent back becomes is its qualifier's to say, and nobody else's."""

import re
from collections.abc import Callable
from functools import partial

import pytest

from handoff import (
    answering,
    changing,
    contest,
    correcting,
    deciding,
    giving,
    handing_over,
    outlook,
    worth,
    writing,
)
from handoff.errors import NotYoursError
from handoff.model import Decision, Search, State, Undoing
from handoff.money import whole
from handoff.routing.errors import NotAMemberError
from store.handoffs import Rule
from tests.cards.gallery import contested, hours, over, send_back, shut, stand_ins, went
from tests.handoff.conftest import LEAD, PEOPLE, Story
from tests.hour import MONDAY

SEARCH = Search(pool="emea", rep=None, type="first", minutes=30, wanted=MONDAY.date())


def rules(story: Story, by: str) -> dict[str, Rule]:
    at = story.at
    return {
        "fix_brief": partial(correcting.fix_brief, by=by, at=at, lead=LEAD),
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


OVERDUE = hours(4)
WHO_CAN: dict[str, tuple[tuple[Callable[[Story], object], ...], Callable[..., Decision], str]] = {
    "accept": ((Story.offered,), answering.accept, "the rep"),
    "invite_again": ((Story.offered,), answering.invite_again, "the rep or the qualifier"),
    "call off": ((Story.offered,), partial(changing.call_off, words=""), "the qualifier"),
    "seen_to": (
        (Story.offered, shut(Undoing.CANCEL, "quinn")),
        outlook.seen_to,
        "whoever was asked to",
    ),
    "confirm": (
        (Story.offered,),
        partial(writing.confirm, words="Yes?", start=None, to=""),
        "rep or qualifier",
    ),
    "look_for_colleague": (
        (Story.offered,),
        giving.look_for,
        "the qualifier, or a manager of theirs or the rep's,",
    ),
    "give_lead": (
        (Story.offered, send_back),
        partial(giving.give_lead, to="priya", reason=""),
        "the qualifier, or a manager of theirs or the rep's,",
    ),
    "extend_early": (
        (Story.offered,),
        partial(deciding.extend_early, n=2, hours=2, reason="Fair"),
        "a manager of whoever owes it",
    ),
    "excuse": (
        (Story.offered, OVERDUE, Story.accepted),
        partial(deciding.excuse, n=2, evidence="Ill"),
        "a manager of whoever missed it",
    ),
    "extend": (
        (Story.offered, OVERDUE),
        partial(deciding.extend, hours=2, reason="Fair"),
        "the manager who was asked to decide",
    ),
    "judge": (
        (Story.accepted, over, went, contested),
        partial(contest.judge, right=True),
        "the manager who was asked to decide",
    ),
}
"""What somebody else tries, after what, and who can do it."""


@pytest.mark.parametrize("what", WHO_CAN)
def test_whoever_tries_what_is_somebody_elses_reads_who_can_do_it(story: Story, what: str) -> None:
    before, rule, who = WHO_CAN[what]
    for one in before:
        one(story)

    with pytest.raises(NotYoursError) as refused:
        story.do(partial(rule, by="dana", at=story.at))

    assert str(refused.value) == f"Only {who} of no. 0 can do that, so nothing has changed."


def test_so_does_whoever_tries_what_is_about_no_handoff() -> None:
    kinds = [*NotYoursError.__subclasses__(), NotAMemberError]
    assert len(kinds) > 4
    for kind in kinds:
        assert re.match("Only (whose|the|members) |Handing over leads is for ", str(kind())), kind
