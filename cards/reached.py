"""Whether someone is reached in Teams: the same line for themselves and for their manager. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cards import words
from cards.elements import plain
from handoff.model import Person

RECENT = timedelta(days=14)  # that a card which was not taken is still spoken of, once others are


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What Teams and Outlook took for somebody. None for what has not happened."""

    failing_at: datetime | None  # since when Teams takes no card; None while it does
    failed_at: datetime | None
    why: str | None
    mailed_at: datetime | None
    unmailed_at: datetime | None


def reached_line(who: Person, reached: Reached, *, viewer: Person, at: datetime) -> str | None:
    """Since when Teams takes no card for *who*, why, and what came instead. None if all is well."""
    name, first = plain(who.name), plain(who.first_name)
    zone = viewer.zone
    if reached.failing_at is None:
        if reached.failed_at is None or at - reached.failed_at > RECENT:
            return None
        when = words.when(reached.failed_at, zone)
        return f"Teams did not take a card for {name} on {when}. It takes them again."
    since = words.when(reached.failing_at, zone)
    why = f": {first} {plain(reached.why)}" if reached.why else ""
    if reached.unmailed_at:
        instead = "No mail reaches them either. What nobody could tell them of is not late."
    elif reached.mailed_at and reached.mailed_at >= reached.failing_at:
        instead = f"Told by mail on {words.when(reached.mailed_at, zone)}."
    else:
        instead = "Nothing had to be told by mail so far."
    return f"Teams has not taken a card for {name} since {since}{why}. {instead}"
