"""What of a deal is wanted and is not there: pure."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff.crm_asks import Lacks, lacking, same
from handoff.policy import DealField, Want

AT = datetime(2026, 3, 31, 9, tzinfo=UTC)
AMOUNT, CLOSE, STAGE, NEXT = DealField
WANTS = (
    Want(field=NEXT, days=7),
    Want(field=CLOSE, stages=("sent",)),
    Want(field=AMOUNT),
    Want(field=STAGE, days=21),
)


def found(fields: dict[str, str], stage: str = "sent", *, days: int = 0) -> dict[str, str]:
    known = {DealField(name): value for name, value in fields.items()}
    since = dict.fromkeys(known, AT - timedelta(days=days))
    lacks = lacking(stage, known, since, WANTS, at=AT)
    return {one.field.value: one.why.value for one in lacks}


def test_what_is_empty_is_asked_for_in_the_order_of_the_policy_at_the_stages_it_names() -> None:
    assert list(found({})) == ["next_step", "close_date", "amount", "stage"]
    assert list(found({}, "open")) == ["next_step", "amount", "stage"]
    whole = {"next_step": "Call", "close_date": "2026-04-01", "amount": "0", "stage": "sent"}
    assert found(whole) == {}
    assert found(whole, days=6) == {}
    assert found(whole, days=7) == {"next_step": Lacks.OLD}
    assert found(whole, days=400) == {"next_step": Lacks.OLD, "stage": Lacks.OLD}
    assert found(whole | {"next_step": "  "}) == {"next_step": Lacks.EMPTY}


def test_of_what_nobody_knows_when_it_was_set_nobody_says_that_it_is_old() -> None:
    known = {NEXT: "Call", AMOUNT: "1", STAGE: "sent"}
    assert list(lacking("open", known, {}, WANTS, at=AT)) == []


@pytest.mark.parametrize(
    ("day", "is_past"),
    [
        ("2026-03-31", False),
        ("2026-03-30", True),
        ("2026-03-31T00:00:00Z", False),
        ("2026-03-30T23:59:59.000Z", True),
        ("soon", False),
    ],
)
def test_a_day_is_past_once_it_is_over_everywhere(day: str, is_past: bool) -> None:
    at = AT.replace(hour=12)
    lacks = lacking("sent", {CLOSE: day}, {}, [Want(field=CLOSE)], at=at)
    assert [one.why for one in lacks] == ([Lacks.PAST] if is_past else [])
    early = lacking("sent", {CLOSE: day}, {}, [Want(field=CLOSE)], at=at.replace(hour=11))
    assert list(early) == [], "it is the 30th still in Hawaii"


@pytest.mark.parametrize(
    ("field", "one", "other", "is_same"),
    [
        (AMOUNT, "48000", "48000.00", True),
        (AMOUNT, "48000", "4.8E4", True),
        (AMOUNT, "48000", "48001", False),
        (AMOUNT, "", "0", False),
        (AMOUNT, "much", "more", False),
        (CLOSE, "2026-03-31", "2026-03-31T10:00:00Z", True),
        (CLOSE, "2026-03-31", "2026-04-01T10:00:00Z", False),
        (CLOSE, "", "2026-04-01", False),
        (NEXT, "Call them ", "Call them", True),
        (NEXT, "Call them", "call them", False),
        (STAGE, "1", "1.0", False),
    ],
)
def test_what_is_the_same_however_a_crm_writes_it(
    field: DealField, one: str, other: str, is_same: bool
) -> None:
    assert same(field, one, other) is same(field, other, one) is is_same
