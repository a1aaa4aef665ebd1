"""What the report of a week says of each campaign, for whoever owns it: how many were accepted,
took place, went back and why, and were won, also by segment and by what kind of effort it was.
By which message they came is on the page of the campaign, for it is of all of its time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from cards import words
from cards.elements import plain
from cards.weekly_report import MOST_LINES, NOTHING, Names, count_of, own_words, together_words
from handoff.figures import Value
from handoff.weekly import BACK_BY_REASON, BY_SEGMENT, Item, Line, Told


def campaign_words(lines: Sequence[Line], names: Names) -> list[str]:
    """In lines, those of one campaign after the other; nothing where none had anything."""
    told: list[str] = []
    busy = [one for one in names.in_order(lines) if own_words(one) != NOTHING]
    for line in busy[:MOST_LINES]:
        told.append(f"**{names.of(line)}**: {own_words(line)}.")
        told += [*_back(line, names), *_segments(line)]
    if (more := len(busy) - MOST_LINES) > 0:
        told.append(f"And {more} more, in the tab.")
    return [*told, *_sources(busy, names)] if told else []


def _back(line: Line, names: Names) -> list[str]:
    """Why leads were sent back."""
    counted = _parts(line, BACK_BY_REASON).items()
    said = [
        f"{count_of(value):,} × {names.part(BACK_BY_REASON, part)}"
        for part, value in sorted(counted, key=lambda one: (-count_of(one[1]), one[0]))
    ]
    return [f"Sent back: {words.names(said)}."] if said else []


def _segments(line: Line) -> list[str]:
    """Of each segment the same figures; nothing where there is one alone, of which all has been
    said.
    """
    found: dict[str, dict[str, Told]] = defaultdict(dict)
    for item in BY_SEGMENT:
        for part, value in _parts(line, item).items():
            found[part][item.figure] = Told(value, {})
    if not found.keys() - {""}:
        return []
    return [
        f"{f'Segment {plain(part)}' if part else 'No segment'}: {_own(now)}."
        for part, now in sorted(found.items(), key=lambda one: (not one[0], one[0]))
    ]


def _sources(lines: Sequence[Line], names: Names) -> list[str]:
    """Of each kind of effort, where there are several."""
    by: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by[names.sources.get(line.whose, "")].append(line)
    if len(by) == 1 or not by.keys() - {""}:  # of one alone all has been said
        return []
    return [
        f"{f'Source {plain(source)}' if source else 'No source'}: {together_words(theirs)}."
        for source, theirs in sorted(by.items(), key=lambda one: (not one[0], one[0]))
    ]


def _own(now: Mapping[str, Told]) -> str:
    return own_words(Line(kind="campaign", now=now, before={}))


def _parts(line: Line, item: Item) -> Mapping[str, Value]:
    """Of whatever there is any of."""
    told = line.now.get(item.key)
    parts = told.parts if told else {}
    return {part: value for part, value in parts.items() if value is not None and count_of(value)}
