"""What Outlook is told: meetings made, accepted, moved, passed on, cancelled; follow-ups booked.

Each job reads the handoff afresh and may run twice: what was done already is copy in Outlook or
named by a key, and not done again. Jobs on one meeting run in the order of the decisions.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext

from cards import invitation
from graph.calendar import EventCopy, spread_out
from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
)
from handoff import booking, following, making_way, outlook, passing, proposing, worth
from handoff.absence import MEETING_AHEAD
from handoff.calendar import PREP, Conflict, Event, Obstacle
from handoff.draft import INVITE_GONE, LAGS
from handoff.effects import (
    AcceptMeeting,
    AwaitInvitation,
    AwaitMove,
    BookFollowUp,
    CancelMeeting,
    ChangeRep,
    DeclineMeeting,
    Invite,
    InviteAgain,
    InviteLeader,
    LookAtOrganizer,
    MendInvitation,
    MoveMeeting,
    RemoveBlock,
    Show,
    Subscribe,
)
from handoff.errors import TakenError
from handoff.handing_over import former_addresses
from handoff.hours import Span
from handoff.model import RESERVING, Case, Commitment, Guest, Invitation, Person, State, Undoing
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise
from handoff.reasons import why_not
from handoff.times import FOLLOW_UP_WINDOW, first_free
from jobs.availability import availability
from jobs.calendars import phantoms
from jobs.prep import reserve_prep
from jobs.services import Services
from jobs.tasks import task
from store.handoffs import Rule

log = structlog.get_logger()

AT_ONCE = timedelta(seconds=5)  # of a click, within which nobody has had another word
ADMITTED = 7  # tries, about four minutes, after which a closed mailbox is no hitch
SHOWING = 2.0  # seconds that Exchange is given to show an answer that it has taken
SHOWN_BY_THEN = 3  # tries, after which what Outlook does not show was not made
ARRIVES_WITHIN = timedelta(minutes=5)  # an invitation, before somebody must do something
DECLINED_BY_THEN = 4  # looks, of which the fifth asks the organizer's event as well
LONGEST_LOOK = 60.0  # seconds between two looks for it
NOT_ARRIVED = (
    "The invitation has not reached the calendar of {who} for five minutes. It may lie in their "
    "inbox, where their mailbox does not take invitations by itself: ask them, or give the meeting "
    "to somebody else"
)
MOVED_PAST = "The meeting was moved in Outlook to a time that is over"
MOVED_ONTO = "The meeting was moved in Outlook to where the rep has something else"
TOO_LATE = "the meeting's time has passed"
BY_ITSELF = frozenset({"accepted_by_rule", "declined_by_rule"})
REFUSED = {
    DeniedError: "Baton may not write to this mailbox. Your admin can give it the right.",
    NoMailboxError: "there is no mailbox that Outlook can use",
}


@task(Invite)
async def invite(context: JobContext, do: Invite) -> None:
    """The meeting is in the qualifier's calendar, and its invitations are on their way."""
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    promise = handoff.owed(Promise.INVITE)
    known = handoff.meeting and handoff.meeting.organizer_event
    due = promise if handoff.state is State.BOOKING and handoff.rep and not known else None
    key, calendar = f"{handoff.id}-{due.n}" if due else None, services.outlook.calendar
    await _left_over(context, handoff.id, key)
    if key is None or handoff.rep is None or await _is_past(services, case, None):
        return
    wanted = await _invitation(services, case)
    async with services.stores.door.open() as tx:
        wanted = await services.stores.invitations.frozen(tx, handoff.id, key, wanted)
    try:
        made = await calendar.make_meeting(
            handoff.qualifier, handoff=handoff.id, key=key, invitation=wanted
        )
    except DuplicateError as error:  # it stands: whatever is refused now, it is not given up
        found = await calendar.find_made(handoff.qualifier, handoff=handoff.id, key=key)
        if found is None:
            raise BusyError("Outlook has the meeting and does not show it yet") from error
        made = found
    except ChangedError:
        raise
    except GraphError as error:
        await _refused(services, case, error, None)
        return
    sent = partial(
        booking.sent,
        at=services.now(),
        rep=handoff.rep,
        organizer_event=made.event,
        uid=made.uid,
        join_url=made.join_url,
        leader=wanted.leader,
    )
    also = [wanted.leader] if wanted.leader else []
    async with services.stores.door.open() as tx:
        now = (await services.stores.handoffs.change_in(tx, handoff.id, sent, *also)).handoff
        if now.meeting is None or now.meeting.organizer_event != made.event:  # it has moved on
            begins = wanted.span.start
            off = CancelMeeting(handoff.id, handoff.qualifier, made.event, made.uid, begins=begins)
            tx.follow(off)
        await services.stores.invitations.posted(tx, handoff.id)
        await services.stores.subscriptions.mark_read(tx, made.event, made.etag, services.now())


