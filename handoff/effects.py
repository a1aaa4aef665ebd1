"""What must follow a decision: a frozen value for each job, and how they wait for each other.

Whoever writes says `tx.follow(Show(...))` in the same transaction (store/door.py); the job of that
kind does it (jobs/). The name of a job in the queue is the name of its class, and its arguments
are its fields: where one is renamed or taken away, jobs of an older release wait for ever.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

CLOCK, TEAMS, OUTLOOK, CRM = "clock", "default", "outlook", "crm"
"""The queues, by whom their jobs wait for. Each has workers of its own, so that a neighbour that
hangs holds none but its own; deadlines need the database alone.
"""

TOGETHER = 20  # mailboxes in one request: Graph takes no more in a batch

How = Literal["hand_on", "reassign", "give_to", "pass_on"]
"""By which rule somebody gives a meeting to a colleague: handoff/giving.py."""


class Urgency(IntEnum):
    """What somebody waits for; the greater is done first.

    Jobs of one lock are done in the order of their urgency, then of the decisions: whatever must
    keep to the order of the decisions has one urgency.
    """

    PERSON = 50  # somebody looks at their screen and waits for it
    CLOCK = 40  # deadlines
    CARD = 30
    OUTLOOK = 20  # what Outlook must be told, or tells
    MAIL = 10
    REST = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """One job to be done once the decision is committed. Those with subclasses are none by
    themselves.
    """

    name: ClassVar[str]
    queue: ClassVar[str] = TEAMS

    def __init_subclass__(cls) -> None:
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def urgency(self) -> Urgency:
        return Urgency.REST

    @property
    def lock(self) -> str | None:
        """Jobs of one lock are done one after the other."""
        return None

    @property
    def once(self) -> str | None:
        """Of all that say the same, one waits at a time. One that runs does not count: it may have
        read already what this one is to read.
        """
        return None


@dataclass(frozen=True, slots=True)
class ToPerson(Effect):
    """Something in a person's chat, one after the other, as Teams wants it for a conversation."""

    person: str

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD

    @property
    def lock(self) -> str | None:
        return f"show {self.person}"


@dataclass(frozen=True, slots=True)
class OfHandoff(Effect):
    """Something about one handoff, one of a kind after the other."""

    handoff_id: UUID

    @property
    def lock(self) -> str | None:
        return f"{self.name} {self.handoff_id}"


@dataclass(frozen=True, slots=True)
class Upkeep(Effect):
    """Done now and then for everybody: one runs, and one may wait."""

    @property
    def lock(self) -> str | None:
        return self.name

    @property
    def once(self) -> str | None:
        return self.name


# --- What people see --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Show(ToPerson):
    """A person's card is drawn anew; with *alert* a new one is posted, outside their working hours
    only if they *asked*.
    """

    handoff_id: UUID
    alert: bool = False
    asked: bool = False

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON if self.asked else Urgency.CARD


@dataclass(frozen=True, slots=True)
class ShowClicked(ToPerson):
    """The message that was clicked holds what the click was answered with, on every device and
    after a reload: an answer is shown by the client that clicked alone. Not while a form is open
    in it, for somebody may be typing.

    One that *stands* for the handoff, and is not the person's live card, points to that; where
    none is known, it is that one.
    """

    handoff_id: UUID
    message: str
    stands: bool = False


@dataclass(frozen=True, slots=True)
class ShowAnswer(ToPerson):
    """As `ShowClicked`, of a card that stands for no handoff: *said* is what it holds now, as one
    of our words (bot/again.py), and *counted* the click, by its name: that somebody looked is
    recorded once.
    """

    message: str
    said: str
    counted: str


@dataclass(frozen=True, slots=True)
class CloseCard(ToPerson):
    """A message that held the person's card points to the one that was sent after it; without a
    handoff, one of something else that they owe.
    """

    handoff_id: UUID | None
    message: str


