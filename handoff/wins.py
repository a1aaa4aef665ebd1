"""A deal that is won is told to those who brought it, the team first: where the policy says so."""

from collections.abc import Mapping
from datetime import timedelta

from handoff.model import Handoff, Person

SETTLES = timedelta(hours=1)  # after the rep's word, in which a slip of the thumb is put right
NEWS = timedelta(days=1)  # of it, also for a policy that has told nobody so far


def team_of(handoff: Handoff, everyone: Mapping[str, Person]) -> str | None:
    """Who leads the team that won it: the nearest manager of its rep who is here."""
    rep = everyone.get(handoff.rep or "")
    above = (everyone.get(id) for id in (rep.managers if rep else ()))
    return next((one.id for one in above if one and one.present), None)


def hears(handoff: Handoff, everyone: Mapping[str, Person], campaign_owner: str) -> list[str]:
    """The rep's team and whoever leads it, whoever handed the lead over, and whose campaign it
    came from; those who are here, the ids in order.
    """
    leader = team_of(handoff, everyone)
    team = [one.id for one in everyone.values() if leader and leader in one.managers[:1]]
    concerned = {*team, leader, handoff.rep, handoff.qualifier, campaign_owner}
    return sorted(id for id in concerned if id and id in everyone and everyone[id].present)
