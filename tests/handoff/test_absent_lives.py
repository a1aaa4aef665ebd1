"""Meetings whose rep comes and goes, by chance: nobody sits there alone without somebody having
been asked in time, and nothing is taken for a word that nobody gave.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import pytest

from handoff import absence, answering, deciding, outage, proposing
from handoff.draft import AWAY, THERE_AFTER_ALL
from handoff.errors import RefusedError
from handoff.hours import OPEN_END, Span
from handoff.model import Decision, State, Step
from handoff.policy import Policy
from tests.handoff.conftest import Story
from tests.hour import MONDAY
from tests.thoroughness import FRESH, examples

ZONES = ("Europe/Madrid", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
AHEAD = frozenset({State.OFFERED, State.ACCEPTING, State.ACCEPTED})
QUARTER = timedelta(minutes=15)
HALF_HOUR = timedelta(minutes=30)


@dataclass
class Life:
    """One meeting, and all that is known from outside of what its rep said, and when."""

    story: Story
    dice: Random
    meant: tuple[Span, Span] | None = None  # the meeting that she keeps, and over which absence
    away_since: datetime | None = None  # since when it is known that she is, over this meeting
    told: list[datetime] = field(default_factory=list)  # when whoever decides was alerted
    happened: list[str] = field(default_factory=list)

    @property
    def meeting(self) -> Span:
        assert self.story.handoff.meeting
        return self.story.handoff.meeting.span

    @property
    def over(self) -> Span | None:
        """All of her absences over the meeting, as one."""
        spans = self.story.people["rita"].hours.away
        found = [span for span in spans if span.overlaps(self.meeting)]
        return Span(min(s.start for s in found), max(s.end for s in found)) if found else None

    def do(self, rule: Callable[..., Decision | None], **more: object) -> bool:
        name = getattr(rule, "__name__", "")
        self.happened.append(f"{self.story.at:%a %H:%M} {name} {more.get('start', '')}")
        return self.story.do(partial(rule, at=self.story.at, **more))

    def her_word(self) -> None:
        """She has just said that she will be there."""
        over = self.over
        self.meant = (self.meeting, over) if over else None

    def is_away(self, who: str, *spans: Span) -> None:
        person = self.story.people[who]
        hours = replace(person.hours, away=tuple(sorted(spans, key=lambda one: one.start)))
        self.story.people = {**self.story.people, who: replace(person, hours=hours)}
        self.story.case = replace(self.story.case, people=self.story.people)
        self.happened.append(f"{self.story.at:%a %H:%M} {who} away {spans}")
        if self.meant and who == "rita" and not any(s.overlaps(self.meant[0]) for s in spans):
            self.meant = None  # that absence is over, and the next is another
        self.do(absence.changed)

    def acts(self) -> None:
        story, dice, start = self.story, self.dice, self.meeting.start
        hour = timedelta(hours=1)
        spans = (
            Span(start - hour, start + hour / 2),
            Span(start - 20 * hour, start + 3 * hour),
            Span(story.at, start + dice.choice([-1, 5, 60, 240]) * hour),
            Span(story.at, OPEN_END),
            Span(start + 30 * hour, start + 50 * hour),
        )
        spans = tuple(one for one in spans if one.start < one.end)
        match dice.choice(("rita", "rita", "quinn", "clicks", "outlook", "proposes", "moves")):
            case "rita":
                self.is_away("rita", *dice.sample(spans, min(len(spans), dice.choice([0, 1, 1, 2]))))
            case "quinn":
                self.is_away("quinn", *dice.sample(spans, dice.choice([0, 1])))
            case "clicks" if dice.random() < 0.4:
                if story.handoff.state in AHEAD - {State.ACCEPTED}:
                    self.do(answering.accept, by="rita")
                    self.her_word()
            case "clicks" if dice.random() < 0.5:
                self.do(absence.keep, by="rita")
                self.her_word()
            case "clicks":
                self.do(deciding.stand_ins_found, reps=())
            case "outlook" if story.handoff.state in AHEAD:
                yes = dice.random() < 0.7
                asked = story.handoff.state is not State.ACCEPTED
                before = story.handoff
                ruled = story.people["rita"].away_at(story.at)
                story.outlook("accepted" if yes else "tentativelyAccepted")
                self.happened.append(f"{story.at:%a %H:%M} outlook yes={yes}")
                if yes and asked and not ruled and before.state is State.OFFERED:
                    self.her_word()
                elif not yes and not ruled and before != story.handoff:
                    self.meant = None
            case "proposes" if story.handoff.proposal:
                rule = dice.choice([proposing.keep_time, proposing.move_meeting])
                self.do(rule, by="quinn")
            case "proposes":
                other = start + dice.choice([-3, 2, 24]) * hour
                self.do(proposing.ask_other_times, by="rita")
                self.do(proposing.other_times_found, times=(other,))
                self.do(proposing.propose, by="rita", start=other)
            case "moves" if story.handoff.state in AHEAD:
                to = start + dice.choice([-5, -2, 1, 3, 22]) * hour
                if to > story.at:
                    story.outlook("none", span=Span(to, to + HALF_HOUR))
                    self.happened.append(f"{story.at:%a %H:%M} moved to {to:%a %H:%M}")

    def holds(self) -> None:
        """What is so at any time."""
        story, at = self.story, self.story.at
        handoff, over = story.handoff, self.over
        rings = [a for c in handoff.commitments if c.open for a in c.alarms if a.step is Step.UNTAKEN]
        assert len(rings) <= 1
        assert all(ring.at > at for ring in rings), "what rings is done"
        if handoff.state not in AHEAD or self.meeting.start <= at:
            return
        if over:
            assert handoff.leave, "she is asked"
        if handoff.leave_kept:
            assert self.meant, "a word that she gave"
            meeting, absent = self.meant
            assert meeting == self.meeting
            assert over
            assert (over.end == OPEN_END) == (absent.end == OPEN_END)
            assert over.start >= absent.start
            assert over.end <= absent.end or self.is_to_the_end_of_the_day(absent)
            assert not rings
        elif over and not handoff.proposal and not rings:
            assert not self.somebody_could(at), "somebody is asked while they can do anything"

    def is_to_the_end_of_the_day(self, absent: Span) -> bool:
        hours = replace(self.story.people["rita"].hours, away=())
        zone = ZoneInfo(hours.zone)
        end = self.meeting.start.astimezone(zone).replace(hour=23, minute=59)
        return not hours.between(absent.end, end) if absent.end < end else True

    def somebody_could(self, at: datetime) -> bool:
        """Whether whoever decides is at work for an hour before it begins, once she had time."""
        names = ("quinn", *self.story.people["quinn"].managers)
        return any(
            self.story.people[who].hours.between(at + HALF_HOUR, self.meeting.start) >= 2 * HALF_HOUR
            for who in names
        )


def lives(policy: Policy, seed: int) -> Life:
    dice = Random(seed)
    story = Story(policy)
    for who in ("rita", "quinn", "mara"):
        person = story.people[who]
        hours = replace(person.hours, zone=dice.choice(ZONES))
        story.people = {**story.people, who: replace(person, hours=hours)}
    story.case = replace(story.case, people=story.people)
    while story.state is State.QUALIFIED:
        start = MONDAY + QUARTER * dice.randrange(8, 4 * 24 * 7)
        with suppress(RefusedError):  # too near for whoever is far away
            story.offered(Span(start, start + HALF_HOUR))
    life = Life(story, dice)
    if dice.random() < 0.6:
        story.outlook("accepted")
    busy = dice.choice([0.02, 0.05, 0.15])
    while story.handoff.state in AHEAD | {State.PROPOSED} and story.at < life.meeting.start:
        since = story.at
        story.at += QUARTER
        if dice.random() < 0.01:
            story.at += timedelta(hours=dice.randrange(1, 20))
            story.do(partial(outage.excuse, since=since, at=story.at))
            life.happened.append(f"{story.at:%a %H:%M} nothing ran since {since:%a %H:%M}")
        rang = any(
            a.step is Step.UNTAKEN and a.at <= story.at
            for c in story.handoff.commitments
            if c.open
            for a in c.alarms
        )
        asked = story.handoff.leave and not story.handoff.leave_kept
        story.until(story.at)
        alerted = story.alerted() & {"quinn", "mara", "helen"}
        if rang and asked and story.at < life.meeting.start:
            assert alerted, "nobody reads of an alarm that rang"
        if story.handoff.state in AHEAD | {State.PROPOSED} and dice.random() < busy:
            before = replace(story)
            kept = life.meant
            try:
                life.acts()
            except RefusedError:
                life.meant = kept
                _ = before
        if story.handoff.state in AHEAD | {State.PROPOSED}:
            life.holds()
    return life


@pytest.mark.large
def test_nobody_sits_there_alone_unless_nobody_could_be_asked(policy_in_force: Policy) -> None:
    back = 0
    for seed in range(FRESH, FRESH + examples(150)):
        life = None
        life = lives(policy_in_force, seed)
        story = life.story
        if story.handoff.reason == AWAY:
            back += 1
            life.is_away("rita")
            if life.meeting.start > story.at:
                assert story.handoff.trouble == THERE_AFTER_ALL, life.happened
    assert back > 5
