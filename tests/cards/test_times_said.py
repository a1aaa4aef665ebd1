"""Each sentence of a card with a time in it is of a kind that is known here, and its times are
those of its handoff that it speaks of.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cards.draw import card_for
from cards.view import View
from cards.words import DAYS, MONTHS
from handoff.policy import Policy
from tests.cards.gallery import TARGETS, readers, stories
from tests.handoff.conftest import PEOPLE, Story

NAMED = "|".join(DAYS)
TIME = re.compile(
    rf"\b(?:(?P<day>{NAMED})(?: (?P<date>\d\d?) (?P<month>[A-Z][a-z]{{2}}))?,? )?"
    rf"(?P<clock>\d\d:\d\d)\b|\b(?P<alone>{NAMED})\b(?: (?P<on>\d\d?) (?P<of>[A-Z][a-z]{{2}}))?",
    re.IGNORECASE,
)
SENTENCES = re.compile(r"(?<=[.!?])\s+|\n| · ")


@dataclass(frozen=True)
class Told:
    """What a sentence may speak of: a handoff as it stands, and whoever reads of it."""

    story: Story
    who: str

    def all_of(self, *things: object) -> set[datetime | time]:
        return {moment for thing in things for moment in moments(thing)}

    @property
    def meets(self) -> set[datetime | time]:
        """When it is, was, or may be instead."""
        handoff = self.story.handoff
        return self.all_of(handoff.meeting, handoff.proposal, handoff.others, handoff.search)

    @property
    def due(self) -> set[datetime | time]:
        """Until when something was to be done, now or at first."""
        return self.all_of([(c.due_at, c.first_due_at) for c in self.story.handoff.commitments])

    @property
    def owed(self) -> set[datetime | time]:
        """As `due`, and since when."""
        people, owed = self.story.case.people, self.story.handoff.commitments
        return self.due | self.all_of(
            [(c.counted_from, c.made_at) for c in owed],
            [people[c.who].hours.next_at_work(c.made_at) for c in owed if c.who in people],
        )

    @property
    def blocks(self) -> set[datetime | time]:
        return self.all_of([c.span for c in self.story.handoff.commitments])

    @property
    def ahead(self) -> set[datetime | time]:
        """What the clock does until then."""
        return (
            self.meets
            | self.owed
            | self.all_of([c.alarms for c in self.story.handoff.commitments], self.at_work)
        )

    @property
    def done(self) -> set[datetime | time]:
        """When somebody did or said something."""
        handoff = self.story.handoff
        said = [(c.said_at, c.ended_at, c.made_at) for c in handoff.commitments]
        met = handoff.meeting and (handoff.meeting.response_at, handoff.meeting.prospect_at)
        return self.all_of(
            said, met, handoff.letters, handoff.deeds, handoff.activity, self.story.entries
        )

    @property
    def at_work(self) -> set[datetime | time]:
        """Where the hours of those in it begin and end, in these weeks."""
        at, long = self.story.at, timedelta(days=21)
        found: set[datetime | time] = set()
        for one in self.story.case.people.values():
            found |= self.all_of(list(one.hours.days_at_work(at - long, at + long)))
            found |= self.all_of(one.hours.away, one.hours.start, one.hours.end)
        return found


def moments(thing: Any) -> Iterator[datetime | time]:
    """Every moment in it, however deep."""
    if isinstance(thing, (datetime, time)):
        yield thing
    elif isinstance(thing, Mapping):
        for one in thing.values():
            yield from moments(one)
    elif isinstance(thing, (list, tuple, set, frozenset)):
        for one in thing:
            yield from moments(one)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from moments(getattr(thing, field.name))


Reads = Callable[[Told], set[datetime | time]]
SAID = (
    "accepted on|said yes on|answered|Introduction sent|offered this meeting|wrote to|No word with|"
    "cancellation went out"
)
MEETS = (
    "(?i)^now:|instead of|stays|still|expects|keeps? |held|propos|moved to|moved it|can you|began|"
    "leave it|settled|as for|the one for|copied|in lisbon"
)
READERS: tuple[tuple[str, Reads], ...] = (
    (r"Contoso Logistics[^:]*\):", lambda t: t.meets | t.owed | t.blocks),
    (r"^Without it|is yours to decide|'s to decide", lambda t: t.ahead),
    (r"working hours: ", lambda t: t.at_work),
    (r"^Shown are times", lambda t: t.all_of(t.story.policy)),
    (
        r"^Not |^You: |^In your calendar|^No room to prepare",
        lambda t: t.meets | t.all_of(t.story.handoff),
    ),
    (r"\d working hours? (from|\()|first due", lambda t: t.owed | t.blocks),
    (r"at work (until|from)|, back |out of office from|off until", lambda t: t.at_work),
    (SAID, lambda t: t.done | t.owed),
    (r"Teams reports", lambda t: t.all_of(t.story.handoff.attendance)),
    (r"(?i)\bby\b|\bdue\b|SINCE|gave \w+ until", lambda t: t.due),
    (r"^Call|^Mail|✓ Call|Time to prepare|planned", lambda t: t.blocks | t.at_work),
    (MEETS, lambda t: t.meets),
    (rf"(?i)^\W*(Contoso Logistics, )?({NAMED})\b", lambda t: t.meets | t.blocks),
)
"""By the words of a sentence, the first that fit, what its times are."""


def lines(part: Any) -> Iterator[str]:
    """Each text and each button's words of a card."""
    if isinstance(part, list):
        for one in part:
            yield from lines(one)
    elif isinstance(part, dict):
        if part.get("type") == "RichTextBlock":
            yield "".join(str(run.get("text", "")) for run in part["inlines"])
            return
        for name, value in part.items():
            if name in ("text", "title", "fallbackText") and isinstance(value, str):
                yield value
            elif isinstance(value, (dict, list)):
                yield from lines(value)