async def _left_over(context: JobContext, id: UUID, but: str | None) -> None:
    """What an earlier try may have made for a meeting that is not to be any more, because the rep
    has left before Outlook had answered, is cancelled. *but* is the key of what is still to be.

    Raises BusyError while Outlook may have it and not show it yet.
    """
    services, calendar = Services.of(context), Services.of(context).outlook.calendar
    async with services.stores.door.open() as tx:
        tried = await services.stores.invitations.left_over(tx, id, but)
    for key, invitation_ in tried:
        found = None
        with suppress(GoneError, NoMailboxError, DeniedError):
            found = await calendar.find_made(invitation_.organizer, handoff=id, key=key)
        if found is None and context.job.attempts < SHOWN_BY_THEN:
            raise BusyError("Outlook may have made it and not show it yet", SHOWING)
        async with services.stores.door.open() as tx:
            await services.stores.invitations.is_gone(tx, key)
            if found:
                who, begins = invitation_.organizer, invitation_.span.start
                tx.follow(CancelMeeting(id, who, found.event, found.uid, begins=begins))


async def _invitation(services: Services, case: Case) -> Invitation:
    handoff = case.handoff
    assert handoff.rep
    assert handoff.meeting
    leader = await _leader(services, case)
    return Invitation(
        subject=invitation.subject(handoff.lead, case.policy),
        html=await _text(services, case),
        span=handoff.meeting.span,
        guests=(_guest(case.person(handoff.rep)), _prospect(case), *_optional(leader)),
        zone=case.person(handoff.qualifier).zone,
        organizer=handoff.qualifier,
        leader=leader.id if leader else None,
    )


async def _text(services: Services, case: Case) -> str:
    """The invitation's text, as everyone invited reads it now."""
    named = case.person(case.handoff.named or "")
    return invitation.text(case.handoff.lead, case.policy, named, await services.pass_of(case))


@task(ChangeRep)
async def change_rep(context: JobContext, do: ChangeRep) -> None:
    """The meeting has another rep, at its time, who is on the list of guests; its text names them
    once they have said yes. Where another time was agreed, and Outlook was not there to be told, it
    has that as well.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    promise = handoff.owed(Promise.INVITE)
    if handoff.state is not State.BOOKING or not (promise and handoff.rep and handoff.meeting):
        return
    event, uid = handoff.meeting.organizer_event, handoff.meeting.uid
    if event is None or uid is None or handoff.meeting.invited_at:
        return
    if await _is_past(services, case, event):
        return
    rep = case.person(handoff.rep)
    leader = await _leader(services, case)
    staying = {handoff.qualifier, handoff.organizer, leader.id if leader else None}
    leaving = [mail for p in case.people.values() if p.id not in staying for mail in p.mails]
    timeline = await services.stores.handoffs.timeline(handoff.id)
    former = former_addresses(handoff.lead, timeline)
    try:
        await services.outlook.calendar.change_guest(
            handoff.organizer,
            event,
            key=f"{handoff.id}-{promise.n}",
            leaves=leaving,
            strangers=former,
            joins=_guest(rep),
            subject=invitation.subject(handoff.lead, case.policy),
            html=await _text(services, case),
            also=[*([_prospect(case)] if former else []), *_optional(leader)],
            to=(handoff.meeting.span, case.person(handoff.organizer).zone)
            if handoff.meeting.moving
            else None,
        )
    except ChangedError:
        raise
    except GraphError as error:
        if isinstance(error, GoneError):
            await _unless_found_again(services, case)
        await _refused(services, case, error, event)
        return
    sent = partial(
        booking.sent,
        at=services.now(),
        rep=rep.id,
        organizer_event=event,
        uid=uid,
        join_url=handoff.meeting.join_url,
        leader=leader.id if leader else None,
    )
    await services.stores.handoffs.change(handoff.id, sent, *([leader.id] if leader else []))


@task(MendInvitation)
async def mend_invitation(context: JobContext, do: MendInvitation) -> None:
    """What everyone invited reads is what the brief says, in one update; the prospect is invited at
    the address in it, and a leader by what it is worth now, instead of whoever came before. Nothing
    where the meeting is over or not made.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    event = handoff.meeting and handoff.meeting.organizer_event
    if not (event and handoff.rep and handoff.meeting):
        return
    # Until Outlook has put another rep on it, that is done with what the brief says then.
    waits = handoff.state is State.BOOKING and handoff.meeting.invited_at
    if handoff.state not in MEETING_AHEAD and not waits:
        return
    if handoff.meeting.span.start <= services.now():
        return
    rep, leader = case.person(handoff.rep), await _leader(services, case)
    before = case.people.get(handoff.leader or "")
    replaced = before.mails if before and leader and leader.id != before.id else ()
    timeline = await services.stores.handoffs.timeline(handoff.id)
    mended = sum(one.what == "mended" for one in timeline)
    try:
        await services.outlook.calendar.change_guest(
            handoff.organizer,
            event,
            key=f"{handoff.id}-mended-{mended}-{handoff.named}",
            leaves=(*replaced, *_had_it(case)),
            strangers=former_addresses(handoff.lead, timeline),
            joins=_guest(rep),
            subject=invitation.subject(handoff.lead, case.policy),
            html=await _text(services, case),
            also=[_prospect(case), *_optional(leader)],
        )
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await _not_let_in(context, handoff.id)
        await _left_to_people(services, handoff.id, handoff.organizer, Undoing.MEND)
        return
    await services.stores.handoffs.change(handoff.id, partial(outlook.mended, at=services.now()))
    if leader and leader.id != handoff.leader:
        joined = partial(worth.invited, at=services.now(), leader=leader.id)
        await services.stores.handoffs.change(handoff.id, joined, leader.id)


