"""Meetings whose rep comes and goes, by chance: nobody sits there alone without somebody having
been asked in time, nothing is taken for a word that nobody gave, no answer is due later than its
hours from now on, and once it went back a rep's word comes before their calendar.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import pytest

from handoff import absence, answering, deciding, giving, outage, proposing
from handoff.draft import AWAY, THERE_AFTER_ALL, YES_SINCE
from handoff.errors import RefusedError
from handoff.hours import OPEN_END, Span
from handoff.model import Decision, State, Step
from handoff.policy import Policy, Promise
from tests.handoff.conftest import Story
from tests.hour import MONDAY
from tests.thoroughness import FRESH, examples

ZONES = ("Europe/Madrid", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
AHEAD = frozenset({State.OFFERED, State.ACCEPTING, State.ACCEPTED})
QUARTER = timedelta(minutes=15)
HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)


@dataclass
class Life:
    """One meeting, and all that is known from outside of what its rep said, and when."""

    story: Story
    dice: Random
    meant: tuple[Span, Span] | None = None  # the meeting that she keeps, and over which absence
    word_since: str | None = None  # what she has said in Outlook since it went back
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
        """What was true of the time before now stays, as it is stored."""
        person, at = self.story.people[who], self.story.at
        was = [Span(s.start, min(s.end, at)) for s in person.hours.away if s.start < at]
        spans = (*was, *(Span(max(s.start, at), s.end) for s in spans if s.end > at))
        hours = replace(person.hours, away=tuple(sorted(spans, key=lambda one: one.start)))
        self.story.people = {**self.story.people, who: replace(person, hours=hours)}
        self.story.case = replace(self.story.case, people=self.story.people)
        self.happened.append(f"{self.story.at:%a %H:%M} {who} away {spans}")
        if self.meant and who == "rita" and not any(s.overlaps(self.meant[0]) for s in spans):
            self.meant = None  # that absence is over, and the next is another
        self.do(absence.changed)

    def acts(self) -> None:
        """Somebody does something, or Outlook says something; much of it may be refused."""
        names = ("rita", "rita", "shifts", "quinn", "clicks", "outlook", "moves")
        if self.dice.random() < 1 / 8:
            self.proposes()
            return
        getattr(self, f"_{self.dice.choice(names)}")()

    def acts_since(self) -> None:
        """The same, once it is back with its qualifier."""
        names = ("rita", "rita", "shifts", "quinn", "says", "says", "gives")
        getattr(self, f"_{self.dice.choice(names)}")()

    def _says(self) -> None:
        word = self.dice.choice(("accepted", "declined", "tentativelyAccepted"))
        by_mailbox = word == "accepted" and self.story.people["rita"].away_at(self.story.at)
        self.story.outlook(word)
        self.happened.append(f"{self.story.at:%a %H:%M} outlook {word} since")
        if not by_mailbox:
            self.word_since = word

    def _gives(self) -> None:
        """The lead is another qualifier's."""
        handoff = self.story.handoff
        to = "rosa" if handoff.qualifier == "quinn" else "quinn"
        self.do(giving.give_lead, by=handoff.qualifier, to=to)

    def _shifts(self) -> None:
        """What is ahead of her absences begins and ends at another hour."""
        by = self.dice.choice([-20, -3, -1, 1, 3, 20]) * HOUR
        ahead = [s for s in self.story.people["rita"].hours.away if s.end > self.story.at]
        kept = [Span(s.start + by, s.end if s.end == OPEN_END else s.end + by) for s in ahead]
        self.is_away("rita", *kept)

    def _absences(self) -> list[Span]:
        start = self.meeting.start
        known = (
            Span(start - HOUR, start + HALF_HOUR),
            Span(start - 20 * HOUR, start + 3 * HOUR),
            Span(self.story.at, start + self.dice.choice([-1, 5, 60, 240]) * HOUR)
            if self.story.at < start - HOUR
            else Span(self.story.at, start + 5 * HOUR),
            Span(self.story.at, OPEN_END),
            Span(start + 30 * HOUR, start + 50 * HOUR),
        )
        return list(known)

    def _rita(self) -> None:
        self.is_away("rita", *self.dice.sample(self._absences(), self.dice.choice([0, 1, 1, 2])))

    def _quinn(self) -> None:
        self.is_away("quinn", *self.dice.sample(self._absences(), self.dice.choice([0, 1])))

    def _clicks(self) -> None:
        match self.dice.choice(("accept", "keep", "nobody is free")):
            case "accept" if self.story.handoff.state in (State.OFFERED, State.PROPOSED):
                self.do(answering.accept, by="rita")
                self.her_word()
            case "keep":
                self.do(absence.keep, by="rita")
                self.her_word()
            case "nobody is free":
                self.do(deciding.stand_ins_found, reps=())

    def _outlook(self) -> None:
        before, yes = self.story.handoff, self.dice.random() < 0.7
        if before.state not in AHEAD:
            return
        self.story.outlook("accepted" if yes else "tentativelyAccepted")
        self.happened.append(f"{self.story.at:%a %H:%M} outlook yes={yes}")
        if self.story.people["rita"].away_at(self.story.at):
            return  # her mailbox says so, and not she
        if yes and before.state is State.OFFERED:
            self.her_word()
        elif not yes and before != self.story.handoff:
            self.meant = None

    def proposes(self) -> None:
        rules: list[Callable[..., Decision | None]]
        rules = [proposing.keep_time, proposing.move_meeting]
        if self.story.handoff.proposal:
            self.do(self.dice.choice(rules), by="quinn")
            return
        other = self.meeting.start + self.dice.choice([-3, 2, 24]) * HOUR
        self.do(proposing.ask_other_times, by="rita")
        self.do(proposing.other_times_found, times=(other,))
        self.do(proposing.propose, by="rita", start=other)

    def _moves(self) -> None:
        to = self.meeting.start + self.dice.choice([-5, -2, 1, 3, 22]) * HOUR
        if self.story.handoff.state in AHEAD and to > self.story.at:
            self.story.outlook("none", span=Span(to, to + HALF_HOUR))
            self.happened.append(f"{self.story.at:%a %H:%M} moved to {to:%a %H:%M}")

    def sweeps(self) -> None:
        """Whatever is due rings, and whoever decides reads of it."""
        story = self.story
        rang = any(ring <= story.at for ring in self.rings())
        asked = story.handoff.leave and not story.handoff.leave_kept
        story.until(story.at)
        over = story.handoff.leave is None and story.handoff.state in AHEAD | {State.PROPOSED}
        if rang and asked and not over and story.at < self.meeting.start:
            alerted = story.alerted() & {"quinn", "mara", "helen"}
            assert alerted, "nobody reads of an alarm that rang"

    def rings(self) -> list[datetime]:
        found = (one for c in self.story.handoff.commitments if c.open for one in c.alarms)
        return [one.at for one in found if one.step is Step.UNTAKEN]

    def holds_since(self) -> None:
        """What is so once it is back with its qualifier."""
        handoff = self.story.handoff
        assert not self.rings()
        assert absence.said_since(handoff) == self.word_since
        assert (handoff.trouble == YES_SINCE) is (self.word_since == "accepted")
        if handoff.trouble == THERE_AFTER_ALL:
            assert self.over is None, "she is there"
            assert self.word_since is None, "and has said nothing else"

    def is_not_due_too_late(self) -> None:
        """Whatever her absences were, and however long nothing ran."""
        asked, hours = self.story.handoff.owed(Promise.ANSWER), self.story.people["rita"].hours
        if asked is None or asked.hours is None or asked.said_at or asked.due_at <= self.story.at:
            return
        if asked.reached not in (None, Step.REMINDER):
            return
        assert asked.due_at <= hours.after(self.story.at, asked.hours), "its hours from now on"
        assert asked.due_at <= self.meeting.start or self.meeting.start <= self.story.at

    def holds(self, *, swept: bool = True) -> None:
        """What is so at any time; that nothing waits to be rung, once a sweep has come."""
        story, at = self.story, self.story.at
        handoff, over = story.handoff, self.over
        rings = self.rings()
        assert len(rings) <= 1
        assert not swept or all(ring > at for ring in rings), "what rings is done"
        self.is_not_due_too_late()
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
        names = (self.story.handoff.qualifier, *self.story.people["quinn"].managers)
        return any(
            self.story.people[who].hours.between(at + HALF_HOUR, self.meeting.start) >= HOUR
            for who in names
        )


