"""Which deal of the CRM is a lead's, how it counts, and what is otherwise here."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from uuid import UUID

import pytest

from handoff import answering, deals
from handoff.deals import Beside, amount_of, belongs_to, counts_as, differs
from handoff.errors import MovedOnError, NotYoursError
from handoff.model import Deal, DealState, Handoff, Outcome
from handoff.money import Money
from tests.handoff.conftest import Story
from tests.hour import MONDAY

OPEN, WON, LOST = DealState
A_DAY = timedelta(days=1)


def lead(n: int, contact: str, begun: datetime, over: datetime | None = None) -> Beside:
    return Beside(handoff=UUID(int=n), number=n, contact=contact, begun=begun, over=over)


def a_deal(id: str, state: DealState = OPEN, **more: object) -> Deal:
    values = {"made_at": MONDAY, "stage": "sent", "stage_name": "Sent", **more}
    return Deal(id=id, state=state, **values)  # type: ignore[arg-type]  # checked by name


def test_a_deal_is_the_last_leads_that_had_come_in_whoever_is_looked_at_first() -> None:
    leads = [
        lead(1, "ines", MONDAY),
        lead(2, "omar", MONDAY + A_DAY),
        lead(3, "ines", MONDAY + 3 * A_DAY),
        lead(4, "ines", MONDAY + 3 * A_DAY),
    ]
    for order in permutations(leads):
        of = partial(belongs_to, leads=order)
        assert of({"ines"}, MONDAY - A_DAY) is None, "it was there before"
        assert of({"ines"}, MONDAY) == UUID(int=1)
        assert of({"ines", "omar"}, MONDAY + 2 * A_DAY) == UUID(int=2)
        assert of({"ines", "omar"}, MONDAY + 4 * A_DAY) == UUID(int=4)
        assert of({"ana"}, MONDAY + 4 * A_DAY) is None


def test_a_lead_that_was_over_without_a_deal_has_none_that_is_made_after_it() -> None:
    """Where no other has come in, it is worked on after all."""
    leads = [
        lead(1, "ines", MONDAY),
        lead(2, "ines", MONDAY + A_DAY, MONDAY + 2 * A_DAY),
        lead(3, "omar", MONDAY, MONDAY + A_DAY),
    ]
    for order in permutations(leads):
        of = partial(belongs_to, leads=order)
        assert of({"ines"}, MONDAY + 3 * A_DAY) == UUID(int=1)
        assert of({"ines"}, MONDAY + 2 * A_DAY - timedelta(hours=1)) == UUID(int=2)
        assert of({"omar"}, MONDAY + 3 * A_DAY) == UUID(int=3)


def test_a_stage_counts_as_the_policy_maps_it_else_as_the_crm_says() -> None:
    mapped = {"sent": "won", "gone": "lost", "asked": "negotiation", "again": "open"}
    assert counts_as("sent", OPEN, mapped) is WON
    assert counts_as("gone", WON, mapped) is LOST
    assert counts_as("asked", LOST, mapped) is OPEN
    assert counts_as("again", WON, mapped) is OPEN
    assert counts_as("closedwon", WON, mapped) is WON


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("48000", "EUR", Money(4_800_000, "EUR")),
        ("1500.505", "EUR", Money(150_050, "EUR")),
        ("1500.5", "JPY", Money(1_500, "JPY")),
        ("0", "USD", Money(0, "USD")),
        ("", "EUR", None),
        ("much", "EUR", None),
        ("NaN", "EUR", None),
        ("1e40", "EUR", None),
        ("-5", "EUR", None),
        ("48000", "", None),
        ("48000", "Euro", None),
    ],
)
def test_an_amount_is_read_as_a_machine_writes_it_or_not_at_all(
    written: str, currency: str, amount: Money | None
) -> None:
    assert amount_of(written, currency) == amount


def test_one_deal_is_known_and_of_several_none_until_somebody_says(story: Story) -> None:
    story.accepted()
    read = partial(deals.read, at=story.at)
    one, two = a_deal("1", amount=Money(100, "EUR")), a_deal("2", amount=Money(900, "EUR"))

    assert story.do(partial(read, deals=[two, one]))
    assert story.handoff.deal is None
    assert [d.id for d in deals.asked(story.handoff)] == ["1", "2"]
    assert not story.do(partial(read, deals=[one, two])), "nothing has changed"

    story.do(partial(deals.choose, by="rita", at=story.at, deal="2"))
    assert story.handoff.worth == Money(900, "EUR")
    assert deals.asked(story.handoff) == ()
    story.do(partial(read, deals=[one]))
    assert story.handoff.deal is None, "the one that was ruled out is not taken for want of another"
    assert story.handoff.worth == story.handoff.lead.value
    story.do(partial(read, deals=[one, a_deal("3")]))
    assert story.handoff.deal_id == "3", "it is the only one left"
    assert story.handoff.worth == story.handoff.lead.value, "it has no amount"
    story.do(partial(read, deals=[]))
    assert [(one.id, one.gone) for one in story.handoff.deals] == [("1", True)]
    assert (deals.may_choose(story.handoff, "rita"), story.handoff.deal_id) == ((), None)
    with pytest.raises(MovedOnError):
        story.do(partial(deals.choose, by="rita", at=story.at, deal="1"))
    story.do(partial(read, deals=[one]))
    assert story.handoff.deal is None, "it is back, and ruled out as before"
    assert [one.id for one in deals.may_choose(story.handoff, "rita")] == ["1"]
    assert [e.what for e in story.entries if e.what.startswith("deal")] == [
        "deal_said",
        "deal_gone",
        "deal_found",
        "deal_gone",
    ]


def test_a_deal_that_stands_alone_may_be_said_to_be_none_of_the_leads(story: Story) -> None:
    """A renewal, say. Only whoever has the lead says so, and it is not taken again."""
    story.accepted()
    renewal = a_deal("1", amount=Money(900, "EUR"))
    story.do(partial(deals.read, at=story.at, deals=[renewal]))
    assert story.handoff.worth == Money(900, "EUR")

    with pytest.raises(NotYoursError):
        deals.choose(story.case, by="quinn", at=story.at, deal=deals.NONE)
    story.do(partial(deals.choose, by="rita", at=story.at, deal=deals.NONE))

    assert (story.handoff.deal, story.handoff.worth) == (None, story.handoff.lead.value)
    assert not story.do(partial(deals.read, at=story.at, deals=[replace(renewal, ruled_out=True)]))
    again = partial(deals.choose, by="rita", at=story.at, deal=deals.NONE)
    assert not story.do(again), "said twice is said once"
    story.do(partial(deals.read, at=story.at, deals=[renewal, a_deal("2")]))
    assert story.handoff.deal_id == "2"


def test_who_has_sent_the_lead_back_says_no_more_which_deal_is_its(story: Story) -> None:
    story.accepted()
    story.do(partial(deals.read, at=story.at, deals=[a_deal("1"), a_deal("2")]))
    assert deals.may_choose(story.handoff, "rita")
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note=""))

    choose = partial(deals.choose, at=story.at, deal="2")
    assert not deals.may_choose(story.handoff, "rita")
    with pytest.raises(NotYoursError):
        story.do(partial(choose, by="rita"))
    assert deals.may_choose(story.handoff, "quinn")
    story.do(partial(choose, by="quinn"))
    assert story.handoff.deal_id == "2"


def test_what_is_said_here_and_stands_there_is_compared(story: Story) -> None:
    story.accepted()
    found = {
        (here, state.value): differs(_with(story, here, state)) != ""
        for here in (None, *Outcome)
        for state in DealState
    }
    agree = {key for key, otherwise in found.items() if not otherwise}
    ended = (Outcome.LOST, Outcome.NO_NEED, Outcome.NO_SHOW, Outcome.NOT_REACHABLE, Outcome.CLOSED)
    assert agree == {
        (None, "open"),
        (Outcome.OPPORTUNITY, "open"),
        (Outcome.WON, "won"),
        *((one, "lost") for one in ended),
        *((Outcome.OBJECTED, state.value) for state in DealState),
    }


def _with(story: Story, here: Outcome | None, state: DealState) -> Handoff:
    return replace(story.handoff, outcome=here, deals=(a_deal("1", state),), deal_id="1")
