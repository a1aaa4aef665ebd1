"""The reports of weeks as they were sent, the newest first, and the list behind each figure that is
whoever looks's to see. What is otherwise by now stands beside what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import htpy as h

import charts
from cards import words
from cards.campaign_week import campaign_words
from cards.elements import bare, clean
from cards.told import NOTHING, TOO_FEW, WHY_TOO_FEW, told
from cards.weekly_report import (
    NONE_FOR_THEM,
    NONE_YET,
    ONE_BY_ONE,
    YOURS,
    Names,
    Said,
    changed,
    count_of,
    days,
    own_words,
    reason,
    same,
    section_said,
)
from handoff.asked import NONE, OfWeek, UnknownError, escaped, ground_of, ground_text, unescaped
from handoff.errors import RefusedError
from handoff.figures import Share, Unit, Value
from handoff.model import Person
from handoff.scope import Ground, Kind, NotShownError
from handoff.weekly import (
    BY_KEY,
    DEFINITION,
    OWN,
    SECTIONS,
    Correction,
    Item,
    Line,
    Numbers,
    Report,
    Section,
    Told,
    corrections,
    gets,
    monday_of,
)
from store.fact_terms import Look
from store.figures import Line as Counted
from store.weekly_reports import GROUNDS, LOOKED_AT, Sent, everybodys
from tabs.figures import OF_HANDED_OVER, ZERO, empty, head
from tabs.listed import what_words, whose_head
from tabs.page import leads_to, link, prose, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered

MOST = 110  # weeks of an archive: two years
NEWEST = 5  # of these, before the others are asked for
MOST_LINES = 200  # of one list
NOT_THEIRS = "There is no report of that week, or none that was sent to you."
NOW_WORDS = (
    "What was sent stays as it was. These figures are otherwise by now, for something became known "
    "later: it was said how a meeting went, a promise was kept late, or something was put right."
)


async def page(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """The report of the week that was asked for, or the newest. Raises RefusedError alike for one
    that is not theirs and for one that there is not.
    """
    stores, viewer = reader.stores, reader.viewer
    archive = await stores.weekly.archive(viewer.id, MOST)
    if "week" not in said and not archive:
        none = NONE_YET if gets(viewer) else NONE_FOR_THEM
        return whole("Weeks", section("Reports", h.p[none]), code="weeks")
    report = await _report(reader, said.get("week"))
    names = await _names(reader, report)
    await reader.looked({one.whose for one in report.people}, LOOKED_AT)
    seen = _Seen(reader=reader, report=report, names=names)
    return weekly_page(seen, archive, await _corrected(reader, report))


async def _report(reader: Reader, week: str | None) -> Report:
    monday = monday_of(week) if week is not None else None
    if week is not None and monday is None:
        raise UnknownError
    report = await reader.stores.weekly.of(reader.scope, monday)
    if report is None:
        raise RefusedError(NOT_THEIRS)
    return report


async def _names(reader: Reader, report: Report) -> Names:
    people, campaigns = await reader.stores.weekly.called(report)
    sources = await reader.stores.weekly.sources(report)
    return Names(
        people=people,
        campaigns=campaigns,
        policy=reader.policy,
        viewer=reader.viewer,
        sources=sources,
    )


async def _corrected(reader: Reader, report: Report) -> list[tuple[str, Line, Correction]]:
    """What is otherwise by now of what they see first, and of their own line. Of those whom they do
    not see by name only what became known of enough: the difference is theirs.
    """
    weekly, found = reader.stores.weekly, list[tuple[str, Line, Correction]]()
    for title, line in (
        (_whose(report), report.below or report.organisation),
        ("You", report.own),
    ):
        if line is None:
            continue
        everybody = line.kind == "organisation" and not line.reader
        scope = everybodys(reader.scope) if everybody else reader.scope
        try:
            now = await weekly.numbers(scope, line.kind, line.whose, report.week, None)
        except NotShownError:  # it was theirs to see then
            continue
        named = reader.scope.sees(_ground(line))
        for one in corrections(line.now, now):
            if not named:
                whose = await weekly.later(scope, line, BY_KEY[one.key], report)
                if 0 < len(whose - reader.scope.names) < reader.scope.least:
                    continue
            found.append((title, line, one))
    return found


def _ground(line: Line) -> Ground:
    kind = GROUNDS[line.kind]
    return Ground(kind, "" if kind is Kind.BELOW else line.whose)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A report, and who looks at it."""

    reader: Reader
    report: Report
    names: Names

    @property
    def line(self) -> Line:
        return self.report.below or self.report.organisation

    def cell(
        self, line: Line, item: Item, part: str | None = None, says: str = "", *, zero: h.Node = "0"
    ) -> h.Node:
        """What it came to, and the way to its list, where that is theirs. *zero* stands for none:
        what stands beside the week before says so on a phone too.
        """
        found = line.now.get(item.key)
        if found is None:
            return None
        value = _of(found, part)
        if value == 0:
            return zero
        if zero is ZERO and isinstance(value, Share) and not value.bottom:
            return NO_SHARE
        return self._value(line, item, found, part, says)

    def before(self, line: Line, item: Item, part: str | None = None) -> h.Node:
        found = line.before.get(item.key)
        if found is None:
            return None
        return _words(item, _of(found, part), part)

    def _value(self, line: Line, item: Item, found: Told, part: str | None, says: str) -> h.Node:
        value = _of(found, part)
        if value is None:
            return h.span(".quiet", title=WHY_TOO_FEW)[TOO_FEW]
        said = _words(item, value, part)
        ground = self.ground(line)
        nothing = not count_of(value) if part is not None else empty(value)
        if ground is None or nothing:
            return said
        label = f"{says}: {said}" if says else None
        return leads_to(self.path(item, ground, part), said, label=label)

    def path(self, item: Item, ground: Ground, part: str | None) -> str:
        week = self.report.week.since.isoformat()
        path = f"weeks/{week}/{item.key}/{ground_text(ground)}"
        return path if part is None else f"{path}/{escaped(part) or NONE}"

    def ground(self, line: Line) -> Ground | None:
        """Where its lists are; None where they are nobody's, or not theirs any more."""
        found = _ground(line)
        try:
            return found if self.reader.scope.lists(found) else None
        except NotShownError:
            return None


