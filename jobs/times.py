"""What people choose from: bookable times, other times, and who else is free."""

from collections.abc import Mapping
from datetime import datetime

from procrastinate import JobContext

from graph.errors import GraphError, UnsupportedError
from handoff import changing, deciding, handing_over, leaving, passing, proposing
from handoff.effects import FindOtherTimes, FindStandIns, FindTimes
from handoff.model import PROSPECT, Case, Choice, Person, Refusal, Search, State
from handoff.refusals import refusals
from handoff.times import Availability, bookable, can_take, days_read, other_times
from jobs.availability import availability
from jobs.rotation import Answer, next_reps
from jobs.services import Services
from jobs.tasks import task


@task(FindTimes)
async def find_times(context: JobContext, do: FindTimes) -> None:
    """Times that suit the qualifier, in whose calendar the meeting is, a rep and the prospect, for
    whoever books to choose from.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    search = case.handoff.search
    if search is None or search.found is not None or not handing_over.looking(case.handoff):
        return
    if search.rep:
        rep = await services.stores.people.find(search.rep)
        found, nobody, refused = await _find(services, case, search, [rep] if rep else [])
        answer = Answer(found=found, nobody=nobody, refused=refused, people=(search.rep,))
    else:
        answer = await next_reps(services, case, search)
    await services.stores.handoffs.change(
        case.handoff.id,
        lambda now: handing_over.times_found(
            now,
            at=services.now(),
            search=search,
            found=answer.found,
            nobody=answer.nobody,
            refused=answer.refused,
            **answer.more,
        ),
        *answer.people,
    )


async def _find(
    services: Services, case: Case, search: Search, reps: list[Person]
) -> tuple[tuple[Choice, ...], tuple[str, ...], tuple[Refusal, ...]]:
    qualifier = case.person(case.handoff.qualifier)
    at = services.now()
    ahead = days_read(search.wanted, at, case.policy)
    try:
        days = await availability(
            services,
            qualifier,
            [qualifier, *reps],
            start=at,
            days=ahead,
            rules=case.policy.calendar,
        )
    except GraphError:
        return (), (qualifier.id,), ()
    nobody = tuple(p.id for p in (qualifier, *reps) if p.id not in days)
    if qualifier.id not in days:
        return (), nobody, ()
    mine, theirs = days[qualifier.id], [days[rep.id] for rep in reps if rep.id in days]
    found = bookable(
        qualifier=mine,
        reps=theirs,
        prospect_zone=case.handoff.lead.contact_zone,
        minutes=search.minutes,
        prepare=case.policy.prepare(search.type),
        wanted=search.wanted,
        at=at,
        policy=case.policy,
        again=search.again,
    )
    refused = refusals(
        asker=mine,
        others=theirs,
        prospect_zone=case.handoff.lead.contact_zone,
        minutes=search.minutes,
        wanted=search.wanted,
        at=at,
        policy=case.policy,
    )
    return found, nobody, refused


@task(FindOtherTimes)
async def find_other_times(context: JobContext, do: FindOtherTimes) -> None:
    """Times at which rep and qualifier are both free: to propose one, or to move the meeting."""
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    back = handoff.state is State.SENT_BACK and changing.may_move(case, services.now())
    movable = handoff.state in changing.MOVABLE or back or changing.prospect_may_book(case)
    if not (movable and handoff.rep and handoff.meeting):
        return
    rep, qualifier = case.person(handoff.rep), case.person(handoff.qualifier)
    times: tuple[datetime, ...] = ()
    refused: tuple[Refusal, ...] = ()
    colleague = None
    at, policy = services.now(), case.policy
    try:
        days = await availability(
            services,
            rep,
            [rep, qualifier],
            start=at,
            days=policy.days_ahead,
            rules=policy.calendar,
        )
    except UnsupportedError:  # nobody is to read that there are none
        raise
    except GraphError:
        days = {}
    if rep.id in days and qualifier.id in days:
        times = other_times(
            qualifier=days[qualifier.id],
            rep=days[rep.id],
            prospect_zone=handoff.lead.contact_zone,
            meeting=handoff.meeting.span,
            at=at,
            policy=policy,
        )
        if not times:  # where the rep's own calendar is known, and full
            times, colleague = await _of_colleagues(services, case, days[qualifier.id])
        length = handoff.meeting.span.end - handoff.meeting.span.start
        refused = refusals(
            asker=days[rep.id],
            others=[days[qualifier.id]],
            prospect_zone=handoff.lead.contact_zone,
            minutes=int(length.total_seconds() // 60),
            wanted=at.date(),
            at=at,
            policy=policy,
        )
    await services.stores.handoffs.change(
        handoff.id,
        lambda now: proposing.other_times_found(
            now, at=services.now(), times=times, refused=refused, colleague=colleague
        ),
        *([colleague] if colleague else []),
    )


async def _of_colleagues(
    services: Services, case: Case, qualifier: Availability
) -> tuple[tuple[datetime, ...], str | None]:
    """For a prospect who wants another time, where the rep has none: those of the first in the pool
    who has any, in the order of turns, and who that is. A later meeting is its own rep's.
    """
    handoff, policy = case.handoff, case.policy
    if not policy.prospect_pool or not handoff.asks(PROSPECT):
        return (), None
    if handoff.again or handoff.state not in changing.MOVABLE:
        return (), None
    assert handoff.meeting
    at = services.now()
    order, others = await _next_in_pool(services, case)
    try:
        days = await availability(
            services,
            case.person(handoff.qualifier),
            [others[id] for id in order],
            start=at,
            days=policy.days_ahead,
            rules=policy.calendar,
        )
    except GraphError:
        return (), None
    for id in order:
        times = id in days and other_times(
            qualifier=qualifier,
            rep=days[id],
            prospect_zone=handoff.lead.contact_zone,
            meeting=handoff.meeting.span,
            at=at,
            policy=policy,
        )
        if times:
            return times, id
    return (), None


async def _next_in_pool(services: Services, case: Case) -> tuple[list[str], Mapping[str, Person]]:
    """Who may have it instead of its rep, the next first, and they by id."""
    pool = await services.stores.routing.pool_of(case)
    others = await services.stores.people.in_pool(pool)
    for id in (case.handoff.rep, case.handoff.qualifier):
        others.pop(id or "", None)
    return await services.stores.routing.stand_ins(case, pool, others, services.now()), others


@task(FindStandIns)
async def find_stand_ins(context: JobContext, do: FindStandIns) -> None:
    """Who of the lead's pool is free at the time of the meeting: the backup that was chosen with
    the rep, then whose turn it is. Where the policy says so, it goes to the first of them. After
    the meeting, whoever is at work.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    if handoff.rep is None or not handoff.open:
        return
    follows = handoff.state is State.FOLLOWING
    if handoff.meeting is None and not follows:
        return
    order, others = await _next_in_pool(services, case)
    span = None if follows else handoff.meeting and handoff.meeting.span
    free: tuple[str, ...] = ()
    if follows:  # no calendar says who can follow a lead up
        free = tuple(id for id in order if not others[id].away_at(services.now()))
    if others and span and span.start > services.now():
        asker = case.person(handoff.qualifier)
        try:
            days = await availability(
                services,
                asker,
                [others[id] for id in order],
                start=span.start,
                days=0,
                rules=case.policy.calendar,
            )
            free = can_take(
                [days[id] for id in order if id in days], span, services.now(), case.policy
            )
        except GraphError:
            free = ()
    # First what goes on by itself: nobody is to read that it is theirs to decide in between.
    await services.stores.handoffs.change(
        handoff.id, lambda now: passing.pass_on(now, at=services.now(), reps=free), *free
    )
    await services.stores.handoffs.change(
        handoff.id, lambda now: leaving.pass_on(now, at=services.now(), reps=free), *free
    )
    await services.stores.handoffs.change(
        handoff.id,
        lambda now: deciding.stand_ins_found(now, at=services.now(), reps=free),
        *free,
    )
