"""What a card is drawn from: the case, who looks at it, and when."""

from dataclasses import dataclass
from datetime import datetime

from cards import words
from cards.elements import plain
from handoff.draft import INVITE_GONE, LEFT, NO_ANSWER, NOT_INVITED, UNSETTLED
from handoff.model import Case, Commitment, Handoff, Lead, Meeting, Person
from handoff.policy import FIELDS, Policy, Promise

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
    def zone(self) -> str:
        return self.viewer.hours.zone

    @property
    def meeting(self) -> Meeting:
        assert self.handoff.meeting
        return self.handoff.meeting

    @property
    def title(self) -> str:
        """Contoso Logistics, Ines Prado"""
        return f"{self.handoff.lead.company}, {self.handoff.lead.contact_name}"

    def name(self, id: str | None) -> str:
        """A person's full name, safe within our own words."""
        person = self.case.people.get(id or "")
        return plain(person.name) if person else "someone who has left"

    def first(self, id: str | None) -> str:
        """A person's first name; "you" for the one who looks."""
        if id == self.viewer.id:
            return "you"
        person = self.case.people.get(id or "")
        return plain(person.first_name) if person else "someone who has left"

    @property
    def policy_label(self) -> str:
        return plain(self.policy.label())

    def soon(self, at: datetime) -> str:
        return words.soon(at, self.zone, self.at)

    def brief(self) -> list[tuple[str, str]]:
        """Label and value of what is known, in a rep's order."""
        return brief_rows(self.handoff.lead, self.policy)

    def reason(self) -> str:
        """Why it was sent back, in words."""
        code = self.handoff.reason
        return BATON_REASONS.get(code or "") or self.policy.reasons.get(
            code or "", "no reason given yet"
        )

    def sum(self, promise: Commitment) -> str:
        """The arithmetic behind a due time, as the engine did it."""
        who = self.case.people.get(promise.who)
        if promise.hours is None or who is None:
            return ""
        if not promise.brought_forward:
            # A follow-up may take its hours once its time in the calendar is over.
            since = who.hours.next_at_work(promise.span.end if promise.span else promise.made_at)
            return f"{words.working(promise.hours)} from {self.soon(since)}"
        if promise.due_at - promise.made_at <= self.policy.least:
            return f"{words.hours(self.policy.least)}, for the meeting is near"
        decides = promise.what is Promise.DECIDE
        ahead = self.policy.least if decides else self.policy.reassign
        return f"{words.hours(ahead)} before the meeting, at the latest"


BATON_REASONS = {
    NO_ANSWER: "There was no answer before the meeting began",
    UNSETTLED: "The other time was not settled before the meeting began",
    INVITE_GONE: "The invitation is no longer in the rep's calendar",
    NOT_INVITED: "The rep does not have the invitation",
    LEFT: "The rep is no longer here",
}


def brief_rows(lead: Lead, policy: Policy) -> list[tuple[str, str]]:
    shown = {name: getattr(lead, name) for name in BRIEF}
    if lead.value:
        shown["value"] = f"about {words.amount(lead.value, policy.currency)}"
    return [(FIELDS[name], value) for name, value in shown.items() if value]