@task(InviteLeader)
async def invite_leader(context: JobContext, do: InviteLeader) -> None:
    """Whoever is to come because of what the lead is worth now is on the meeting, and is told once;
    whoever came instead of them is not any more. Nothing where the meeting is over or not made.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, leader = case.handoff, await _leader(services, case)
    if leader is None or leader.id == handoff.leader or not (handoff.rep and handoff.meeting):
        return
    event = handoff.meeting.organizer_event
    if event is None or handoff.state not in MEETING_AHEAD:
        return
    if handoff.meeting.span.start <= services.now():
        return
    rep, before = case.person(handoff.rep), case.people.get(handoff.leader or "")
    former = former_addresses(handoff.lead, await services.stores.handoffs.timeline(handoff.id))
    try:
        await services.outlook.calendar.change_guest(
            handoff.organizer,
            event,
            key=f"{handoff.id}-{leader.id}",
            leaves=(*(before.mails if before else ()), *_had_it(case)),
            strangers=former,
            joins=_guest(rep),
            html=await _text(services, case),
            also=[*([_prospect(case)] if former else []), *_optional(leader)],
        )
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await _not_let_in(context, handoff.id)
        await _left_to_people(services, handoff.id, handoff.organizer, Undoing.MEND)
        return
    await services.stores.handoffs.change(handoff.id, partial(outlook.mended, at=services.now()))
    joined = partial(worth.invited, at=services.now(), leader=leader.id)
    await services.stores.handoffs.change(handoff.id, joined, leader.id)


@task(AwaitInvitation)
async def await_invitation(context: JobContext, do: AwaitInvitation) -> None:
    """The rep's own copy is there, what stands in its way is known, and the lead is offered.

    Exchange takes seconds as a rule. It is looked for ever less often, and after some minutes the
    qualifier has it back, with what is missing and whose.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if handoff.state is not State.BOOKING or not (handoff.rep and meeting and meeting.invited_at):
        return
    assert meeting.organizer_event
    assert meeting.uid
    rep, span, person = handoff.rep, meeting.span, case.person(handoff.rep)
    tries, calendar = context.job.attempts, services.outlook.calendar
    try:
        copy, events = await calendar.find_copy(rep, meeting.uid, span, person.zone)
    except GraphError as error:
        await _refused(services, case, error, meeting.organizer_event)
        return
    link = meeting.join_url
    if copy and link is None:
        with suppress(GraphError):  # a meeting of which no link can be read is a meeting
            link = await calendar.link_of(handoff.organizer, meeting.organizer_event)
    arrived = copy and not copy.cancelled and copy.span == span
    elsewhere = copy and not copy.cancelled and copy.span != span
    if elsewhere or (not arrived and tries >= DECLINED_BY_THEN):
        # Where it may not be read, the time that an invitation is waited for decides.
        with suppress(GoneError, NoMailboxError, DeniedError):
            [told] = await organizers_event(services, case, person.mails)
            if told.span != span and not told.cancelled:
                await _moved_meanwhile(services, case, told.span)
                return
            if told.response == "declined":
                case = await services.stores.handoffs.change(
                    handoff.id,
                    partial(
                        outlook.declined_at_once,
                        at=services.now(),
                        responded_at=told.responded_at,
                    ),
                )
    if case.handoff.state is not State.BOOKING:
        return
    late = services.now() - meeting.invited_at >= ARRIVES_WITHIN
    if not arrived and late:
        why = NOT_ARRIVED.format(who=person.name)
        await _not_invited(services, handoff.id, why, meeting.organizer_event)
        return
    if not arrived or (link is None and not late):
        raise BusyError("the invitation has not arrived yet", min(2.0**tries, LONGEST_LOOK))
    assert copy
    invited = partial(
        booking.invited,
        at=services.now(),
        rep=rep,
        organizer_event=meeting.organizer_event,
        rep_event=copy.id,
        uid=meeting.uid,
        join_url=link,
        obstacles=await _obstacles(services, case, events),
    )
    async with services.stores.door.open() as tx:
        await services.stores.handoffs.change_in(tx, handoff.id, invited, rep)
        # Whoever looks on, as who gave it on does, sees with whom it is now.
        others = set(await services.stores.conversations.readers(tx, handoff.id))
        others -= {rep, handoff.qualifier}
        # Of a meeting that was another's, the prospect may have said something in between.
        looks = [LookAtOrganizer(handoff.id)] * bool(passing.had_it(handoff))
        tx.follow(Subscribe(), *looks, *(Show(one, handoff.id) for one in sorted(others)))
    await outlook_said(services, handoff.id, copy)  # the rep may have been quicker than we are


