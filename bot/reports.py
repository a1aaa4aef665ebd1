"""What anyone may ask of figures: report, week, team. Each answers with the first lines, and leads
to the tab.
"""

from bot.baton import Baton
from cards.weekly_report import Names
from handoff.campaigns import key
from handoff.model import Person
from handoff.weekly import Report


async def names_of(baton: Baton, report: Report, viewer: Person) -> Names:
    """How whoever stands in *report* is called by now."""
    stores = baton.stores
    ids = {one.whose for one in (*report.people, *report.teams)}
    return Names(
        people=await stores.people.get(sorted(ids)),
        policy=await stores.policies.current(),
        viewer=viewer,
        campaigns={
            way: one.name
            for one in (await stores.campaigns.all() if report.campaigns else ())
            for way in (key(one.code), key(one.name))
        },
    )
