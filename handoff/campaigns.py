"""Where leads come from: campaigns, each with a code that stays, and whose it is. Pure: a table of
text in, campaigns and problems out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from handoff.addresses import mail_ok
from handoff.lead_list import Table, spelled

COLUMNS = ("code", "name", "owner", "source")
NEEDED = ("code", "name", "owner")
LONGEST = 80  # characters of one field


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One effort that brings leads. A lead belongs to it whose brief names its code or its name."""

    code: str
    name: str
    owner: str  # Entra object id; in a list, the mail address
    source: str = ""  # what kind of effort it is: webinar, fair, advertisement


def key(written: str) -> str:
    """By what a campaign is found, however it is spelled."""
    return " ".join(normalize("NFC", written).casefold().split())


def read(table: Table) -> tuple[list[Campaign], list[str]]:
    """The campaigns of a list, and every problem with the line it stands on. Each owner is a mail
    address, which who reads this looks up.

    A list with an unknown column is refused whole, for what stands in it would be lost.
    """
    filled = [row for row in table.rows if any(cell.strip() for cell in row.cells)]
    columns = [spelled(cell) for cell in filled[0].cells] if filled else []
    while columns and not columns[-1]:
        columns.pop()
    if problems := _of_columns(columns):
        return [], [*problems, f"known columns: {', '.join(COLUMNS)}"]
    found: list[Campaign] = []
    problems = list(table.problems)
    taken: dict[str, str] = {}  # what finds a campaign: its code
    for row in filled[1:]:
        cells = [" ".join(normalize("NFC", cell).split()) for cell in row.cells]
        one = dict(zip(columns, cells, strict=False))
        if wrong := _wrong(one, cells[len(columns) :], taken):
            problems.append(f"{row.place}: {wrong}")
            continue
        campaign = Campaign(**one)
        found.append(campaign)
        taken |= {key(campaign.code): campaign.code, key(campaign.name): campaign.code}
    return found, problems


def _of_columns(columns: Sequence[str]) -> list[str]:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    return [
        *(f"column {name!r} stands twice" for name in twice),
        *(f"unknown column {name!r}" for name in columns if name not in COLUMNS),
        *(f"column {name!r} is missing" for name in NEEDED if name not in columns),
    ]


def _wrong(row: dict[str, str], more: Sequence[str], taken: dict[str, str]) -> str:
    if any(more):
        return "more values than columns"
    if gaps := [name for name in NEEDED if not row.get(name)]:
        return "missing: " + ", ".join(gaps)
    if any("\0" in value for value in row.values()):
        return "holds a character (NUL) that is no text: export the list again"
    if long := [name for name, value in row.items() if len(value) > LONGEST]:
        return f"{long[0]} is longer than {LONGEST} characters"
    if not mail_ok(row["owner"]):
        return f"owner {row['owner']!r} is not a mail address"
    for name in ("code", "name"):
        if other := taken.get(key(row[name])):
            return f"{name} {row[name]!r} is campaign {other!r} already"
    return ""
