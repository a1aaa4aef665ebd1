"""Everyone in the policy: whose calendar and hours can be read, and whom Teams reaches.

Nothing is written to anybody. So a block is known once a message has come back, and not before.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import timedelta

from bot.errors import TeamsBusyError, TeamsError, TokenRefusedError, UnreachableError
from bot.messenger import WHY
from doctor.check import OURS, Check, Examined, fine, ill, listed
from doctor.clocks import lasting
from graph.errors import BusyError, GraphError, UnsupportedError
from graph.people import Mailbox
from graph.zones import same_clock
from handoff.model import Person
from jobs import absences
from jobs.rate_limiter import rate_limiter

A_SECOND = 20  # people asked for in Teams; the tenant's limit leaves more than that for messages
MOST = 1_000  # people who are asked at one time, which takes two minutes; the worker reads all
LATELY = timedelta(days=30)
NOT_INSTALLED = WHY["BotNotInConversationRoster"]
BLOCKED = WHY["ConversationBlockedByUser"]
FORBIDDEN = WHY["BotDisabledByAdmin"]

CALENDARS = (
    "put the mailbox into the scope in Exchange, or see that it is in Exchange Online with a "
    "licence; until then they are not booked"
)
HOURS = (
    "they set them in Outlook: Settings, Calendar, Work hours and location; until then Baton takes "
    "Monday to Friday, 9:00 to 17:00"
)
ZONE = "they choose a time zone in Outlook: Settings, General, Language and time; UTC is taken"
APART = (
    "whoever has moved sets both in Outlook: the zone of the calendar (Settings, Calendar, View), "
    "and of the hours (Work hours and location); until then they read times in the mailbox's zone "
    "and are waited for by their hours"
)
BY_RULE = (
    "see in Outlook whether a rule, automatic replies (decline new invitations) or an assistant "
    "answers for them (Get-CalendarProcessing, AutomateProcessing); until then Baton asks them for "
    "each yes, and each no goes to somebody else"
)
INSTALL = (
    "put Baton into their apps: python app.py install, or a setup policy in the Teams admin center"
)
UNBLOCK = "ask them to open their chat with Baton in Teams and unblock it; one word there ends it"
ALLOW = "Teams admin center, Manage apps: make Baton available to them"
BOT = (
    "the Azure Bot must have CLIENT_ID as its app id, its endpoint at PUBLIC_URL/api/messages and "
    "the channel Microsoft Teams"
)
TELL = (
    "ask them to open their chat with Baton in Teams and say mine; mails go from NOTICE_MAILBOX, "
    "else from the lead's qualifier: see what is said of Mail.Send. Until then they are not late, "
    "and their manager decides"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    everyone = await of.services.stores.people.everyone()
    asked = asked_today(everyone, of.services.now().toordinal())
    if len(asked) < len(everyone):
        found = f"{len(asked)} of {len(everyone)} now, others tomorrow"
        yield fine("people are asked, some each day; of the others is told what is known", found)
    working = {id: p for id, p in everyone.items() if p.roles & {"rep", "qualifier"}}
    async for check in _mailboxes(of, working, asked):
        yield check
    yield await _themselves(of)
    async for check in _teams(of, everyone, asked):
        yield check
    yield await _told(of)


def asked_today(people: Mapping[str, Person], day: int) -> frozenset[str]:
    """Everyone, up to a bound; of more than that those of whom trouble is known, and of the others
    some on each *day*, so that all of them have been asked in time.
    """
    if len(people) <= MOST:
        return frozenset(people)
    ill = [id for id, person in people.items() if person.dark or person.unreachable][: MOST // 2]
    well = sorted(people.keys() - ill)
    room = MOST - len(ill)
    first = day * room % len(well)
    return frozenset(ill) | frozenset((well * 2)[first : first + room])


async def _mailboxes(
    of: Examined, people: Mapping[str, Person], asked: Collection[str]
) -> AsyncIterator[Check]:
    what = "every calendar can be read"
    services, now = of.services, of.services.now()
    some = dict.fromkeys(id for id in people if id in asked)
    try:
        settings = await absences.settings_of(services, some, now, of.far)
        open_ = {id: people[id].mail for id, one in settings.items() if one.dark is None}
        days = await absences.days_of(services, open_, now)
    except (GraphError, BusyError) as error:
        ours = isinstance(error, UnsupportedError)
        yield ill(what, OURS if ours else "see what is said of the permissions", str(error))
        return
    dark = {
        id: (settings[id].dark if id in settings else None)
        or (days[id].dark if id in days else None)
        or person.dark
        for id, person in people.items()
    }
    yield listed(what, [f"{people[id].name}: {why}" for id, why in dark.items() if why], CALENDARS)
    read = {id: one for id, one in settings.items() if one.dark is None}
    yield listed("everyone has working hours in Outlook", _named(people, read, _has_hours), HOURS)
    yield listed("everyone has a time zone that is known", _named(people, read, _has_zone), ZONE)
    yield listed("everyone's hours are on the clock of their mailbox", _apart(people, read), APART)


def _has_hours(mailbox: Mailbox) -> bool:
    return bool(mailbox.days)


def _has_zone(mailbox: Mailbox) -> bool:
    return mailbox.zone is not None


def _apart(people: Mapping[str, Person], read: Mapping[str, Mailbox]) -> list[str]:
    return [
        f"{people[id].name}: hours in {one.hours_zone}, the mailbox in {one.zone}"
        for id, one in read.items()
        if one.zone and one.hours_zone and not same_clock(one.zone, one.hours_zone)
    ]


async def _themselves(of: Examined) -> Check:
    """Whose mailbox has answered an invitation by a rule, or by an assistant."""
    known = await of.services.stores.lookups.answered_by_rule(of.services.now() - LATELY)
    people = await of.services.stores.people.get(known)
    what = "nobody's mailbox answers invitations by itself"
    return listed(what, sorted(person.name for person in people.values()), BY_RULE)


async def _teams(
    of: Examined, people: Mapping[str, Person], asked: Collection[str]
) -> AsyncIterator[Check]:
    """Each is asked for, so that who removed Baton while nobody listened is found as well."""
    why: dict[str, str] = {id: p.unreachable for id, p in people.items() if p.unreachable}
    what, limiter = "Teams answers", rate_limiter(A_SECOND)
    try:
        for n, id in enumerate((id for id in people if id in asked), 1):
            if id not in why:
                await limiter.acquire()
                if told := await _not_there(of, id):
                    why[id] = told
            of.far(n, len(asked))
    except TokenRefusedError as error:
        yield ill(what, BOT, str(error))
    except TeamsBusyError as error:
        yield ill(what, "wait, and run doctor again", str(error))
    except TeamsError as error:
        yield ill(what, BOT, str(error))
    else:
        yield listed(what, [], BOT)
    kinds = {BLOCKED: UNBLOCK, FORBIDDEN: ALLOW}
    for line, then, mine in (
        ("everyone has Baton in Teams", INSTALL, set(why.values()) - kinds.keys()),
        ("nobody has blocked Baton", UNBLOCK, {BLOCKED}),
        ("everyone may use Baton in Teams", ALLOW, {FORBIDDEN}),
    ):
        found = [f"{people[id].name} {words}" for id, words in why.items() if words in mine]
        yield listed(line, found, then)


async def _not_there(of: Examined, id: str) -> str | None:
    """Why Teams does not deliver to them, as far as can be told without writing to them."""
    services = of.services
    known = await services.stores.conversations.reference(id)
    url = None if known else await services.stores.conversations.a_service_url()
    if known is None and url is None:
        return NOT_INSTALLED
    try:
        if known:
            await services.messenger.knows(known)
        elif url:
            begun = await services.messenger.begin(url, id)
            async with services.stores.door.open() as tx:
                await services.stores.conversations.remember(tx, id, begun)
    except UnreachableError as error:
        return str(error)
    return None


async def _told(of: Examined) -> Check:
    """A mail is as good as a card; who has neither knows nothing of what is asked of them."""
    failing = await of.services.stores.delivery.failing()
    found = [
        f"{one.name} {one.why}, for {lasting(of.services.now() - one.failing_at)}; "
        f"{one.mail_why or 'no mail was sent'}"
        for one in failing
        if one.failing_at and not one.reached
    ]
    return listed("everyone was told, by card or by mail", found, TELL)


def _named(
    people: Mapping[str, Person], read: Mapping[str, Mailbox], has: Callable[[Mailbox], bool]
) -> list[str]:
    return [people[id].name for id, mailbox in read.items() if not has(mailbox)]
