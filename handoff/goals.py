"""What figures are to come to: goals, as a list has them. Pure: a table of text in, goals and
problems out.
"""

from datetime import date

from handoff.addresses import mail_ok
from handoff.figures import BY_CODE, Goal, Period, Unit
from handoff.lead_list import Table
from handoff.lists import records

COLUMNS = ("figure", "of", "whose", "since", "until", "target")
NEEDED = ("figure", "of", "since", "until", "target")
OF = ("person", "team", "region", "pool", "campaign", "organisation")
GIVEN = (Unit.COUNT, Unit.SHARE)
"""What may be aimed at: to take as long, or to give leads away as often, is nobody's goal."""
MOST = 1_000_000_000  # of what is counted
LAST = date(2999, 12, 31)  # behind which nobody plans, and calendars end


def read(table: Table) -> tuple[list[Goal], list[str]]:
    """The goals of a list, and every problem with the line it stands on. Whose a goal is is as it
    is written: the mail address of a person or of who leads a team, a region as the policy
    calls it, the code of a pool, the code or name of a campaign. *until* is the last day.
    """
    rows, problems = records(table, COLUMNS, NEEDED)
    found: list[Goal] = []
    taken: dict[tuple[object, ...], str] = {}
    for place, row in rows:
        goal = _goal(row)
        if isinstance(goal, str):
            problems.append(f"{place}: {goal}")
            continue
        key = (goal.figure, goal.of, goal.whose.casefold(), goal.period)
        if key in taken:
            problems.append(f"{place}: it stands at {taken[key]} already")
            continue
        taken[key] = place
        found.append(goal)
    return found, problems


def _goal(row: dict[str, str]) -> Goal | str:
    figure, of, whose = BY_CODE.get(row["figure"]), row["of"], row.get("whose", "")
    if figure is None or figure.unit not in GIVEN:
        known = ", ".join(code for code, one in BY_CODE.items() if one.unit in GIVEN)
        return f"figure {row['figure']!r} is none of {known}"
    if of not in OF:
        return f"of {of!r} is none of {', '.join(OF)}"
    if bool(whose) is (of == "organisation"):
        return "whose is empty for the organisation, and for nothing else"
    if of in ("person", "team") and not mail_ok(whose):
        return f"whose {whose!r} is not a mail address"
    days = _days(row)
    if isinstance(days, str):
        return days
    target = _target(row["target"], figure.unit)
    if isinstance(target, str):
        return target
    return Goal(figure=figure.code, of=of, whose=whose, period=days, target=target)


def _days(row: dict[str, str]) -> Period | str:
    try:
        since, last = date.fromisoformat(row["since"]), date.fromisoformat(row["until"])
    except ValueError:
        return "since and until are days, like 2026-01-31"
    if last < since:
        return "until is before since"
    if last > LAST:
        return f"until is after {LAST}"
    return Period(since, date.fromordinal(last.toordinal() + 1))


def _target(written: str, unit: Unit) -> int | str:
    number = written.removesuffix("%").strip()
    if not number.isdecimal() or int(number) < 1:
        return f"target {written!r} is not a number like 20; of a share, parts of 100"
    most = 100 if unit is Unit.SHARE else MOST
    if int(number) > most:
        of = " of 100" if unit is Unit.SHARE else ""
        return f"target {written!r} is more than {most:,}{of}"
    return int(number)
