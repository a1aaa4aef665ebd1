"""What of a deal is wanted in the company's CRM, by the policy, and is empty or stale there. Pure.

Whoever has the deal is asked for one field at a time, and what they enter is written there, unless
somebody has changed it meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from handoff.draft import Draft
from handoff.model import Case, DealState, Decision, Outcome, State
from handoff.policy import DealField, Want

A_DAY = timedelta(days=1)
ANYWHERE = timedelta(hours=12)  # for so long after a day in UTC it is that day somewhere still


class Lacks(StrEnum):
    """Why a field is asked for."""

    EMPTY = "empty"  # nothing stands there
    PAST = "past"  # of a day: it is over, and the deal is open
    OLD = "old"  # nobody has changed it, or said that it is so still, for as long as the policy has


class Became(StrEnum):
    """What became of what was asked for."""

    WRITTEN = "written"  # as it was entered here
    THERE = "there"  # somebody has entered it there
    CHANGED = "changed"  # … while what was entered here was on its way: theirs stays
    REFUSED = "refused"  # by the CRM, in its own words; it is asked for anew
    GONE = "gone"  # the deal is no more
    LEFT = "left"  # it is wanted no more, or of somebody else


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One field that is wanted."""

    field: DealField
    why: Lacks
    was: str  # what stands there, as the CRM writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one person, or a manager of theirs, is asked for."""

    id: UUID
    handoff: UUID
    deal: str  # its id in the CRM
    field: DealField
    why: Lacks
    was: str
    currency: str  # of an amount; empty where nobody knows
    choices: tuple[tuple[str, str], ...]  # of a stage: ids and names
    who: str  # who was asked first: Entra object id
    asked_at: datetime
    refused: str = ""  # what the CRM said of what was entered before
    value: str | None = None  # what was entered, as a machine writes it
    said_by: str | None = None
    said_at: datetime | None = None
    became: Became | None = None  # None while it is open

    @property
    def waits(self) -> bool:
        """Whether nobody has entered anything yet, and somebody should."""
        return self.value is None and self.became is None


def whose(case: Case) -> str | None:
    """Who is asked of the deal of that handoff: its rep, once they have taken it on, while the deal
    goes on. None where nobody is.
    """
    handoff = case.handoff
    going = handoff.state in (State.ACCEPTED, State.FOLLOWING)
    sold = handoff.state is State.ENDED and handoff.outcome is Outcome.OPPORTUNITY
    rep = case.people.get(handoff.rep or "")
    if rep is None or not rep.present or not (going or sold):
        return None
    deal = handoff.deal
    return rep.id if deal is not None and deal.state is DealState.OPEN else None


def lacking(
    stage: str,
    fields: Mapping[DealField, str],
    set_at: Mapping[DealField, datetime],
    wants: Iterable[Want],
    *,
    at: datetime,
) -> Iterator[Lack]:
    """What of a deal at that *stage* is wanted and is not there, in the order of the policy, each
    field once. Of what was *set_at* no known time it is not known whether it is stale.
    """
    seen = set[DealField]()
    for want in wants:
        if want.field in seen or (want.stages and stage not in want.stages):
            continue
        was = fields.get(want.field, "").strip()
        since = set_at.get(want.field)
        why = None
        if not was:
            why = Lacks.EMPTY
        elif want.field is DealField.CLOSE_DATE and _is_past(was, at):
            why = Lacks.PAST
        elif want.days and since and at - since >= want.days * A_DAY:
            why = Lacks.OLD
        if why is not None:
            seen.add(want.field)
            yield Lack(field=want.field, why=why, was=was)


def same(field: DealField, one: str, other: str) -> bool:
    """Whether both say the same, however a CRM writes it: 48000 is 48000.00, and a day is any
    moment of it.
    """
    one, other = one.strip(), other.strip()
    if one == other:
        return True
    match field:
        case DealField.AMOUNT:
            amounts = _amount(one), _amount(other)
            return None not in amounts and amounts[0] == amounts[1]
        case DealField.CLOSE_DATE:
            days = day_of(one), day_of(other)
            return None not in days and days[0] == days[1]
        case _:
            return False


def day_of(written: str) -> date | None:
    """The day of a moment, or of a day, as a CRM writes it, in UTC; None for anything else."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return at.astimezone(UTC).date() if at.tzinfo else at.date()


def entered(case: Case, *, by: str, at: datetime, field: DealField) -> Decision | None:
    """Somebody who was asked has entered that *field*: whoever reads the handoff sees who. What
    they entered stands in the CRM.
    """
    draft = Draft(case, at=at, by=by, rule="deal_field")
    draft.say("deal_entered", field=field.value)
    return draft.decision()


def _is_past(written: str, at: datetime) -> bool:
    """Whether that day is over wherever anybody is."""
    day = day_of(written)
    return day is not None and day < (at - ANYWHERE).astimezone(UTC).date()


def _amount(written: str) -> Decimal | None:
    try:
        return Decimal(written)
    except InvalidOperation:
        return None
