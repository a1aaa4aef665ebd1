"""Mails in people's names, each sent once, and whether introductions have been answered.

Graph's sendMail says nothing of the mail it has made, and takes no key. So a letter carries a
Message-ID of its own, and where it is unknown whether one has gone out, Sent Items tells.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from cards import letters as written
from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    GoneError,
    GraphError,
    NoMailboxError,
)
from graph.mail import Header
from handoff import addresses, introducing, letters, sending
from handoff.effects import ReadSentMail, SendLetter
from handoff.model import Case, Decision, Letter, Mailing
from handoff.policy import Promise
from handoff.sending import Due
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()

APPEARING = timedelta(minutes=2)  # that a mail may take to appear in Sent Items
LOOK_EVERY = 30.0  # seconds, meanwhile
OUTDATED = "The meeting has been moved since, and what you sent may name the old time."
REFUSED = {
    DeniedError: "Baton may not send mail from this mailbox. Your admin can give it the right.",
    NoMailboxError: "There is no mailbox that Outlook can send from.",
    GoneError: "The introduction is no longer in your mailbox, so there is nothing to answer.",
}


INSTEAD: Mapping[Due, Callable[..., Decision | None]] = {
    Due.TOO_LATE: sending.too_late,
    Due.ANOTHERS: sending.taken_over,
    Due.NO_MORE: sending.no_more,
    Due.OUTDATED: partial(sending.refused, why=OUTDATED),
}
"""What is decided where a letter is not sent."""


@task(SendLetter)
async def send_letter(context: JobContext, do: SendLetter) -> None:
    """The letter has been sent, once, or its sender is told why it cannot be."""
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    letter = letters.numbered(case.handoff, do.n)
    if letter is None:
        return
    due = sending.due(case, letter, services.now())
    if due in (Due.NOTHING, Due.WAIT):
        return
    if due is not Due.SEND:
        if not await _went_out(services, case, letter):  # nobody may have heard of that
            ends = partial(INSTEAD[due], at=services.now(), n=do.n)
            await services.stores.handoffs.change(case.handoff.id, ends)
    elif not await _went_out(services, case, letter):
        await _asks_outlook(services, case, letter)


async def _asks_outlook(services: Services, case: Case, letter: Letter) -> None:
    try:
        if letter.what is Mailing.REPLY:
            await _reply(services, case, letter)
        else:
            await _send(services, case, letter)
    except ChangedError:
        raise
    except GraphError as error:
        why = REFUSED.get(type(error), "Outlook refused the mail.")
        await _is_refused(services, case, letter, why)


async def _is_refused(services: Services, case: Case, letter: Letter, why: str) -> None:
    await services.stores.handoffs.change(
        case.handoff.id, partial(sending.refused, at=services.now(), n=letter.n, why=why)
    )


async def _went_out(services: Services, case: Case, letter: Letter) -> bool:
    """Whether it has been sent although nobody heard of it. Where Outlook does not let Baton look,
    nobody is told that it refused the mail; of a mailbox that is gone by now the copy in the rep's
    own tells.
    """
    if not letter.tried_at:
        return False
    if letter.what is Mailing.REPLY:
        return await _was_answered(services, case, letter)
    try:
        found = await _among_sent(services, case, letter)
    except NoMailboxError:
        if letter.by == letter.rep:
            raise
        found = await _among_received(services, case, letter)
    if found is None and _fresh(services, letter.tried_at):
        raise BusyError("it may have been sent; looking again", LOOK_EVERY)
    if found:
        await _sent(services, case, letter, message=found.message, when=found.sent_at)
    return found is not None


async def _was_answered(services: Services, case: Case, letter: Letter) -> bool:
    """Whether the rep has answered an introduction of theirs since they asked for it, by that reply
    or by another mail: to whichever address it went, for the lead may have another by now.
    """
    for known in reversed(list(letters.introductions(case.handoff, letter.rep))):
        there = await _in_own_mailbox(services, case, known) if known.sent_at else None
        found = there and await _answer(services, case, known, there.thread, letter.asked_at)
        if found:
            await _sent(services, case, letter, when=found.sent_at, answers=known.n)
            return True
    if letter.tried_at and _fresh(services, letter.tried_at):
        raise BusyError("it may have been sent; looking again", LOOK_EVERY)
    return False


async def _send(services: Services, case: Case, letter: Letter) -> None:
    """To the address that the lead has as Outlook is asked, whatever it was when this was read."""
    message = _message_id(case, letter)
    tried = await _tries(services, case, letter)
    if tried is None:
        return
    case, lead = tried, tried.handoff.lead
    text = written.write(case, letter, await services.pass_of(case))
    colleague = letters.copied(case.handoff, letter)
    await services.outlook.mail.send(
        letter.by,
        message=message,
        subject=text.subject,
        html=text.html,
        to=[lead.as_guest],
        cc=[case.person(colleague).as_guest] if colleague else [],
    )
    await _sent(services, case, letter, message=message)


async def _tries(services: Services, case: Case, letter: Letter) -> Case | None:
    """It is known that Outlook is asked for it; None where it is not to be sent any more."""
    at = services.now()
    case = await services.stores.handoffs.change(
        case.handoff.id, partial(sending.trying, at=at, n=letter.n)
    )
    known = letters.numbered(case.handoff, letter.n)
    return case if known and sending.due(case, known, at) is Due.SEND else None


async def _reply(services: Services, case: Case, letter: Letter) -> None:
    """To everyone on the introduction, unless the rep has answered it since they asked for that."""
    introduction = letters.introduction(case.handoff)
    found = await _in_own_mailbox(services, case, introduction) if introduction else None
    if introduction is None or found is None:
        if introduction and introduction.sent_at and _fresh(services, introduction.sent_at):
            raise BusyError("the introduction has yet to arrive", LOOK_EVERY)
        raise GoneError("the introduction")
    if await _was_answered(services, case, letter):
        return
    tried = await _tries(services, case, letter)
    if tried is None:
        return
    await services.outlook.mail.reply_all(letter.by, found.id, written.write(tried, letter).html)
    await _sent(services, case, letter, answers=introduction.n)


def _fresh(services: Services, at: datetime) -> bool:
    """Whether what was sent at *at* may not be in its folder yet."""
    return services.now() - at < APPEARING


async def _sent(
    services: Services,
    case: Case,
    letter: Letter,
    *,
    message: str | None = None,
    when: datetime | None = None,
    answers: int | None = None,
) -> None:
    await services.stores.handoffs.change(
        case.handoff.id,
        partial(
            sending.sent,
            at=services.now(),
            n=letter.n,
            message=message,
            when=when,
            answers=answers,
        ),
    )


@task(ReadSentMail)
async def read_sent_mail(context: JobContext, do: ReadSentMail) -> None:
    """Introductions that the owner of the mailbox has answered in Outlook are known as answered.

    Only envelopes are read, and only of conversations that an introduction began.
    """
    services = Services.of(context)
    owing = await services.stores.lookups.owing(do.mailbox, Promise.REPLY)
    for case in await services.stores.handoffs.readable(owing):
        introduction = letters.introduction(case.handoff)
        if introduction is None or case.handoff.rep != do.mailbox:
            continue
        try:
            found = introduction.thread or await _began(services, case, introduction)
            answer = await _answer(services, case, introduction, found) if found else None
        except (DeniedError, NoMailboxError) as error:
            log.warning("sent mail not read", mailbox=do.mailbox, why=str(error))
            continue
        if answer:
            await services.stores.handoffs.change(
                case.handoff.id,
                partial(
                    introducing.replied,
                    at=services.now(),
                    by=do.mailbox,
                    n=introduction.n,
                    when=answer.sent_at,
                ),
            )


async def _answer(
    services: Services,
    case: Case,
    introduction: Letter,
    thread: str,
    since: datetime | None = None,
) -> Header | None:
    """The rep's first mail to the prospect's company in the conversation that it began, *since*
    then.
    """
    rep = introduction.rep
    lead = replace(case.handoff.lead, contact_email=introduction.to)
    found = [
        one
        for one in await services.outlook.mail.sent_in(rep, thread, case.person(rep).mails)
        if letters.reaches(one.recipients, lead, case.person(rep).mail)
        and (since is None or one.sent_at >= since)
    ]
    return min(found, key=lambda one: one.sent_at, default=None)


async def _began(services: Services, case: Case, introduction: Letter) -> str | None:
    """The conversation that the introduction began in the rep's mailbox, found once and kept."""
    found = await _in_own_mailbox(services, case, introduction)
    return found.thread if found else None


