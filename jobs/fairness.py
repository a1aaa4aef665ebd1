"""Managers are asked about assignments said to be wrong, and told when leads run unevenly."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import Blueprint, JobContext

from cards.rotation import Famine, alarm_card, answered_card, in_the_way_card, report_card
from handoff.hours import DAY, Span
from handoff.reasons import in_the_way
from handoff.routing.reasons import CHOSEN, PICKED
from jobs.messages import tell
from jobs.retry import Patient
from jobs.services import Services

tasks = Blueprint()

AROUND = DAY  # what leaves no room may stand next to the time, not at it


@tasks.task(name="tell_report", retry=Patient(), pass_context=True)
async def tell_report(context: JobContext, report: str) -> None:
    """The manager has the numbers and answers in one click."""
    services = Services.of(context)
    found = await services.fairness.reported(UUID(report))
    if found is None or found.answer:
        return
    ground = await services.baton.ground(found.handoff, looking_at=found.by)
    case = await services.handoffs.case(found.handoff, found.by, found.manager)
    if ground is None:
        return
    card = report_card(
        case.handoff.number,
        ground,
        report=found.id,
        by=case.person(found.by),
        viewer=case.person(found.manager),
        at=services.now(),
    )
    shown = {found.by, *(r.id for r in ground.reasons if r.code in (CHOSEN, PICKED))}
    await services.baton.read_audit.record(
        found.manager, shown, "report", services.now(), found.handoff
    )
    await tell(services, found.manager, card)


@tasks.task(name="tell_answer", retry=Patient(), pass_context=True)
async def tell_answer(context: JobContext, report: str) -> None:
    """Whoever said that it was wrong reads the manager's answer."""
    services = Services.of(context)
    found = await services.fairness.reported(UUID(report))
    if found is None or found.answer is None:
        return
    case = await services.handoffs.case(found.handoff, found.manager)
    card = answered_card(case.handoff.number, case.person(found.manager), found.answer)
    await tell(services, found.by, card)


@tasks.task(name="tell_in_the_way", retry=Patient(), pass_context=True)
async def tell_in_the_way(context: JobContext, handoff_id: str, person: str) -> None:
    """Whoever was next but not free reads what stands in their own calendar then.

    It is read afresh and kept nowhere. What was put there after the choice was not in its way; of
    a private appointment there is no more to tell than the card has said.
    """
    services = Services.of(context)
    case = await services.handoffs.case(UUID(handoff_id), person)
    ground = await services.baton.ground(case.handoff.id)
    search, owner = case.handoff.search, case.person(person)
    if ground is None or ground.asked.start is None or search is None:
        return
    start = datetime.fromtimestamp(ground.asked.start, UTC)
    span = Span(start, start + timedelta(minutes=search.minutes))
    around = Span(span.start - AROUND, span.end + AROUND)
    read = (await services.views.read({person: owner.hours.zone}, around))[person]
    if isinstance(read, str):
        return
    chosen_at = datetime.fromtimestamp(ground.asked.at / 1_000_000, UTC)
    then = [e for e in read if e.created_at is None or e.created_at <= chosen_at]
    found = in_the_way(span, then, case.policy.calendar, None, {})
    first = next((o for o in sorted(found, key=lambda o: o.span) if o.blocks and o.subject), None)
    if first is None:
        return
    card = in_the_way_card(case.handoff.number, first, viewer=owner, at=services.now())
    await tell(services, person, card)


@tasks.periodic(cron="41 * * * *")
@tasks.task(name="famine", queueing_lock="famine", lock="famine", pass_context=True)
async def famine(context: JobContext, timestamp: int = 0) -> None:
    """Once an hour: who has had no lead for the policy's days, while a comparable rep had some."""
    services = Services.of(context)
    for id in await services.fairness.alarms(services.now()):
        await services.queue.put("tell_alarm", alarm=str(id))


@tasks.task(name="tell_alarm", retry=Patient(), pass_context=True)
async def tell_alarm(context: JobContext, alarm: str) -> None:
    """The manager is told once, with what would mend it."""
    services = Services.of(context)
    found = await services.fairness.alarm(UUID(alarm))
    if found is None:
        return
    policy = await services.policies.current()
    pool = policy.pool(found.pool)
    said = found.found
    shown = Famine(
        id=found.id,
        pool=pool.name if pool else found.pool,
        person=found.person,
        peer=said["peer"],
        peer_got=said["peer_got"],
        days=said["days"],
        owed=said["owed"],
        effect=tuple((id, without, with_) for id, without, with_ in said["effect"]),
        of=said["of"],
    )
    people = await services.people.get([found.person, *(line[0] for line in shown.effect)])
    figures = {found.person, shown.peer, *(line[0] for line in shown.effect)}
    await services.baton.read_audit.record(found.manager, figures, "alarm", services.now())
    await tell(services, found.manager, alarm_card(shown, people=people))
