"""Messages to people: their live cards, and replies to what they said.

Each draws what is true when it runs, so a job that runs late does not send old news. All to one
person run one after the other (the lock "show <person>"), as Teams wants it for a conversation.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

from procrastinate import JobContext
from procrastinate.jobs import Job

from bot import again, asking
from bot.click import PATIENCE, standing
from bot.errors import (
    CardGoneError,
    ChatGoneError,
    TeamsError,
    UnreachableError,
)
from bot.messenger import Unless
from cards.elements import Card, form_open
from cards.lists import closed_card, line_card, newer_card
from cards.opening import begun, opened
from cards.view import View
from handoff import delivery
from handoff.effects import (
    CloseCard,
    PointToAnswer,
    Reply,
    Show,
    ShowAnswer,
    ShowClicked,
    ShowMine,
    Urgency,
)
from handoff.errors import NoSuchHandoffError
from handoff.model import Case, Person
from handoff.pledges import tells
from jobs import reaching
from jobs.services import Services
from jobs.tasks import task
from store.conversations import Reference, Standing
from store.door import Tx

NO_CHAT = "has no chat with Baton any more"
NOT_TAKEN = "could not be sent a card: Teams refused it"
IN_PRIVATE = "I have answered you in our own chat."
ADD_BATON = "I answer in private. Please add Baton to your own apps, then ask again."


@task(Show)
async def show(context: JobContext, do: Show) -> None:
    """The person's live card is as the handoff stands. With *alert* a new one is posted and the
    older one points to it; outside the person's working hours that waits, unless they *asked*.
    """
    services = Services.of(context)
    id = do.handoff_id
    try:
        case = await services.stores.handoffs.case(id, do.person)
    except NoSuchHandoffError:
        return
    there = await services.stores.conversations.standing(id, do.person)
    reader = case.people.get(do.person)
    if reader is None or not reader.present or not (do.alert or there.live):
        return
    alert = do.alert
    if alert and not do.asked and (until := delivery.quiet_until(case, reader, services.now())):
        async with services.stores.door.open() as tx:
            await services.stores.conversations.postpone(tx, id, do.person, until)
        alert = False
    card = await services.baton.card(case, do.person)
    await _deliver(services, case, reader, there, card, job=context.job, alert=alert)


@task(ShowClicked)
async def show_clicked(context: JobContext, do: ShowClicked) -> None:
    """An answer lives in the client that clicked: other devices keep the older card, and a reload
    or a reaction brings it back. https://github.com/microsoft/botbuilder-js/issues/4635
    https://github.com/OfficeDev/microsoft-teams-library-js/issues/1580

    Of two copies of a card, one is closed: Teams may deliver a message and say that it has not,
    and then it is sent again.
    """
    services = Services.of(context)
    id, conversations = do.handoff_id, services.stores.conversations
    try:
        case = await services.stores.handoffs.case(id, do.person)
    except NoSuchHandoffError:
        return
    reader = case.people.get(do.person)
    if reader is None or not reader.present:
        return
    there = await conversations.standing(id, do.person)
    live = there.live
    view = View(case=case, viewer=reader, at=services.now())
    if do.stands and live is None and view.scope.works_on(case.handoff):
        live = do.message
        async with services.stores.door.open() as tx:
            await conversations.is_live(tx, id, do.person, live)
    card = await services.baton.card(case, do.person)
    with suppress(UnreachableError):
        to = await reach(services, do.person, there)
        typing = _typing(services, id, do.person, do.message)
        if await typing():
            return  # what has come is put there once the form is done, or left
        if do.stands and live != do.message:
            await _close(services, to, do.message, case, reader, unless=typing)
        message = live if do.stands and live else do.message
        shown = standing(card) if message == live else card
        await _edit(services, to, message, shown, unless=typing)
        await _form_again(services, to, id, do.person, do.message)


@task(ShowAnswer)
async def show_answer(context: JobContext, do: ShowAnswer) -> None:
    """As `show_clicked`, of a card that stands for no handoff."""
    services = Services.of(context)
    card = await again.answer(services.baton, do.person, do.said, do.counted)
    with suppress(UnreachableError):
        await _edit(services, await reach(services, do.person), do.message, card)


def _typing(services: Services, id: UUID, person: str, message: str) -> Unless:
    """Whether they may be filling in a form in that *message*, and news is kept from it: asked last
    of all before it becomes another card, for who has just clicked opens the next form on what they
    read meanwhile.
    """

    async def form_is_open() -> bool:
        conversations = services.stores.conversations
        there = await conversations.standing(id, person)
        if not there.is_form_open(message, services.now()):
            return False
        async with services.stores.door.open() as tx:
            await conversations.news_waits(tx, id, person, message)
        return True

    return form_is_open


async def _form_again(
    services: Services, to: Reference, id: UUID, person: str, message: str
) -> None:
    """A form that somebody has opened in that *message* while news was on its way to it is shown
    there again: Teams may have had the news last. So is another that they have opened there while
    that one was.
    """
    shown = None
    while True:
        there = await services.stores.conversations.standing(id, person)
        name, until = there.form_name, there.form_until
        if not (name and until and there.is_form_open(message, services.now())) or name == shown:
            return
        shown = name
        case = await services.stores.handoffs.case(id, person)
        form = opened(await services.baton.card(case, person), name)
        if form:
            form = begun(form, until - PATIENCE)
            with suppress(CardGoneError):
                await services.messenger.edit(to, message, standing(form))


async def _edit(
    services: Services, to: Reference, message: str, card: Card, unless: Unless | None = None
) -> None:
    """The message becomes *card*, unless somebody may be typing in it. A deleted one stays so."""
    if form_open(card):
        return
    with suppress(CardGoneError):
        await services.messenger.edit(to, message, card, unless)


@task(CloseCard)
async def close_card(context: JobContext, do: CloseCard) -> None:
    """It runs after whatever is still to be sent to them."""
    services = Services.of(context)
    id = do.handoff_id
    if id is None:
        with suppress(UnreachableError):
            await _edit(services, await reach(services, do.person), do.message, newer_card())
        return
    try:
        case = await services.stores.handoffs.case(id, do.person)
    except NoSuchHandoffError:
        return
    reader = case.people.get(do.person)
    there = await services.stores.conversations.standing(id, do.person)
    if reader is None or there.live == do.message:
        return
    with suppress(UnreachableError):
        to = await reach(services, do.person, there)
        typing = _typing(services, id, do.person, do.message)
        if await typing():
            return  # the sweep closes it once the form is left
        await _close(services, to, do.message, case, reader, unless=typing)


@task(ShowMine)
async def show_mine(context: JobContext, do: ShowMine) -> None:
    """One list of all that is open, instead of a card for each."""
    services = Services.of(context)
    card = await asking.answer(services.baton, do.person, "mine", f"reply {context.job.id}")
    passes = _waited_for(context.job)
    if await tell(services, do.person, card, last=context, passes=passes):
        return
    reader = await services.stores.people.find(do.person)
    why = (reader and reader.unreachable) or NOT_TAKEN
    undeliverable = partial(
        delivery.undeliverable,
        at=services.now(),
        person=do.person,
        why=why,
        nudge=True,
        first=False,
    )
    listed = await services.stores.lookups.told_by_list(do.person)
    async with services.stores.door.open() as tx:
        for id in sorted(listed):
            await services.stores.handoffs.try_in(tx, id, undeliverable)
        tx.end(context.job.id)


@task(Reply)
async def reply(context: JobContext, do: Reply) -> None:
    """The answer to what a person said: always in private, for it may hold what is theirs alone.

    Asked in a *chat* with others, it says there where the answer is.
    """
    services = Services.of(context)
    person = do.person
    card = await asking.answer(services.baton, person, do.said, f"reply {context.job.id}")

    async def points_to_it(tx: Tx, _posted: str | None) -> None:
        if do.chat is not None:
            tx.follow(PointToAnswer(do.chat, told=True))

    passes = _waited_for(context.job)
    told = await send(services, person, card, last=context, passes=passes, also=points_to_it)
    if do.chat is not None and not told:
        await services.stores.door.follow(PointToAnswer(do.chat, told=False))


@task(PointToAnswer)
async def point_to_answer(context: JobContext, do: PointToAnswer) -> None:
    """A chat that is gone needs none: the answer has come."""
    card = line_card(IN_PRIVATE if do.told else ADD_BATON)
    with suppress(UnreachableError, CardGoneError):
        await Services.of(context).messenger.post(do.chat, card, asks=False, passes=True)


def _waited_for(job: Job) -> bool:
    """Whether somebody looks at their screen for what it sends, which passes other cards."""
    return job.priority >= Urgency.PERSON


async def tell(
    services: Services,
    person: str,
    card: Card,
    *,
    last: JobContext | None = None,
    asks: bool = False,
    passes: bool = False,
) -> bool:
    """A card that stands for no handoff; whether it has reached them. It is the *last* that this
    job does: told, it is not told again. One that *asks* for something alerts them, one that
    *passes* does not wait behind other cards.
    """
    return await send(services, person, card, last=last, asks=asks, passes=passes)


async def send(
    services: Services,
    person: str,
    card: Card,
    *,
    last: JobContext | None = None,
    asks: bool = False,
    passes: bool = False,
    also: Callable[[Tx, str | None], Awaitable[object]] | None = None,
) -> bool:
    """A new card that stands for no handoff; whether it has reached them. What is *also* written is
    told its id, as far as Teams says it. Raises TeamsBusyError, and TeamsError for what Teams
    refused for good.
    """
    try:
        to = await reach(services, person)
        try:
            posted = await services.messenger.post(to, card, asks=asks, passes=passes)
        except ChatGoneError:
            to = await _begin_again(services, person, to)
            posted = await services.messenger.post(to, card, asks=asks, passes=passes)
    except UnreachableError as error:
        await not_reached(services, person, error)
        return False
    except TeamsError as error:
        gone = isinstance(error, CardGoneError)
        async with services.stores.door.open() as tx:
            await services.stores.delivery.failed(
                tx, person, services.now(), NO_CHAT if gone else NOT_TAKEN
            )
        if gone:
            return False
        raise
    async with services.stores.door.open() as tx:
        await _arrived(services, tx, person)
        if also:
            await also(tx, posted)
        tx.end(last.job.id if last else None)
    return True


async def not_reached(services: Services, person: str, error: UnreachableError) -> None:
    """Teams does not deliver to them, until they act."""
    async with services.stores.door.open() as tx:
        await services.stores.delivery.failed(tx, person, services.now(), str(error))
        await services.stores.people.is_unreachable(tx, person, str(error))


async def reach(services: Services, person: str, there: Standing | None = None) -> Reference:
    """Where the person is reached, as was read for what is *there*. A chat is begun with someone
    never heard of.

    Raises UnreachableError, TeamsBusyError.
    """
    known = (there and there.chat) or await services.stores.conversations.reference(person)
    if known:
        return known
    url = await services.stores.conversations.a_service_url()
    if url is None:
        raise UnreachableError("does not have Baton installed")
    begun = await services.messenger.begin(url, person)
    async with services.stores.door.open() as tx:
        await services.stores.conversations.remember(tx, person, begun)
    return begun


async def _begin_again(services: Services, person: str, lost: Reference) -> Reference:
    """A chat in place of one that Teams knows no more. Raises UnreachableError, TeamsBusyError."""
    begun = await services.messenger.begin(lost["serviceUrl"], person)
    async with services.stores.door.open() as tx:
        await services.stores.conversations.begun_again(tx, person, begun)
    return begun


async def _deliver(
    services: Services,
    case: Case,
    reader: Person,
    there: Standing,
    card: Card,
    *,
    job: Job,
    alert: bool,
) -> None:
    """The card is in the person's chat, or it is known that it is not, and a mail is on its way.

    Raises what is to be tried again, which is known of them then, and what Teams refused for good.
    """
    try:
        await _bring(services, case, reader, there, card, job=job, alert=alert)
    except CardGoneError:
        if alert:
            await _undelivered(services, case, reader.id, NO_CHAT, nudge=True, last=job)
        return  # otherwise the person deleted it: the next alert posts another
    except UnreachableError as error:
        if isinstance(error, ChatGoneError) and not alert:
            return  # the card went with it: the next alert begins another chat
        await _undelivered(services, case, reader.id, str(error), nudge=alert, gone=True, last=job)
    except TeamsError:
        await _undelivered(services, case, reader.id, NOT_TAKEN, nudge=alert)
        raise


async def _bring(
    services: Services,
    case: Case,
    reader: Person,
    there: Standing,
    card: Card,
    *,
    job: Job,
    alert: bool,
) -> None:
    """The card is in the person's chat, a new one once. Raises as the messenger does."""
    to = await reach(services, reader.id, there)
    id, live, card = case.handoff.id, there.live, standing(card)
    if not alert:
        if live:
            typing = _typing(services, id, reader.id, live)
            if await typing():
                return
            await services.messenger.edit(to, live, card, typing)
            await _form_again(services, to, id, reader.id, live)
        return
    asks, passes = delivery.asks(case, reader.id, services.now()), _waited_for(job)
    try:
        posted = await services.messenger.post(to, card, asks=asks, passes=passes)
    except ChatGoneError:
        to = await _begin_again(services, reader.id, to)
        posted = await services.messenger.post(to, card, asks=asks, passes=passes)
    async with services.stores.door.open() as tx:
        await services.stores.conversations.is_live(tx, id, reader.id, posted)
        if live and live != posted:  # once there is a newer card, the older may point to it
            tx.follow(CloseCard(reader.id, id, live))
        await _arrived(services, tx, reader.id, id)
        if delivery.untold(case, reader.id):
            await services.stores.handoffs.change_in(
                tx, id, partial(delivery.delivered, at=services.now(), person=reader.id)
            )
        tx.end(job.id)


