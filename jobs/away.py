"""Who was said to be away is told by whom, and who said so when it is taken back."""

from procrastinate import JobContext

from cards.away import away_card, back_card
from handoff.effects import TellAway
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task


@task(TellAway)
async def tell_away(context: JobContext, do: TellAway) -> None:
    """They read it once, as it stands now."""
    services = Services.of(context)
    if do.back:
        people = await services.stores.people.get([do.back])
        if do.back in people:
            await tell(services, do.person, back_card(people[do.back]), last=context)
        return
    found = await services.stores.people.said_of(do.person, services.now())
    if found is None:
        return
    by, until = found
    people = await services.stores.people.get([do.person, by])
    card = away_card(people[do.person], people.get(by), until)
    await tell(services, do.person, card, last=context, asks=True)