@dataclass(frozen=True, slots=True)
class ShowMine(ToPerson):
    """A person gets the list of what is open, once for all of it."""

    @property
    def once(self) -> str | None:
        return f"mine {self.person}"


@dataclass(frozen=True, slots=True)
class Reply(ToPerson):
    """The answer to what a person said; and, in the *chat* with others where they asked, where it
    is.
    """

    said: str
    chat: dict[str, Any] | None = field(default=None, hash=False)

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON


@dataclass(frozen=True, slots=True)
class PointToAnswer(Effect):
    """In a *chat* with others, where a person asked: where the answer is, if it has *told* them."""

    chat: dict[str, Any] = field(hash=False)
    told: bool

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON

    @property
    def lock(self) -> str | None:
        return f"{self.name} {self.chat.get('conversation', {}).get('id')}"


@dataclass(frozen=True, slots=True)
class SendNotice(Effect):
    """A mail to a person whom Teams does not reach, for all they owe."""

    person: str
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.MAIL

    @property
    def lock(self) -> str | None:
        return f"notice {self.person}"


# --- The clock --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sweep(Upkeep):
    """Whatever is due is rung."""

    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK


@dataclass(frozen=True, slots=True)
class Ring(Effect):
    """The alarms of these handoffs that are due go off, all of them together."""

    handoff_ids: tuple[UUID, ...]
    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK


@dataclass(frozen=True, slots=True)
class RingPledges(Effect):
    """The alarms of these pledges that are due go off; or, where no sweep ran *since* then until
    *until*, they get that time.
    """

    pledges: tuple[UUID, ...]
    since: datetime | None = None
    until: datetime | None = None
    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK


@dataclass(frozen=True, slots=True)
class ExcuseOutage(Effect):
    """No sweep ran from *since* to *until*: what fell due then in these handoffs gets that time."""

    handoff_ids: tuple[UUID, ...]
    since: datetime
    until: datetime
    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK


@dataclass(frozen=True, slots=True)
class RouteAgain(OfHandoff):
    """A lead that is held for the next free rep is looked at again."""

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK


@dataclass(frozen=True, slots=True)
class AskToTell(OfHandoff):
    """The meeting that *begins* soon is off, and Outlook, where *person* organizes it, has yet to
    be told: whoever can tell the prospect is asked to.
    """

    person: str
    begins: datetime
    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK

    @property
    def once(self) -> str | None:
        return self.lock


@dataclass(frozen=True, slots=True)
class MailInstead(Effect):
    """Teams is tried in vain for a person: what new cards would tell them goes by mail."""

    person: str
    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD

    @property
    def lock(self) -> str | None:
        return SendNotice(self.person).lock

    @property
    def once(self) -> str | None:
        return f"{self.name} {self.person}"


@dataclass(frozen=True, slots=True)
class TellAway(ToPerson):
    """A person reads that somebody said they are away; or, with *back*, that this one is here
    after all.
    """

    back: str = ""


# --- What people choose from ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Find(OfHandoff):
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON


@dataclass(frozen=True, slots=True)
class FindTimes(Find):
    """For the qualifier, to book."""


@dataclass(frozen=True, slots=True)
class FindOtherTimes(Find):
    """At which rep and qualifier are free, for whoever asked."""


@dataclass(frozen=True, slots=True)
class FindStandIns(Find):
    """Who is free at the time of the meeting."""


@dataclass(frozen=True, slots=True)
class GiveTo(OfHandoff):
    """*rep* has the meeting, as *by* asked, if Outlook and their limits allow it now."""

    rep: str
    by: str
    how: How
    reason: str = ""
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON


# --- What Outlook is told ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnMeeting(Effect):
    """Something about one meeting, in the order in which it was decided."""

    handoff_id: UUID
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.OUTLOOK

    @property
    def lock(self) -> str | None:
        return f"outlook {self.handoff_id}"


@dataclass(frozen=True, slots=True)
class Invite(OnMeeting):
    """The meeting is made, and rep and prospect are invited."""