async def _arrived(services: Services, tx: Tx, person: str, shown: UUID | None = None) -> None:
    """Teams has taken a card. If it had not before, whatever did not arrive then comes now."""
    if not await services.stores.delivery.delivered(tx, person, services.now()):
        return
    await services.stores.people.is_unreachable(tx, person, None)
    for _, pledge in await services.stores.pledges.untold(person, tx.connection):
        tx.follow(tells(pledge))
    untold = await services.stores.lookups.untold(person, tx.connection)
    tx.follow(*(Show(person, id, alert=True) for id in untold if id != shown))


async def _close(
    services: Services, to: Reference, message: str, case: Case, reader: Person, *, unless: Unless
) -> None:
    if await services.stores.conversations.also_live(case.handoff.id, reader.id, message):
        return
    view = View(case=case, viewer=reader, at=services.now())
    with suppress(CardGoneError):
        await services.messenger.edit(to, message, closed_card(view), unless)


async def _undelivered(
    services: Services,
    case: Case,
    person: str,
    why: str,
    *,
    nudge: bool,
    gone: bool = False,
    last: Job | None = None,
) -> None:
    """Remember it, tell whoever waits for them, once for each handoff, and have it mailed.

    With *gone* Teams delivers nothing to them until they act. It is the *last* that this job does:
    done again after the mail, it would have another one sent.
    """
    async with services.stores.door.open() as tx:
        await services.stores.delivery.failed(tx, person, services.now(), why)
        if gone:
            await services.stores.people.is_unreachable(tx, person, why)
        await reaching.untold(services, tx, case.handoff.id, person, why, nudge=nudge)
        tx.end(last.id if last else None)
