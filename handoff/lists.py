"""What stands in a short list that somebody keeps beside Baton, of campaigns or of goals. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from unicodedata import normalize

from handoff.lead_list import FAILED, Table, spelled

LONGEST = 80  # characters of one field


def records(
    table: Table, known: Collection[str], needed: Collection[str]
) -> tuple[list[tuple[str, dict[str, str]]], list[str]]:
    """Each row with where it stands and its values by column, and every problem.

    A list with an unknown column is refused whole, for what stands in it would be lost.
    """
    filled = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    columns = [spelled(cell) for cell in filled[0].cells] if filled else []
    while columns and not columns[-1]:
        columns.pop()
    if problems := _of_columns(columns, known, needed):
        return [], [*problems, f"known columns: {', '.join(known)}"]
    found, problems = [], list(table.problems)
    for row in filled[1:]:
        cells = [" ".join(normalize("NFC", cell).split()) for cell in row.cells]
        one = dict(zip(columns, cells, strict=False))
        if wrong := _wrong(one, cells[len(columns) :], needed):
            problems.append(f"{row.place}: {wrong}")
        else:
            found.append((row.place, one))
    return found, problems


def _of_columns(
    columns: Sequence[str], known: Collection[str], needed: Collection[str]
) -> list[str]:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    return [
        *(f"column {name!r} stands twice" for name in twice),
        *(f"unknown column {name!r}" for name in columns if name not in known),
        *(f"column {name!r} is missing" for name in needed if name not in columns),
    ]


def _wrong(row: dict[str, str], more: Sequence[str], needed: Collection[str]) -> str:
    if any(more):
        return "more values than columns"
    if gaps := [name for name in needed if not row.get(name)]:
        return "missing: " + ", ".join(gaps)
    if any("\0" in value for value in row.values()):
        return "holds a character (NUL) that is no text: export the list again"
    if wrong := FAILED.intersection(row.values()):
        return f"holds {', '.join(sorted(wrong))}, where a formula of Excel's has failed"
    if long := [name for name, value in row.items() if len(value) > LONGEST]:
        return f"{long[0]} is longer than {LONGEST} characters"
    return ""