def is_one_of(said: re.Match[str], known: set[datetime | time], zones: list[ZoneInfo]) -> bool:
    """Whether one of the moments *known* reads so, in one of the *zones*."""
    day, clock = said["day"] or said["alone"], said["clock"]
    for moment in known:
        if isinstance(moment, time):
            if not day and f"{moment:%H:%M}" == clock:
                return True
            continue
        for zone in zones:
            local = moment.astimezone(zone)
            if day and DAYS[local.weekday()].casefold() != day.casefold():
                continue
            date, month = said["date"] or said["on"], said["month"] or said["of"]
            if date and f"{local.day} {MONTHS[local.month - 1]}" != f"{date} {month.capitalize()}":
                continue
            if clock is None or f"{local:%H:%M}" == clock:
                return True
    return False


def test_each_time_that_a_card_says_is_one_that_its_sentence_speaks_of(
    policy_in_force: Policy,
) -> None:
    wrong, read = [], 0
    for name, story in stories(policy_in_force).items():
        for who in readers(story):
            told, viewer = Told(story, who), PEOPLE[who]
            card = card_for(View(case=story.case, viewer=viewer, at=story.at), TARGETS)
            zones = [ZoneInfo(viewer.zone), ZoneInfo(story.handoff.lead.contact_zone)]
            sentences = {
                one for line in lines(card) for one in SENTENCES.split(line.replace("**", ""))
            }
            for sentence in sorted(sentences):
                times = list(TIME.finditer(sentence))
                if not times:
                    continue
                known = next(
                    (reads(told) for words, reads in READERS if re.search(words, sentence)), set()
                )
                read += len(times)
                wrong += [
                    f"{who}: {name}: {sentence}: {one[0]}"
                    for one in times
                    if not is_one_of(one, known, zones)
                ]
    assert not wrong, "\n".join(wrong)
    assert read > 1000