async def _in_own_mailbox(services: Services, case: Case, introduction: Letter) -> Header | None:
    """The rep's own copy of the introduction, by its Message-ID."""
    message = introduction.message or _message_id(case, introduction)
    found = await services.outlook.mail.find(introduction.rep, message)
    if found is None and (sent := await _among_sent(services, case, introduction)):
        message = sent.message
        found = await services.outlook.mail.find(introduction.rep, message)
    if found and introduction.thread != found.thread:
        await services.stores.handoffs.change(
            case.handoff.id,
            partial(
                introducing.began,
                at=services.now(),
                n=introduction.n,
                message=message,
                thread=found.thread,
            ),
        )
    return found


async def _among_sent(services: Services, case: Case, letter: Letter) -> Header | None:
    """The letter as its sender's mailbox has sent it; None where it has not.

    No page of Microsoft's says that sendMail keeps ours. Where it has given another, the letter is
    known by its subject and to whom it went.
    """
    if ours := await services.outlook.mail.find(letter.by, _message_id(case, letter)):
        return ours
    subject = written.write(case, letter).subject
    for one in await services.outlook.mail.sent_since(letter.by, letter.asked_at):
        if one.subject == subject and addresses.is_among(letter.to, one.recipients):
            return one
    return None


async def _among_received(services: Services, case: Case, letter: Letter) -> Header | None:
    """The letter as the mailbox of the rep who is on it has received it; None where it has not. By
    our Message-ID, or as among what its sender has sent.
    """
    if ours := await services.outlook.mail.find(letter.rep, _message_id(case, letter)):
        return ours
    subject, senders = written.write(case, letter).subject, case.person(letter.by).mails
    for one in await services.outlook.mail.received_since(letter.rep, letter.asked_at):
        theirs = one.subject == subject and addresses.is_among(one.sender, senders)
        if theirs and addresses.is_among(letter.to, one.recipients):
            return one
    return None


def _message_id(case: Case, letter: Letter) -> str:
    """The same however often it is made, and nobody else's."""
    domain = case.person(letter.by).mail.partition("@")[2] or "baton.invalid"
    return f"<{case.handoff.id}.{letter.n}.baton@{domain}>"