NO_SHARE = h.span(".zero")[told(BY_KEY["took_place"].of, Share(0, 0))]
"""Of nothing there is none; on a phone that needs no line."""


NOT_OF_CAMPAIGNS = h.span(".zero")[NOTHING]
"""What says how anybody did, which on a phone needs no line either."""


def _of(found: Told, part: str | None) -> Value | None:
    if part is None:
        return found.whole
    return found.parts.get(part, 0)


def _words(item: Item, value: Value | None, part: str | None) -> str:
    """A part of a share is told by how many it is of."""
    if part is not None and isinstance(value, Share):
        return str(value.bottom)
    return told(item.of, value)


def weekly_page(
    seen: _Seen, archive: Sequence[Sent], corrected: Sequence[tuple[str, Line, Correction]]
) -> h.Element:
    report, viewer = seen.report, seen.names.viewer
    made = words.when(report.made_at, viewer.zone)
    known = words.when(report.cut_off, viewer.zone)
    return whole(
        f"The week of {days(report.week)}",
        section(
            "What changed",
            h.ul[[h.li[prose(one)] for one in changed(seen.line)]],
            h.p(".quiet")[f"{_whose(report)}, against the week before."],
        ),
        _otherwise(seen, corrected),
        _lines(seen),
        _campaigns(seen),
        h.div(".beside")[[_section(seen, one) for one in SECTIONS]],
        _people(seen),
        offered(OfWeek(report.week.since)),
        section(
            "Why you have it",
            h.details[
                h.summary["By which rule, and what is in it"],
                [h.p(".quiet")[prose(one)] for one in reason(seen.names.policy)],
            ],
        ),
        _archive(report, archive),
        code="weeks",
        below=(
            f"As it was sent: made {made}, with what was known until {known}. "
            f"Weeks are those of {report.week.zone}. Counted by the rules of version "
            f"{report.policy}{_kind(report)}."
        ),
    )