def lives(policy: Policy, seed: int) -> Life:
    life = offered(policy, Random(seed))
    busy = life.dice.choice([0.02, 0.05, 0.15])
    ahead(life, busy)
    once_back(life, busy)
    return life


def offered(policy: Policy, dice: Random) -> Life:
    """At some hour of a week, to people anywhere; most have said yes."""
    story = Story(policy)
    for who in ("rita", "quinn", "mara"):
        person = story.people[who]
        hours = replace(person.hours, zone=dice.choice(ZONES))
        story.people = {**story.people, who: replace(person, hours=hours)}
    rosa = replace(story.people["quinn"], id="rosa", name="Rosa Blum")
    story.people = {**story.people, "rosa": rosa}
    story.case = replace(story.case, people=story.people)
    while story.state is State.QUALIFIED:
        start = MONDAY + QUARTER * dice.randrange(8, 4 * 24 * 7)
        with suppress(RefusedError):  # too near for whoever is far away
            story.offered(Span(start, start + HALF_HOUR))
    if dice.random() < 0.6:
        story.outlook("accepted")
    return Life(story, dice)


def ahead(life: Life, busy: float) -> None:
    """Until it begins, or is somebody else's."""
    story, dice = life.story, life.dice
    while story.handoff.state in AHEAD | {State.PROPOSED} and story.at < life.meeting.start:
        since = story.at
        story.at += QUARTER
        if dice.random() < 0.01:
            story.at += timedelta(hours=dice.randrange(1, 20))
            story.do(partial(outage.excuse, since=since, at=story.at))
            life.happened.append(f"{story.at:%a %H:%M} nothing ran since {since:%a %H:%M}")
        near = any(ring <= story.at + HOUR for ring in life.rings())
        late = dice.random() < 0.05  # what Outlook says comes before the sweep
        if not late:
            life.sweeps()
        with suppress(RefusedError):
            if story.handoff.state in AHEAD | {State.PROPOSED} and dice.random() < busy:
                life.acts()
            elif near and story.handoff.state in AHEAD and dice.random() < 0.2:
                life.proposes()
        if story.handoff.state in AHEAD | {State.PROPOSED}:
            life.holds(swept=not late)


def once_back(life: Life, busy: float) -> None:
    """Until its qualifier's meeting begins, where nobody took it while its rep was away."""
    story = life.story
    while story.handoff.reason == AWAY and story.at < life.meeting.start - QUARTER:
        story.at += QUARTER
        story.until(story.at)
        with suppress(RefusedError):
            if life.dice.random() < 2 * busy:
                life.acts_since()
        life.holds_since()


@pytest.mark.large
def test_nobody_sits_there_alone_unless_nobody_could_be_asked(policy_in_force: Policy) -> None:
    back = 0
    for seed in range(FRESH, FRESH + examples(100)):
        life = lives(policy_in_force, seed)
        story = life.story
        if story.handoff.reason == AWAY:
            back += 1
            life.is_away("rita")
            if life.meeting.start > story.at and not life.word_since:
                assert story.handoff.trouble == THERE_AFTER_ALL, life.happened
    assert back > 5
