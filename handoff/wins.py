"""A deal that is won is told to those who brought it, the team first: where the policy says so."""

from collections.abc import Iterable
from datetime import timedelta

from handoff.model import Case, Person

SETTLES = timedelta(hours=1)  # after the rep's word, in which a slip of the thumb is put right
NEWS = timedelta(days=1)  # of it, also for a policy that has told nobody so far
KEPT = timedelta(days=90)  # in which a win may turn out to be none, or what was contested to be one


def leads(case: Case) -> str | None:
    """Who leads the team that won it: the nearest manager of its rep who is here."""
    rep = case.people.get(case.handoff.rep or "")
    above = (case.people.get(id) for id in (rep.managers if rep else ()))
    return next((one.id for one in above if one and one.present), None)


def hears(case: Case, team: Iterable[str], campaign_owner: Person | None) -> list[str]:
    """The rep's *team*, who are here, and whoever leads it, whoever handed the lead over, and whose
    campaign it came from, as far as they are; the ids in order.
    """
    handoff = case.handoff
    parts = {leads(case), handoff.rep, handoff.qualifier} - {None}
    concerned = [case.people.get(one or "") for one in parts]
    here = {one.id for one in (*concerned, campaign_owner) if one and one.present}
    return sorted(here.union(team))
