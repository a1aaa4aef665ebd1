"""What Outlook tells us: a notification is a hint to look, a poll finds what no hint told."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext

from graph.calendar import Changes, EventCopy, Since
from graph.errors import BusyError, DeniedError, GoneError, NoMailboxError, ResyncError
from handoff import outlook, prospect
from handoff.draft import INVITE_GONE
from handoff.effects import Look, LookAtOrganizer, LookAtPrep, Poll, Renew
from handoff.errors import NoSuchHandoffError
from handoff.hours import Span
from handoff.model import Case
from handoff.prospect import SILENT
from jobs.absences import TRIES
from jobs.attendance import prospect_said
from jobs.copies import (
    ARRIVES_WITHIN,
    copy_is_gone,
    organizers_event,
    outlook_said,
    reps_copy,
)
from jobs.prep import blocks_reread
from jobs.services import Services
from jobs.tasks import task
from store.database import UNANSWERED
from store.handoffs import apart
from store.lookups import Whose
from store.subscriptions import Subscription
from web.notifications import LOOKS

log = structlog.get_logger()

EVENTS = "events"
BACK, AHEAD = timedelta(days=1), timedelta(days=70)  # the window that a poll covers
WINDOW_LEFT = timedelta(days=35)  # a window is begun anew when less than this is left of it


@task(Look)
async def look(context: JobContext, do: Look) -> None:
    """The handoff is as Outlook says it is."""
    services = Services.of(context)
    try:
        case = await services.stores.handoffs.case(do.handoff_id)
    except NoSuchHandoffError:
        return
    with _mailbox_or_none(case):
        await _look(services, case)


@task(LookAtOrganizer)
async def look_at_organizer(context: JobContext, do: LookAtOrganizer) -> None:
    """The handoff is as the organizer's event has it: the prospect's own answer, first of all."""
    services = Services.of(context)
    try:
        case = await services.stores.handoffs.case(do.handoff_id)
    except NoSuchHandoffError:
        return
    with _mailbox_or_none(case):
        await _organizer_reread(services, case)


@task(LookAtPrep)
async def look_at_prep(context: JobContext, do: LookAtPrep) -> None:
    """The rep's time to prepare, and their next steps, are where their calendar has them now."""
    services = Services.of(context)
    try:
        case = await services.stores.handoffs.case(do.handoff_id)
    except NoSuchHandoffError:
        return
    with _mailbox_or_none(case):
        await blocks_reread(services, case)


@contextmanager
def _mailbox_or_none(case: Case) -> Iterator[None]:
    """A mailbox that is none any more tells nothing new. The doctor names it."""
    try:
        yield
    except NoMailboxError as error:
        log.warning("not looked at", handoff=str(case.handoff.id), why=str(error))


async def _look(services: Services, case: Case) -> Case:
    """The rep's own copy decides. Where it is gone, the organizer's event tells why.

    Returns the case as it then stands.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.rep_event and meeting.organizer_event):
        return case
    copy = await reps_copy(services, case)
    if copy and not copy.cancelled and not await _deleted(services, case, copy):
        return await outlook_said(services, handoff.id, copy)
    return await copy_is_gone(services, case, yet=meeting.moving)


async def _deleted(services: Services, case: Case, copy: EventCopy) -> bool:
    """Whether the rep's copy is only read by its id: something is to be new, and nothing of it is.

    One that is no longer in the calendar under the time that it shows has been deleted. Right after
    something was agreed notices tell what is known already; who deletes it then is found out by the
    next poll.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    assert handoff.rep
    assert meeting
    same = (copy.span, _word(copy.response)) == (meeting.span, _word(meeting.response))
    lately = max(promise.made_at for promise in handoff.commitments)
    gone = handoff.trouble == INVITE_GONE  # as was found out before
    if not same or (services.now() - lately < ARRIVES_WITHIN and not gone):
        return False
    zone = case.person(handoff.rep).zone
    return not await services.outlook.calendar.holds(handoff.rep, copy, zone)


