"""Figures as people read them: in a cell of a table, on a card, in a mail. Pure."""

from collections.abc import Mapping

from cards.view import BATON_REASONS
from cards.words import amount
from handoff.draft import COULD_NOT
from handoff.figures import FEW, Figure, Share, Spread, Unit, Value
from handoff.money import Money
from handoff.policy import Policy

TOO_FEW = "not shown"
WHY_TOO_FEW = (
    "Not shown: it is about too few people, or would tell something about too few by what is left."
)
NOTHING = "–"
MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds


def cause(policy: Policy, code: str) -> str:
    """Why a lead went back or was lost, by its *code*. What a policy says is not inert."""
    own = {COULD_NOT: "The rep could not be there", **BATON_REASONS}
    return policy.reasons.get(code) or policy.lost.get(code) or own.get(code, code)


def told(figure: Figure, value: Value | None, zone: str) -> str:
    """What *figure* comes to; *zone* is the reader's, where amounts are written their way."""
    match value:
        case None:
            return TOO_FEW
        case int():
            return f"{value:,}"
        case Share():
            return share(value, per_hundred=figure.unit is Unit.PER_HUNDRED)
        case Spread():
            return spread(value, working=figure.unit is Unit.WORKING)
        case Mapping():
            return money(value, zone)


def share(value: Share, *, per_hundred: bool = False) -> str:
    if value.bottom == 0:
        return NOTHING
    if not per_hundred:
        return value.told
    if value.bottom < FEW:
        return f"{value.top}, with {value.bottom} handed over"
    return f"{100 * value.top / value.bottom:.1f} per 100 ({value.top} of {value.bottom})"


def spread(value: Spread, *, working: bool) -> str:
    if value.n == 0:
        return NOTHING
    most = lasting(value.p90, working=working)
    if value.n == 1:
        return f"{most}, once"
    return f"half within {lasting(value.median)}, nine of ten within {most}"


def money(value: Mapping[str, int], zone: str) -> str:
    """Each in its own currency."""
    said = [amount(Money(minor, currency), zone) for currency, minor in sorted(value.items())]
    return " and ".join(said) or NOTHING


def lasting(seconds: int, *, working: bool = False) -> str:
    """45 seconds, 12 minutes, 3.5 working hours, 4 days"""
    about = "working " if working else ""
    if seconds >= 2 * DAY and not working:
        return f"{round(seconds / DAY, 1):g} days"
    if seconds >= 2 * HOUR:
        return f"{round(seconds / HOUR, 1):g} {about}hours"
    count, unit = (seconds, "second") if seconds < MINUTE else (round(seconds / MINUTE), "minute")
    return f"{count} {about}{unit}{'s' * (count != 1)}"
