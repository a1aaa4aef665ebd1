"""What a card is drawn from: the case, who looks at it, and when."""

from dataclasses import dataclass
from datetime import datetime

from cards import words
from cards.elements import isolated, plain
from handoff.absence import could_not_answer, said_since
from handoff.back_for import BATON_REASONS
from handoff.clocks import latest_of
from handoff.draft import AWAY, CAME_UP, DOUBLE_BOOKED, ILL, NO_STAND_IN, ON_LEAVE
from handoff.model import Case, Commitment, Handoff, Lead, Meeting, Person, Touched
from handoff.policy import FIELDS, Policy, Promise
from handoff.scope import Scope, scope_of

BRIEF = ("request", "needs", "pains", "current_solution", "value", "campaign")
"""The brief in the order in which a rep needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    case: Case
    viewer: Person
    at: datetime  # UTC
    banner: str = ""  # a line for whoever just clicked
    rotation: tuple[str, ...] = ()  # why this rep, in lines; empty where the router did not choose

    @property
    def handoff(self) -> Handoff:
        return self.case.handoff

    @property
    def policy(self) -> Policy:
        return self.case.policy

    @property
    def scope(self) -> Scope:
        """What of the case is theirs to see."""
        return scope_of(self.viewer, self.case.people, (), self.policy)

    @property
    def zone(self) -> str:
        return self.viewer.zone

    @property
    def meeting(self) -> Meeting:
        assert self.handoff.meeting
        return self.handoff.meeting

    @property
    def meets(self) -> str:
        """For a button by which somebody decides about the meeting at the time on the card: once it
        is at another, the click means nothing. Empty where there is no meeting.
        """
        meeting = self.handoff.meeting
        return meeting.span.start.isoformat() if meeting else ""

    @property
    def title(self) -> str:
        """Contoso Logistics, Ines Prado"""
        lead = self.handoff.lead
        return f"{isolated(lead.company)}, {isolated(lead.contact_name)}"

    def name(self, id: str | None) -> str:
        """A person's full name, safe within our own words; where another in the case is called so
        too, with the mail address.
        """
        person = self.case.people.get(id or "")
        if person is None:
            return "someone who has left"
        twin = any(p.name == person.name and p.id != id for p in self.case.people.values())
        return plain(f"{person.name} ({person.mail})" if twin else person.name)

    def all_invited(self, *first: str) -> str:
        """Whoever Outlook tells of a change: those who come *first*, whoever was drawn in because
        of what the lead is worth, and others that somebody has added.
        """
        leader = [self.name(self.handoff.leader)] if self.handoff.leader else []
        return words.names([*first, *leader, "whoever else is invited"])

    def first(self, id: str | None) -> str:
        """A person's first name, where no other in the case has it; "you" for the one who looks."""
        if id == self.viewer.id:
            return "you"
        person = self.case.people.get(id or "")
        if person is None:
            return "someone who has left"
        first = person.first_name
        shared = any(p.first_name == first and p.id != id for p in self.case.people.values())
        return self.name(id) if shared else plain(first)

    @property
    def policy_label(self) -> str:
        return plain(self.policy.label())

    def soon(self, at: datetime) -> str:
        return words.soon(at, self.zone, self.at)

    def by(self, promise: Commitment) -> str:
        """To follow "Please choose": by when; once that has passed, when it was due. And when at
        first.
        """
        when = f"**{self.soon(promise.due_at)}**{self.first_due(promise)}"
        return f"; it was due {when}" if promise.due_at <= self.at else f" by {when}"

    def brief(self) -> list[tuple[str, str]]:
        """Label and value of what is known, in a rep's order; beside where it came from what the
        CRM had of it.
        """
        touched = self.handoff.touched
        return brief_rows(self.handoff.lead) + (touch_rows(touched) if touched else [])

    def reason(self) -> str:
        """Why it was sent back, in words."""
        code = self.handoff.reason
        mine = self.viewer.id == self.handoff.rep
        who = "You" if mine else self.first(self.handoff.rep)
        if code == NO_STAND_IN:
            return f"{who} cannot take it"
        if code in UNABLE:
            return f"{who} cannot be there: {UNABLE[code].lower()}"
        if code == AWAY:
            out = f"{who} {'are' if mine else 'is'} out of office then"
            if could_not_answer(self.handoff):
                out = f"{who} had no time to answer, being out of office"
            return f"{self.said_since() or out}, and nobody has taken it"
        return BATON_REASONS.get(code or "") or self.policy.reasons.get(
            code or "", "no reason given yet"
        )

    def said_since(self) -> str:
        """What the rep says of a lead that went back while they are away, where they have said
        anything since: Rita has declined since
        """
        mine = self.viewer.id == self.handoff.rep
        who = "You" if mine else self.first(self.handoff.rep)
        match said_since(self.handoff):
            case "accepted":
                return f"{who} {'have' if mine else 'has'} accepted since"
            case "declined":
                return f"{who} {'have' if mine else 'has'} declined since"
            case "tentativelyAccepted":
                return f"{who} {'are' if mine else 'is'} not sure"
            case _:
                return ""

    def sum(self, promise: Commitment) -> str:
        """The arithmetic behind a due time, as the engine did it, and when it was due at first."""
        was = self.soon(promise.first_due_at)
        first = f"; first due {was}" if was != self.soon(promise.due_at) else ""
        return f"{counted}{first}" if (counted := self.arithmetic(promise)) else ""

    def first_due(self, promise: Commitment) -> str:
        """To follow a due time: when it was due at first, where that was another time."""
        return first_due(promise, self.zone, self.at)

    def arithmetic(self, promise: Commitment) -> str:
        """How long from when; empty where its time was fixed."""
        who = self.case.people.get(promise.who)
        if promise.hours is None or who is None:
            return ""
        if not promise.brought_forward:
            return f"{words.working(promise.hours)} from {self.soon(counted_from(promise, who))}"
        worked, least = who.hours.between(promise.since, promise.due_at), self.policy.least
        if promise.due_at in self._beginnings() and worked < least:
            return "the meeting begins then"
        if promise.due_at - promise.since <= least:
            return f"{words.hours(least)}, for the meeting is near"
        if worked == least:
            return f"{words.working(least)}, for the meeting is near"
        return self._brought_forward(promise)

    def within(self, promise: Commitment) -> str:
        """In how much time it was to be done, as it was counted; empty where it was due by a moment
        that was fixed, or because the meeting is near.
        """
        who = self.case.people.get(promise.who)
        if promise.hours is None or promise.brought_forward or who is None:
            return ""
        since = self.soon(counted_from(promise, who))
        return f"{words.working(promise.hours)} ({since} to {self.soon(promise.due_at)})"

    def _beginnings(self) -> list[datetime]:
        """Of the meeting, and of the one that is proposed instead."""
        handoff = self.handoff
        spans = (handoff.meeting and handoff.meeting.span, handoff.proposal)
        return [span.start for span in spans if span]

    def _brought_forward(self, promise: Commitment) -> str:
        """By when the meeting needs it; empty of what is due once that has begun."""
        latest = latest_of(self.case, promise, promise.since)
        decides = promise.what is Promise.DECIDE
        ahead = self.policy.least if decides else self.policy.reassign
        before = f"{words.hours(ahead)} before the meeting"
        if promise.what is Promise.REPLY:  # nobody else need be found for that
            before = "the beginning of the meeting"
        if latest == promise.due_at:
            return f"{before}, at the latest"
        if latest and promise.due_at < latest:
            return f"the last working time up to {before}"
        meeting = self.handoff.meeting
        if meeting and meeting.span.start < promise.due_at:
            return ""  # it was counted for another time of the meeting
        return "as late as the meeting lets it be"


