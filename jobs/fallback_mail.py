"""Mails to those whom Teams does not reach. Where no mail reaches them either, the manager hears.

A mail goes from a mailbox that a setting names, else from the lead's qualifier, and is not kept
in Sent Items: its links are the reader's alone. Whether one has gone out of which nobody heard is
seen in the reader's mailbox, by its Message-ID.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import NAMESPACE_URL, UUID, uuid5

from procrastinate import JobContext

from cards.fallback_mail import MailItem, write_fallback_mail, write_pledge_mail
from cards.letters import Written
from cards.view import View
from graph.errors import BusyError, ChangedError, DeniedError, GraphError, NoMailboxError
from handoff import delivery
from handoff.effects import MailInstead, SendNotice
from handoff.errors import MovedOnError
from handoff.model import Case, Commitment, Person
from handoff.pledges import Pledge, could_not_be_told
from jobs import reaching
from jobs.letters import APPEARING, LOOK_EVERY
from jobs.services import Services
from jobs.tasks import task
from store.links import LIFE, Link

MOST = 20  # handoffs in one mail
REFUSED = {
    DeniedError: "Baton may not send mail from the mailbox that writes such mails",
    NoMailboxError: "the mailbox that writes such mails cannot be used",
}


@task(MailInstead)
async def mail_instead(context: JobContext, do: MailInstead) -> None:
    """Of each new card that waits for Teams they are told by mail, once; of one that would wait for
    their working hours, then.
    """
    services, person = Services.of(context), do.person
    at, stores = services.now(), services.stores
    waiting = await stores.queue.new_cards(person)
    held = await _held(services, person, waiting)
    now = {job: id for job, (id, _) in waiting.items() if job not in held}
    if now:
        async with stores.door.open() as tx:
            await stores.delivery.failed(tx, person, at, delivery.NO_ANSWER)
    for id in sorted(set(now.values())):
        async with stores.door.open() as tx:
            await reaching.untold(services, tx, id, person, delivery.NO_ANSWER, tried=True)
    until = min(held.values(), default=None)
    async with stores.door.open() as tx:
        await stores.delivery.told_instead(tx, person, list(now), list(held), until)


async def _held(
    services: Services, person: str, waiting: Mapping[int, tuple[UUID, bool]]
) -> dict[int, datetime]:
    """Until when each of these jobs, by number, brings no card, for its reader is not at work; of
    handoffs, and whether they asked for it.
    """
    at, held = services.now(), dict[int, datetime]()
    ids = {id for id, asked in waiting.values() if not asked}
    cases = await services.stores.handoffs.readable(ids, person)
    by_id = {case.handoff.id: case for case in cases}
    for job, (id, asked) in waiting.items():
        case = by_id.get(id)
        reader = case.people.get(person) if case else None
        if case and reader and not asked and (until := delivery.quiet_until(case, reader, at)):
            held[job] = until
    return held


@task(SendNotice)
async def send_notice(context: JobContext, do: SendNotice) -> None:
    """One mail from each sender tells *person* all that no card could. Or they are excused.

    Another try looks first whether a mail has arrived though nobody heard of it. Where Baton may
    not look, or Exchange has given the mail a Message-ID of its own, a second one goes out: better
    twice than never. No page of Microsoft's says that sendMail keeps ours.
    """
    services = Services.of(context)
    ids = await services.stores.lookups.untold(do.person)
    cases = await services.stores.handoffs.readable(ids[:MOST], do.person)
    waiting = [case for case in cases if delivery.waits_for_mail(case, do.person)]
    for sender in dict.fromkeys(_sender(services, case) for case in waiting):
        theirs = [case for case in waiting if _sender(services, case) == sender]
        try:
            told = await _went_out(services, do.person, theirs) if context.job.attempts else None
            await _send(services, sender, do.person, theirs, told)
        except (BusyError, ChangedError):
            raise
        except GraphError as error:
            await _not_sent(services, do.person, theirs, error)
    await _pledged(services, do.person, again=context.job.attempts > 0)
    if len(ids) > MOST and waiting:
        await services.stores.door.follow(SendNotice(do.person))


async def _went_out(services: Services, person: str, cases: list[Case]) -> datetime | None:
    """Until when what they could not be told of stands in a mail that has arrived. Since then more
    may have come.

    Raises BusyError while one may be on its way.
    """
    reader, owed = cases[0].people[person], _owed(cases, person)
    moments = sorted({_since(promise) for _, promise in owed}, reverse=True)
    for moment in moments:
        mailed = [(case, promise) for case, promise in owed if _since(promise) <= moment]
        if await arrived(services, reader, _message_id(reader, map(_named, mailed))):
            await _told(services, person, cases, moment)
            return moment
    appears(services, moments[-1])
    return None


async def _send(
    services: Services, sender: str, person: str, cases: list[Case], told: datetime | None
) -> None:
    """All that they have not been *told* of until then."""
    reader = cases[0].people[person]
    owed = [(case, one) for case, one in _owed(cases, person) if not told or _since(one) > told]
    if not owed:
        return
    letter = write_fallback_mail(
        [await _asked(services, case, reader, promise) for case, promise in owed]
    )
    await _mail(services, sender, reader, letter, map(_named, owed))
    await _told(services, person, cases, max(_since(promise) for _, promise in owed))


async def _told(services: Services, person: str, cases: list[Case], until: datetime) -> None:
    """A mail tells of what they could not be told of *until* then; of nothing that came since."""
    at = services.now()
    async with services.stores.door.open() as tx:
        await services.stores.delivery.mailed(tx, person, at)
        for id in sorted(case.handoff.id for case in cases):
            await services.stores.handoffs.change_in(
                tx, id, partial(delivery.mailed, at=at, person=person, until=until)
            )


def _owed(cases: list[Case], person: str) -> list[tuple[Case, Commitment]]:
    return [(case, one) for case in cases for one in delivery.waits_for_mail(case, person)]


def _since(promise: Commitment) -> datetime:
    return promise.undelivered_at or promise.made_at


def _named(owed: tuple[Case, Commitment]) -> str:
    case, promise = owed
    return f"{case.handoff.id} {promise.n} {_since(promise).isoformat()}"


def _message_id(reader: Person, owed: Iterable[str]) -> str:
    """The same however often a mail of that is tried, and another where it is untold again."""
    domain = reader.mail.partition("@")[2] or "baton.invalid"
    return f"<{uuid5(NAMESPACE_URL, ' '.join(owed))}.notice.baton@{domain}>"


async def _mail(
    services: Services, sender: str, reader: Person, letter: Written, owed: Iterable[str]
) -> None:
    """Sent, and kept by nobody but its reader. Raises as Outlook does."""
    await services.outlook.mail.send(
        sender,
        message=_message_id(reader, owed),
        subject=letter.subject,
        html=letter.html,
        to=[reader.as_guest],
        keep=False,
    )


async def arrived(services: Services, reader: Person, message: str) -> bool:
    """Whether the mail is in their mailbox, as far as Baton may look into it."""
    with suppress(DeniedError, NoMailboxError):
        return await services.outlook.mail.find(reader.id, message) is not None
    return False


def appears(services: Services, since: datetime) -> None:
    """Raises BusyError where a mail that was sent since then may not have arrived yet."""
    if services.now() - since < APPEARING:
        raise BusyError("it may have been sent; looking again", LOOK_EVERY)


async def _not_sent(services: Services, person: str, cases: list[Case], error: GraphError) -> None:
    why = REFUSED.get(type(error), "Outlook refused the mail")
    at = services.now()
    async with services.stores.door.open() as tx:
        await services.stores.delivery.not_mailed(tx, person, at, why)
        for id in sorted(case.handoff.id for case in cases):
            await services.stores.handoffs.change_in(
                tx, id, partial(delivery.unmailed, at=at, person=person, why=why)
            )


async def _pledged(services: Services, person: str, *, again: bool) -> None:
    """What they owe besides that is about no handoff: a mail from each sender. Or they are
    excused, and the next manager up is asked.
    """
    stores, reader = services.stores, await services.stores.people.find(person)
    waiting = [
        (id, one) for id, one in await stores.pledges.untold(person) if could_not_be_told(one)
    ]
    if reader is None or not waiting:
        return
    for sender in dict.fromkeys(_pledge_sender(services, one) for _, one in waiting):
        theirs = [(id, one) for id, one in waiting if _pledge_sender(services, one) == sender]
        if again:
            theirs = await _not_arrived(services, reader, theirs)
        if not theirs:
            continue
        letter = write_pledge_mail(reader, [one.promise for _, one in theirs], services.now())
        why = ""
        try:
            await _mail(services, sender, reader, letter, map(_pledge_named, theirs))
        except BusyError:
            raise
        except GraphError as error:
            why = REFUSED.get(type(error), "Outlook refused the mail")
        at = services.now()
        async with stores.door.open() as tx:
            if why:
                await stores.delivery.not_mailed(tx, person, at, why)
            else:
                await stores.delivery.mailed(tx, person, at)
            for id, _ in theirs:
                await (stores.pledges.unmailed if why else stores.pledges.told)(tx, id, at)


async def _not_arrived(
    services: Services, reader: Person, waiting: list[tuple[UUID, Pledge]]
) -> list[tuple[UUID, Pledge]]:
    """What no mail has told of that has arrived; the rest is known to be told.

    Raises BusyError while one may be on its way.
    """
    moments = sorted({_since(one.promise) for _, one in waiting}, reverse=True)
    for moment in moments:
        mailed = [(id, one) for id, one in waiting if _since(one.promise) <= moment]
        if await arrived(services, reader, _message_id(reader, map(_pledge_named, mailed))):
            at = services.now()
            async with services.stores.door.open() as tx:
                await services.stores.delivery.mailed(tx, reader.id, at)
                for id, _ in mailed:
                    await services.stores.pledges.told(tx, id, at)
            return [one for one in waiting if one not in mailed]
    appears(services, moments[-1])
    return waiting


def _pledge_named(waiting: tuple[UUID, Pledge]) -> str:
    id, pledge = waiting
    return f"{id} {_since(pledge.promise).isoformat()}"


def _pledge_sender(services: Services, pledge: Pledge) -> str:
    """Whoever it was promised to; where that is everybody, its maker themselves."""
    return services.notice_mailbox or pledge.to or pledge.promise.who


async def _asked(services: Services, case: Case, reader: Person, promise: Commitment) -> MailItem:
    """With links for an answer to a meeting, which is all that can be given by mail."""
    at = services.now()
    view = View(case=case, viewer=reader, at=at)
    try:
        delivery.answerable(case, reader.id, promise.n)
    except MovedOnError:
        return MailItem(view=view, promise=promise)
    assert case.handoff.meeting
    until = min(case.handoff.meeting.span.start, at + LIFE).replace(microsecond=0)
    link = Link(
        id=uuid5(case.handoff.id, f"{promise.n} {reader.id} {_since(promise).isoformat()}"),
        handoff=case.handoff.id,
        person=reader.id,
        n=promise.n,
        expires_at=until,
    )
    async with services.stores.door.open() as tx:
        signed = await services.stores.links.make(tx, link, at)
    return MailItem(
        view=view, promise=promise, address=f"{services.link_url}/{signed}", until=until
    )


def _sender(services: Services, case: Case) -> str:
    return services.notice_mailbox or case.handoff.qualifier
