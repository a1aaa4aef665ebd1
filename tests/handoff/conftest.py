"""A handoff in the making, without any machine: rules applied one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from handoff import booking, handing_over, outlook
from handoff.deadlines import deadline
from handoff.effects import Effect, Show
from handoff.hours import Span
from handoff.model import (
    Case,
    Choice,
    Commitment,
    Decision,
    Entry,
    Handoff,
    Lead,
    Person,
    Search,
    State,
)
from handoff.money import whole
from handoff.moves import MOVES
from handoff.policy import Policy, Promise
from store.handoffs import Rule
from tests.conftest import person
from tests.hour import MONDAY

LEAD = Lead(
    company="Contoso Logistics",
    contact_name="Ines Prado",
    contact_email="ines@contoso.example",
    contact_zone="Europe/Lisbon",
    needs="Live customs tracking for 3 warehouses",
    pains="Two late shipments a week",
    current_solution="Excel",
    request="See tracking live",
    value=whole(48_000, "EUR"),
    campaign="Ports webinar",
)
PEOPLE = {
    p.id: p
    for p in (
        person("Quinn Avery", "qualifier", managers=("mara", "helen")),
        person("Rita Osei", "rep", managers=("mara", "helen")),
        person("Ravi Patel", "rep", managers=("mara", "helen")),
        person("Mara Lind", "manager", managers=("helen",)),
        person("Helen Strand", "manager"),
        person("Milo Reyes", "marketer", managers=("helen",)),
    )
}
THURSDAY = Span(MONDAY + timedelta(days=3), MONDAY + timedelta(days=3, minutes=30))


@dataclass
class Story:
    """One handoff, its clock and everything that was decided."""

    policy: Policy
    at: datetime = MONDAY
    people: Mapping[str, Person] = field(default_factory=lambda: dict(PEOPLE))
    lead: Lead = LEAD
    case: Case = field(init=False)
    entries: list[Entry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)  # of the last decision

    def __post_init__(self) -> None:
        self.begin()

    def begin(self, below: str = "", marketer: Person | None = None, **more: str) -> None:
        """*more*: from what source it came in, and why it is held."""
        search = Search(pool="emea", rep=None, type="first", minutes=30, wanted=date(2026, 3, 2))
        self._keep(
            handing_over.begin(
                id=uuid4(),
                lead=self.lead,
                qualifier=self.people["quinn"],
                policy=self.policy,
                at=self.at,
                search=search,
                below=below,
                marketer=marketer,
                **more,
            )
        )

    @property
    def handoff(self) -> Handoff:
        return self.case.handoff

    @property
    def state(self) -> State:
        return self.handoff.state

    def do(self, rule: Rule) -> bool:
        """Apply a rule now; False if there was nothing to decide."""
        before = self.state
        decision = rule(self.case)
        if decision is None:
            return False
        after = decision.handoff.state
        assert after is before or after in MOVES[before], f"{before} to {after}"
        self._keep(decision)
        return True

    def later(self, **delta: float) -> bool:
        """Time passes and the clock does its part; whether it had one."""
        self.at += timedelta(**delta)
        return self.do(lambda case: deadline(case, at=self.at))

    def until(self, at: datetime) -> bool:
        self.at = at
        return self.do(lambda case: deadline(case, at=at))

    def booked(self, span: Span = THURSDAY, rep: str = "rita") -> "Story":
        search = self.handoff.search
        assert search
        found = (Choice(span.start, rep),)
        self.do(
            lambda c: handing_over.times_found(c, at=self.at, search=search, found=found, nobody=())
        )
        self.do(lambda c: booking.choose(c, by="quinn", at=self.at, start=span.start, rep=rep))
        return self

    def offered(self, span: Span = THURSDAY, rep: str = "rita") -> "Story":
        if self.state is State.QUALIFIED:
            self.booked(span, rep)
        assert self.handoff.rep
        rep = self.handoff.rep
        self.do(
            lambda c: booking.invited(
                c,
                at=self.at,
                rep=rep,
                organizer_event="organizer-event",
                rep_event=f"{rep}-event",
                uid="uid",
                join_url="https://teams.example/join",
                obstacles=(),
            )
        )
        return self

    def accepted(self) -> "Story":
        self.offered()
        self.outlook("accepted")
        return self

    def outlook(self, response: str, at: datetime | None = None, span: Span | None = None) -> bool:
        assert self.handoff.meeting
        now = span or self.handoff.meeting.span
        when = at or self.at
        return self.do(
            lambda c: outlook.says(c, at=self.at, response=response, responded_at=when, span=now)
        )

    def owed(self, what: Promise, who: str | None = None) -> Commitment:
        found = self.handoff.owed(what, who)
        assert found, f"nobody owes {what}"
        return found

    def said(self) -> list[str]:
        return [entry.what for entry in self.entries]

    def jobs(self) -> set[type[Effect]]:
        return {type(e) for e in self.effects}

    def alerted(self) -> set[str]:
        return {e.person for e in self.effects if isinstance(e, Show) and e.alert}

    def _keep(self, decision: Decision) -> None:
        self.case = Case(handoff=decision.handoff, policy=self.policy, people=self.people)
        self.entries += decision.entries
        self.effects = list(decision.effects)
        check(self.case)


def check(case: Case) -> None:
    """What is always true, whatever happened."""
    handoff = case.handoff
    still = [c for c in handoff.commitments if c.open]
    assert handoff.owner
    if handoff.open:
        assert any(c.rings_at for c in still), "an open lead has a future commitment"
    else:
        assert not still, "nothing is owed once it has ended"
    decided = {c.about for c in still if c.what is Promise.DECIDE}
    assert decided <= {c.n for c in still}, "somebody decides about what is over"
    rings = {c.about or c.n for c in still if c.rings_at}
    silent = {c.what for c in still if (c.about or c.n) not in rings}
    # Preparing asks nothing of anybody, and a meeting is judged by how it went.
    assert silent <= {Promise.PREPARE, Promise.MEET}, "owed, and nobody would ever say so"
    held = list(handoff.reservations)
    assert all(a is b or a[0] != b[0] or not a[1].overlaps(b[1]) for a in held for b in held)


@pytest.fixture
def story(policy_in_force: Policy) -> Story:
    return Story(policy_in_force)