@dataclass(frozen=True, slots=True)
class _Awaiting(OnMeeting):
    """It waits for Outlook beside whatever else is done to the meeting."""

    @property
    def lock(self) -> str | None:
        return f"{self.name} {self.handoff_id}"

    @property
    def once(self) -> str | None:
        return self.lock


@dataclass(frozen=True, slots=True)
class AwaitInvitation(_Awaiting):
    """The rep's own copy has come."""


@dataclass(frozen=True, slots=True)
class AwaitMove(_Awaiting):
    """The rep's own copy shows the new time."""


@dataclass(frozen=True, slots=True)
class InviteAgain(OnMeeting):
    """The rep, whose copy of the invitation is gone, has another."""


@dataclass(frozen=True, slots=True)
class AcceptMeeting(OnMeeting):
    """The rep's own event is accepted."""


@dataclass(frozen=True, slots=True)
class MoveMeeting(OnMeeting):
    """The meeting is at another time."""


@dataclass(frozen=True, slots=True)
class ChangeRep(OnMeeting):
    """The meeting has another rep."""


@dataclass(frozen=True, slots=True)
class MendInvitation(OnMeeting):
    """The meeting says what the brief says, and the prospect is on it by their address there."""


@dataclass(frozen=True, slots=True)
class InviteLeader(OnMeeting):
    """Whoever is invited because of what the lead is worth is on the meeting."""


@dataclass(frozen=True, slots=True)
class DeclineMeeting(OnMeeting):
    """*event* leaves the calendar of *person*, and its organizer is told; under another id by now,
    it is known by *uid*. While that calendar cannot be reached, nobody else who is invited waits.
    """

    person: str
    event: str
    uid: str | None = None

    @property
    def lock(self) -> str | None:
        return f"decline {self.handoff_id} {self.person}"


@dataclass(frozen=True, slots=True)
class CancelMeeting(OnMeeting):
    """*event* is cancelled by *person*, its organizer, who says *words* where there are any; under
    another id by now, it is known by *uid*. Once it *begins* it is not cancelled any more. It was
    *wished* where the prospect has said no themselves.
    """

    person: str
    event: str
    uid: str | None = None
    words: str = ""
    begins: datetime | None = None
    wished: bool = False


@dataclass(frozen=True, slots=True)
class _Block(OnMeeting):
    """Something beside the meeting in one rep's own calendar: while that cannot be reached, nobody
    who is invited to the meeting waits for it.
    """

    @property
    def lock(self) -> str | None:
        return f"blocks {self.handoff_id}"


@dataclass(frozen=True, slots=True)
class BookPrep(_Block):
    """Time to prepare, for the commitment *n*."""

    n: int


@dataclass(frozen=True, slots=True)
class RemoveBlock(_Block):
    """The follow-up or prep of the commitment *n* leaves the calendar of *person*."""

    person: str
    n: int
    event: str


@dataclass(frozen=True, slots=True)
class BookFollowUp(OfHandoff):
    """A follow-up in the rep's calendar, for the commitment *n*."""

    n: int
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.OUTLOOK


@dataclass(frozen=True, slots=True)
class SendLetter(OfHandoff):
    """The letter *n* of a handoff, in someone's name."""

    n: int
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.MAIL


@dataclass(frozen=True, slots=True)
class OnCalendar(Effect):
    """An *event* in a person's own calendar, as they said to the check of the week that begins on
    *monday*; one after the other.
    """

    person: str
    monday: date
    event: str
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.OUTLOOK

    @property
    def lock(self) -> str | None:
        return f"calendar {self.person}"


@dataclass(frozen=True, slots=True)
class FreeEvent(OnCalendar):
    """It is shown as free."""


@dataclass(frozen=True, slots=True)
class RestoreEvent(OnCalendar):
    """It stands as it did before it was freed."""


@dataclass(frozen=True, slots=True)
class AnswerInvitation(OnCalendar):
    """It is accepted or declined."""


# --- What Outlook tells -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hint(OfHandoff):
    """What Outlook has of a handoff may have changed: it is looked at."""

    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.OUTLOOK

    @property
    def once(self) -> str | None:
        return self.lock


