"""Which of several deals of the CRM is a lead's, as whoever has the lead says."""

from functools import partial

from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from handoff import deals


async def choose_deal(baton: Baton, click: Click) -> Card:
    rule = partial(deals.choose, by=click.by, at=click.at, deal=click.text("deal"))
    return await baton.apply(click, rule)


VERBS: Verbs = {"choose_deal": choose_deal}