async def _obstacles(
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


async def _looked_around(services: Services, case: Case, events: Sequence[Event]) -> Case:
    """What is in the rep's calendar at the time that the meeting has been given is known."""
    assert case.handoff.meeting
    around = partial(
        outlook.around,
        at=services.now(),
        span=case.handoff.meeting.span,
        obstacles=await _obstacles(services, case, events),
    )
    return await services.stores.handoffs.change(case.handoff.id, around)


async def _moved_meanwhile(services: Services, case: Case, span: Span) -> None:
    """It is waited for the invitation to the time that the organizer has moved the meeting to, if
    that is ahead and the rep's day is free then.
    """
    meeting = case.handoff.meeting
    event = meeting.organizer_event if meeting else None
    if span.end <= services.now():
        await _not_invited(services, case.handoff.id, MOVED_PAST, event)
        return
    moved = partial(booking.moved, at=services.now(), span=span)
    try:
        await _moved_to(services, case, span, moved)
    except TakenError:
        await _not_invited(services, case.handoff.id, MOVED_ONTO, event)


async def _moved_to(services: Services, case: Case, span: Span, rule: Rule) -> Case:
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


async def _refused(services: Services, case: Case, error: GraphError, event: str | None) -> None:
    why = REFUSED.get(type(error), "Outlook refused the invitation")
    await _not_invited(services, case.handoff.id, why, event)


async def _not_invited(services: Services, id: UUID, why: str, event: str | None) -> None:
    async with services.stores.door.open() as tx:
        await services.stores.handoffs.change_in(
            tx, id, partial(booking.not_invited, at=services.now(), why=why, event=event)
        )
        await services.stores.invitations.posted(tx, id)


@task(InviteAgain)
async def invite_again(context: JobContext, do: InviteAgain) -> None:
    """A copy of the invitation is on its way to the rep, who has none in their calendar: for them
    alone, since a change of the meeting would go to everyone. One that is there by now, because
    they took it back or because this was done and not kept, is not sent again.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.organizer_event and meeting.moving):
        return
    if handoff.trouble != INVITE_GONE or meeting.invited_at:
        return
    calendar, rep = services.outlook.calendar, _guest(case.person(handoff.rep))
    try:
        if await reps_copy(services, case, by_id=False) is None:
            await calendar.forward(handoff.organizer, meeting.organizer_event, rep)
    except DeniedError:
        await _not_let_in(context, handoff.id)
        await copy_is_gone(services, case, clicked=True)
        return
    except GraphError:
        await copy_is_gone(services, case, clicked=True)
        return
    await services.stores.handoffs.change(
        handoff.id, lambda now: outlook.invited_again(now, at=services.now())
    )


@task(AwaitMove)
async def await_move(context: JobContext, do: AwaitMove) -> None:
    """The rep's own copy shows the new time, or is there again; an answer to the old one is none.

    It is looked for ever less often. After some minutes the rep gets a copy of the invitation, and
    it is said that the calendar lags; whatever Outlook tells later is looked at all the same.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.moving and meeting.invited_at):
        return
    calendar, tries = services.outlook.calendar, context.job.attempts
    person = case.person(handoff.rep)
    lost = handoff.trouble == INVITE_GONE
    try:
        copy = await reps_copy(services, case, by_id=not lost)
    except DeniedError:  # what it shows is not known, and nothing else waits behind that
        await _not_let_in(context, handoff.id)
        unknown = partial(outlook.lags, at=services.now())
        await services.stores.handoffs.change(handoff.id, unknown)
        return
    if copy and not copy.cancelled and copy.span == meeting.span:
        await outlook_said(services, handoff.id, copy)
        return
    if services.now() - meeting.invited_at < ARRIVES_WITHIN:
        raise BusyError("the new time has not arrived yet", min(2.0**tries, LONGEST_LOOK))
    if copy is None:
        clicked = lost or handoff.state is State.ACCEPTING
        await copy_is_gone(services, case, clicked=clicked)
        return
    if handoff.trouble != LAGS and meeting.organizer_event:
        with suppress(GoneError, NoMailboxError, DeniedError):  # that it lags is said all the same
            # Lost before `lags` is written, it is sent twice.
            await calendar.forward(handoff.organizer, meeting.organizer_event, _guest(person))
    await services.stores.handoffs.change(
        handoff.id, lambda now: outlook.lags(now, at=services.now())
    )


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


