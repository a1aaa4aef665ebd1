"""Mails to those whom Teams does not reach. Where no mail reaches them either, the manager hears.

A mail goes from a mailbox that a setting names, else from the lead's qualifier, and is not kept
in Sent Items: its links are the reader's alone.
"""

from functools import partial
from uuid import NAMESPACE_URL, uuid5

from procrastinate import JobContext

from cards.fallback_mail import MailItem, write_fallback_mail, write_pledge_mail
from cards.view import View
from graph.errors import BusyError, ChangedError, DeniedError, GraphError, NoMailboxError
from handoff import delivery
from handoff.effects import SendNotice
from handoff.errors import MovedOnError
from handoff.model import Case, Commitment, Guest, Person
from handoff.pledges import Pledge, could_not_be_told
from jobs.services import Services
from jobs.tasks import task
from store.links import LIFE, Link

MOST = 20  # handoffs in one mail
REFUSED = {
    DeniedError: "Baton may not send mail from the mailbox that writes such mails",
    NoMailboxError: "the mailbox that writes such mails cannot be used",
}


@task(SendNotice)
async def send_notice(context: JobContext, do: SendNotice) -> None:
    """One mail from each sender tells *person* all that no card could. Or they are excused.

    Should a worker die between the mail and its line, a second one goes out under the same
    Message-ID: better twice than never.
    """
    services = Services.of(context)
    ids = await services.stores.lookups.untold(do.person)
    cases = [await services.stores.handoffs.case(id, do.person) for id in ids[:MOST]]
    waiting = [case for case in cases if delivery.waits_for_mail(case, do.person)]
    for sender in dict.fromkeys(_sender(services, case) for case in waiting):
        theirs = [case for case in waiting if _sender(services, case) == sender]
        try:
            await _send(services, sender, do.person, theirs)
        except (BusyError, ChangedError):
            raise
        except GraphError as error:
            await _not_sent(services, do.person, theirs, error)
    await _pledged(services, do.person)
    if len(ids) > MOST and waiting:
        await services.stores.door.follow(SendNotice(do.person))


async def _send(services: Services, sender: str, person: str, cases: list[Case]) -> None:
    reader = cases[0].people[person]
    asked = [
        await _asked(services, case, reader, promise)
        for case in cases
        for promise in delivery.waits_for_mail(case, person)
    ]
    letter = write_fallback_mail(asked)
    key = " ".join(f"{one.view.handoff.id} {one.promise.n}" for one in asked)
    domain = reader.mail.partition("@")[2] or "baton.invalid"
    await services.outlook.mail.send(
        sender,
        message=f"<{uuid5(NAMESPACE_URL, key)}.notice.baton@{domain}>",
        subject=letter.subject,
        html=letter.html,
        to=[Guest(name=reader.name, mail=reader.mail)],
        keep=False,
    )
    at = services.now()
    async with services.stores.door.open() as tx:
        await services.stores.delivery.mailed(tx, person, at)
        for id in sorted(case.handoff.id for case in cases):
            await services.stores.handoffs.change_in(
                tx, id, partial(delivery.mailed, at=at, person=person)
            )


async def _not_sent(services: Services, person: str, cases: list[Case], error: GraphError) -> None:
    why = REFUSED.get(type(error), "Outlook refused the mail")
    at = services.now()
    async with services.stores.door.open() as tx:
        await services.stores.delivery.not_mailed(tx, person, at, why)
        for id in sorted(case.handoff.id for case in cases):
            await services.stores.handoffs.change_in(
                tx, id, partial(delivery.unmailed, at=at, person=person, why=why)
            )


async def _pledged(services: Services, person: str) -> None:
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
        letter = write_pledge_mail(reader, [one.promise for _, one in theirs], services.now())
        key = " ".join(str(id) for id, _ in theirs)
        domain = reader.mail.partition("@")[2] or "baton.invalid"
        why = ""
        try:
            await services.outlook.mail.send(
                sender,
                message=f"<{uuid5(NAMESPACE_URL, key)}.notice.baton@{domain}>",
                subject=letter.subject,
                html=letter.html,
                to=[Guest(name=reader.name, mail=reader.mail)],
                keep=False,
            )
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
    since = promise.undelivered_at or promise.made_at
    link = Link(
        id=uuid5(case.handoff.id, f"{promise.n} {reader.id} {since.isoformat()}"),
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