def _whose(report: Report) -> str:
    return YOURS if report.below else "The whole organisation"


def _kind(report: Report) -> str:
    """Where reports of now are made otherwise than this one was."""
    before = report.definition != DEFINITION
    return ", and made as reports were made then" if before else ""


def _otherwise(seen: _Seen, corrected: Sequence[tuple[str, Line, Correction]]) -> h.Node:
    if not corrected:
        return None

    def row(title: str, one: Correction) -> list[h.Node]:
        item = BY_KEY[one.key]
        part = one.part or None
        name = item.of.name if part is None else bare(seen.names.part(item, one.part))
        return [
            f"{title}: {name}",
            _words(item, one.sent, part) if one.sent is not None else TOO_FEW,
            _words(item, one.now, part) if one.now is not None else TOO_FEW,
        ]

    return section(
        "What is otherwise by now",
        h.p(".quiet")[NOW_WORDS],
        table(
            "What was sent, and what the same figure comes to now",
            ["Figure", "Sent", "Now"],
            [row(title, one) for title, _, one in corrected],
            numbers=2,
        ),
        id="otherwise",
    )


def _lines(seen: _Seen) -> h.Node:
    """One's own line first, then teams and campaigns."""
    report = seen.report
    rows = [("You", report.own)] if report.own else []
    teams = [one for one in report.teams if not same(one, report.own)]
    for group in map(seen.names.in_order, (teams, report.campaigns)):
        rows += [(seen.names.of(one), one) for one in group]
    if not rows:
        return None
    return section(
        "Yours",
        h.p[prose(f"You: {own_words(report.own)}.")] if report.own else None,
        _table(seen, "Figures of the week, yours first; nobody is ranked", rows),
        id="yours",
    )


def _campaigns(seen: _Seen) -> h.Node:
    """What came of each of theirs, also by segment and by what kind of effort it was."""
    told_ = campaign_words(seen.report.campaigns, seen.names)
    return (
        section(ONE_BY_ONE, [h.p[prose(one)] for one in told_], id="campaigns") if told_ else None
    )


def _people(seen: _Seen) -> h.Node:
    """By name, whoever had anything of this week."""
    people = seen.report.people
    busy = [one for one in people if any(not _nothing(told.whole) for told in one.now.values())]
    rows = [(seen.names.of(one), one) for one in seen.names.in_order(busy)]
    idle = len(people) - len(busy)
    if not people:
        return None
    return section(
        "By name",
        h.details(".long")[
            h.summary[f"{len(rows)} who had something this week"],
            _table(seen, "Whom you lead, by name; nobody is ranked", rows),
            h.p(".quiet")[TWICE],
        ]
        if rows
        else None,
        h.p(".quiet")[f"{idle} others had nothing this week."] if idle else None,
        id="people",
    )


TWICE = "A lead counts for who handed it over and for its rep, so names do not add up to the total."


def _nothing(value: Value | None) -> bool:
    match value:
        case None:
            return False
        case Share():
            return value.bottom == 0
        case _:
            return empty(value)


def _table(seen: _Seen, caption: str, rows: Sequence[tuple[str, Line]]) -> h.Element:
    return table(
        caption,
        ["Whose", *[head(item.of) for item in OWN]],
        [
            [
                bare(name),
                *[
                    seen.cell(line, item, says=f"{item.of.name}, {bare(name)}", zero=ZERO)
                    if item.of.of_leads or line.kind != "campaign"
                    else NOT_OF_CAMPAIGNS
                    for item in OWN
                ],
            ]
            for name, line in rows
        ],
        numbers=len(OWN),
    )


