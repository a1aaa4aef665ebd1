"""What stands on the pages Mine, Weeks and Fairness, as rows, for a file that somebody takes along:
what they see there, and no more. Whoever is shown by name may read that they were looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cards.elements import bare, clean
from cards.figures import Figures, figures_of, state_words, weight
from cards.lists import owed_words, where
from cards.pledges import pledge_line
from cards.rotation import shown
from cards.standing_out import besides, standing_out
from cards.view import View
from cards.weekly_report import YOURS, Names
from handoff.asked import OfPool, OfWeek, Own, asked, choices, ground_text
from handoff.figures import BECAME, Period
from handoff.model import Case, Person
from handoff.policy import Policy
from handoff.routing.inputs import LEAD
from handoff.routing.reasons import CHOSEN, Reason
from handoff.scope import Ground, Kind, NotShownError, Scope
from handoff.weekly import BY_KEY, Line, Numbers, Report
from store.figures import Cell
from store.owed import owed_by
from store.stores import Stores
from web.sheets import COLUMNS, VALUES, Scalar, Sheet, figure_rows, values

OWED = ("list", "handoff", "lead", "promise", "says", "due_at", "overdue")
WEEK = (
    *("of", "id", "whose", "figure", "name", "unit", "since", "until", "part", "part_name"),
    *VALUES,
)
POOL = (
    *("pool", "id", "rep", "if_a_lead_came_now", "target", "got", "credits", "short_by", "load"),
    *("leads_in_30_days", "weight"),
)
MOST = 500  # promises of one file, and leads that somebody handed over
TIMES = 4  # over which the page Mine tells what was kept
LEFT_OUT = f"Only the {MOST} most pressing, and as many that were handed over, are in this file."
WHOLE = "The whole organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whoever takes something along, and what is theirs to see."""

    stores: Stores
    viewer: Person
    policy: Policy
    scope: Scope
    at: datetime


async def page_sheet(seen: Seen, want: OfWeek | OfPool | Own) -> Sheet:
    """Raises NotShownError alike for what is not theirs and for what there is not."""
    match want:
        case OfWeek():
            return await _week(seen, want)
        case OfPool():
            return await _pool(seen, want)
        case Own.OWED:
            return await _owed(seen)
        case Own.KEPT:
            return await _kept(seen)


# --- Mine -------------------------------------------------------------------------------------


async def _owed(seen: Seen) -> Sheet:
    soon = seen.at + seen.policy.confirm_before
    found = await owed_by(seen.stores, seen.viewer.id, MOST, MOST, soon=soon)

    def view(case: Case) -> View:
        return View(case=case, viewer=seen.viewer, at=seen.at)

    rows: list[Sequence[Scalar]] = []
    for case, one in found.promises:
        of = view(case)
        late = one.due_at <= seen.at
        due = one.due_at.isoformat(timespec="seconds")
        rows.append(("owed", *_lead(of), one.what.value, bare(owed_words(of, one)), due, late))
    for pledge in found.pledges:
        promise = pledge.promise
        late, due = promise.due_at <= seen.at, promise.due_at.isoformat(timespec="seconds")
        says = bare(pledge_line(promise, seen.viewer, seen.at))
        rows.append(("owed", None, None, promise.what.value, says, due, late))
    rows.sort(key=lambda row: str(row[5]))
    red = standing_out([view(case) for case in found.looked])
    rows += [("stands out", *_lead(of), None, bare(says), None, None) for of, says in red]
    handed = besides([view(case) for case in found.handed], red)
    rows += [("handed over", *_lead(of), None, bare(where(of)), None, None) for of in handed]
    more = found.more > 0 or found.all_handed > len(found.handed)
    return Sheet(name=Own.OWED.value, columns=OWED, rows=rows, more=more, left_out=LEFT_OUT)


def _lead(view: View) -> tuple[int | None, str]:
    return view.handoff.number, clean(view.title)


