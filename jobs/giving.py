"""Whether a colleague can still take a meeting, looked at when it is asked and not when it was
shown.
"""

from functools import partial

from procrastinate import JobContext

from graph.errors import BusyError, GraphError
from handoff import giving
from handoff.effects import GiveTo
from handoff.errors import TakenError
from handoff.model import Case, Decision, State
from handoff.routing.errors import FullError, NoRepError
from handoff.times import can_take
from jobs.availability import availability
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

NOT_FREE = "{who} is no longer free then."
NOT_READ = "Outlook does not show whether {who} is free then."
AWAY = "{who} is out of office just now."
LEFT = "{who} is no longer here."


@task(GiveTo)
async def give_to(context: JobContext, do: GiveTo) -> None:
    """The rep has the meeting if Outlook and their limits allow it now; otherwise whoever asked
    reads why not.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id, do.rep, do.by)
    why = await _in_the_way(services, case, do)

    async def rule(tx: Tx, now: Case) -> Decision | None:
        if why:
            return giving.cannot(now, at=services.now(), asked=do, why=why)
        try:
            await services.stores.routing.has_room(tx, now, do.rep, services.now())
        except (FullError, NoRepError) as refusal:
            return giving.cannot(now, at=services.now(), asked=do, why=str(refusal))
        return giving.give(now, at=services.now(), asked=do)

    try:
        await services.stores.handoffs.change(do.handoff_id, rule, do.rep, do.by)
    except TakenError:
        taken = NOT_FREE.format(who=case.person(do.rep).name)
        await services.stores.handoffs.change(
            do.handoff_id, partial(giving.cannot, at=services.now(), asked=do, why=taken)
        )


async def _in_the_way(services: Services, case: Case, do: GiveTo) -> str:
    """In words; empty where nothing is. Raises BusyError: then it is looked at again."""
    rep, meeting = case.person(do.rep), case.handoff.meeting
    if not rep.present:
        return LEFT.format(who=rep.name)
    if case.handoff.state is State.FOLLOWING:
        return AWAY.format(who=rep.name) if rep.away_at(services.now()) else ""
    if meeting is None or meeting.span.start <= services.now():
        return ""  # times are looked for anew
    if near := giving.too_near(case, rep.id, services.now()):
        return near
    try:
        days = await availability(
            services,
            case.person(case.handoff.qualifier),
            [rep],
            start=meeting.span.start,
            days=0,
            rules=case.policy.calendar,
        )
    except BusyError:
        raise
    except GraphError:
        return NOT_READ.format(who=rep.name)
    if rep.id not in days:
        return NOT_READ.format(who=rep.name)
    free = can_take([days[rep.id]], meeting.span, services.now(), case.policy)
    return "" if free else NOT_FREE.format(who=rep.name)
