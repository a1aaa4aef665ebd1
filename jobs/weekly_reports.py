"""The report of the week that is over: made once, and brought to everyone when they begin to work
after it, by card and by mail. It waits behind whatever else is to be said.
"""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

import structlog
from procrastinate import JobContext

from cards.campaign_week import campaign_words
from cards.weekly_report import Names, weekly_card, write_weekly_mail
from graph.errors import BusyError, DeniedError, GraphError
from handoff import weekly
from handoff.effects import MailWeeklyReport, ReportWeek, ShowWeeklyReport
from handoff.model import Person
from handoff.policy import Policy
from jobs.clock import all_rung
from jobs.fallback_mail import appears, arrived
from jobs.messages import send
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

log = structlog.get_logger()

NEWS = timedelta(days=7)  # that a report is worth a mail: then there is the next
LONGEST_WAIT = timedelta(hours=12)  # for what fell due in a week that is over
CARDS = 500  # put in line in one minute
MAILS = 25
"""… in one minute: a mailbox sends 30.
https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits#sending-limits-1
"""


@task(ReportWeek, cron="* * * * *")
async def report_week(context: JobContext, do: ReportWeek) -> None:
    """Once a minute: the report is made where the week is over and had any event, and whoever
    begins to work is brought it. Who was away longer than a week has the newest alone by card; the
    others are in the tab.
    """
    services = Services.of(context)
    stores, at = services.stores, services.now()
    policy = await stores.policies.current()
    if not policy.weekly.send:
        return
    week = weekly.week_over(at, policy.weekly.zone)
    if not await stores.weekly.made(week):
        await make(services, policy)
        return
    async with stores.door.open() as tx:
        for person in await stores.weekly.due_cards(tx, week.since, at, CARDS):
            tx.follow(ShowWeeklyReport(person, week.since))
        if policy.weekly.mail and services.notice_mailbox:
            for person in await stores.weekly.due_mails(tx, week.since, at, MAILS):
                tx.follow(MailWeeklyReport(person, week.since))


async def make(services: Services, policy: Policy) -> bool:
    """Whether there is a new report of the week that is over."""
    stores, at = services.stores, services.now()
    week = weekly.week_over(at, policy.weekly.zone)
    known = weekly.cut_off(week, at)
    if known is None or not await stores.weekly.any_event(week, known):
        return False
    if at < week.end + LONGEST_WAIT and not await all_rung(stores, week.end):
        return False
    # What rang late, as after an outage, is a part of that week, however lately.
    known = await stores.weekly.last_missed(week, known)
    readers = await stores.weekly.readers(week, policy)
    if not readers:
        return False
    lines = await stores.weekly.read(week, readers, known)
    async with stores.door.open() as tx:
        made = await stores.weekly.keep(
            tx, week, lines, readers, made_at=at, known=known, policy=policy.version
        )
        if made:
            tx.follow(ReportWeek())
    if made:
        log.info("the week's report is made", week=week.since.isoformat(), readers=len(readers))
    return made


@task(ShowWeeklyReport)
async def show_weekly_report(context: JobContext, do: ShowWeeklyReport) -> None:
    """Whoever is not there any more, or has none, is shown nothing."""
    services = Services.of(context)
    stores = services.stores
    reader = await stores.people.find(do.person)
    if reader is None or not reader.present:
        return
    scope = await stores.figures.scope(reader, await stores.policies.current())
    report = await stores.weekly.of(scope, do.monday)
    if report is None:
        return
    names = await _names(services, report, reader)

    async def also(tx: Tx, _posted: str | None) -> None:
        await stores.weekly.looked(tx, do.person, report, services.now())

    theirs = campaign_words(report.campaigns, names)
    card = weekly_card(report, names, services.tab, theirs)
    await send(services, do.person, card, last=context, also=also)


@task(MailWeeklyReport)
async def mail_weekly_report(context: JobContext, do: MailWeeklyReport) -> None:
    """One mail, kept by nobody but its reader. Another try looks first whether one has arrived of
    which nobody heard. Where Baton may not send it, it waits for the right as other mails do, but
    no longer than until there is the next.
    """
    services = Services.of(context)
    stores = services.stores
    reader = await stores.people.find(do.person)
    if reader is None or not (reader.present and services.notice_mailbox):
        return
    scope = await stores.figures.scope(reader, await stores.policies.current())
    report = await stores.weekly.of(scope, do.monday)
    if report is None:
        return
    if services.now() >= report.made_at + NEWS:
        return
    message = _message_id(reader, do)
    if context.job.attempts:
        if await arrived(services, reader, message):
            return
        appears(services, await stores.weekly.mail_in_line(do.monday, do.person) or report.made_at)
    names = await _names(services, report, reader)
    letter = write_weekly_mail(report, names, services.tab)
    try:
        await services.outlook.mail.send(
            services.notice_mailbox,
            message=message,
            subject=letter.subject,
            html=letter.html,
            to=[reader.as_guest],
            keep=False,
        )
    except (BusyError, DeniedError):
        raise
    except GraphError as error:
        log.warning("the week's report is not mailed", why=str(error), see="doctor")
        return
    async with stores.door.open() as tx:
        await stores.weekly.looked(tx, do.person, report, services.now())
        tx.end(context.job.id)


async def _names(services: Services, report: weekly.Report, reader: Person) -> Names:
    people, campaigns = await services.stores.weekly.called(report)
    policy = await services.stores.policies.current()
    sources = await services.stores.weekly.sources(report)
    return Names(people=people, campaigns=campaigns, policy=policy, viewer=reader, sources=sources)


def _message_id(reader: Person, do: MailWeeklyReport) -> str:
    domain = reader.mail.partition("@")[2] or "baton.invalid"
    name = uuid5(NAMESPACE_URL, f"weekly {reader.id} {do.monday.isoformat()}")
    return f"<{name}.weekly.baton@{domain}>"