UNABLE = {
    ILL: "Ill",
    CAME_UP: "Something came up",
    DOUBLE_BOOKED: "Double-booked",
    ON_LEAVE: "On leave",
}
"""Why a rep cannot be there, in their own words."""


def first_due(promise: Commitment, zone: str, at: datetime) -> str:
    """To follow a due time: (first due Mon 14:00); nothing where it was due then at first."""
    was = words.soon(promise.first_due_at, zone, at)
    return "" if was == words.soon(promise.due_at, zone, at) else f" (first due {was})"


def brief_rows(lead: Lead) -> list[tuple[str, str]]:
    """Label and value of what is known; that nobody knows what it is worth is said."""
    shown = {name: getattr(lead, name) for name in BRIEF} | {"value": worth(lead)}
    rows = [(FIELDS[name], value) for name, value in shown.items() if value]
    return [*rows, ("Message", lead.message)] if lead.message else rows


def touch_rows(touched: Touched) -> list[tuple[str, str]]:
    """Label and value of each that is known."""
    return [
        (label, f"{_as_read(value)}, as {touched.by} had it")
        for label, value in (("First touch", touched.first), ("Last touch", touched.last))
        if value
    ]


def _as_read(value: str) -> str:
    """ORGANIC_SEARCH is how HubSpot writes what people read there as Organic search."""
    return value.replace("_", " ").capitalize() if value.isupper() and "_" in value else value


def counted_from(promise: Commitment, who: Person) -> datetime:
    """From when on its hours are counted: of what has a time in the calendar, once that is over."""
    booked = promise.span.end if promise.span else promise.made_at
    return who.hours.next_at_work(promise.counted_from or booked)


def worth(lead: Lead) -> str:
    """About €48,000; not known; not known: "half a million or so" was written"""
    if lead.value:
        return f"about {words.amount(lead.value)}"
    return f"not known: “{lead.unclear_value}” was written" if lead.unclear_value else "not known"