async def _unless_found_again(services: Services, case: Case) -> None:
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


@task(AcceptMeeting)
async def accept_meeting(context: JobContext, do: AcceptMeeting) -> None:
    """The rep's own event reads accepted: because the rep clicked, and for no other reason."""
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff = case.handoff
    meeting = handoff.meeting
    if handoff.state is not State.ACCEPTING or not (handoff.rep and meeting and meeting.rep_event):
        return
    calendar = services.outlook.calendar
    try:
        copy, around = await _looked_first(context, services, case)
        if meeting.moving or (copy and await _asked_after_all(services, case, around)):
            return
        if copy and copy.response != "accepted" and _other_by_now(case, copy):
            await outlook_said(services, handoff.id, copy)
            return
        if copy is None or copy.response != "accepted":
            await calendar.accept(handoff.rep, meeting.rep_event)
            copy, around = await _in_calendar(services, case)
    except (GoneError, NoMailboxError) as error:
        await _nothing_to_accept(services, case, error)
        return
    except DeniedError:
        await _not_let_in(context, handoff.id)
        return
    except GraphError:
        if not await _called_off(services, handoff.rep, meeting.rep_event):
            raise
        await copy_is_gone(services, case, clicked=True)
        return
    if copy.response != "accepted":
        raise BusyError("Outlook has taken the answer and does not show it yet", SHOWING)
    case = await outlook_said(services, handoff.id, copy)
    await reserve_prep(services, case, around)


async def _asked_after_all(services: Services, case: Case, around: Sequence[Event]) -> bool:
    """Whether nothing is accepted for the rep, whose yes is older than what is in their calendar by
    now: then they are asked.
    """
    if case.handoff.meeting is None or case.handoff.meeting.obstacles is not None:
        return False
    return (await _looked_around(services, case, around)).handoff.state is not State.ACCEPTING


async def _looked_first(
    context: JobContext, services: Services, case: Case
) -> tuple[EventCopy | None, tuple[Event, ...]]:
    """The copy before it is answered, but where it is answered at once: later it may have been,
    though nobody heard of it, or be at another time, or the rep has had another word since.

    Raises GoneError.
    """
    late, meeting = services.now() - _clicked_at(case) > AT_ONCE, case.handoff.meeting
    unknown = meeting is not None and meeting.obstacles is None
    if late or unknown or context.job.attempts or case.handoff.trouble:
        return await _in_calendar(services, case)
    return None, ()


def _clicked_at(case: Case) -> datetime:
    promise = case.handoff.owed(Promise.ANSWER)
    assert promise
    return promise.said_at or promise.made_at


def _other_by_now(case: Case, copy: EventCopy) -> bool:
    """Whether the copy shows another time than was clicked for, or a later word of the rep."""
    assert case.handoff.meeting
    newer = copy.responded_at is not None and copy.responded_at > _clicked_at(case)
    return copy.span != case.handoff.meeting.span or newer


async def _nothing_to_accept(
    services: Services, case: Case, error: GoneError | NoMailboxError
) -> None:
    """What comes of a click on Accept where the copy is gone.

    Raises BusyError where it has another id.
    """
    if isinstance(error, NoMailboxError):
        gone = partial(outlook.invite_gone, at=services.now(), clicked=True)
        await services.stores.handoffs.change(case.handoff.id, gone)
        return
    there, before = await reps_copy(services, case), case.handoff.meeting
    if there and before and there.id != before.rep_event:
        raise BusyError("the same meeting has another id now", 0.0) from error
    await copy_is_gone(services, case, clicked=True)