def _section(seen: _Seen, one: Section) -> h.Element:
    said = section_said(one, seen.line, seen.names)
    beside = [seen.report.organisation] if seen.report.below else []
    heads = [_whose(seen.report), "The week before", *["The organisation" for _ in beside]]
    drawn = _bars(seen, one, said)
    shown = [n for n, sentence in enumerate(said) if not sentence.of.isdisjoint(drawn)]
    first, last = (shown[0], shown[-1] + 1) if drawn else (len(said), len(said))
    rows: list[list[h.Node]] = []
    for item in one.items:
        for part in _parts(item, seen.line):
            name = _name(seen, item, part)
            rows.append(
                [
                    head(item.of) if part is None and not item.back else name,
                    seen.cell(seen.line, item, part, says=name),
                    seen.before(seen.line, item, part),
                    *[seen.cell(line, item, part, says=name) for line in beside],
                ]
            )
    return section(
        one.title,
        [h.p[prose(sentence.words)] for sentence in said[:first]],
        _picture([sentence.words for sentence in said[first:last]], drawn) if drawn else None,
        [h.p[prose(sentence.words)] for sentence in said[last:]],
        h.details(".long")[
            h.summary["As a table"],
            table(f"{one.title}: figures", ["What", *heads], rows, numbers=len(heads)),
        ]
        if rows
        else None,
        id=one.code,
    )


def _parts(item: Item, line: Line) -> list[str | None]:
    """The whole; or each part that is shown and of which there is any, the most frequent first: of
    one that is not, its name would tell what happened. What took place is no cause of anything that
    fell through.
    """
    if item.by is None:
        return [None]
    now = line.now[item.key].parts if item.key in line.now else {}
    there = [
        (-count_of(value), part)
        for part, value in now.items()
        if part != "held" and count_of(value)
    ]
    return [part for _, part in sorted(there)]


def _name(seen: _Seen, item: Item, part: str | None) -> str:
    if part is not None:
        return _capital(bare(seen.names.part(item, part)))
    if item.back:
        return f"{item.of.name}, {item.back} weeks earlier"
    return item.of.name


def _bars(seen: _Seen, one: Section, said: Sequence[Said]) -> dict[str, list[charts.Bar]]:
    """By the key of each item that the picture of a section draws and a sentence of it tells, its
    bars: each with what it was the week before. Empty where there is nothing this week.
    """
    told_of = frozenset[str]().union(*[sentence.of for sentence in said])
    ground = seen.ground(seen.line)
    found: dict[str, list[charts.Bar]] = {}
    for item in one.items:
        for part in _parts(item, seen.line) if item.key in told_of & one.drawn else ():
            now = _drawn(item, seen.line.now, part)
            before = _drawn(item, seen.line.before, part)
            if now is None or not (now or before):
                continue
            bar = charts.Bar(
                name=_name(seen, item, part).replace(OF_HANDED_OVER, ""),
                value=now,
                says=_words(item, _of(seen.line.now[item.key], part), part),
                mark=before,
                to=seen.path(item, ground, part) if ground and now else "",
            )
            found.setdefault(item.key, []).append(bar)
    return found if any(bar.value for bars in found.values() for bar in bars) else {}


def _picture(said: Sequence[str], bars: Mapping[str, list[charts.Bar]]) -> h.Element:
    """Under the sentences that say what it draws."""
    shares = any(BY_KEY[key].of.unit is Unit.SHARE and not BY_KEY[key].by for key in bars)
    says = " ".join(said)
    return h.figure[
        h.figcaption[prose(says)],
        charts.bars(
            [bar for some in bars.values() for bar in some],
            says=bare(says),
            leads=link,
            whole=1.0 if shares else None,
        ),
        charts.key(("got", "this week"), ("target", "the week before")),
    ]


def _drawn(item: Item, numbers: Numbers, part: str | None) -> float | None:
    """How long its bar is."""
    found = numbers.get(item.key)
    value = _of(found, part) if found else None
    if part is not None:
        return None if value is None else float(count_of(value))
    match value:
        case int():
            return float(value)
        case Share():
            return value.top / value.bottom if value.bottom else None
        case _:
            return None


def _capital(words_: str) -> str:
    return words_[:1].upper() + words_[1:]


