"""What was said is put right by who said it, contested by the other side, decided by a manager."""

from functools import partial

from bot.baton import Baton
from bot.click import Click
from bot.verbs import Verbs
from cards.elements import Card
from handoff import contest
from handoff.errors import NotOfferedError
from handoff.model import Contested, MeetingOutcome


async def put_right(baton: Baton, click: Click) -> Card:
    outcome = click.text("outcome")
    if outcome not in set(MeetingOutcome):
        raise NotOfferedError("Please choose what happened.")
    rule = partial(contest.put_right, by=click.by, at=click.at, outcome=MeetingOutcome(outcome))
    return await baton.apply(click, rule)


async def contests(baton: Baton, click: Click) -> Card:
    what = click.text("what")
    if what not in set(Contested):
        raise NotOfferedError
    claim = click.text(f"claim_{what}")
    rule = partial(contest.contest, by=click.by, at=click.at, what=Contested(what), claim=claim)
    return await baton.apply(click, rule)


async def judge(baton: Baton, click: Click) -> Card:
    right = click.text("right") == "yes"
    return await baton.apply(click, partial(contest.judge, by=click.by, at=click.at, right=right))


VERBS: Verbs = {"put_right": put_right, "contest": contests, "judge": judge}
