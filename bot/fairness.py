"""What anyone may ask of the router, and what managers answer when someone says it was wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from bot.baton import Baton, says
from bot.click import Click
from bot.verbs import Verbs
from cards import rotation
from cards.elements import Card, plain
from cards.figures import MOST_POOLS, Figures, most_of, pool_card
from cards.figures import figures_of as of_pool
from cards.lists import line_card
from cards.reached import Reached, reached_line
from cards.rotation import OTHERWISE, Given, Ground, Otherwise, fairness_card
from handoff.effects import TellAnswer, TellInTheWay, TellReport
from handoff.errors import NotAskedError, NotOfferedError
from handoff.model import Person
from handoff.policy import Promise
from handoff.routing.credits import CHOSEN as TURN
from handoff.routing.errors import NotAMemberError, OtherPoolError
from handoff.scope import OF_EVERY_POOL, Scope, scope_of

NOT_YET = "Nobody has it yet: whose turn it is, is decided when a time is booked."
NOT_YOURS = (
    "There is no such handoff, or whose turn it was is not yours to see: those read it who are in "
    "the pool that it went to, managers, and whoever hands leads over."
)
"""To whom it is not, and of one that there is not."""
NOT_YOUR_STAGE = "Only the rep of no. {number}, or a manager of theirs, can set its stage."
NO_MANAGER = "No manager of yours is known to Baton."
ASKED = "Your manager has been asked, and answers you here."
NOTHING_TO_AGREE = "There is nothing that you have to agree to."


async def answer(baton: Baton, by: str, word: str, rest: Sequence[str], once: str) -> Card:
    """To what someone said: fairness, fairness 17, stage 17 proposal, agree."""
    match word, *rest:
        case "stage", number, stage:
            return await set_stage(baton, by, int(number), stage)
        case "agree", *_:
            return await to_agree(baton, by)
        case _, number:
            return await fairness_of(baton, by, int(number), once=once)
    return await figures_of(baton, by, once=once)


async def fairness_of(
    baton: Baton, by: str, number: int, said: str = "", once: str | None = None
) -> Card:
    """Why this rep and not another, for everyone in the pool, its managers, and the qualifier.

    That they looked is recorded, under the name *once* a single time. Raises StrangerError.
    """
    viewer = await baton.person(by)
    id = await baton.stores.lookups.numbered(number)
    if id is None:
        return line_card(NOT_YOURS)
    given = await _given(baton, id, viewer)
    asked = [one for one in (given.ground, *given.passed) if one]
    if not (asked or given.since or given.elsewhere):
        return line_card(NOT_YET if viewer.roles & OF_EVERY_POOL else NOT_YOURS)
    counted = {pool for pool, _ in given.counts.values()}
    theirs = await _scope(baton, viewer)
    if not (asked or (given.since and any(theirs.reads_pool(pool) for pool in counted))):
        return line_card(NOT_YOURS)
    mine = given.ground and next((r for r in given.ground.reasons if r.id == by), None)
    seen = {
        r.id for one in asked for r in rotation.shown(one.reasons, by, rotation.MOST)
    } | given.counts.keys()
    async with baton.stores.door.open() as tx:
        if await baton.stores.heard.is_new(tx, once):
            await baton.stores.read_audit.record(tx, by, seen, "fairness", baton.now(), handoff=id)
            if mine and mine.busy_with and mine.would_be and not said:
                tx.follow(TellInTheWay(by, id))
    return fairness_card(number, given, viewer=viewer, at=baton.now(), handoff=id, said=said)


async def _given(baton: Baton, id: UUID, viewer: Person) -> Given:
    """How the lead came to whoever has it, as far as *viewer* may read; for them it is also tried
    what would have changed it.
    """
    stores, by = baton.stores, viewer.id
    case, policy = await stores.handoffs.case(id, by), await stores.policies.current()
    ground, counts = await baton.ground(id, looking_at=by), await stores.fairness.counts(id)
    passed = await baton.passed(id, looking_at=by)

    chosen_at = datetime.fromtimestamp(ground.asked.at / 1_000_000, UTC) if ground else None
    since = tuple(
        Otherwise(what=one.what, at=one.at, by=one.by, to=one.detail["to"])
        for one in await stores.handoffs.timeline(id)
        if one.what in OTHERWISE
        and "to" in one.detail
        and TURN not in one.detail
        and (chosen_at is None or one.at > chosen_at)
    )
    ids = {*counts, *(id for one in since for id in (one.by, one.to)), case.handoff.rep or ""}
    theirs = scope_of(viewer, {}, (), policy)
    return Given(
        rep=case.handoff.rep,
        ground=ground if ground and may_look(theirs, ground) else None,
        elsewhere=ground.asked.pool if ground and not may_look(theirs, ground) else "",
        passed=tuple(one for one in passed if may_look(theirs, one)),
        since=since,
        counts=counts,
        pools={pool.code: pool.name for pool in policy.pools},
        people=await stores.people.called(ids),
    )


def may_look(theirs: Scope, ground: Ground) -> bool:
    """Whether the choice is any business of theirs."""
    return theirs.reads_pool(ground.asked.pool, {m.id for m in ground.members})


async def _scope(baton: Baton, viewer: Person) -> Scope:
    """What of pools is theirs to see."""
    return scope_of(viewer, {}, (), await baton.stores.policies.current())


async def figures_of(baton: Baton, by: str, once: str | None = None) -> Card:
    """The pools that someone is in; for managers and admins all of them, first those of whom they
    manage, as many as one card holds.

    That they looked is recorded, under the name *once* a single time. Raises StrangerError.
    """
    viewer = await baton.person(by)
    policy = await baton.stores.policies.current()
    theirs = scope_of(viewer, {}, (), policy)
    pools = [pool for pool in policy.pools if theirs.reads_pool(pool.code)]
    near = await baton.stores.people.pools_under(by) if len(pools) > MOST_POOLS else frozenset()
    pools.sort(key=lambda pool: (pool.code not in viewer.pools, pool.code not in near))
    shown: list[Figures] = []
    for pool in pools[:MOST_POOLS]:
        found = await baton.stores.fairness.figures(pool.code, baton.now(), by)
        shown.append(of_pool(pool.code, pool.name, found))
    ids = {m.id for pool in shown for m in pool.members} | {
        id for pool in shown for pair in pool.pairs for id in pair[:2]
    }
    most = most_of(len(shown))
    seen = {one.id for pool in shown for one in rotation.shown(pool.reasons, by, most)}
    seen |= {id for pool in shown for pair in pool.pairs for id in pair[:2]}
    async with baton.stores.door.open() as tx:
        if await baton.stores.heard.is_new(tx, once):
            await baton.stores.read_audit.record(tx, by, seen, "figures", baton.now())
    return pool_card(
        shown,
        policy=policy,
        people=await baton.stores.people.called(ids),
        viewer=viewer,
        at=baton.now(),
        unreached=await _unreached(baton, viewer),
        more=len(pools) - len(shown),
        tab=baton.tab.button("fairness", "Fairness"),
    )


async def _unreached(baton: Baton, viewer: Person) -> list[str]:
    """Whom Teams does not deliver to, of the viewer and of those they manage."""
    found = await baton.stores.delivery.visible_to(viewer.id)
    people = await baton.stores.people.get([one.person for one in found])
    lines = [
        reached_line(
            people[one.person],
            Reached(
                failing_at=one.failing_at,
                failed_at=one.failed_at,
                why=one.why,
                mailed_at=one.mailed_at,
                unmailed_at=one.unmailed_at,
            ),
            viewer=viewer,
            at=baton.now(),
        )
        for one in found
        if one.person in people
    ]
    return [line for line in lines if line]


async def to_agree(baton: Baton, by: str) -> Card:
    """The rules in force, to read and then to agree to."""
    await baton.person(by)
    return await baton.to_agree(by) or line_card(NOTHING_TO_AGREE)


async def agreed(baton: Baton, click: Click) -> Card:
    """To the version that was read; where there is a newer one, that is to be read first."""
    await baton.person(click.by)
    async with baton.stores.door.open() as tx:
        read = click.number("policy")
        label = await baton.stores.fairness.agree(tx, click.by, read, baton.now())
        says(tx, click, "agreed")
    if label:
        return await agreed_to(baton, click.by)
    card = await baton.to_agree(click.by, "The rules have changed again. These are in force now.")
    return card or line_card(NOTHING_TO_AGREE)


async def agreed_to(baton: Baton, by: str) -> Card:
    """That they have, or the rules that they have yet to agree to."""
    if card := await baton.to_agree(by):
        return card
    policy, person = await baton.stores.policies.current(), await baton.person(by)
    if not (policy.routing.signed and person.pools):
        return line_card(NOTHING_TO_AGREE)
    return line_card(f"You have agreed to policy *{plain(policy.label())}*. Thank you.")


async def set_stage(baton: Baton, by: str, number: int, stage: str) -> Card:
    """How far a deal has come, said by whoever has it or manages them; load counts it at once."""
    await baton.person(by)
    id = await baton.stores.lookups.numbered(number)
    if id is None:
        return line_card(NOT_YOUR_STAGE.format(number=number))
    case = await baton.stores.handoffs.case(id, by)
    rep = case.people.get(case.handoff.rep or "")
    if rep is None or (by != rep.id and by not in rep.managers):
        return line_card(NOT_YOUR_STAGE.format(number=number))
    async with baton.stores.door.open() as tx:
        known = await baton.stores.fairness.stage(tx, id, stage, by, baton.now())
    if known:
        return line_card(f"There is no such stage. Say one of: {', '.join(known)}.")
    return line_card(f"No. {number} is at *{plain(stage)}* now.")


async def fairness(baton: Baton, click: Click) -> Card:
    number = await _number(baton, click)
    card = await fairness_of(baton, click.by, number, once=click.once)
    await baton.answered(click, f"fairness {number}")
    return card


async def pool_figures(baton: Baton, click: Click) -> Card:
    card = await figures_of(baton, click.by, once=click.once)
    await baton.answered(click, "fairness")
    return card


async def report_assignment(baton: Baton, click: Click) -> Card:
    """One click of a member of the pool as it was then: whoever manages them is asked, once for a
    handoff.
    """
    number, viewer = await _number(baton, click), await baton.person(click.by)
    manager = await _manager(baton, viewer)
    ground = await baton.ground(click.handoff) if click.handoff else None
    if ground is None or click.by not in {m.id for m in ground.members}:
        return await baton.line(click, NotAMemberError())
    if not may_look(await _scope(baton, viewer), ground):
        return await baton.line(click, OtherPoolError())
    if manager is None or click.handoff is None:
        return await fairness_of(baton, click.by, number, NO_MANAGER, once=click.once)
    async with baton.stores.door.open() as tx:
        report = await baton.stores.fairness.report(
            tx, click.handoff, click.by, manager.id, click.at
        )
        if report:
            await baton.stores.pledges.make(
                tx,
                Promise.ANSWER_REPORT,
                manager.id,
                about=str(report),
                to=click.by,
                at=click.at,
            )
            tx.follow(TellReport(report))
        says(tx, click, f"reported {number}")
    return await fairness_of(baton, click.by, number, ASKED, once=click.once)


async def answer_report(baton: Baton, click: Click) -> Card:
    """A manager answers: it was right, or whoever asked is owed one lead more."""
    answer = click.text("answer")
    if answer not in ("right", "owed"):
        raise NotOfferedError
    id = click.id("report")
    async with baton.stores.door.open() as tx:
        done = await baton.stores.fairness.answer_report(tx, id, click.by, answer, click.at)
        if done:
            await baton.stores.pledges.settle(
                tx, Promise.ANSWER_REPORT, str(id), by=click.by, at=click.at
            )
            tx.follow(TellAnswer(id))
        if done is not None:
            says(tx, click, f"report {id}")
    if done is None:
        raise NotAskedError
    return await answered(baton, "report", id, click.by)


async def answer_alarm(baton: Baton, click: Click) -> Card:
    """A manager does what is proposed, or leaves it."""
    answer = click.text("answer")
    if answer not in ("owed", "left"):
        raise NotOfferedError
    id = click.id("alarm")
    async with baton.stores.door.open() as tx:
        done = await baton.stores.fairness.answer_alarm(tx, id, click.by, answer, click.at)
        if done:
            await baton.stores.pledges.settle(
                tx, Promise.ANSWER_ALARM, str(id), by=click.by, at=click.at
            )
        if done is not None:
            says(tx, click, f"alarm {id}")
    if done is None:
        raise NotAskedError
    return await answered(baton, "alarm", id, click.by)


SAID = {
    ("report", "right"): "it was right. Whoever asked is told.",
    ("report", "owed"): "whoever asked is owed one lead more, and is told.",
    ("alarm", "owed"): "the next leads make up for it.",
    ("alarm", "left"): "it is left as it is.",
}
"""What was answered to a report or an alarm, as it is kept."""


async def answered(baton: Baton, what: Literal["report", "alarm"], id: UUID, by: str) -> Card:
    """What is so, whoever said it and whatever was clicked after that."""
    found = await baton.stores.fairness.answered(what, id)
    if found is None:
        return line_card("It waits for an answer.")
    answer, who = found
    if who == by:
        return line_card(f"You answered: {SAID[what, answer]}")
    people = await baton.stores.people.get([who])
    name = plain(people[who].name) if who in people else "Somebody else"
    return line_card(f"{name} answered: {SAID[what, answer]}")


async def reported(baton: Baton, by: str, number: int, once: str) -> Card:
    """That it is said to be wrong, to whoever said so."""
    return await fairness_of(baton, by, number, ASKED, once=once)


async def _number(baton: Baton, click: Click) -> int:
    if click.handoff is None:
        raise NotOfferedError
    return (await baton.stores.handoffs.case(click.handoff, click.by)).handoff.number


async def _manager(baton: Baton, person: Person) -> Person | None:
    known = await baton.stores.people.get(person.managers)
    return next((known[id] for id in person.managers if id in known and known[id].present), None)


VERBS: Verbs = {
    "agree": agreed,
    "fairness": fairness,
    "pool_figures": pool_figures,
    "report_assignment": report_assignment,
    "answer_report": answer_report,
    "answer_alarm": answer_alarm,
}