async def _called_off(services: Services, person: str, event: str) -> bool:
    """Whether an answer was refused because its organizer has called the meeting off: then there is
    nothing to answer, and the copy stays in the calendar until its owner removes it.
    """
    with suppress(GraphError):
        return (await services.outlook.calendar.read(person, event)).cancelled
    return False


async def _in_calendar(services: Services, case: Case) -> tuple[EventCopy, tuple[Event, ...]]:
    """The rep's copy as their calendar has it, and what is around it.

    Raises GoneError where it is not there, also where it is still read by its id: nothing that lies
    in Deleted Items is a meeting to come.
    """
    handoff, meeting, calendar = case.handoff, case.handoff.meeting, services.outlook.calendar
    assert handoff.rep
    assert meeting
    assert meeting.rep_event
    zone = case.person(handoff.rep).zone
    copy, around = await calendar.find_copy(handoff.rep, meeting.uid or "", meeting.span, zone)
    if copy is None:
        copy = await calendar.read(handoff.rep, meeting.rep_event)
        if copy.span == meeting.span and not spread_out(copy, around):
            raise GoneError("read by its id alone")
    return copy, around


@task(DeclineMeeting)
async def decline_meeting(context: JobContext, do: DeclineMeeting) -> None:
    """The rep sent the lead back: the event leaves the rep's calendar, its organizer is told. Not
    where they have been given it again meanwhile.
    """
    services = Services.of(context)
    calendar = services.outlook.calendar
    handoff = (await services.stores.handoffs.case(do.handoff_id)).handoff
    if handoff.rep == do.person and handoff.state in RESERVING:
        return
    await _undone(context, do, partial(calendar.decline, comment=invitation.SENT_BACK))


@task(MoveMeeting)
async def move_meeting(context: JobContext, do: MoveMeeting) -> None:
    """The meeting is at the time that the rep proposed and the qualifier agreed to. Where it has
    been given to somebody else meanwhile, it goes to that time with them: `change_rep`.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if meeting is None or not meeting.moving or meeting.organizer_event is None:
        return
    if handoff.state is State.BOOKING:
        return
    span, zone = meeting.span, case.person(handoff.organizer).zone
    if span.start <= services.now():
        await _not_moved(services, case)
        return
    try:
        await services.outlook.calendar.move(
            handoff.organizer, meeting.organizer_event, span, zone, leaves=_had_it(case)
        )
    except (GoneError, NoMailboxError) as error:  # the mailbox of a leaver goes with the account
        if isinstance(error, GoneError):
            await _unless_found_again(services, case)
        await services.stores.handoffs.change(
            handoff.id, partial(outlook.cancelled, at=services.now())
        )
        return
    except DeniedError:
        await _not_let_in(context, handoff.id)
        await _not_moved(services, case)
        return
    await services.stores.handoffs.change(
        handoff.id, lambda now: proposing.meeting_moved(now, at=services.now(), span=span)
    )


async def _not_moved(services: Services, case: Case) -> None:
    """The meeting is where Outlook has it, and people are told; the rep's time then is held, if
    nothing else is in their day by now.
    """
    rule = partial(proposing.not_moved, at=services.now())
    was = case.handoff.meeting and case.handoff.meeting.was
    try:
        if was:
            await _moved_to(services, case, was, rule)
    except TakenError:
        await services.stores.handoffs.change(case.handoff.id, partial(rule, free=False))


@task(CancelMeeting)
async def cancel_meeting(context: JobContext, do: CancelMeeting) -> None:
    """The meeting is cancelled, and Outlook tells everyone invited; once it has begun, nobody is
    told that it will not be. While that waits and it begins soon, the sweep has people told.
    """
    services = Services.of(context)
    calendar = services.outlook.calendar
    if do.begins and do.begins <= services.now():
        if context.job.attempts and await _was_cancelled(services, do):
            known = partial(outlook.told_that_it_is_off, at=services.now(), went=do.begins)
        else:
            known = partial(outlook.not_called_off, at=services.now(), person=do.person)
        await services.stores.handoffs.change(do.handoff_id, known)
        return
    comment = do.words or invitation.CANCELLED
    if await _undone(context, do, partial(calendar.cancel, comment=comment)):
        await services.stores.handoffs.change(
            do.handoff_id, partial(outlook.told_that_it_is_off, at=services.now())
        )


async def _was_cancelled(services: Services, do: CancelMeeting) -> bool:
    """Whether Outlook took the cancellation at an earlier try, of which nothing was written down:
    it has left its organizer's calendar. False also where Outlook cannot say.
    """
    calendar = services.outlook.calendar
    with suppress(GraphError, BusyError):
        try:
            return (await calendar.read(do.person, do.event)).cancelled
        except GoneError:
            return not do.uid or await calendar.find_again(do.person, do.uid) is None
    return False


async def _undone(
    context: JobContext,
    do: DeclineMeeting | CancelMeeting,
    undo: Callable[[str, str], Awaitable[None]],
) -> bool:
    """Whether the meeting is out of the mailbox by now, where it may have come to another id."""
    services = Services.of(context)
    calendar, event = services.outlook.calendar, do.event
    try:
        try:
            await undo(do.person, event)
        except GoneError:
            again = await calendar.find_again(do.person, do.uid) if do.uid else None
            if again and again != event:
                await undo(do.person, again)
    except GoneError:
        return True
    except NoMailboxError:
        if isinstance(do, CancelMeeting):  # it is in the calendar of everyone else who is invited
            await _left_to_people(services, do.handoff_id, do.person, Undoing.CANCEL_GONE)
        return False
    except DeniedError:
        await _not_let_in(context, do.handoff_id)
        what = Undoing.CANCEL if isinstance(do, CancelMeeting) else Undoing.TAKE_OUT
        await _left_to_people(services, do.handoff_id, do.person, what)
        return False
    except ChangedError:
        raise
    except GraphError:
        if not await _called_off(services, do.person, event):
            raise
    return True


@task(BookFollowUp)
async def book_follow_up(context: JobContext, do: BookFollowUp) -> None:
    """A real event in the rep's calendar, in the first free working time from the one asked for.
    One that had to make way is moved to the first from where it was.

    The time is held first, so that two follow-ups at once do not take the same.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    promise = next(c for c in case.handoff.commitments if c.n == do.n)
    if not promise.open:
        await _undo_follow_up(services, case, promise)
        return
    if following.in_calendar(promise):
        return
    try:
        span, event = await _put(services, case, promise)
    except DeniedError:
        await _not_let_in(context, do.handoff_id)  # the clock asks again, and says that it waits
        return
    await services.stores.handoffs.change(
        case.handoff.id,
        lambda now: following.follow_up_booked(
            now, at=services.now(), n=do.n, span=span, event=event
        ),
    )


