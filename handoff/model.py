"""What a handoff is: values only. No clock, no I/O; every moment arrives as an argument, in UTC."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from handoff.calendar import Obstacle
from handoff.effects import Effect, How
from handoff.hours import Span, WorkingTime
from handoff.money import Money
from handoff.policy import Policy, Promise
from handoff.timeline import Rule, Word


class State(StrEnum):
    """Where a handoff stands. `moves.MOVES` says which moves lead where."""

    QUALIFIED = "qualified"  # the brief is complete; the qualifier chooses a time
    BOOKING = "booking"  # a time is chosen and held; Outlook is being told
    OFFERED = "offered"  # the rep has the invitation and owes an answer
    PROPOSED = "proposed"  # the rep proposed another time; the qualifier settles it
    ACCEPTING = "accepting"  # the rep clicked Accept; Outlook has not confirmed yet
    ACCEPTED = "accepted"  # the rep's own calendar says so
    FOLLOWING = "following"  # the meeting is over; next steps are running
    SENT_BACK = "sent_back"  # the qualifier has the lead again
    NURTURED = "nurtured"  # not now: marketing keeps in touch until the prospect is ready
    CONTESTED = "contested"  # it has ended, and a manager decides whether it is as was said
    ENDED = "ended"  # nothing is owed any more


class Outcome(StrEnum):
    """How a handoff ended: one code, always. Who may say which, and when: handoff/ending.py."""

    OPPORTUNITY = "opportunity"  # they met, and a deal goes on from there
    WON = "won"  # … and was won
    LOST = "lost"  # they met, and nothing came of it; the policy's reason stands beside it
    NO_NEED = "no_need"  # no need now
    NO_SHOW = "no_show"  # the prospect did not come, twice
    NOT_REACHABLE = "not_reachable"  # nobody got through to the prospect
    CLOSED = "closed"  # no lead
    OBJECTED = "objected"  # the prospect wants not to be stored or contacted


class DealState(StrEnum):
    """How a deal of the CRM stands."""

    OPEN = "open"  # somebody works on it
    WON = "won"  # it was bought
    LOST = "lost"  # it was not


class Step(StrEnum):
    """What happens when the alarm of a commitment goes off."""

    REMINDER = "reminder"  # the person is reminded, once
    BREACH = "breach"  # it is overdue: whoever waits is told, and the manager decides
    CHECK = "check"  # Baton looks again whether Outlook has done its part
    ASK = "ask"  # the moment has come: the person is asked how it went
    START = "start"  # the meeting begins and nobody has accepted it
    LOOK = "look"  # Baton looks whether the person has done it in Outlook, before it says anything
    RISK = "risk"  # the meeting is near: has the prospect answered?
    UNTAKEN = "untaken"  # it is near, and nobody takes it while its rep is out of office
    CHASE = "chase"  # long overdue and nobody left to ask: told once each working day


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that will happen unless the commitment ends first."""

    at: datetime
    step: Step


