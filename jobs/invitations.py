"""Invitations: made, with another rep, corrected, with a leader, sent once more to the rep alone;
and whether they arrive.

Each job reads the handoff afresh and may run twice: what was done already is copy in Outlook or
named by a key, and not done again. Jobs on one meeting run in the order of the decisions.
"""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from uuid import UUID

from procrastinate import JobContext

from cards import invitation
from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
)
from handoff import booking, outlook, passing, worth
from handoff.absence import MEETING_AHEAD
from handoff.correcting import former_addresses
from handoff.draft import INVITE_GONE
from handoff.effects import (
    AwaitInvitation,
    CancelMeeting,
    ChangeRep,
    Invite,
    InviteAgain,
    InviteLeader,
    LookAtOrganizer,
    MendInvitation,
    Show,
    Subscribe,
)
from handoff.errors import TakenError
from handoff.hours import Span
from handoff.model import Case, Guest, Invitation, Person, State, Undoing
from handoff.policy import Promise
from jobs.closed_mailboxes import left_to_people, not_let_in
from jobs.copies import (
    ARRIVES_WITHIN,
    LONGEST_LOOK,
    SHOWING,
    copy_is_gone,
    moved_to,
    obstacles,
    organizers_event,
    outlook_said,
    reps_copy,
    unless_found_again,
)
from jobs.services import Services
from jobs.tasks import task

SHOWN_BY_THEN = 3  # tries, after which what Outlook does not show was not made
DECLINED_BY_THEN = 4  # looks, of which the fifth asks the organizer's event as well
NOT_ARRIVED = (
    "The invitation has not reached the calendar of {who} for five minutes. It may lie in their "
    "inbox, where their mailbox does not take invitations by itself: ask them, or give the meeting "
    "to somebody else"
)
MOVED_PAST = "The meeting was moved in Outlook to a time that is over"
MOVED_ONTO = "The meeting was moved in Outlook to where the rep has something else"
TOO_LATE = "the meeting's time has passed"
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
            joins=rep.as_guest,
            subject=invitation.subject(handoff.lead, case.policy),
            html=await _text(services, case),
            also=[*([case.handoff.lead.as_guest] if former else []), *_optional(leader)],
            to=(handoff.meeting.span, case.person(handoff.organizer).zone)
            if handoff.meeting.moving
            else None,
        )
    except ChangedError:
        raise
    except GraphError as error:
        if isinstance(error, GoneError):
            await unless_found_again(services, case)
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
            leaves=(*replaced, *passing.former_mails(case)),
            strangers=former_addresses(handoff.lead, timeline),
            joins=rep.as_guest,
            subject=invitation.subject(handoff.lead, case.policy),
            html=await _text(services, case),
            also=[case.handoff.lead.as_guest, *_optional(leader)],
        )
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await not_let_in(context, handoff.id)
        await left_to_people(services, handoff.id, handoff.organizer, Undoing.MEND)
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
            leaves=(*(before.mails if before else ()), *passing.former_mails(case)),
            strangers=former,
            joins=rep.as_guest,
            html=await _text(services, case),
            also=[*([case.handoff.lead.as_guest] if former else []), *_optional(leader)],
        )
    except (GoneError, NoMailboxError):
        return
    except DeniedError:
        await not_let_in(context, handoff.id)
        await left_to_people(services, handoff.id, handoff.organizer, Undoing.MEND)
        return
    await services.stores.handoffs.change(handoff.id, partial(outlook.mended, at=services.now()))
    joined = partial(worth.invited, at=services.now(), leader=leader.id)
    await services.stores.handoffs.change(handoff.id, joined, leader.id)


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
    calendar, rep = services.outlook.calendar, case.person(handoff.rep).as_guest
    try:
        if await reps_copy(services, case, by_id=False) is None:
            await calendar.forward(handoff.organizer, meeting.organizer_event, rep)
    except DeniedError:
        await not_let_in(context, handoff.id)
        await copy_is_gone(services, case, clicked=True)
        return
    except GraphError:
        await copy_is_gone(services, case, clicked=True)
        return
    await services.stores.handoffs.change(
        handoff.id, lambda now: outlook.invited_again(now, at=services.now())
    )


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
        obstacles=await obstacles(services, case, events),
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
        await moved_to(services, case, span, moved)
    except TakenError:
        await _not_invited(services, case.handoff.id, MOVED_ONTO, event)


async def _refused(services: Services, case: Case, error: GraphError, event: str | None) -> None:
    why = REFUSED.get(type(error), "Outlook refused the invitation")
    await _not_invited(services, case.handoff.id, why, event)


async def _not_invited(services: Services, id: UUID, why: str, event: str | None) -> None:
    async with services.stores.door.open() as tx:
        await services.stores.handoffs.change_in(
            tx, id, partial(booking.not_invited, at=services.now(), why=why, event=event)
        )
        await services.stores.invitations.posted(tx, id)


async def _is_past(services: Services, case: Case, event: str | None) -> bool:
    """Whether the time came before anybody could be invited to it: then nobody is."""
    meeting = case.handoff.meeting
    if meeting is None or meeting.span.start > services.now():
        return False
    await _not_invited(services, case.handoff.id, TOO_LATE, event)
    return True


async def _invitation(services: Services, case: Case) -> Invitation:
    handoff = case.handoff
    assert handoff.rep
    assert handoff.meeting
    leader = await _leader(services, case)
    return Invitation(
        subject=invitation.subject(handoff.lead, case.policy),
        html=await _text(services, case),
        span=handoff.meeting.span,
        guests=(case.person(handoff.rep).as_guest, case.handoff.lead.as_guest, *_optional(leader)),
        zone=case.person(handoff.qualifier).zone,
        organizer=handoff.qualifier,
        leader=leader.id if leader else None,
    )


async def _text(services: Services, case: Case) -> str:
    """The invitation's text, as everyone invited reads it now."""
    named = case.person(case.handoff.named or "")
    return invitation.text(case.handoff.lead, case.policy, named, await services.pass_of(case))


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


def _optional(leader: Person | None) -> list[Guest]:
    return [replace(leader.as_guest, optional=True)] if leader else []