async def _kept(seen: Seen) -> Sheet:
    """What became of what they owed, over the times of the page."""
    own = asked(ground_text(Ground(Kind.PERSON, seen.viewer.id)), "", "", seen.at.date())
    rows: list[Sequence[Scalar]] = []
    for time in choices(seen.at.date())[:TIMES]:
        asked_ = replace(own, time=time)
        rows += await figure_rows(seen.stores, seen.scope, asked_, seen.at, only=BECAME)
    return Sheet(name=Own.KEPT.value, columns=COLUMNS, rows=rows)


# --- Weeks ------------------------------------------------------------------------------------


async def _week(seen: Seen, want: OfWeek) -> Sheet:
    """The report as it was sent; of what stands first also the week before."""
    weekly = seen.stores.weekly
    report = await weekly.of(seen.scope, want.monday)
    if report is None:
        raise NotShownError
    people, campaigns = await weekly.called(report)
    async with seen.stores.door.open() as tx:
        await weekly.looked(tx, seen.viewer.id, report, seen.at)
    names = Names(
        people={**people, seen.viewer.id: seen.viewer},
        campaigns=campaigns,
        policy=seen.policy,
        viewer=seen.viewer,
    )
    first = report.below or report.organisation
    rows = [row for line in _lines(report) for row in _told(line, line.now, report.week, names)]
    gone = timedelta(weeks=1)
    before = replace(report.week, since=report.week.since - gone, until=report.week.until - gone)
    rows += _told(first, first.before, before, names)
    return Sheet(name=f"week-{want.monday}", columns=WEEK, rows=rows)


def _lines(report: Report) -> list[Line]:
    alone = [one for one in (report.own, report.below, report.organisation) if one]
    return [*alone, *report.teams, *report.campaigns, *report.people]


def _told(line: Line, numbers: Numbers, week: Period, names: Names) -> Iterator[Sequence[Scalar]]:
    """Of a part that is not shown its name would tell what happened, so nothing of it is."""
    whose = {"organisation": WHOLE, "below": YOURS}.get(line.kind)
    of = (line.kind, line.whose or None, whose or bare(names.of(line)))
    for key, told in numbers.items():
        item = BY_KEY.get(key)
        if item is None or (line.kind == "campaign" and not item.of.of_leads):
            continue
        time = item.period(week)
        days = (time.since.isoformat(), time.until.isoformat())
        begins = (*of, item.figure, item.of.name, item.of.unit.value, *days)
        if item.by is None:
            yield from ((*begins, None, None, *ends) for ends in values(Cell("", told.whole)))
        for part, value in told.parts.items() if item.by else ():
            if value is not None and (item.codes is None or part in item.codes):
                called = bare(names.part(item, part))
                yield from ((*begins, part, called, *ends) for ends in values(Cell(part, value)))


# --- Fairness ---------------------------------------------------------------------------------


async def _pool(seen: Seen, want: OfPool) -> Sheet:
    pool = next((one for one in seen.policy.pools if one.code == want.code), None)
    if pool is None or not seen.scope.reads_pool(pool.code):
        raise NotShownError
    stores = seen.stores
    found = await stores.fairness.figures(pool.code, seen.at, seen.viewer.id)
    figures = figures_of(pool.code, pool.name, found)
    ids = {one.id for one in figures.members}
    async with stores.door.open() as tx:
        await stores.read_audit.record(tx, seen.viewer.id, ids, "figures", seen.at)
    people = await stores.people.called(ids)
    ranked = shown(figures.reasons, "", len(figures.reasons))
    rows = [_rep(one, figures, seen, people) for one in ranked]
    return Sheet(name=f"pool-{pool.code}", columns=POOL, rows=rows)


def _rep(
    one: Reason, figures: Figures, seen: Seen, people: Mapping[str, Person]
) -> Sequence[Scalar]:
    said = bare(state_words(one, seen.viewer, people, seen.at))
    person = people.get(one.id)
    return (
        *(figures.code, one.id, person.name if person else None),
        "next" if one.code == CHOSEN else said or "could too",
        *(_leads(one.target), one.got, one.credits, _leads(one.shortfall), one.load),
        *(figures.recent.get(one.id, 0), weight(one, seen.viewer, people)),
    )


def _leads(parts: int) -> float:
    """As the page rounds it."""
    return round(parts / LEAD, 1)