class Ending(StrEnum):
    """How a commitment ended."""

    KEPT = "kept"  # done in time
    LATE = "late"  # done, after it was due
    MISSED = "missed"  # overdue, and never done
    RELEASED = "released"  # no longer needed before it was due
    PASSED_ON = "passed_on"  # given to someone else because it was overdue
    EXCUSED = "excused"  # not done in time, and nobody's miss: there is evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What somebody who may says of an ended promise: it stands beside the ending, which stays."""

    at: datetime
    by: str  # Entra object id
    ending: Ending  # as what it counts from then on
    why: str  # the evidence, in their own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One promise of one person: what, due when, and what happens if it is not kept."""

    n: int  # counts up within the handoff
    what: Promise
    who: str  # Entra object id
    made_at: datetime
    due_at: datetime
    first_due_at: datetime  # when it was due before anybody gave it more time
    counted_from: datetime | None = None  # since when its hours count, if not since it was made
    hours: timedelta | None = None  # working hours it may take; None when a moment was fixed
    brought_forward: bool = False  # due earlier than its hours, because the meeting is near
    alarms: tuple[Alarm, ...] = ()  # still to come, in order; as the policy stood when it was made
    reached: Step | None = None  # the last alarm that went off
    about: int | None = None  # for DECIDE: the commitment that is overdue
    said_at: datetime | None = None  # when the person clicked and Outlook had yet to follow
    kind: str | None = None  # FOLLOW_UP: "call", "mail", "meeting"; PREPARE: why there is none
    not_before: datetime | None = None  # FOLLOW_UP: from; PREPARE: where it was; SETTLE: proposed
    minutes: int | None = None  # for FOLLOW_UP and PREPARE: how long
    span: Span | None = None  # for FOLLOW_UP and PREPARE: its time in the rep's calendar
    event: str | None = None  # for FOLLOW_UP and PREPARE: its event there
    undelivered: str | None = None  # why its maker could not be told; None once they were
    undelivered_at: datetime | None = None  # when that was found
    untold_since: datetime | None = None  # … and since when they have known nothing of it
    mailed_at: datetime | None = None  # when a mail told its maker of it, for no card could
    excused_at: datetime | None = None  # since when it is nobody's miss, for they could not be
    missed_at: datetime | None = None  # when it was first overdue; whatever comes later, it stays
    ended_at: datetime | None = None
    ending: Ending | None = None
    corrected: Correction | None = None  # the newest, after it ended

    @property
    def since(self) -> datetime:
        """From when its hours count."""
        return self.counted_from or self.made_at

    @property
    def stands(self) -> Ending | None:
        """As what it counts: its ending, or what a correction says of that."""
        return self.corrected.ending if self.corrected else self.ending

    @property
    def before_work(self) -> bool:
        """Whether it is nobody's miss for that it was due before its maker was at work for long."""
        return self.excused_at is not None and self.undelivered is None

    def missed(self) -> "Commitment":
        """It is overdue. Only what has a clock can be, and nothing that its maker knew nothing of.

        Once is enough: more time, a talk or a later excuse change nothing of it.
        """
        if self.hours is None or self.excused_at or self.missed_at:
            return self
        return replace(self, missed_at=self.due_at)

    def ended(self, when: datetime, ending: Ending | None = None) -> "Commitment":
        """It ended at *when*: done, unless *ending* says otherwise.

        What was done in time is kept; what was overdue first is late when it was done, missed when
        it was not, passed on where somebody else has it. Outlook may tell only afterwards that it
        had been done before it was due: then it never was overdue. Nor was what its maker had said
        in time and Outlook never followed.
        """
        moment = self.said_at or when
        missed_at = self.missed_at
        if ending is None and missed_at and moment <= missed_at:
            missed_at = None
        overdue = self.hours is not None and moment > self.due_at
        if ending is Ending.MISSED or (overdue and not self.excused_at):
            missed_at = missed_at or self.due_at
        if missed_at and ending is not Ending.PASSED_ON:
            ending = Ending.LATE if ending is None else Ending.MISSED
        elif missed_at is None and ending is None:
            ending = Ending.EXCUSED if overdue else Ending.KEPT
        elif missed_at is None and ending is Ending.PASSED_ON:
            ending = Ending.EXCUSED if self.excused_at else Ending.RELEASED
        return replace(self, missed_at=missed_at, ended_at=when, ending=ending, alarms=())

    @property
    def open(self) -> bool:
        return self.ended_at is None

    @property
    def waiting(self) -> bool:
        """Open, and something is left to do. A meeting that is over waits only for the word on how
        it went, by which it is judged.
        """
        return self.open and not (self.what is Promise.MEET and not self.alarms)

    @property
    def rings_at(self) -> datetime | None:
        """When the sweep must look; None once it has ended."""
        return self.alarms[0].at if self.open and self.alarms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Someone invited."""

    name: str
    mail: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The prospect and what is known of them, as a qualifier wrote it."""

    company: str
    contact_name: str
    contact_email: str
    contact_zone: str  # IANA name
    needs: str = ""
    pains: str = ""
    current_solution: str = ""
    request: str = ""
    value: Money | None = None  # what it is worth a year; None where that is not known
    unclear_value: str = ""  # what somebody wrote of it that is no amount for certain
    campaign: str = ""
    message: str = ""  # which message or creative of it brought them; nobody types or changes it

    @property
    def as_guest(self) -> Guest:
        return Guest(name=self.contact_name, mail=self.contact_email)

    def knows(self, name: str) -> bool:
        """Whether the field of that name holds something."""
        known = getattr(self, name)
        return bool(known.strip()) if isinstance(known, str) else known is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """The Outlook event with the lead. Ids are immutable ids, each in its own mailbox."""

    span: Span
    organizer_event: str | None = None  # in the organizer's mailbox; None until it is made
    organizer: str | None = None  # whose that is, where the qualifier was another then
    rep_event: str | None = None  # the rep's own copy
    uid: str | None = None  # iCalUId, the same in every mailbox
    join_url: str | None = None
    obstacles: tuple[Obstacle, ...] | None = None  # in the rep's calendar; None: nobody looked yet
    invited_at: datetime | None = None  # since when the rep's copy, or its new time, is on its way
    moving: bool = False  # Outlook has yet to be told of `span`, or the rep's copy to show it
    was: Span | None = None  # the time that Outlook has until it is told of `span`
    response: str | None = None  # the rep's, as Outlook last said it
    response_at: datetime | None = None
    prospect: str | None = None  # the prospect's own, as the organizer's event last said it
    prospect_at: datetime | None = None
    prospect_other: str | None = None  # an address of their company that nobody knew, and accepted
    named: str | None = None  # whom the invitation names while a stand-in has yet to say yes

    def at(self, span: Span) -> "Meeting":
        """The same one at another time, to which nobody has said anything yet."""
        return replace(
            self,
            span=span,
            obstacles=None,
            invited_at=None,
            moving=False,
            was=None,
            response=None,
            response_at=None,
            prospect=None,
            prospect_at=None,
            prospect_other=None,
        )

    def moved_to(self, span: Span) -> "Meeting":
        """As `at`; Outlook has yet to be told of it."""
        return replace(self.at(span), moving=True, was=self.was or self.span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What Outlook is told of a meeting: the same however often it is told."""

    subject: str
    html: str
    span: Span
    guests: tuple[Guest, ...]
    zone: str = "UTC"  # its organizer's, in which Outlook says when it is
    organizer: str = ""  # in whose mailbox it is made: Entra object id
    leader: str | None = None  # of the guests, whoever is there for what the meeting is worth


@dataclass(frozen=True, slots=True)
class Choice:
    """A time that suits, and the rep it suits."""

    start: datetime
    rep: str
    cramped: bool = field(default=False, compare=False)  # no room to prepare before it


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stretch of moments at which the meeting cannot begin, and what is in whose way."""

    span: Span  # from the first of them to the end of the last meeting
    reasons: tuple[tuple[str, Obstacle], ...]  # a person's id, and what stands in their way


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What times are being looked for, and what was found."""

    pool: str | None  # "whoever is next" in this pool; None when *rep* is named
    rep: str | None
    type: str  # of the meeting, in the policy
    minutes: int
    wanted: date  # from this day on, the qualifier's calendar
    found: tuple[Choice, ...] | None = None  # None while looking
    refused: tuple[Refusal, ...] = ()  # other times that were looked at, and why they are not
    nobody: tuple[str, ...] = ()  # reps left out because their calendar cannot be read
    next: tuple[str, ...] = ()  # of a pool: whose turn it is, the next first
    rule: str = ""  # the routing rule that chose the pool, or PROSPECT; empty when people did
    instead: str = ""  # what happens because nobody can: "hold", "next" or "owner"
    why: str = ""  # and why nobody can: "full", "pool", "away", "dark" or "busy"
    until: datetime | None = None  # held for the next free rep until then
    again: bool = False  # the rep's own, for a later meeting with the same prospect
    since: datetime | None = None  # when Outlook was asked; None once there are times
    moves: bool = False  # of a lead that is back: its meeting stands until a time is chosen


class Mailing(StrEnum):
    """What a mail is for that Baton sends in someone's name."""

    INTRODUCTION = "introduction"  # the qualifier's, to prospect and rep
    REPLY = "reply"  # the rep's answer to it, to everyone on it
    CONFIRMATION = "confirmation"  # asks a silent prospect whether the time still suits
    REBOOKING = "rebooking"  # the rep's, to a prospect who did not come: times to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail that Baton sends in someone's name, once."""

    n: int  # counts up within the handoff
    what: Mailing
    by: str  # from whose mailbox
    rep: str  # with whom the prospect meets
    to: str  # the prospect's address, as the lead had it; empty where that was not kept
    start: datetime  # of the meeting that it speaks of
    asked_at: datetime
    words: str | None = None  # what its sender has read and wants sent, until it is sent
    tried_at: datetime | None = None  # Outlook was asked; whether it has sent it may be unknown
    sent_at: datetime | None = None
    refused: str | None = None  # why Outlook will not send it, in words for people
    message: str | None = None  # its Message-ID, the same in every mailbox
    thread: str | None = None  # the conversation it begins in the rep's own mailbox
    answered_at: datetime | None = None  # an introduction, by its rep


class MeetingOutcome(StrEnum):
    """How a meeting went, in one word of the rep."""

    TOOK_PLACE = "held"  # rep and prospect were there
    PROSPECT_ABSENT = "prospect_absent"  # the prospect did not come
    REP_ABSENT = "rep_absent"  # the rep could not be there
    MOVED = "moved"  # to another time, outside Outlook
    CANCELLED = "cancelled"  # called off, outside Outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """Who was in the Teams meeting and for how long, as its report says."""

    rep: timedelta
    guests: timedelta  # whoever was longest, of those who are neither rep nor qualifier
    begun: datetime
    ended: datetime


class Contested(StrEnum):
    """What one side says of a handoff and the other may say is otherwise."""

    MEETING = "meeting"  # how the meeting went
    ENDING = "ending"  # how the lead ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What was said, what the other side says, and what came of it. It stays, however it ended."""

    n: int  # of the manager's promise to decide it
    what: Contested
    said: str  # the code that is contested
    claim: str  # … and the one that the other side says is right
    by: str  # who contests
    against: str  # who said it
    at: datetime
    upheld: bool | None = None  # whether it is as the other side says; None until it is decided
    judged_by: str | None = None
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """Somebody gives the meeting to a colleague, and Outlook is looked at first."""

    by: str
    how: How
    rep: str | None = None  # who is asked for; None while *by* chooses
    why: str = ""  # in words, why the last who was asked for could not


class Did(StrEnum):
    """What one person did with a lead, and the others in it read on their cards."""

    ADDRESS = "address"  # corrected the prospect's
    GAVE = "gave"  # gave it to a colleague
    MORE_TIME = "more_time"  # gave somebody more time
    TALKS = "talks"  # wants to talk to somebody who is late
    SETTLED = "settled"  # moved the meeting or kept its time, for a qualifier who was late with it
    CAME_IN = "came_in"  # nobody: it came in by itself
    TOLD = "told"  # told the prospect themselves that the meeting is off
    CALLED_OFF = "called_off"  # cancelled it in Outlook themselves, for Baton could not
    CANCELLED = "cancelled"  # nobody: Outlook has taken the cancellation
    NOT_CANCELLED = "not_cancelled"  # nobody: the meeting began before Outlook could be told
    STAGE = "stage"  # nobody: its deal came to a stage, and the policy says whose it is by that
    CUSTOMER = "customer"  # nobody: its deal is won, and somebody looks after the customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One such thing: who, when, and with whom."""

    what: Did
    by: str
    at: datetime
    whose: str = ""  # who has it by that, has more time, or is talked to
    n: int | None = None  # the promise that there is more time for, or a talk about
    hours: int | None = None  # how much more
    was: str = ""  # the address of before; from where it came in; the time that was settled


class Undoing(StrEnum):
    """What Outlook would not do, and somebody has to do themselves."""

    CANCEL = "cancel"  # the meeting was called off, and stands in everyone's calendar
    CANCEL_GONE = "cancel_gone"  # … and its organizer has no mailbox by which to cancel it
    CANCEL_WAITS = "cancel_waits"  # … and will begin soon, and Outlook could not be told yet
    CANCEL_LATE = "cancel_late"  # … and had begun by the time Outlook could have been told
    MEND = "mend"  # everyone invited reads what the invitation said before
    TAKE_OUT = "take_out"  # what was theirs is still in their calendar


OFF = frozenset({Undoing.CANCEL, Undoing.CANCEL_GONE, Undoing.CANCEL_WAITS, Undoing.CANCEL_LATE})
"""That the prospect has not heard from Outlook that the meeting is off."""


SEEN_TO = (Did.TOLD, Did.CALLED_OFF)
"""What somebody did of whom Outlook asked it themselves: the prospect knows."""


@dataclass(frozen=True, slots=True)
class Undone:
    """One such thing, and in whose calendar."""

    what: Undoing
    whose: str  # Entra object id
    begins: datetime | None = None  # of CANCEL_WAITS: when somebody may wait for nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose figures a handoff is in, as it was when it was handed over, and how far it has come.

    Kept with it: who moves to another team moves none of it.
    """

    begun: datetime  # when its brief was complete
    qualifier: str  # whose it was then: Entra object id
    hander: str  # who hands it over, last
    handers: str = ""  # their team: the id of whoever leads it
    rep: str = ""  # who has been given it, last
    team: str = ""  # their team
    pool: str = ""  # code
    region: str = ""  # of the pool
    segment: str = ""  # of the lead
    reached: Mapping[str, datetime] = field(default_factory=dict)  # each step (place.py), and when
    went: Mapping[int, tuple[str, datetime, str]] = field(default_factory=dict)
    """How each meeting went, when that was said, and whose it was; by the promise to say it."""
    sent_back: Mapping[int, tuple[str, datetime, str]] = field(default_factory=dict)
    """Why it was sent back, when and by whom; by the promise to decide what becomes of it."""


class Contacted(StrEnum):
    """How somebody was in touch with a prospect."""

    CALL = "call"  # somebody called them
    MAIL = "mail"  # somebody wrote to them, or they answered
    MEETING = "meeting"  # somebody met them
    OTHER = "other"  # the CRM says no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """That somebody was, and when; nothing of what was said."""

    how: Contacted
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What may be sold to the lead, as the company's CRM has it."""

    id: str  # there
    made_at: datetime
    stage: str  # its id there
    stage_name: str  # as people there call it
    state: DealState  # by the CRM, or as the policy maps the stage
    amount: Money | None = None  # None where it is not known, or in which currency
    owner: str = ""  # the id of a user there; empty where nobody owns it
    ruled_out: bool = False  # whoever has the lead has said that another is its deal, or none
    waits_for: str = ""  # the stage for which it is to be given on, and nobody could have it yet
    gone: bool = False  # it was ruled out, and is not there just now: it may come back
    next_step: str = ""  # as people wrote it there; of one that goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a CRM knows of what nobody has said of a lead: its qualifier takes it or leaves it."""

    name: str  # of the field, in FIELDS
    said: str  # as a form holds it
    currency: str = ""  # of an amount
    by: str  # the CRM's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """By what a prospect first came to the company and what they came by last, as a CRM had it."""

    first: str = ""
    last: str = ""
    by: str  # the CRM's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One lead, offered by one qualifier to one rep, with one meeting."""

    id: UUID
    number: int  # what people call it: "why 17"
    lead: Lead
    qualifier: str  # Entra object id
    owner: str  # who the lead belongs to now: always somebody
    policy: int  # the version that it began with
    state: State
    rep: str | None = None
    search: Search | None = None
    meeting: Meeting | None = None
    proposal: Span | None = None  # another time that the rep proposed
    others: tuple[datetime, ...] | None = None  # other times that were found; None while looking
    others_for: tuple[str, ...] = ()  # who asked for them
    others_with: str | None = None  # whose they are, where the rep has none
    others_refused: tuple[Refusal, ...] = ()  # why no other times are among them
    stand_ins: tuple[str, ...] | None = None  # reps free at the same time; None while looking
    giving: Giving | None = None  # who passes it on just now
    reason: str | None = None  # why it was sent back: a code of the policy
    note: str = ""
    trouble: str | None = None  # what Outlook would not do, in words for people
    words: str = ""  # the qualifier's own, for the introduction
    letters: tuple[Letter, ...] = ()
    attendance: Attendance | None = None  # None when Teams does not tell
    meeting_outcome: MeetingOutcome | None = None  # how the meeting went, as the rep says
    leave: Span | None = None  # the rep will not be there, and was asked who takes it
    leave_asked_at: datetime | None = None  # … and when
    leave_kept: bool = False  # the rep keeps it all the same
    kept: Span | None = None  # the time at which they do, also while the meeting is at another
    kept_over: Span | None = None  # and the absence, as it was when they said so
    met: int = 0  # how often they have spoken: meetings that took place, calls that got through
    no_shows: int = 0  # how often the prospect did not come
    outcome: Outcome | None = None
    ended_for: str | None = None  # why it was lost: a code of the policy
    ended_by: str | None = None  # who said how it ended: Entra object id
    ended_at: datetime | None = None  # … and when
    contests: tuple[Contest, ...] = ()
    undone: tuple[Undone, ...] = ()  # until whoever has to do it has said that it is done
    deeds: tuple[Deed, ...] = ()  # the newest of each kind
    leader: str | None = None  # invited, optionally, because of what it is worth
    deals: tuple[Deal, ...] = ()  # in the CRM, which may be its deal by when they were made
    deal_id: str | None = None  # which of them is; None until that is known
    proposed: tuple[Proposed, ...] = ()  # of its blanks, by the CRM
    touched: Touched | None = None  # beside where it came from; set once
    activity: Activity | None = None  # the last that the CRM knows of
    changed_by: str | None = None  # who changed last what the CRM is told, as `Entry.by`
    idle_told: datetime | None = None  # when its people heard that there was none since
    place: Place | None = None  # None of one from before figures, until it is found
    commitments: tuple[Commitment, ...] = ()

    @property
    def open(self) -> bool:
        return self.state is not State.ENDED

    @property
    def deal(self) -> Deal | None:
        """Its deal in the CRM; None where none is known to be its."""
        return next((one for one in self.deals if one.id == self.deal_id), None)

    @property
    def worth(self) -> Money | None:
        """The amount of its deal where that is known, else what the brief says it is worth a year;
        None where nobody knows either.
        """
        return (self.deal and self.deal.amount) or self.lead.value

    @property
    def organizer(self) -> str:
        """In whose mailbox the meeting is: whoever was the qualifier when it was made."""
        return (self.meeting and self.meeting.organizer) or self.qualifier

    @property
    def named(self) -> str | None:
        """Whom the prospect reads that they meet: a stand-in only once that one has said yes."""
        return (self.meeting and self.meeting.named) or self.rep

    @property
    def again(self) -> bool:
        """Whether the meeting that is looked for, or ahead, is a later one, which the rep books."""
        return self.search is not None and self.search.again

    @property
    def people(self) -> frozenset[str]:
        """Everyone in it, also those who only might be: Entra object ids."""
        named = {self.qualifier, self.owner, self.rep, self.leader, *(self.stand_ins or ())}
        named |= {self.organizer, self.others_with, self.named}
        named |= {who for one in self.deeds for who in (one.by, one.whose or None)}
        if self.giving:
            named |= {self.giving.by, self.giving.rep}
        if self.search:
            chosen = (choice.rep for choice in self.search.found or ())
            named |= {self.search.rep, *chosen, *self.search.nobody, *self.search.next}
        named |= {promise.who for promise in self.commitments}
        named |= {who for one in self.contests for who in (one.by, one.against)}
        named |= {one.whose for one in self.undone}
        return frozenset(person for person in named if person is not None)

    @property
    def untold(self) -> bool:
        """Whether Outlook has yet to be told when the meeting is: it has another time there."""
        meeting = self.meeting
        return self.hangs and meeting is not None and meeting.was != meeting.span

    @property
    def hangs(self) -> bool:
        """Whether Outlook has yet to take a time of the meeting, be it the one that it has there:
        the meeting was moved, and moved back.
        """
        return self.meeting is not None and self.meeting.was is not None

    def deed(self, what: Did) -> Deed | None:
        """The newest of that kind, or None."""
        return next((one for one in self.deeds if one.what is what), None)

    def with_deed(self, deed: Deed) -> "Handoff":
        """The same one, with that *deed* as the newest of its kind."""
        others = (one for one in self.deeds if one.what is not deed.what)
        return replace(self, deeds=(*others, deed))

    def owed(self, what: Promise, who: str | None = None) -> Commitment | None:
        """The open commitment of that kind (of that person), or None."""
        return next(
            (c for c in self.commitments if c.open and c.what is what and who in (None, c.who)),
            None,
        )

    def asks(self, who: str) -> bool:
        """Whether they have asked for other times, and have done nothing with them yet."""
        return who in self.others_for

    def others_of(self, who: str) -> tuple[datetime, ...] | None:
        """The other times that they may choose from; None while they are looked for, and where they
        have not asked. Those of a colleague are the prospect's alone.
        """
        if not self.asks(who) or self.others is None:
            return None
        return () if self.others_with and who != PROSPECT else self.others

    def last(self, what: Promise) -> Commitment | None:
        """The newest commitment of that kind, open or not."""
        return next((c for c in reversed(self.commitments) if c.what is what), None)

    @property
    def reservations(self) -> Iterator[tuple[str, Span]]:
        """What this handoff holds in reps' days. The database lets no two of one rep overlap."""
        if self.rep and self.meeting and self.state in RESERVING:
            yield self.rep, self.meeting.span
        if self.rep and self.proposal and self.state in RESERVING:
            yield self.rep, self.proposal
        for promise in self.commitments:
            if promise.what in BLOCKS and promise.open and promise.span:
                yield promise.who, promise.span


BLOCKS = frozenset({Promise.FOLLOW_UP, Promise.PREPARE})
"""The promises that hold time of their own in a rep's calendar."""

RESERVING = frozenset(
    {State.BOOKING, State.OFFERED, State.PROPOSED, State.ACCEPTING, State.ACCEPTED}
)
"""The states in which the rep's time is held for the meeting."""


PROSPECT = "prospect"  # who did it, or asked, where somebody outside did
CRM = "crm"  # … where it stands so in the company's CRM


class Role(StrEnum):
    """What somebody is to a handoff, or to Baton. One person may be several."""

    QUALIFIER = "qualifier"  # hands leads over
    REP = "rep"  # takes the meetings
    MANAGER = "manager"  # somebody above one of the others; decides what is overdue
    MARKETER = "marketer"  # owns campaigns, and leads without enough interest
    LEADER = "leader"  # is invited, optionally, to meetings worth a certain amount
    ADMIN = "admin"  # looks after Baton


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone in the company, as Entra and their mailbox describe them."""

    id: str  # Entra object id
    name: str
    mail: str
    hours: WorkingTime
    shown_in: str | None = None  # IANA zone of the mailbox, where the hours are kept in another
    former: tuple[str, ...] = ()  # mail addresses that were theirs before
    aliases: tuple[str, ...] = ()  # other addresses of theirs, the sign-in name among them
    managers: tuple[str, ...] = ()  # the nearest first
    roles: frozenset[Role] = frozenset()
    pools: tuple[str, ...] = ()
    unreachable: str | None = None  # why Teams does not deliver to them
    dark: str | None = None  # why their calendar cannot be read; such a person is not booked
    present: bool = True  # at work here, as far as Entra and the policy tell

    @property
    def zone(self) -> str:
        """In which times and days are shown to them, and their calendar keeps its days. Clocks go
        by `hours.zone`, which as a rule is the same.
        """
        return self.shown_in or self.hours.zone

    @property
    def mails(self) -> tuple[str, ...]:
        """Every address by which an event may name them, for invitations keep the older ones."""
        return (self.mail, *self.former, *self.aliases)

    @property
    def as_guest(self) -> Guest:
        return Guest(name=self.name, mail=self.mail)

    def away_at(self, at: datetime) -> bool:
        """Whether they are absent then."""
        return any(span.start <= at < span.end for span in self.hours.away)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a rule may look at: the handoff, its policy and the people in it."""

    handoff: Handoff
    policy: Policy
    people: Mapping[str, Person]

    def person(self, id: str) -> Person:
        return self.people[id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the timeline: who did what, when, by which rule. Never changed, never removed."""

    at: datetime
    by: str  # Entra object id, "clock" or "outlook"
    what: Word
    rule: Rule  # by which it was done
    detail: Mapping[str, str] = field(default_factory=dict)
    open_for: int | None = None  # seconds that the form was open from which it came, if it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The whole outcome of a rule: the handoff as it now is, its lines, what must follow."""

    handoff: Handoff
    entries: tuple[Entry, ...]
    effects: tuple[Effect, ...] = ()
    at: datetime | None = None  # when it was decided
