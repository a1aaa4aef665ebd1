"""Goals that run today, and how figures stand to them."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import htpy as h

from cards.elements import clean
from cards.told import told
from handoff.asked import Asked, time_of_days
from handoff.figures import BY_CODE, Unit, attained
from handoff.goals import GIVEN
from handoff.scope import By, Ground, Kind, Scope
from store.goals import Attained
from tabs.figures import ROWS, Shelf, abbr, empty, list_path
from tabs.page import dated, leads_to, section, table

NO_GOALS = (
    "No goal that is yours to see runs today. Whoever looks after Baton takes goals in from a list."
)


async def goals(shelf: Shelf, want: Asked) -> h.Node:
    """How figures stand to what was agreed, one's own first; nobody is ranked."""
    reader = shelf.reader
    found = await reader.stores.goals.standing(reader.scope, reader.at)
    team = want.ground.which if want.ground.kind is Kind.TEAM else ""
    members = {team, *await reader.stores.people.below(team)} if team else set[str]()
    mine = [one for one in found if _concerns(one, want.ground, reader.scope, members)]
    await shelf.knows([one.goal.whose for one in mine if one.goal.of in ("person", "team")])
    return section(
        "Goals that run today",
        table(
            "What was agreed, how it stands, and how much of the time is gone",
            ["Whose", "What", "Until", "Goal", "So far", "Time gone"],
            [_goal(shelf, one) for one in mine[:ROWS]],
            numbers=3,
        )
        if mine
        else h.p[NO_GOALS],
        id="goals",
    )


def _concerns(one: Attained, ground: Ground, scope: Scope, members: Collection[str]) -> bool:
    """Whether it stands on that page: of a team with the goals of its *members*, and one's own."""
    match ground.kind:
        case Kind.BELOW:
            return one.goal.of != "person" or one.goal.whose == scope.who
        case Kind.TEAM:
            return one.goal.whose in (*members, scope.who) and (
                one.goal.of == "person" or one.goal.whose == ground.which
            )
        case Kind.PERSON:
            return one.goal.whose == ground.which
        case Kind.POOL | Kind.REGION:
            return one.goal.of == ground.kind.value and one.goal.whose == ground.which
        case _:
            return one.goal.of == "organisation" or one.goal.whose == scope.who


def _so_far(shelf: Shelf, one: Attained) -> h.Node:
    """What it came to, and the way to its list where a time has the goal's days."""
    goal, figure = one.goal, BY_CODE[one.goal.figure]
    if one.value is None:
        return shelf.not_shown()
    said = told(figure, one.value)
    time = time_of_days(goal.period, shelf.reader.at.date())
    ground = Ground(Kind(goal.of), goal.whose)
    if time is None or empty(one.value) or not shelf.reader.scope.lists(ground):
        return said
    label = f"{figure.name}, so far: {said}"
    return leads_to(list_path(figure, Asked(ground=ground, time=time)), said, label=label)


def _goal(shelf: Shelf, one: Attained) -> list[h.Node]:
    goal, figure = one.goal, BY_CODE[one.goal.figure]
    assert figure.unit in GIVEN
    whose: Mapping[str, str] = {
        "organisation": "The organisation",
        "region": f"The region {clean(goal.whose)}",
        "person": shelf.name(By.WHO, goal.whose),
        "team": shelf.name(By.TEAM, goal.whose),
    }
    share = figure.unit is Unit.SHARE
    before = f" (before: {', '.join(f'{n:,}' for n in one.before)})" if one.before else ""
    last = dated(goal.period.until - timedelta(days=1))
    return [
        whose.get(goal.of, clean(goal.whose)),
        abbr(goal.figure),
        last,
        f"{goal.target:,}{' %' if share else ''}{before}",
        _so_far(shelf, one),
        f"{round(100 * attained(goal, one.value or 0, shelf.reader.at).gone)} %"
        if not share
        else "at any time",
    ]