async def _put(services: Services, case: Case, promise: Commitment) -> tuple[Span, str]:
    """Where it is now, and its event there."""
    rep = case.person(promise.who)
    span = promise.span
    if span is None or span.start <= services.now():  # nothing is put where the day is over
        assert promise.not_before
        assert promise.minutes
        earliest = max(promise.not_before, services.now())
        days = await availability(
            services,
            rep,
            [rep],
            start=earliest,
            days=FOLLOW_UP_WINDOW.days,
            rules=case.policy.calendar,
        )
        length = timedelta(minutes=promise.minutes)
        own = Span(promise.not_before, promise.not_before + length)
        day = days[rep.id].without(own, case.policy.calendar) if promise.event else days[rep.id]
        span = first_free(day, not_before=earliest, minutes=promise.minutes)
        if span is None:
            start = rep.hours.next_at_work(earliest)
            span = Span(start, start + length)
        await _reserve(services, case, promise.n, span)
    return span, await _follow_up(services, case, promise, span)


async def _follow_up(services: Services, case: Case, promise: Commitment, span: Span) -> str:
    """The event's id. One that the rep has taken out of their calendar is not made again: what was
    promised stays, and so does the time that it has.
    """
    rep, lead = case.person(promise.who), case.handoff.lead
    if promise.event:
        with suppress(GoneError):
            await services.outlook.calendar.move(rep.id, promise.event, span, rep.zone)
        return promise.event
    made = await services.outlook.calendar.make_block(
        rep.id,
        handoff=case.handoff.id,
        key=f"{case.handoff.id}-{promise.n}",
        subject=invitation.follow_up_subject(lead, promise.kind or ""),
        html=invitation.follow_up_text(lead, case.policy, case.handoff.number),
        span=span,
        zone=rep.zone,
    )
    if made.span != span:  # made by an earlier try, for a time that was over before it was known
        await services.outlook.calendar.move(rep.id, made.id, span, rep.zone)
    return made.id


