"""Managers are asked about assignments said to be wrong, and told when leads run unevenly."""

from datetime import UTC, datetime, timedelta

from procrastinate import JobContext

from cards.famine import Famine as Starved
from cards.famine import alarm_card, starved_card
from cards.rotation import answered_card, in_the_way_card, report_card
from graph.errors import BusyError
from handoff.effects import Famine, TellAlarm, TellAnswer, TellInTheWay, TellReport, TellStarved
from handoff.hours import DAY, Span
from handoff.model import Person
from handoff.money import Money
from handoff.policy import Promise
from handoff.reasons import in_the_way
from handoff.routing.reasons import CHOSEN, PICKED
from jobs.messages import tell
from jobs.pledges import ask, pledged
from jobs.services import Services
from jobs.tasks import task
from store.fairness import Alarm

AROUND = DAY  # what leaves no room may stand next to the time, not at it


@task(TellReport)
async def tell_report(context: JobContext, do: TellReport) -> None:
    """The manager has the numbers and answers in one click."""
    services = Services.of(context)
    found = await services.stores.fairness.reported(do.report)
    if found is None or found.answer:
        return
    ground = await services.baton.ground(found.handoff, looking_at=found.by)
    manager = do.to or found.manager
    case = await services.stores.handoffs.case(found.handoff, found.by, manager)
    if ground is None:
        return
    asked = await pledged(services, Promise.ANSWER_REPORT, str(found.id), manager)
    card = report_card(
        case.handoff.number,
        ground,
        report=found.id,
        by=case.person(found.by),
        viewer=case.person(manager),
        at=services.now(),
        asked=asked,
    )
    shown = {found.by, *(r.id for r in ground.reasons if r.code in (CHOSEN, PICKED))}
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(
            tx, manager, shown, "report", services.now(), handoff=found.handoff
        )
    await ask(services, Promise.ANSWER_REPORT, str(found.id), manager, card, last=context)


@task(TellAnswer)
async def tell_answer(context: JobContext, do: TellAnswer) -> None:
    """Whoever said that it was wrong reads the manager's answer."""
    services = Services.of(context)
    found = await services.stores.fairness.reported(do.report)
    if found is None or found.answer is None:
        return
    case = await services.stores.handoffs.case(found.handoff, found.manager)
    card = answered_card(case.handoff.number, case.person(found.manager), found.answer)
    await tell(services, found.by, card, last=context)


@task(TellInTheWay)
async def tell_in_the_way(context: JobContext, do: TellInTheWay) -> None:
    """Whoever was next but not free reads what stands in their own calendar then.

    It is read afresh and kept nowhere. What was put there after the choice was not in its way; of
    a private appointment there is no more to tell than the card has said.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id, do.person)
    ground = await services.baton.ground(case.handoff.id)
    search, owner = case.handoff.search, case.person(do.person)
    if ground is None or ground.asked.start is None or search is None:
        return
    start = datetime.fromtimestamp(ground.asked.start, UTC)
    span = Span(start, start + timedelta(minutes=search.minutes))
    around = Span(span.start - AROUND, span.end + AROUND)
    views = await services.outlook.views.read({do.person: owner.zone}, around)
    if (read := views.get(do.person)) is None:
        raise BusyError("the mailbox does not answer")
    if isinstance(read, str):
        return
    chosen_at = datetime.fromtimestamp(ground.asked.at / 1_000_000, UTC)
    then = [e for e in read if e.created_at is None or e.created_at <= chosen_at]
    found = in_the_way(span, then, case.policy.calendar, None, {})
    first = next((o for o in sorted(found, key=lambda o: o.span) if o.blocks and o.subject), None)
    if first is None:
        return
    card = in_the_way_card(case.handoff.number, first, viewer=owner, at=services.now())
    await tell(services, do.person, card, last=context)


@task(Famine, cron="41 * * * *")
async def famine(context: JobContext, do: Famine) -> None:
    """Once an hour: who has had no lead for the policy's days, while a comparable rep had some.
    Each pool by itself.
    """
    services = Services.of(context)
    stores, now = services.stores, services.now()
    for pool in (await stores.policies.current()).pools:
        async with stores.door.open() as tx:
            for id in await stores.fairness.alarms(tx, pool.code, now):
                found = await stores.fairness.alarm(id, tx.connection)
                assert found
                await stores.pledges.make(
                    *(tx, Promise.ANSWER_ALARM, found.manager),
                    about=str(id),
                    to=found.person,
                    at=now,
                )
                tx.follow(TellAlarm(id), TellStarved(id))


@task(TellAlarm)
async def tell_alarm(context: JobContext, do: TellAlarm) -> None:
    """The manager is told, with what would mend it."""
    services = Services.of(context)
    found = await services.stores.fairness.alarm(do.alarm)
    if found is None:
        return
    shown, people = await _shown(services, found)
    figures = {found.person, shown.peer, *(line[0] for line in shown.effect)}
    manager = do.to or found.manager
    asked = await pledged(services, Promise.ANSWER_ALARM, str(found.id), manager)
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(tx, manager, figures, "alarm", services.now())
    people |= await services.stores.people.get([manager])
    card = alarm_card(shown, people=people, asked=asked)
    await ask(services, Promise.ANSWER_ALARM, str(found.id), manager, card, last=context)


@task(TellStarved)
async def tell_starved(context: JobContext, do: TellStarved) -> None:
    """The rep in question is told once, with who decides."""
    services = Services.of(context)
    found = await services.stores.fairness.alarm(do.alarm)
    if found is None:
        return
    shown, people = await _shown(services, found)
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(
            tx, found.person, {shown.peer}, "alarm", services.now()
        )
    card = starved_card(shown, people=people, decides=people[found.manager])
    await tell(services, found.person, card, last=context)


async def _shown(services: Services, found: Alarm) -> tuple[Starved, dict[str, Person]]:
    """An alarm as its cards have it, and who the people are."""
    policy = await services.stores.policies.current()
    pool = policy.pool(found.pool)
    said = found.found
    shown = Starved(
        id=found.id,
        pool=pool.name if pool else found.pool,
        person=found.person,
        peer=said["peer"],
        peer_got=said["peer_got"],
        days=said["days"],
        owed=said["owed"],
        effect=tuple((id, without, with_) for id, without, with_ in said["effect"]),
        of=said["of"],
        load=said.get("load", 0),
        peer_load=said.get("peer_load", 0),
        peer_worth=Money(said.get("peer_worth", 0), said.get("currency", policy.currency)),
        peer_unknown=said.get("peer_unknown", said["peer_got"]),
    )
    ids = [found.person, found.manager, *(line[0] for line in shown.effect)]
    return shown, await services.stores.people.get(ids)