async def _organizer_reread(services: Services, case: Case) -> Case:
    """The organizer's event tells what the prospect answered, and when the meeting is. What it
    tells of the rep is known as a rule, for it changes when the rep's copy does; if not, that copy
    decides.

    Returns the case as it then stands.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    if not (handoff.rep and meeting and meeting.organizer_event):
        return case
    try:
        rep, guest = await organizers_event(
            services, case, case.person(handoff.rep).mails, prospect.addresses(case)
        )
    except GoneError:
        return await _look(services, case)
    case = await prospect_said(services, case, guest)
    if meeting.join_url is None and (link := rep.join_url):
        found = partial(outlook.link_found, at=services.now(), join_url=link)
        case = await services.stores.handoffs.change(handoff.id, found)
    if rep.span != meeting.span and not rep.cancelled:
        copy = await reps_copy(services, case)
        if copy and not copy.cancelled:
            return await outlook_said(services, handoff.id, copy, rep)
    if (rep.cancelled, rep.span, _word(rep.response)) != (
        False,
        meeting.span,
        _word(meeting.response),
    ):
        return await _look(services, case)
    now = case.handoff.meeting
    if now and _word(now.prospect) == _word(guest.response):
        async with services.stores.door.open() as tx:
            await services.stores.subscriptions.mark_read(tx, rep.id, rep.etag, services.now())
    return case


def _word(response: str | None) -> str | None:
    """Silence has several names."""
    return None if response in SILENT else response


@task(Poll)
async def poll(context: JobContext, do: Poll) -> None:
    """What changed in these mailboxes since their last poll is looked at, notified or not. One with
    which anything is wrong stops no other: it is read once more, alone.
    """
    services = Services.of(context)
    try:
        known = await services.stores.subscriptions.of_all(do.mailboxes, EVENTS)
        alone = await (_poll_together(services, known) if do.more else _poll(services, known))
    except BusyError:
        assert context.job
        if not do.more or context.job.attempts < TRIES:
            raise
        alone = do.mailboxes
    await services.stores.door.follow(*map(Poll, alone))


async def _poll_together(services: Services, known: Mapping[str, Subscription]) -> Sequence[str]:
    """All of them in one request. Returns those that are to be read alone. Raises BusyError."""
    now, alone, read = services.now(), list[str](), list[_Read]()
    asked = {mailbox: _since(one, now) for mailbox, one in known.items()}
    for mailbox, found in (await services.outlook.calendar.changes_of(asked)).items():
        if isinstance(found, Changes):
            read.append(await _unread(services, known[mailbox], asked[mailbox], found))
            continue
        alone.append(mailbox)
        if isinstance(found, ResyncError):
            async with services.stores.door.open() as tx:
                await services.stores.subscriptions.polled(tx, mailbox, EVENTS, None, None)
    for one in read:  # a look for one of them may look at another's
        mailbox = one.mailbox
        try:
            await _changed(services, one)
        except UNANSWERED:
            raise
        except BusyError:  # another mailbox that must be looked into
            alone.append(mailbox)
        except (
            Exception
        ):  # some rule on this mailbox's news; polled by itself, its job fails and is seen
            log.exception("read alone", mailbox=mailbox)
            alone.append(mailbox)
    return alone


async def _poll(services: Services, known: Mapping[str, Subscription]) -> Sequence[str]:
    """The one that is known. Raises BusyError."""
    for mailbox, one in known.items():
        since = _since(one, services.now())
        try:
            found = await services.outlook.calendar.changes(mailbox, since)
        except ResyncError:
            since = _from_the_beginning(services.now())
            found = await services.outlook.calendar.changes(mailbox, since)
        except (DeniedError, NoMailboxError, GoneError) as error:
            log.warning("not polled", mailbox=mailbox, why=str(error))
            async with services.stores.door.open() as tx:
                await services.stores.subscriptions.polled(tx, mailbox, EVENTS, None, None)
            continue
        await _changed(services, await _unread(services, one, since, found))
    return ()


def _since(known: Subscription, at: datetime) -> Since:
    until = known.delta_until
    if until is None or until - at < WINDOW_LEFT:
        return _from_the_beginning(at)
    return Since(link=known.delta, window=Span(at - BACK, until))


def _from_the_beginning(at: datetime) -> Since:
    return Since(link=None, window=Span(at - BACK, at + AHEAD))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a poll has found in a mailbox."""

    mailbox: str
    since: Since
    found: Changes
    unread: dict[UUID, set[Whose]]  # what of it nobody has looked at yet, by handoff


async def _unread(services: Services, known: Subscription, since: Since, found: Changes) -> _Read:
    unread = await services.stores.lookups.told(
        {event: copy.etag if copy else None for event, copy in found.events.items()}
    )
    if unread and since.link is not None and known.alive(services.now()):
        # No notification told it. Renewing proves whether anybody is still watching. It is said
        # first: once they have been looked at, nobody would know.
        await services.stores.door.follow(Renew(known.mailbox, EVENTS))
    return _Read(mailbox=known.mailbox, since=since, found=found, unread=unread)


async def _changed(services: Services, read: _Read) -> None:
    """What was found in the mailbox is looked at, and the next poll goes on from there."""
    mailbox, since, changed = read.mailbox, read.since, read.found.events
    await _look_at_all(services, mailbox, changed, read.unread, whole=since.link is None)
    async with services.stores.door.open() as tx:
        await services.stores.subscriptions.polled(
            tx, mailbox, EVENTS, read.found.link, since.window.end
        )
        if changed and since.link is not None:
            await services.stores.subscriptions.stirred(tx, [mailbox], services.now())


async def _look_at_all(
    services: Services,
    mailbox: str,
    changed: dict[str, EventCopy | None],
    unread: dict[UUID, set[Whose]],
    *,
    whole: bool,
) -> None:
    """Handoffs with an event among what changed stand as Outlook says.

    A whole round also tells by leaving an event out. One that cannot be looked at, because its row
    cannot be read or another mailbox is closed, gets a job of its own and stops no other.
    """
    ids = {id for id, whose in unread.items() if whose & {Whose.REP, Whose.ORGANIZER}}
    if whole:
        ids |= await services.stores.lookups.unread_in(mailbox, list(changed))
    for id in sorted(ids | unread.keys()):
        whose = unread.get(id, set())
        with apart(id, BusyError) as one:
            await _look_at_one(
                services, mailbox, id, changed, prep=Whose.PREP in whose, own=id in ids
            )
        if one.failed:
            looks = [LOOKS[one](id) for one in whose] or [Look(id), LookAtOrganizer(id)]
            await services.stores.door.follow(*looks)


async def _look_at_one(
    services: Services,
    mailbox: str,
    id: UUID,
    changed: dict[str, EventCopy | None],
    *,
    prep: bool,
    own: bool,
) -> None:
    case = await services.stores.handoffs.case(id)
    if prep:
        await blocks_reread(services, case)
    if not own:
        return
    meeting = case.handoff.meeting
    copy = changed.get(meeting.rep_event or "") if meeting else None
    if mailbox == case.handoff.organizer:
        await _organizer_reread(services, case)
    elif copy and not copy.cancelled and mailbox == case.handoff.rep:
        await outlook_said(services, id, copy)  # the poll has read it already
    else:
        await _look(services, case)
