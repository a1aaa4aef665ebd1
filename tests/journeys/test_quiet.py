"""What a week brings in which people do what is asked of them, with all that looks after things by
itself: no more than that.
"""

from datetime import timedelta
from uuid import UUID

from jobs.tasks import KNOWN
from tests.world import World

PEOPLE = ("rita", "ravi", "mara", "helen", "milo", "quinn", "ada")
HOURS = (8, 13, 18)  # of a day in Madrid, at which everything looks


async def test_a_week_with_one_lead_that_goes_well_brings_a_card_for_each_news_and_no_more(
    world: World, accepted: UUID
) -> None:
    await world.press("rita", "send_reply")
    before = {who: world.cards(who) for who in PEOPLE}
    meeting = (await world.case(accepted)).handoff.meeting
    assert meeting
    begins = world.clock()
    said = False
    for day in range(8):
        for hour in HOURS:
            at = (begins + timedelta(days=day)).replace(hour=hour - 1, minute=0, second=0)
            if at <= world.clock():
                continue
            world.clock.set(at)
            async with world.app.services.stores.door.open() as tx:
                for kind, known in KNOWN.items():
                    if known.cron:
                        tx.follow(kind())
            await world.work()
            if at > meeting.span.end and not said:
                await world.press("rita", "how_it_went", titled="It took place")
                await world.press("rita", "no_further_step", ending="opportunity")
                said = True
    new = {who: world.cards(who) - before[who] for who in PEOPLE}
    # On Monday the report of the week, to all of sales who have Baton.
    report = dict.fromkeys(PEOPLE, 0) | dict.fromkeys(("quinn", "rita", "ravi", "mara", "helen"), 1)
    # How did it go; and, to whoever invited a prospect who says nothing: it is near; how it ended.
    assert new == report | {"rita": 1 + 1, "quinn": 2 + 1}
