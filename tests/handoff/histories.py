"""Handoffs that have lived through whatever may happen: by chance, the same for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from handoff import (
    absence,
    answering,
    booking,
    contest,
    correcting,
    deals,
    deciding,
    delivery,
    ending,
    following,
    giving,
    handing_over,
    meeting_outcome,
    next_meeting,
    outlook,
    passing,
    proposing,
    sending,
    writing,
)
from handoff.errors import RefusedError
from handoff.facts import Fact, facts
from handoff.hours import Span
from handoff.model import (
    Case,
    Choice,
    Contested,
    Deal,
    DealState,
    Decision,
    Entry,
    Handoff,
    MeetingOutcome,
    Outcome,
    Person,
    State,
)
from handoff.money import Money
from handoff.policy import Promise
from tests.handoff.conftest import LEAD, THURSDAY, Story


def acts(story: Story, random: Random) -> list[Callable[[], object]]:
    """What anybody, Outlook or Teams might do now, whether it is allowed or not."""
    handoff, now = story.handoff, story.at
    who = random.choice(["rita", "ravi", "quinn"])
    rep = handoff.rep or "rita"
    meeting = handoff.meeting.span if handoff.meeting else THURSDAY
    moved = Span(meeting.start + timedelta(hours=3), meeting.end + timedelta(hours=3))
    span = Span(max(now, THURSDAY.start) + timedelta(days=1), now + timedelta(days=9))
    span = Span(span.start, span.start + timedelta(minutes=30))
    follow_up = handoff.owed(Promise.FOLLOW_UP)
    n = follow_up.n if follow_up else 1
    search = handoff.search
    deciders = [c.who for c in handoff.commitments if c.open and c.what is Promise.DECIDE]
    by = random.choice(deciders or ["mara"])

    def do(rule: Callable[..., Decision | None], **more: object) -> Callable[[], object]:
        return lambda: story.do(lambda case: rule(case, at=now, **more))

    def found() -> object:
        if search is None:
            return None
        choices = (Choice(span.start, who),)
        return do(handing_over.times_found, search=search, found=choices, nobody=())()

    def booked() -> object:
        found()
        return do(booking.choose, by="quinn", start=span.start, rep=who)()

    def again() -> object:
        do(next_meeting.look_for_times, by=rep, wanted=now.date(), type="first", minutes=30)()
        choices, search = (Choice(span.start, rep),), story.handoff.search
        do(handing_over.times_found, search=search, found=choices, nobody=())()
        return do(booking.choose, by=rep, start=span.start, rep=rep)()

    def handed_on() -> object:
        do(giving.look_for, by="mara")()
        do(deciding.stand_ins_found, reps=("ravi", "rita"))()
        return do(giving.hand_on, by="mara", rep=who)()

    def leaves() -> object:
        person = story.people[rep]
        gone = replace(person.hours, away=(Span(now, now + timedelta(days=random.randint(1, 3))),))
        story.people = {**story.people, rep: replace(person, hours=gone)}
        story.case = replace(story.case, people=story.people)
        return do(absence.changed)()

    return [
        booked,
        story.offered,
        do(answering.accept, by=rep),
        do(answering.send_back, by=rep, reason="brief", note=""),
        do(proposing.ask_other_times, by=rep),
        do(proposing.other_times_found, times=(moved.start,)),
        do(proposing.propose, by=rep, start=moved.start),
        do(proposing.move_meeting, by="quinn"),
        do(proposing.keep_time, by="quinn"),
        lambda: handoff.meeting and story.outlook("accepted"),
        lambda: handoff.meeting and story.outlook("accepted", now - timedelta(minutes=90)),
        lambda: handoff.meeting and story.outlook("declined"),
        lambda: handoff.meeting and story.outlook("notResponded", span=moved),
        do(outlook.cancelled),
        do(outlook.invite_gone, clicked=True),
        do(deciding.extend, by=by, hours=2, reason="Trade fair"),
        do(deciding.talk, by=by),
        do(deciding.extend_early, by="mara", n=random.randint(1, 9), hours=2, reason="Trade fair"),
        do(deciding.stand_ins_found, reps=("ravi", "rita")),
        do(deciding.reassign, by=by, rep=who),
        do(deciding.give_back, by=by),
        do(passing.pass_on, reps=("ravi", "rita")),
        leaves,
        do(absence.pass_on, by=rep, rep=who),
        do(delivery.undeliverable, person=rep, why="removed Baton", nudge=True, first=True),
        do(delivery.unmailed, person=rep, why="no mailbox"),
        do(delivery.delivered, person=rep),
        do(meeting_outcome.how_it_went, by=rep, outcome=random.choice(list(MeetingOutcome))),
        do(following.follow_up, by=rep, kind="call", not_before=now, minutes=15),
        do(following.follow_up_booked, n=n, span=span, event="event"),
        do(following.follow_up_done, by=rep, n=n),
        again,
        handed_on,
        do(writing.replied_otherwise, by=rep),
        do(sending.sent, n=1) if handoff.letters else do(outlook.cancelled),
        do(correcting.fix_brief, by="quinn", lead=LEAD),
        do(handing_over.give_to, by="quinn", rep=who),
        do(handing_over.look_for_times, by="quinn", search=search) if search else booked,
        do(ending.no_further_step, by=rep, outcome=random.choice(list(Outcome))),
        do(contest.put_right, by=rep, outcome=random.choice(list(MeetingOutcome))),
        do(ending.end, by="quinn", outcome=Outcome.CLOSED),
    ]


Counted = tuple[tuple[Fact, ...], Case, datetime]
"""What was counted with one decision, of what it made, and when."""


@dataclass
class Lived(Story):
    """A handoff of which every fact is written down as it is decided."""

    facts: list[Fact] = field(default_factory=list)
    before: Handoff | None = None
    counted: list[Counted] = field(default_factory=list)

    def begin(self, below: str = "", marketer: Person | None = None, **more: str) -> None:
        self.before, self.facts, self.entries, self.counted = None, [], [], []
        super().begin(below, marketer, **more)

    def _keep(self, decision: Decision) -> None:
        found = facts(self.before, decision, self.people)
        self.facts += found
        self.before = decision.handoff
        case = Case(handoff=decision.handoff, policy=self.policy, people=self.people)
        assert decision.at
        self.counted.append((found, case, decision.at))
        super()._keep(decision)


def _onward(story: Story, dice: Random) -> Callable[[], object]:
    """What most often comes next, so that some come far."""
    handoff, now, rep = story.handoff, story.at, story.handoff.rep or "rita"

    def do(rule: Callable[..., Decision | None], **more: object) -> Callable[[], object]:
        return lambda: story.do(partial(rule, at=now, **more))

    met = dice.choice([MeetingOutcome.TOOK_PLACE] * 4 + list(MeetingOutcome))
    ends = partial(ending.no_further_step, by=rep, reason="price")
    claim = dice.choice(["goes_on", "no_need", *map(str, MeetingOutcome)])
    spoke = handoff.owed(Promise.FOLLOW_UP)
    match handoff.state:
        case State.QUALIFIED:
            return lambda: story.booked(_ahead(story))
        case State.BOOKING:
            return story.offered
        case State.OFFERED | State.ACCEPTING:
            return lambda: story.outlook("accepted")
        case State.ACCEPTED if handoff.meeting:
            end = handoff.meeting.span.end
            return lambda: story.until(max(end, story.at))
        case State.FOLLOWING if handoff.meeting_outcome is None:
            return do(meeting_outcome.how_it_went, by=rep, outcome=met)
        case State.CONTESTED | State.FOLLOWING | State.ENDED if dice.random() < 0.5:
            what = dice.choice(list(Contested))
            judge = next((c.who for c in handoff.commitments if c.what is Promise.JUDGE), "mara")
            return dice.choice(
                [
                    do(contest.contest, by="quinn", what=what, claim=claim),
                    do(contest.judge, by=judge, right=dice.random() < 0.7),
                    do(contest.put_right, by=rep, outcome=met),
                ]
            )
        case State.FOLLOWING | State.ENDED if spoke is None or dice.random() < 0.5:
            return do(ends, outcome=dice.choice([*Outcome, Outcome.OPPORTUNITY, Outcome.WON]))
        case State.FOLLOWING if spoke:
            return do(following.follow_up_done, by=rep, n=spoke.n, spoke=True)
        case _:
            return do(correcting.fix_brief, by="quinn", lead=LEAD)


def _ahead(story: Story) -> Span:
    start = max(THURSDAY.start, story.at.replace(minute=0, second=0) + timedelta(days=2))
    return Span(start, start + timedelta(minutes=30))


def live(story: Lived, dice: Random, steps: int = 50) -> Lived:
    """Time passes, and somebody does something; what is refused has not happened."""
    crm = Random(hash(dice.getstate()))  # so that what people do is the same with it and without
    for _ in range(steps):
        kept = _kept(story)
        if crm.random() < 0.2:
            _in_the_crm(story, crm)
        try:
            story.later(minutes=dice.choice([0, 0, 1, 20, 60, 150, 400, 1500]), seconds=1)
            kept = _kept(story)
            act = _onward(story, dice) if dice.random() < 0.6 else dice.choice(acts(story, dice))
            act()
        except (RefusedError, AssertionError):  # such as two at one time
            story.case, story.before, story.facts, story.entries, story.counted = kept
    return story


def _in_the_crm(story: Lived, dice: Random) -> None:
    """Somebody there makes, changes or deletes deals, and here it may be said which is the lead's:
    a third of the time it is one alone.
    """
    found = [
        Deal(
            id=str(n),
            made_at=story.at,
            stage="sent",
            stage_name="Sent",
            state=dice.choice(list(DealState)),
            amount=Money(dice.randrange(10**7), "EUR") if dice.random() < 0.8 else None,
        )
        for n in dice.sample(range(3), dice.choice([0, 1, 1, 2]))
    ]
    story.do(partial(deals.read, at=story.at, deals=found))
    asked = deals.asked(story.handoff)
    if asked and dice.random() < 0.5:
        chosen = dice.choice([*(one.id for one in asked), deals.NONE])
        owner = story.handoff.owner
        story.do(partial(deals.choose, by=owner, at=story.at, deal=chosen))


def _kept(
    story: Lived,
) -> tuple[Case, Handoff | None, list[Fact], list[Entry], list[Counted]]:
    lists = list(story.facts), list(story.entries), list(story.counted)
    return (story.case, story.before, *lists)
