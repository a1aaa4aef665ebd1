"""Whose facts, of which time and which parts of them, as PostgreSQL is asked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from handoff.figures import Period, Those
from handoff.scope import By, Ground, Kind, Scope

OF_LEADS = (
    "'begun', 'handed_over', 'accepted', 'met', 'opportunity', 'won', 'ended', 'went', "
    "'sent_back', 'fell_through'"
)
"""What is as much the qualifier's who handed over as the rep's. As in the index on it."""

GROUNDS: Mapping[Kind, str] = {
    Kind.PERSON: f"(who = %(which)s or qualifier = %(which)s and what in ({OF_LEADS}))",
    Kind.TEAM: "team = %(which)s",
    Kind.LEADERS: "who = any(%(teams)s)",
    Kind.BELOW: "team = any(%(teams)s) and %(which)s in ('', region)",
    Kind.REGION: "region = %(which)s",
    Kind.POOL: "pool = %(which)s",
    Kind.CAMPAIGN: "campaign = any(case when %(which)s = '' then %(campaigns)s::text[] else array("
    "select unnest(array[code_key, name_key]) from campaign where %(which)s in (code_key, name_key)"
    ") || %(which)s::text end)",
    Kind.ORGANISATION: "true",
}
IN_TIME = "at >= %(since)s and at < %(until)s and known_at <= %(known)s"
WEEK = """to_char({of}, 'IYYY-"W"IW')"""
WEEK_OF_FACT = WEEK.replace("{of}", "at at time zone 'utc'")
ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)
ONE = "handoff, pledge, n, what, at, who, code, reason"  # what one thing that counts is known by
CAMPAIGN = """coalesce(
    (select jsonb_object_agg(name_key, code_key) from campaign) ->> campaign, campaign, ''
)"""
"""Of a campaign of the list the key of its code, whichever of its two names a lead says; of any
other its own key. The list is read once by a statement.
"""
UNNAMED = "who <> all(%(names)s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is asked: on which ground, of which time, parted by what; as it was *known* then, or
    as it is.
    """

    ground: Ground
    period: Period
    by: By | None = None
    known: datetime | None = None


def arguments(scope: Scope, look: Look) -> dict[str, Any]:
    return {
        "which": look.ground.which,
        "teams": sorted(scope.teams),
        "campaigns": sorted(scope.campaigns),
        "pools": sorted(scope.pools),
        "regions": sorted(scope.regions),
        "names": sorted(scope.names),
        "first": look.period.since,
        "last": look.period.until,
        "since": look.period.begin,
        "until": look.period.end,
        "known": look.known or ALWAYS,
    }


def days_of(since: datetime, until: datetime) -> tuple[date, date]:
    """The days in UTC that have any of it, from the first on and before the last."""
    last = (until - timedelta.resolution).astimezone(UTC).date() + timedelta(days=1)
    return since.astimezone(UTC).date(), last


def condition(those: Those) -> str:
    """The condition on a fact. Its words are the house's own."""
    what = ", ".join(f"'{one.value}'" for one in those.what)
    if those.codes is None:
        return f"what in ({what})"
    codes = ", ".join(f"'{one}'" for one in sorted(those.codes))
    return f"what in ({what}) and code in ({codes})"


def part_of(by: By | None, *, summed: bool = False) -> str:
    """What of a fact says which part it is of; of facts added up, where they are *summed*."""
    if by is By.WEEK and not summed:
        return WEEK_OF_FACT
    if by is By.CAMPAIGN:
        return CAMPAIGN
    return f"coalesce({by.value}, '')" if by else "''"