@dataclass(frozen=True, slots=True)
class Look(Hint):
    """The handoff is as the rep's own copy says."""


@dataclass(frozen=True, slots=True)
class LookAtOrganizer(Hint):
    """The handoff is as the organizer's event says: the prospect's own answer, first of all."""


@dataclass(frozen=True, slots=True)
class LookAtPrep(Hint):
    """The rep's time to prepare, and their next steps, are where their calendar has them."""


@dataclass(frozen=True, slots=True)
class ReadAttendance(OfHandoff):
    """Who was in the meeting, where Teams tells."""

    queue: ClassVar[str] = OUTLOOK


@dataclass(frozen=True, slots=True)
class OfMailbox(Effect):
    """A mailbox is read for what no notification told."""

    mailbox: str
    queue: ClassVar[str] = OUTLOOK

    @property
    def once(self) -> str | None:
        return f"{self.name} {self.mailbox}"

    @classmethod
    def of(cls, mailboxes: Sequence[str]) -> list[Self]:
        """What reads all of them."""
        return [cls(mailbox) for mailbox in mailboxes]

    @property
    def mailboxes(self) -> tuple[str, ...]:
        """All that this reads."""
        return (self.mailbox,)


@dataclass(frozen=True, slots=True)
class Poll(OfMailbox):
    """Its calendar, and in the same request those of *more*."""

    more: tuple[str, ...] = ()

    @property
    def once(self) -> str | None:
        return " ".join((self.name, *self.mailboxes))

    @property
    def mailboxes(self) -> tuple[str, ...]:
        return (self.mailbox, *self.more)

    @classmethod
    def of(cls, mailboxes: Sequence[str]) -> list[Self]:
        groups = (mailboxes[n : n + TOGETHER] for n in range(0, len(mailboxes), TOGETHER))
        return [cls(first, tuple(more)) for first, *more in groups]


@dataclass(frozen=True, slots=True)
class ReadSentMail(OfMailbox):
    """Its Sent Items: whether introductions are answered."""

    @property
    def lock(self) -> str | None:
        return f"sent mail {self.mailbox}"


@dataclass(frozen=True, slots=True)
class Subscribe(Upkeep):
    """Each mailbox in use has its subscriptions, and is read as often as the policy says."""

    queue: ClassVar[str] = OUTLOOK


@dataclass(frozen=True, slots=True)
class Renew(Effect):
    """A subscription lives on."""

    mailbox: str
    kind: str
    queue: ClassVar[str] = OUTLOOK

    @property
    def once(self) -> str | None:
        return f"{self.name} {self.mailbox} {self.kind}"


@dataclass(frozen=True, slots=True)
class Resync(Upkeep):
    """Nobody listened for a while: every mailbox is read anew."""


# --- Who is there -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SyncPeopleWhenDue(Upkeep):
    """Who is who is read anew as often as the policy says, and when it has changed."""


@dataclass(frozen=True, slots=True)
class SyncPeople(Upkeep):
    """Who is who is read anew."""

    queue: ClassVar[str] = OUTLOOK


@dataclass(frozen=True, slots=True)
class SeeAbsences(Upkeep):
    """Who is out of office."""

    queue: ClassVar[str] = OUTLOOK


# --- The week's check -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckWeeks(Upkeep):
    """Whose week ends is asked whether their calendar is true; managers hear on Monday."""


@dataclass(frozen=True, slots=True)
class ReadWeeks(Effect):
    """The calendars of *people* are read: for the check of the week that begins on *monday*, or,
    without it, because they asked to see theirs.
    """

    people: tuple[str, ...]
    monday: date | None = None
    queue: ClassVar[str] = OUTLOOK

    @property
    def urgency(self) -> Urgency:
        return Urgency.REST if self.monday else Urgency.PERSON

    @property
    def once(self) -> str | None:
        return None if self.monday else f"{self.name} {' '.join(self.people)}"


