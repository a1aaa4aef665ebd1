"""The rules in force, as values. Where they are written and how they are checked: policy/."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from handoff.money import Money
from handoff.retention import Retention
from handoff.routing.policy import Routing


class Promise(StrEnum):
    """What a person has promised. Each has a clock of its own in the policy, but for UNTIMED."""

    FIT = "fit"  # the qualifier, to decide on a lead that does not reach the line of fit
    NURTURE = "nurture"  # a marketer, to look again at a lead whose time has not come
    BOOK = "book"  # the qualifier, to hand over a lead that is ready
    INVITE = "invite"  # the qualifier, that the invitation goes out; Baton does it
    ANSWER = "answer"  # the rep, to accept the meeting or say why not
    SETTLE = "settle"  # the qualifier, to agree to another time or keep this one
    REWORK = "rework"  # the qualifier, to decide what becomes of a lead that was sent back
    REASON = "reason"  # the rep, to say why the meeting was declined in Outlook
    REPLY = "reply"  # the rep, to answer the introduction
    PREPARE = "prepare"  # the rep, to prepare the meeting; Baton books the time for it
    MEET = "meet"  # the rep, to be at the meeting
    OUTCOME = "outcome"  # the rep, to say how the meeting went
    NEXT_STEP = "next_step"  # the rep, to say what happens after the meeting
    FOLLOW_UP = "follow_up"  # the rep, to make the call or write the mail
    PROGRESS = "progress"  # the rep, to bring the lead further or say how it ends
    DECIDE = "decide"  # a manager, to decide what is overdue
    JUDGE = "judge"  # a manager, to decide what is contested
    CONFIRM_WEEK = "confirm_week"  # the rep, to say that next week's calendar is true
    SETTLE_WEEKS = "settle_weeks"  # a manager, to settle the calendars that nobody confirmed
    ANSWER_REPORT = "answer_report"  # a manager, to answer who says an assignment was wrong
    ANSWER_ALARM = "answer_alarm"  # a manager, to decide on who has had no leads for a while
    UPDATE_CRM = "update_crm"  # the rep, to say what the policy wants to stand in the CRM


UNTIMED = frozenset({Promise.INVITE, Promise.PREPARE, Promise.MEET})
"""Those that are kept at a moment of their own, whatever the policy says."""


PLEDGED = frozenset(
    {Promise.CONFIRM_WEEK, Promise.SETTLE_WEEKS, Promise.ANSWER_REPORT, Promise.ANSWER_ALARM}
    | {Promise.UPDATE_CRM}
)
"""Those that are no step of a handoff."""


class DealField(StrEnum):
    """What may be wanted of a deal in the CRM."""

    AMOUNT = "amount"  # what it is worth
    CLOSE_DATE = "close_date"  # when it is to be won
    STAGE = "stage"  # where it stands
    NEXT_STEP = "next_step"  # what is done next


FIELDS: Mapping[str, str] = {
    "company": "Company",
    "contact_name": "Contact name",
    "contact_email": "Contact e-mail",
    "needs": "What they need",
    "pains": "What hurts today",
    "current_solution": "What they use now",
    "request": "What they want to see",
    "value": "Worth per year",
    "campaign": "Campaign",
}
"""What can be known of a lead, by name, as people read it. In the order of the form."""


LONG = frozenset({"needs", "pains", "current_solution", "request"})
"""Those of several lines; every other is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How long one kind of promise may take, in working hours of whoever made it."""

    hours: timedelta
    reminder: float | None  # at this share of the time; None for no reminder
    escalate: bool  # whether the person's manager decides when it is overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickAction:
    """A follow-up in one click: an event in the first free time of the rep from then on."""

    code: str
    title: str  # what the button says
    kind: str  # "call", "mail" or "meeting": how the event is named
    days: int  # working days from now; 0 with *weekday* set
    weekday: int | None  # the next such day; Monday is 0
    at: time | None  # not before this time of day, the rep's; None for the time it is now
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The reps who share a rotation."""

    code: str
    name: str
    holidays: str | None  # country and region whose public holidays its reps have off: "DE-BY"
    region: str = ""  # in whose figures its leads are


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRules:
    """How figures are made, and who sees them."""

    team_level: int = 1  # how far above somebody whoever leads their team is
    least: int = 5  # people of whom a figure is shown to who may see none of them by name
    works_council: bool = False  # a person's figures are theirs, and at most their own manager's
    line_manager: bool = False  # … whether theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What makes a lead that came in by itself look like a test or like spam."""

    domains: tuple[str, ...] = (
        *("example.com", "example.org", "example.net"),  # https://www.rfc-editor.org/rfc/rfc2606
        *("test", "invalid", "localhost"),
    )
    words: tuple[str, ...] = ("test", "tester", "testing", "asdf", "qwerty", "dummy", "foo", "bar")
    links: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRules:
    """Who hears that a deal is won."""

    tell: bool = False  # whether those who brought it do
    pool: str = ""  # whose turn it is there looks after the customer; empty: its rep goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyRules:
    """The report of each week, and alarms on what changes over some."""

    send: bool = True  # whether it is made and sent
    mail: bool = True  # … by mail too
    zone: str = "UTC"  # on whose clocks a week begins and ends
    trends: bool = True  # whether somebody hears of a reason that is given more often


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What is wanted of a deal that goes on."""

    field: DealField
    stages: tuple[str, ...] = ()  # at which, by their ids there; at any, without
    days: int | None = None  # unchanged for longer it is stale; without, it never is by its age


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmLeads:
    """Which contacts of the CRM are leads, and what they say of themselves."""

    source: str  # by whose rules they come in
    by: str  # by which of their fields, as it is named there
    values: tuple[str, ...]  # of which that says one
    fields: Mapping[str, str] = field(default_factory=dict)
    """Where each thing that can be known of a lead stands there, by what it is called here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRules:
    """What a CRM is told besides how a handoff stands, and how its deals count."""

    owner: bool = False  # whether whoever has the lead owns the contact there
    in_their_name: bool = False  # whether what they enter is written as them
    stages: Mapping[str, str] = field(default_factory=dict)
    """How a deal counts, by the id of its stage there: a state of deals, or a stage of load."""
    wants: tuple[Want, ...] = ()  # the first is asked for first
    accountable: Mapping[str, str] = field(default_factory=dict)
    """Whose a deal is by the id of its stage there: pool: and its code, or an address."""
    leads: CrmLeads | None = None  # none come in from there, without
    activity: bool = False  # whether it is asked who was in touch with a prospect
    spending: bool = False  # whether it is asked what campaigns have cost
    touches: Mapping[str, str] = field(default_factory=dict)
    """In which field there stands what is called so in handoff/touches.py."""
    idle_days: int | None = None  # without any of that, after which its people hear so; never


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """What those who qualify leads cost together."""

    cost: Money  # a month
    since: date  # the first day of the first month


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingType:
    """What a qualifier books: a demo of an hour, say."""

    code: str
    name: str
    minutes: int
    prepare: timedelta  # before it; nothing when it needs none


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the mails say that Baton sends in people's names. Placeholders in braces."""

    introduce: bool  # whether booking sends an introduction
    words: str  # the qualifier's own, unless they write others
    subject: str
    introduction: str
    reply: str
    confirm_subject: str
    confirmation: str
    rebook_subject: str
    rebooking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRules:
    """How calendars are read: what is kept free, and what looks like a phantom."""

    buffer: timedelta  # kept free between two meetings
    check_at: time  # of the last working day of the week, the rep's own clock
    confidence: float  # below it nothing is called a phantom
    hold: timedelta  # how old an untouched hold is that nobody remembers
    tentative: timedelta  # how long an answer may be open
    series: timedelta  # how long a series may run unanswered
    kept: int  # how often a block must have failed, with no time kept, to be one that never is
    holds: tuple[str, ...]  # words by which a subject says that it only holds the time
    reminders: tuple[str, ...]  # words of what is to be remembered, not attended
    blocks: tuple[str, ...]  # words of time for oneself: focus, travel
    domains: tuple[str, ...]  # mail domains of ours besides those of whom the policy names


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the rules. A handoff keeps the version that it began with."""

    version: int
    name: str
    company: str  # ours, as prospects know it
    currency: str  # ISO 4217 code; of every amount that names none, and of the rules' own
    required: tuple[str, ...]  # names in FIELDS: the brief
    public: tuple[str, ...]  # the fields that the prospect may read in the invitation
    meetings: tuple[MeetingType, ...]  # to choose from; the first is the default
    days_ahead: int  # how far ahead times are looked for
    notice: timedelta  # the least time between booking and meeting
    times: int  # how many times a qualifier is shown
    other_times: int  # how many a rep is shown who asks for another; and how often they propose one
    prospect_moves: bool  # whether prospects may move their meeting and call it off themselves
    prospect_pool: bool  # … to a colleague of the pool, where the rep has no other time
    prospect_start: time  # no time is offered outside these hours of the prospect's day
    prospect_end: time
    prep_within: timedelta  # of the rep's working time, between the end of the prep and the meeting
    wording: Wording
    confirm_before: timedelta  # the meeting: a prospect silent until then is a risk
    attended: timedelta  # in the meeting, for someone to count as there
    clocks: Mapping[Promise, Clock]
    reassign: timedelta  # before the meeting, what it takes to find someone else
    least: timedelta  # nobody is given less working time to answer, if the meeting allows it
    levels: int  # how many managers up an overdue promise goes
    more_time: tuple[int, ...]  # working hours that a manager may add
    poll: timedelta  # between two readings of a mailbox whose changes are told
    blind: timedelta  # … and of one whose changes are not
    sync: timedelta  # between two readings of who is who
    most_lost: float  # the part of those in groups that may be gone at one reading
    reasons: Mapping[str, str]  # why a lead may be sent back: code to words
    lost: Mapping[str, str]  # why nothing came of a meeting: code to words
    quick_actions: tuple[QuickAction, ...]
    pools: tuple[Pool, ...]
    calendar: CalendarRules
    routing: Routing  # who gets a lead
    retention: Retention = field(default_factory=Retention)  # how long what is stored is kept
    figures: FigureRules = field(default_factory=FigureRules)
    crm: CrmRules = CrmRules()
    weekly: WeeklyRules = field(default_factory=WeeklyRules)
    wins: WinRules = field(default_factory=WinRules)
    screening: Screening = field(default_factory=Screening)
    qualification: Qualification | None = None  # what it costs, where that is said

    def label(self) -> str:
        """How cards name it: "EMEA 12"."""
        return f"{self.name} {self.version}"

    def meeting(self, code: str) -> MeetingType | None:
        return next((m for m in self.meetings if m.code == code), None)

    def prepare(self, type: str) -> timedelta:
        """How long a meeting of that type is prepared; as the first where there is none such."""
        return (self.meeting(type) or self.meetings[0]).prepare

    def pool(self, code: str) -> Pool | None:
        return next((p for p in self.pools if p.code == code), None)
