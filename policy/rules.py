"""The policy file as the values that the rules work with."""

from datetime import timedelta
from types import MappingProxyType

from handoff import touches
from handoff.money import whole
from handoff.policy import (
    UNTIMED,
    CalendarRules,
    Clock,
    CrmLeads,
    CrmRules,
    DealField,
    FigureRules,
    MeetingType,
    Policy,
    Pool,
    Promise,
    Qualification,
    QuickAction,
    Screening,
    Want,
    WeeklyRules,
    WinRules,
    Wording,
)
from handoff.retention import Retention
from policy.brief import MeetingTypeTable
from policy.calendar import CalendarTable
from policy.clocks import WEEKDAYS
from policy.crm import CrmTable
from policy.file import PolicyFile
from policy.qualification import QualificationTable
from policy.retention import RetentionTable
from policy.routing_rules import routing_of


def rules_of(file: PolicyFile, version: int) -> Policy:
    """The values the rules work with."""
    clocks = {
        promise: Clock(
            hours=timedelta(hours=table.hours), reminder=table.reminder, escalate=table.escalate
        )
        for promise in Promise
        if promise not in UNTIMED
        for table in [getattr(file.clocks, promise.value)]
    }
    return Policy(
        version=version,
        name=file.name,
        company=file.company,
        currency=file.currency,
        required=tuple(file.brief.required),
        public=tuple(file.brief.public),
        meetings=_meetings(file),
        days_ahead=file.meeting.days_ahead,
        notice=timedelta(hours=file.meeting.notice_hours),
        times=file.meeting.times,
        other_times=file.meeting.other_times,
        prospect_moves=file.meeting.prospect_moves,
        prospect_pool=file.meeting.prospect_pool,
        prospect_start=file.meeting.prospect_hours[0],
        prospect_end=file.meeting.prospect_hours[1],
        prep_within=timedelta(hours=file.prep.within_hours),
        wording=Wording(
            introduce=file.mail.introduce,
            words=file.mail.words,
            subject=file.mail.subject,
            introduction=file.mail.introduction,
            reply=file.mail.reply,
            confirm_subject=file.mail.confirm_subject,
            rebook_subject=file.mail.rebook_subject,
            rebooking=file.mail.rebooking,
            confirmation=file.mail.confirmation,
        ),
        confirm_before=timedelta(hours=file.attendance.confirm_hours),
        attended=timedelta(minutes=file.attendance.least_minutes),
        clocks=MappingProxyType(clocks),
        reassign=timedelta(hours=file.escalation.reassign_hours),
        least=timedelta(minutes=file.escalation.least_minutes),
        levels=file.escalation.levels,
        more_time=tuple(file.escalation.more_time),
        poll=timedelta(hours=file.outlook.poll_hours),
        blind=timedelta(minutes=file.outlook.blind_minutes),
        sync=timedelta(hours=file.outlook.people_hours),
        most_lost=file.outlook.people_lost,
        reasons=MappingProxyType(dict(file.reasons)),
        lost=MappingProxyType(dict(file.lost)),
        quick_actions=tuple(
            QuickAction(
                code=row.code,
                title=row.title,
                kind=row.kind,
                days=row.days,
                weekday=WEEKDAYS.index(row.weekday) if row.weekday else None,
                at=row.at,
                minutes=row.minutes,
            )
            for row in file.quick_actions
        ),
        pools=tuple(
            Pool(
                code=row.code,
                name=row.name,
                holidays=row.holidays,
                region=row.region or row.name,
            )
            for row in file.pools
        ),
        calendar=_calendar_rules(file.calendar),
        routing=routing_of(file),
        retention=_retention(file.retention),
        figures=FigureRules(
            team_level=file.figures.team_level,
            least=file.figures.least_people,
            works_council=file.figures.works_council,
            line_manager=file.figures.line_manager,
        ),
        crm=_crm_rules(file.crm),
        weekly=WeeklyRules(
            send=file.weekly.send,
            mail=file.weekly.mail,
            zone=file.weekly.zone,
            trends=file.weekly.trends,
        ),
        wins=WinRules(tell=file.wins.tell, pool=file.wins.pool),
        screening=Screening(
            domains=tuple(file.incoming.test_domains),
            words=tuple(file.incoming.test_words),
            links=file.incoming.links,
        ),
        qualification=_team(file.qualification, file.currency),
    )


def _team(table: QualificationTable, currency: str) -> Qualification | None:
    if table.cost is None or table.since is None:
        return None
    return Qualification(cost=whole(table.cost, currency), since=table.since)


def _retention(table: RetentionTable) -> Retention:
    return Retention(
        unbooked=timedelta(days=table.unbooked_days),
        prospects=timedelta(days=table.prospect_days),
        texts=timedelta(days=table.text_days),
        calendars=timedelta(days=table.calendar_days),
        outlook=timedelta(days=table.outlook_days),
        leavers=timedelta(days=table.leaver_days),
        names=timedelta(days=table.name_days),
        looks=timedelta(days=table.look_days),
        decisions=timedelta(days=table.decision_days),
        jobs=timedelta(days=table.job_days),
        reports=timedelta(days=table.report_days),
    )


def _meetings(file: PolicyFile) -> tuple[MeetingType, ...]:
    """The types, or the lengths as types of their own."""
    usual, by_length = file.prep.minutes, file.prep.by_length
    rows = file.meeting.types or [
        MeetingTypeTable.model_construct(code=str(m), name=f"{m} minutes", minutes=m, prepare=None)
        for m in file.meeting.lengths
    ]
    return tuple(
        MeetingType(
            code=row.code,
            name=row.name,
            minutes=row.minutes,
            prepare=timedelta(
                minutes=by_length.get(str(row.minutes), usual)
                if row.prepare is None
                else row.prepare
            ),
        )
        for row in rows
    )


def _crm_rules(table: CrmTable) -> CrmRules:
    return CrmRules(
        owner=table.owner,
        in_their_name=table.in_their_name,
        stages=MappingProxyType(dict(table.stages)),
        accountable=MappingProxyType(dict(table.accountable)),
        wants=tuple(
            Want(field=DealField(row.field), stages=tuple(row.stages), days=row.days)
            for row in table.wants
        ),
        activity=table.activity,
        spending=table.spending,
        touches=MappingProxyType(
            {
                name: where
                for name, where in (
                    (touches.FIRST, table.touches.first),
                    (touches.LAST, table.touches.last),
                )
                if where
            }
        ),
        idle_days=table.idle_days,
        leads=CrmLeads(
            source=table.leads.source,
            by=table.leads.field,
            values=tuple(table.leads.values),
            fields=MappingProxyType(dict(table.leads.fields)),
        )
        if table.leads
        else None,
    )


def _calendar_rules(table: CalendarTable) -> CalendarRules:
    return CalendarRules(
        buffer=timedelta(minutes=table.buffer_minutes),
        check_at=table.check_at,
        confidence=table.confidence,
        hold=timedelta(days=table.hold_days),
        tentative=timedelta(days=table.tentative_days),
        series=timedelta(days=table.series_days),
        kept=table.kept_weeks,
        holds=tuple(table.hold_words),
        reminders=tuple(table.reminder_words),
        blocks=tuple(table.block_words),
        domains=tuple(table.domains),
    )
