"""How a meeting stands in the calendars of its rep and its organizer, looked up and made known: the
rep's own copy, the organizer's event, what is in the way at its time.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from graph.calendar import EventCopy
from graph.errors import BusyError, DeniedError, GoneError, GraphError, NoMailboxError
from handoff import making_way, outlook
from handoff.calendar import PREP, Conflict, Event, Obstacle
from handoff.draft import INVITE_GONE, LAGS
from handoff.errors import TakenError
from handoff.hours import Span
from handoff.model import Case, State
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise
from handoff.reasons import why_not
from jobs.calendars import phantoms
from jobs.services import Services
from store.handoffs import Rule

SHOWING = 2.0  # seconds that Exchange is given to show an answer that it has taken
ARRIVES_WITHIN = timedelta(minutes=5)  # an invitation, before somebody must do something
LONGEST_LOOK = 60.0  # seconds between two looks for it
BY_ITSELF = frozenset({"accepted_by_rule", "declined_by_rule"})


async def reps_copy(services: Services, case: Case, *, by_id: bool = True) -> EventCopy | None:
    """The rep's own copy, also where the same meeting has a new id; None where there is none. What
    lies in Deleted Items may still be read *by_id*.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    assert handoff.rep
    assert meeting
    calendar = services.outlook.calendar
    with suppress(GoneError):
        if meeting.rep_event and by_id:
            return await calendar.read(handoff.rep, meeting.rep_event)
    zone = case.person(handoff.rep).zone
    copy, _ = await calendar.find_copy(handoff.rep, meeting.uid or "", meeting.span, zone)
    if copy is None or copy.cancelled:
        return None
    await _has_new_id(services, case, copy.id, mine=False)
    return copy


async def copy_is_gone(
    services: Services, case: Case, *, clicked: bool = False, yet: bool = False
) -> Case:
    """The rep's copy is not in their calendar, and the organizer's event tells why, as far as it
    knows: what is on its way to it is told by its own notice. *clicked*, and there is nothing to
    say yes to, or it was to be brought back and has not come; *yet*, a new time or a copy is on its
    way to the rep, and brings it back.

    Returns the case as it then stands.
    """
    handoff, at, told = case.handoff, services.now(), None
    assert handoff.rep
    cancelled = partial(outlook.cancelled, at=at)
    with suppress(DeniedError, NoMailboxError):  # the organizer's mailbox tells nothing
        try:
            [told] = await organizers_event(services, case, case.person(handoff.rep).mails)
        except GoneError:
            return await services.stores.handoffs.change(handoff.id, cancelled)
    if told and told.cancelled:
        return await services.stores.handoffs.change(handoff.id, cancelled)
    if told and not told.invited:
        off = partial(outlook.taken_off, at=at)
        return await services.stores.handoffs.change(handoff.id, off)
    if yet:
        return case
    if told and told.response == "declined":
        await outlook_said(services, handoff.id, told, told, left=True)
    return await services.stores.handoffs.change(
        handoff.id, lambda now: outlook.invite_gone(now, at=at, clicked=clicked)
    )


