"""What anyone may ask of figures: the last report, the week so far, one's teams. Each answers with
the first lines, and leads to the tab.
"""

from bot.baton import Baton
from cards.elements import Card
from cards.lists import line_card
from cards.weekly_report import (
    NONE_FOR_THEM,
    NONE_YET,
    Names,
    team_card,
    week_so_far_card,
    weekly_card,
)
from handoff import weekly
from handoff.figures import Period
from handoff.model import Person
from handoff.weekly import Line, Report

LEADS_NOBODY = "Nobody reports to you, so there is no team to show. Say *week* for your own."


WORDS = ("report", "week", "team")


async def answer(baton: Baton, by: str, said: str, _once: str) -> Card:
    """Raises StrangerError, FormerError."""
    viewer = await baton.person(by)
    match said:
        case "report":
            return await _report(baton, viewer)
        case "team":
            return await _team(baton, viewer)
    return await _week(baton, viewer)


async def _report(baton: Baton, viewer: Person) -> Card:
    """The newest, as it was sent."""
    stores = baton.stores
    scope = await stores.figures.scope(viewer, await stores.policies.current())
    report = await stores.weekly.of(scope)
    if report is None:
        none = NONE_YET if weekly.gets(viewer) else NONE_FOR_THEM
        return line_card(f"{none} Say *week* for this week so far.")
    async with stores.door.open() as tx:
        await stores.weekly.looked(tx, viewer.id, report, baton.now())
    return weekly_card(report, await _names(baton, report, viewer), baton.tab)


async def _week(baton: Baton, viewer: Person) -> Card:
    """This week as it stands now: their own line, and what happened of what they see first."""
    stores = baton.stores
    policy = await stores.policies.current()
    scope = await stores.figures.scope(viewer, policy)
    week = _this_week(baton, policy.weekly.zone)
    own = await stores.weekly.line(scope, "person", viewer.id, week, None)
    if scope.teams:
        whole = await stores.weekly.line(scope, "below", viewer.id, week, None)
    else:
        whole = await stores.weekly.line(scope, "organisation", "", week, None)
    names = Names(people={}, campaigns={}, policy=policy, viewer=viewer)
    tab = baton.tab.button("weeks", "Weeks")
    return week_so_far_card(week, own, whole, names, tab)


async def _team(baton: Baton, viewer: Person) -> Card:
    """Their teams in this week so far, their own line first."""
    stores = baton.stores
    policy = await stores.policies.current()
    scope = await stores.figures.scope(viewer, policy)
    if not scope.teams:
        return line_card(LEADS_NOBODY)
    week = _this_week(baton, policy.weekly.zone)
    own = await stores.weekly.line(scope, "person", viewer.id, week, None)
    teams: list[Line] = [
        await stores.weekly.line(scope, "team", team, week, None) for team in sorted(scope.teams)
    ]
    names = Names(
        people=await stores.people.called(sorted(scope.teams)),
        campaigns={},
        policy=policy,
        viewer=viewer,
    )
    tab = baton.tab.button("team", "Team")
    return team_card(week, own, teams, names, tab)


def _this_week(baton: Baton, zone: str) -> Period:
    over = weekly.week_over(baton.now(), zone)
    return Period(over.until, Period.week_of(over.until).until, zone)


async def _names(baton: Baton, report: Report, viewer: Person) -> Names:
    people, campaigns = await baton.stores.weekly.called(report)
    policy = await baton.stores.policies.current()
    return Names(people=people, campaigns=campaigns, policy=policy, viewer=viewer)