@dataclass(frozen=True, slots=True)
class ShowWeek(ToPerson):
    """The card of a person's week is as it stands; with *alert* it is posted anew."""

    monday: date
    alert: bool = False


@dataclass(frozen=True, slots=True)
class RollCall(ToPerson):
    """A manager sees which of their reps have said that their calendar is true, or which reps of
    the manager *of*, who has not settled it.
    """

    monday: date
    of: str = ""


# --- Whose turn it is -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskToAgree(ToPerson):
    """A member of a pool is asked whether they agree to the rules in force, without which no lead
    comes to them by turn.
    """


@dataclass(frozen=True, slots=True)
class TellReport(Effect):
    """A manager is asked about an assignment that was said to be wrong: *to*, where it was passed
    up or is asked again.
    """

    report: UUID
    to: str = ""

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


@dataclass(frozen=True, slots=True)
class TellAnswer(Effect):
    """Whoever said that an assignment was wrong reads the manager's answer."""

    report: UUID

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


@dataclass(frozen=True, slots=True)
class TellInTheWay(ToPerson):
    """Whoever was next but not free reads what stands in their own calendar then."""

    handoff_id: UUID
    queue: ClassVar[str] = OUTLOOK


@dataclass(frozen=True, slots=True)
class Famine(Upkeep):
    """Who has had no lead for a while."""


@dataclass(frozen=True, slots=True)
class TellStarved(Effect):
    """Somebody who has had no lead for a while hears of it, and who decides."""

    alarm: UUID

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


@dataclass(frozen=True, slots=True)
class TellAlarm(Effect):
    """A manager hears of somebody who has had no lead for a while: *to*, where it was passed up or
    is told again.
    """

    alarm: UUID
    to: str = ""

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


# --- The week's report ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportWeek(Upkeep):
    """The report of the week that is over is made, and goes to whoever is to have it by now."""


@dataclass(frozen=True, slots=True)
class ShowWeeklyReport(ToPerson):
    """A person has the card of the report of the week that began on *monday*. It waits behind
    whatever else is said to anybody.
    """

    monday: date

    @property
    def urgency(self) -> Urgency:
        return Urgency.REST


@dataclass(frozen=True, slots=True)
class MailWeeklyReport(Effect):
    """… and its mail."""

    person: str
    monday: date
    queue: ClassVar[str] = OUTLOOK

    @property
    def lock(self) -> str | None:
        return f"{self.name} {self.person}"


@dataclass(frozen=True, slots=True)
class LookForTrends(Upkeep):
    """Whether a reason is given more often than before."""


@dataclass(frozen=True, slots=True)
class TellTrend(ToPerson):
    """A person hears of a reason that is."""

    trend: UUID

    @property
    def urgency(self) -> Urgency:
        return Urgency.REST


@dataclass(frozen=True, slots=True)
class LookForWins(Upkeep):
    """Whether a deal is won of which those who brought it have not heard."""


@dataclass(frozen=True, slots=True)
class TellWin(ToPerson):
    """A person hears that it is, or that it is not after all."""

    handoff_id: UUID

    @property
    def urgency(self) -> Urgency:
        return Urgency.REST


# --- The CRM ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TellCrm(OfHandoff):
    """The CRM knows how the handoff stands."""

    queue: ClassVar[str] = CRM

    @property
    def urgency(self) -> Urgency:
        return Urgency.OUTLOOK

    @property
    def once(self) -> str | None:
        return f"{self.name} {self.handoff_id}"


@dataclass(frozen=True, slots=True)
class LookForBlanks(OfHandoff):
    """What the CRM knows of the blanks of its brief is proposed, and by what its prospect came is
    known.
    """

    queue: ClassVar[str] = CRM


@dataclass(frozen=True, slots=True)
class ReadCrm(Upkeep):
    """Which fields the CRM has and who may own records there; what it has not been told, or did not
    take, is told again.
    """

    queue: ClassVar[str] = CRM