async def organizers_event(
    services: Services, case: Case, *guests: Collection[str]
) -> tuple[EventCopy, ...]:
    """The organizer's event with what it says of each guest's answer, also where it has a new id.

    Raises GoneError.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    assert meeting
    assert meeting.organizer_event
    calendar = services.outlook.calendar
    try:
        return await calendar.answers_of(handoff.organizer, meeting.organizer_event, *guests)
    except GoneError:
        found = await calendar.find_again(handoff.organizer, meeting.uid or "")
        if found is None or found == meeting.organizer_event:
            raise
    await _has_new_id(services, case, found, mine=True)
    return await calendar.answers_of(handoff.organizer, found, *guests)


async def unless_found_again(services: Services, case: Case) -> None:
    """Raises BusyError where the organizer's event is there after all, under another id: what was
    to be done to it is done again.
    """
    with suppress(GoneError):
        await organizers_event(services, case)
    now = await services.stores.handoffs.case(case.handoff.id)
    meeting, before = now.handoff.meeting, case.handoff.meeting
    if meeting and before and meeting.organizer_event != before.organizer_event:
        raise BusyError("the same meeting has another id now", 0.0)


async def _has_new_id(services: Services, case: Case, copy: str, *, mine: bool) -> None:
    await services.stores.handoffs.change(
        case.handoff.id,
        lambda now: outlook.found_again(now, at=services.now(), copy=copy, mine=mine),
    )


async def called_off(services: Services, person: str, event: str) -> bool:
    """Whether an answer was refused because its organizer has called the meeting off: then there is
    nothing to answer, and the copy stays in the calendar until its owner removes it.
    """
    with suppress(GraphError):
        return (await services.outlook.calendar.read(person, event)).cancelled
    return False


async def outlook_said(
    services: Services,
    id: UUID,
    copy: EventCopy,
    organizers: EventCopy | None = None,
    *,
    left: bool = False,
) -> Case:
    """What the rep's own copy says of their answer is what counts, and what the organizer's event
    says of the time: it is asked where the two differ, or given. Where the copy has *left* the
    calendar, what the organizer's event knows of the answer. Returns the case as it then stands.

    Once it stands as this version of the event says, a notice of that version tells nothing new.
    """
    case = await services.stores.handoffs.case(id)
    meeting = case.handoff.meeting
    if meeting is None or (meeting.moving and meeting.invited_at is None):
        return case  # Outlook is yet to be told of the time
    if organizers is None and copy.span != meeting.span:
        with suppress(GoneError):
            [organizers] = await organizers_event(services, case, ())
    span = organizers.span if organizers else meeting.span
    late = copy.span != span
    said = replace(copy, response="notResponded", responded_at=None) if late else copy
    if span == meeting.span and late and meeting.moving:
        return case
    if (
        not left
        and span == meeting.span
        and (late or meeting.moving or case.handoff.trouble in (LAGS, INVITE_GONE))
    ):
        case = await services.stores.handoffs.change(
            id, lambda now: (outlook.lags if late else outlook.shows)(now, at=services.now())
        )
    if not (late and span == meeting.span):
        says = partial(
            outlook.says,
            at=services.now(),
            response=said.response,
            responded_at=said.responded_at,
            span=span,
            arrived_at=said.created_at,
            late=late,
            left=left,
            ruled=await _answers_itself(services, case, said),
        )
        try:
            case = await moved_to(services, case, span, says)
        except TakenError:
            onto = partial(outlook.moved_onto, at=services.now(), span=span)
            case = await services.stores.handoffs.change(id, onto)
    now = case.handoff.meeting
    if now and now.span == copy.span and _is_to_be_looked_around(case):
        with suppress(GraphError):  # the card then says nothing of the calendar
            person = case.person(case.handoff.rep or "")
            _, events = await services.outlook.calendar.find_copy(
                person.id, now.uid or "", now.span, person.zone
            )
            case = await looked_around(services, case, events)
    known = (now.span, now.response, now.response_at) if now else None
    same = known == (copy.span, copy.response, copy.responded_at)
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.mark_read(
            tx, copy.id, copy.etag if same else None, services.now()
        )
    return case


def _is_to_be_looked_around(case: Case) -> bool:
    """Whether a rep is asked for a time at which nobody has looked into their calendar."""
    meeting = case.handoff.meeting
    asked = case.handoff.state is State.OFFERED and case.handoff.rep is not None
    return asked and meeting is not None and meeting.obstacles is None and not meeting.moving


async def _answers_itself(services: Services, case: Case, said: EventCopy) -> bool:
    """Whether the rep's mailbox has answered this meeting by itself before."""
    handoff = case.handoff
    if said.response not in ("accepted", "declined") or handoff.state not in IN_OUTLOOK:
        return False
    timeline = await services.stores.handoffs.timeline(handoff.id)
    return any(one.what in BY_ITSELF and one.detail.get("to") == handoff.rep for one in timeline)


async def looked_around(services: Services, case: Case, events: Sequence[Event]) -> Case:
    """What is in the rep's calendar at the time that the meeting has been given is known."""
    assert case.handoff.meeting
    around = partial(
        outlook.around,
        at=services.now(),
        span=case.handoff.meeting.span,
        obstacles=await obstacles(services, case, events),
    )
    return await services.stores.handoffs.change(case.handoff.id, around)


async def obstacles(
    services: Services, case: Case, events: Sequence[Event]
) -> tuple[Obstacle, ...]:
    """What of *events* in the rep's calendar, and of their hours, is in the meeting's way; the time
    to prepare it, which Baton has put there, is not.
    """
    meeting, rep = case.handoff.meeting, case.person(case.handoff.rep or "")
    assert meeting
    prep = [c for c in case.handoff.commitments if c.what is Promise.PREPARE and c.event]
    own, spans = {c.event for c in prep}, {c.span for c in prep if c.open}
    others = [e for e in events if not (e.id in own or (PREP in e.categories and e.span in spans))]
    found = why_not(
        meeting.span,
        hours=rep.hours,
        events=others,
        rules=case.policy.calendar,
        own=meeting.uid,
        findings=await phantoms(services, rep, events, case.policy.calendar),
    )
    return tuple(one for one in found if one.why is not Conflict.THIS_MEETING)


async def moved_to(services: Services, case: Case, span: Span, rule: Rule) -> Case:
    """As *rule* says, by which the rep's time may be held at *span*. What they do by themselves
    there, for this lead or another, makes way. Raises TakenError where a meeting is in the way.
    """
    handoff, stores = case.handoff, services.stores
    try:
        return await stores.handoffs.change(handoff.id, rule)
    except TakenError:
        if handoff.rep is None:
            raise
        makes_way = partial(making_way.make_way, at=services.now(), rep=handoff.rep, span=span)
        holding = await stores.lookups.holding(handoff.rep, span)
        return await stores.handoffs.change_and_clear(handoff.id, rule, makes_way, holding)
