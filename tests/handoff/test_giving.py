"""A lead that waits for its qualifier becomes another one's."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from handoff import answering, correcting, deciding, giving, leaving, sending
from handoff.errors import NotOfferedError
from handoff.model import Commitment, Ending
from handoff.policy import Promise
from handoff.sending import Due
from tests.conftest import person
from tests.handoff.conftest import Story


def sent_back(story: Story) -> Story:
    """Rita sent it back; Ravi and Priya, who qualifies too, are free at the time of the meeting."""
    priya = person("Priya Nair", "rep", "qualifier", managers=("helen",))
    story.people = {**story.people, "priya": priya}
    story.case = replace(story.case, people=story.people)
    story.offered()
    story.do(lambda c: answering.send_back(c, by="rita", at=story.at, reason="brief", note=""))
    free = ("priya", "ravi")
    story.do(lambda c: deciding.stand_ins_found(c, at=story.at, reps=free))
    return story


@pytest.mark.parametrize("how", ["given", "inherited"])
def test_a_qualifier_is_no_rep_of_their_own_lead(story: Story, how: str) -> None:
    sent_back(story)
    if how == "given":
        story.do(lambda c: giving.give_lead(c, by="quinn", at=story.at, to="priya"))
    else:
        left = replace(story.people["quinn"], present=False)
        story.case = replace(story.case, people={**story.people, "quinn": left})
        story.do(lambda c: leaving.settle(c, at=story.at, heirs=("priya",)))

    assert story.handoff.qualifier == "priya"
    assert story.handoff.stand_ins == ("ravi",)


def test_a_leavers_meeting_goes_to_nobody_who_qualified_the_lead(story: Story) -> None:
    sent_back(story)
    gone = replace(story.people["rita"], present=False)
    story.people = {**story.people, "rita": gone}
    story.case = replace(story.case, people=story.people)
    story.case = replace(story.case, handoff=replace(story.handoff, reason="left"))
    found = ("priya", "ravi")  # before Priya had the lead
    story.do(lambda c: giving.give_lead(c, by="quinn", at=story.at, to="priya"))

    story.do(partial(leaving.pass_on, at=story.at, reps=found))

    assert story.handoff.rep == "ravi"


@pytest.mark.parametrize(("late", "ending"), [(False, Ending.KEPT), (True, Ending.LATE)])
def test_a_manager_who_gives_an_overdue_lead_away_has_decided(
    story: Story, ending: Ending, *, late: bool
) -> None:
    sent_back(story)
    while story.handoff.owed(Promise.DECIDE) is None:
        story.until(story.owed(Promise.REWORK).rings_at or story.at)
    if late:
        story.until(story.owed(Promise.DECIDE, "mara").due_at)
        story.later(minutes=1)

    story.do(lambda c: giving.give_lead(c, by="mara", at=story.at, to="priya"))

    ends = {c.who: c.ending for c in story.handoff.commitments if c.what is Promise.DECIDE}
    assert ends["mara"] is ending
    assert all(c is not None for c in ends.values()), "nobody above has anything left to decide"
    rework = [c for c in story.handoff.commitments if c.what is Promise.REWORK]
    assert [(c.who, c.ending) for c in rework] == [("quinn", Ending.MISSED), ("priya", None)]


def test_a_lead_that_goes_to_and_fro_gains_one_clock_and_no_more(story: Story) -> None:
    """Until a manager gives it: that is a decision, with a clock of its own."""
    sent_back(story)
    first = story.owed(Promise.REWORK)
    assert first.hours
    most = story.people["quinn"].hours.after(first.due_at, first.hours)

    def give(by: str, to: str, *, left: float) -> Commitment:
        story.at = story.owed(Promise.REWORK).due_at - timedelta(minutes=left)
        story.do(lambda c: giving.give_lead(c, by=by, at=story.at, to=to))
        assert story.owed(Promise.REWORK, to).rings_at
        return story.owed(Promise.REWORK, to)

    given = [give(*who, left=20) for who in (("quinn", "priya"), ("priya", "quinn")) * 2]

    assert given[0].due_at < most
    assert [one.due_at for one in given[1:]] == [most] * 3
    assert {one.first_due_at for one in given} == {first.due_at}
    with pytest.raises(NotOfferedError, match="no time is left"):
        give("quinn", "priya", left=10)

    fresh = give("mara", "priya", left=10)
    assert fresh.due_at > most
    assert fresh.first_due_at == first.due_at
    assert give("priya", "quinn", left=20).due_at == fresh.due_at, "nor is more gained after that"


@pytest.mark.parametrize("sent", [False, True], ids=["not sent yet", "sent to a wrong address"])
def test_no_introduction_goes_out_in_the_name_of_who_had_the_lead(
    story: Story, *, sent: bool
) -> None:
    """Rita gets the same meeting again, from Priya: whoever is introduced is by her."""
    sent_back(story)
    if sent:
        story.do(lambda c: sending.sent(c, at=story.at, n=1))
    story.do(lambda c: giving.give_lead(c, by="quinn", at=story.at, to="priya"))

    lead = replace(story.handoff.lead, contact_email="prado@contoso.example")
    story.do(lambda c: correcting.fix_brief(c, by="priya", at=story.at, lead=lead))
    story.offered()

    assert story.handoff.rep == "rita"
    steps = {one.by: sending.due(story.case, one, story.at) for one in story.handoff.letters}
    assert [by for by, step in steps.items() if step is Due.SEND] == ["priya"]
