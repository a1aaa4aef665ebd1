"""The prospect's own answer before the meeting, and who was there, where Teams tells."""

from datetime import timedelta
from functools import partial

import structlog
from procrastinate import JobContext

from graph.attendance import Report, stayed
from graph.calendar import EventCopy
from graph.errors import BusyError, GraphError
from handoff import addresses, meeting_outcome, prospect
from handoff.effects import ReadAttendance
from handoff.model import Attendance, Case, State
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()

REPORTED = timedelta(hours=2)  # after the meeting's time, until when a report may come
LOOK_EVERY = 600.0  # seconds, meanwhile


async def prospect_said(services: Services, case: Case, told: EventCopy) -> Case:
    """The prospect's own answer is as the organizer's event has it, and so is who else of their
    company has accepted. Returns the case as it then stands.
    """
    ours = {addresses.one(mail) for person in case.people.values() for mail in person.mails}
    _, at, domain = addresses.one(case.handoff.lead.contact_email).rpartition("@")
    others = [one for one in map(addresses.one, told.others) if one not in ours]
    theirs = [one for one in others if one.endswith(f"{at}{domain}")]
    case = await services.stores.handoffs.change(
        case.handoff.id,
        partial(
            prospect.prospect_says,
            at=services.now(),
            response=told.response,
            responded_at=told.responded_at,
        ),
    )
    if theirs:
        another = partial(prospect.another_says, at=services.now(), mail=theirs[0])
        case = await services.stores.handoffs.change(case.handoff.id, another)
    return case


@task(ReadAttendance)
async def read_attendance(context: JobContext, do: ReadAttendance) -> None:
    """Who was in the meeting is on the card that asks how it went. Where Teams does not tell,
    the card asks without it.

    A report comes when the last one has left, which may be a while after the meeting's time.
    """
    services = Services.of(context)
    case = await services.stores.handoffs.case(do.handoff_id)
    handoff, meeting = case.handoff, case.handoff.meeting
    if handoff.state is not State.FOLLOWING or handoff.meeting_outcome or handoff.attendance:
        return
    if meeting is None or meeting.join_url is None:
        return
    try:
        found = await services.outlook.attendances.read(
            handoff.organizer, meeting.join_url, meeting.span
        )
    except GraphError as error:
        log.info("no attendance", handoff=do.handoff_id, why=str(error))
        return
    if found:
        await services.stores.handoffs.change(
            handoff.id,
            partial(
                meeting_outcome.attended, at=services.now(), attendance=_attendance(case, found)
            ),
        )
    elif services.now() < meeting.span.end + REPORTED:
        raise BusyError("no report of the meeting yet", LOOK_EVERY)


def _attendance(case: Case, reports: tuple[Report, ...]) -> Attendance:
    """Of the rep, and of whoever is neither rep nor qualifier: guests often have no address."""
    rep, qualifier = case.person(case.handoff.rep or ""), case.person(case.handoff.qualifier)
    stays = stayed(reports)

    def longest(*who: str | None, others: bool = False) -> timedelta:
        named = {addresses.one(one) for one in who if one}
        found = [
            stayed
            for (id, mail), stayed in stays.items()
            if others != bool({id and addresses.one(id), mail} & named)
        ]
        return max(found, default=timedelta())

    return Attendance(
        rep=longest(rep.id, *rep.mails),
        guests=longest(rep.id, *rep.mails, qualifier.id, *qualifier.mails, others=True),
        begun=min(report.span.start for report in reports),
        ended=max(report.span.end for report in reports),
    )