def _archive(report: Report, archive: Sequence[Sent]) -> h.Node:
    lines = [
        h.li[
            h.strong[days(one.week)]
            if one.week == report.week
            else leads_to(f"weeks/{one.week.since.isoformat()}", days(one.week))
        ]
        for one in archive
    ]
    newest, older = lines[:NEWEST], lines[NEWEST:]
    return section(
        "All reports, the newest first",
        h.ul(".plain")[newest],
        h.details(".long")[h.summary[f"{len(older)} more"], h.ul(".plain")[older]]
        if older
        else None,
        id="archive",
    )


# --- The list behind a figure -----------------------------------------------------------------


async def listed(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """What a figure of a report counts, as it was known then. Raises RefusedError."""
    report = await _report(reader, said["week"])
    item, ground = BY_KEY.get(said["key"]), ground_of(said["ground"])
    part = said.get("part")
    if item is None or (part is not None) is not (item.by is not None):
        raise UnknownError
    part = None if part is None else "" if part == NONE else unescaped(part)
    look = Look(ground=ground, period=item.period(report.week), by=item.by, known=report.cut_off)
    of_all = part is not None and item.of.bottom is not None
    lines = await reader.stores.figures.behind(
        reader.scope, item.of, look, reader.at, part=part, bottom=of_all, most=MOST_LINES + 1
    )
    named = reader.scope.sees(ground, item.by)
    otherwise = await _by_now(reader, item, look, part)
    people = await reader.stores.people.called([one.who for one in lines if one.who])
    seen = _Seen(reader=reader, report=report, names=await _names(reader, report))
    known = words.when(report.cut_off, reader.viewer.zone)
    return whole(
        _name(seen, item, part),
        h.p(".quiet")[item.of.says],
        section(
            f"{len(lines[:MOST_LINES])} in the week of {days(look.period)}{_of_whom(seen, ground)}",
            h.p(".quiet")[
                f"As it was sent, with what was known until {known}.",
                f" By now it comes to {otherwise}." if otherwise else None,
            ],
            table(
                "The newest first",
                ["When", "Lead", "What", *([whose_head(item.of)] if named else [])],
                [_row(seen, people, one, named=named) for one in lines[:MOST_LINES]],
            )
            if lines
            else h.p["Nothing was counted here in this week."],
            h.p(".quiet")[f"Only the newest {MOST_LINES} are shown."]
            if lines[MOST_LINES:]
            else None,
        ),
        h.p(".screen")[leads_to(f"weeks/{report.week.since.isoformat()}", "Back to the week")],
        code="weeks",
    )


async def _by_now(reader: Reader, item: Item, look: Look, part: str | None) -> str:
    """What it comes to as it is known today, where that is not what was sent; empty where it is."""

    async def value(known: datetime | None) -> Value | None:
        [shown] = await reader.stores.figures.values(
            reader.scope, [item.of], replace(look, known=known), reader.at
        )
        if part is None:
            return shown.whole.value
        cells = [cell.value for cell in shown.parts if cell.part == part]
        return cells[0] if cells else Share(0, 0) if item.of.bottom else 0

    then, now = await value(look.known), await value(None)
    return "" if then == now or now is None else _words(item, now, part)


def _of_whom(seen: _Seen, ground: Ground) -> str:
    """Whose they are, where a line of the report says it."""
    if ground.kind is Kind.BELOW:
        return f", {YOURS[:1].lower()}{YOURS[1:]}"
    lines = (*seen.report.teams, *seen.report.people, *seen.report.campaigns)
    found = next((one for one in lines if seen.ground(one) == ground), None)
    return f", {bare(seen.names.of(found))}" if found else ""


def _row(seen: _Seen, people: Mapping[str, Person], one: Counted, *, named: bool) -> list[h.Node]:
    viewer = seen.names.viewer
    lead = clean(one.company) or (f"No. {one.number}" if one.number else "About no lead")
    found = people.get(one.who or "")
    who = "You" if one.who == viewer.id else clean(found.name) if found else "Somebody who has left"
    return [
        words.when(one.at, viewer.zone),
        leads_to(f"handoff/{one.number}", lead) if named and one.number else lead,
        what_words(one),
        *([who] if named else []),
    ]