async def _undo_follow_up(services: Services, case: Case, promise: Commitment) -> None:
    """It was over before anybody knew that Outlook had made its event."""
    if promise.span is None or promise.event:
        return
    with suppress(GoneError, DeniedError, NoMailboxError):
        event = await _follow_up(services, case, promise, promise.span)  # under its key: that one
        await services.outlook.calendar.remove_block(promise.who, event)


@task(RemoveBlock)
async def remove_block(context: JobContext, do: RemoveBlock) -> None:
    """A follow-up or prep that is no longer needed leaves the rep's calendar."""
    services = Services.of(context)
    try:
        await services.outlook.calendar.remove_block(do.person, do.event)
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await _not_let_in(context, do.handoff_id)
        await _left_to_people(services, do.handoff_id, do.person, Undoing.TAKE_OUT)


async def _is_past(services: Services, case: Case, event: str | None) -> bool:
    """Whether the time came before anybody could be invited to it: then nobody is."""
    meeting = case.handoff.meeting
    if meeting is None or meeting.span.start > services.now():
        return False
    await _not_invited(services, case.handoff.id, TOO_LATE, event)
    return True


async def _not_let_in(context: JobContext, id: UUID) -> None:
    """A permission that was only just taken or given waits a little, as any that lacks. Then the
    job ends, for all others on this meeting wait behind it.

    Raises DeniedError while it waits.
    """
    if context.job.attempts < ADMITTED:
        raise DeniedError("403 for the mailbox")
    log.warning("a mailbox stays closed", job=context.job.task_name, handoff=str(id))


async def _left_to_people(services: Services, id: UUID, person: str, what: Undoing) -> None:
    """Whoever can do it themselves reads that Outlook would not."""
    refused = partial(outlook.not_let_in, at=services.now(), person=person, what=what)
    await services.stores.handoffs.change(id, refused)


def _is_to_be_looked_around(case: Case) -> bool:
    """Whether a rep is asked for a time at which nobody has looked into their calendar."""
    meeting = case.handoff.meeting
    asked = case.handoff.state is State.OFFERED and case.handoff.rep is not None
    return asked and meeting is not None and meeting.obstacles is None and not meeting.moving


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
            case = await _moved_to(services, case, span, says)
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
            case = await _looked_around(services, case, events)
    known = (now.span, now.response, now.response_at) if now else None
    same = known == (copy.span, copy.response, copy.responded_at)
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.mark_read(
            tx, copy.id, copy.etag if same else None, services.now()
        )
    return case


async def _answers_itself(services: Services, case: Case, said: EventCopy) -> bool:
    """Whether the rep's mailbox has answered this meeting by itself before."""
    handoff = case.handoff
    if said.response not in ("accepted", "declined") or handoff.state not in IN_OUTLOOK:
        return False
    timeline = await services.stores.handoffs.timeline(handoff.id)
    return any(one.what in BY_ITSELF and one.detail.get("to") == handoff.rep for one in timeline)


async def _reserve(services: Services, case: Case, n: int, span: Span) -> None:
    try:
        await services.stores.handoffs.change(
            case.handoff.id,
            lambda now: following.follow_up_booked(
                now, at=services.now(), n=n, span=span, event=None
            ),
        )
    except TakenError as error:
        raise BusyError("someone took that time; looking again", 0.0) from error


async def _leader(services: Services, case: Case) -> Person | None:
    """Who is on every meeting of the lead because of what it is worth: whoever was, unless the
    line of somebody else is passed by now.
    """
    due, before = passing.leader_of(case.handoff.worth, case.policy), case.handoff.leader
    people = services.stores.people
    found = (
        await people.with_mail(due.who) if due else await people.find(before) if before else None
    )
    return (
        None if found is None or found.id in (case.handoff.rep, case.handoff.qualifier) else found
    )


def _had_it(case: Case) -> tuple[str, ...]:
    """The addresses of reps whose the meeting is no more. A no that reaches the organizer after
    another has it puts them on the list again, and every change would bring them the meeting.
    """
    handoff = case.handoff
    stay = {handoff.rep, handoff.qualifier, handoff.organizer, handoff.leader}
    left = sorted(passing.had_it(handoff) - stay)
    return tuple(mail for id in left if id in case.people for mail in case.people[id].mails)


def _optional(leader: Person | None) -> list[Guest]:
    return [Guest(name=leader.name, mail=leader.mail, optional=True)] if leader else []


def _guest(person: Person) -> Guest:
    return Guest(name=person.name, mail=person.mail)


def _prospect(case: Case) -> Guest:
    lead = case.handoff.lead
    return Guest(name=lead.contact_name, mail=lead.contact_email)