@dataclass(frozen=True, slots=True)
class ReadDeals(Upkeep):
    """The deals beside the contacts of leads are known as the CRM has them: of those that were not
    read *since* then, some at a time.
    """

    queue: ClassVar[str] = CRM

    since: datetime | None = None  # now, without


@dataclass(frozen=True, slots=True)
class ForgetContact(Effect):
    """Whoever that contact of the CRM was is forgotten, if the CRM says so."""

    queue: ClassVar[str] = CRM

    contact: str

    @property
    def once(self) -> str | None:
        return f"{self.name} {self.contact}"


@dataclass(frozen=True, slots=True)
class ReadLeads(Upkeep):
    """What became a lead in the CRM is one here."""

    queue: ClassVar[str] = CRM

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


@dataclass(frozen=True, slots=True)
class ReadSpending(Upkeep):
    """What campaigns have cost is known as the CRM has it."""

    queue: ClassVar[str] = CRM


@dataclass(frozen=True, slots=True)
class ReadActivity(Upkeep):
    """Who was in touch with prospects is known as the CRM has it: of those that were not read
    *since* then, some at a time.
    """

    queue: ClassVar[str] = CRM

    since: datetime | None = None  # now, without


@dataclass(frozen=True, slots=True)
class TellIdle(ToPerson):
    """Somebody reads that nothing happens with a lead."""

    handoff_id: UUID


@dataclass(frozen=True, slots=True)
class TellOfDeal(ToPerson):
    """Somebody reads which deals of the CRM may be a lead's, or that its deal stands otherwise
    there than was said here.
    """

    queue: ClassVar[str] = CRM  # it reads there what the deals are called

    handoff_id: UUID


@dataclass(frozen=True, slots=True)
class AskForField(Effect):
    """Whoever has a deal is asked for a field of it that the CRM lacks: *to*, where the question
    was passed up or is asked again; or reads what became of what they entered.
    """

    ask: UUID
    to: str = ""

    @property
    def urgency(self) -> Urgency:
        return Urgency.CARD


@dataclass(frozen=True, slots=True)
class WriteField(Effect):
    """What somebody has entered of a deal stands in the CRM, unless it was changed there."""

    ask: UUID
    queue: ClassVar[str] = CRM

    @property
    def urgency(self) -> Urgency:
        return Urgency.PERSON

    @property
    def lock(self) -> str | None:
        return f"{self.name} {self.ask}"


@dataclass(frozen=True, slots=True)
class TellOfCrm(ToPerson):
    """Whoever has the lead reads what the CRM did not take of it, or whom it has as the owner."""

    handoff_id: UUID


# --- Upkeep -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rescue(Upkeep):
    """What a worker had begun when it died begins anew."""

    queue: ClassVar[str] = CLOCK

    @property
    def urgency(self) -> Urgency:
        return Urgency.CLOCK

    @property
    def lock(self) -> str | None:
        return None  # one that died while it ran would keep all others from running


@dataclass(frozen=True, slots=True)
class WatchCredential(Upkeep):
    """That what Baton signs in with ends soon is said days before."""


AT_A_TIME = 5_000  # handoffs that one look at the books takes, so that no look is long


@dataclass(frozen=True, slots=True)
class LookAtBooks(Upkeep):
    """Whether all is true that always should be, of some handoffs *after* that number at a time."""

    after: int = 0
    most: int = AT_A_TIME


@dataclass(frozen=True, slots=True)
class AddUp(Upkeep):
    """Days on which something was counted since are added up."""


@dataclass(frozen=True, slots=True)
class CountEarlier(Upkeep):
    """What was decided before there were figures is counted, some handoffs *after* that one at a
    time.
    """

    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class LookAtFigures(Upkeep):
    """Whether sums are those of what was counted, and that is what happened."""


@dataclass(frozen=True, slots=True)
class Tidy(Upkeep):
    """What is no longer needed is taken away."""


@dataclass(frozen=True, slots=True)
class Forget(Upkeep):
    """What is kept no longer than the policy says is taken away."""
