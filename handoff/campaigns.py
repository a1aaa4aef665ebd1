"""Where leads come from: campaigns, each with a code that stays, and whose it is. Pure: a table of
text in, campaigns and problems out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

from handoff.addresses import mail_ok
from handoff.amounts import UnclearError
from handoff.amounts import read as amount
from handoff.lead_list import Table
from handoff.lists import records
from handoff.money import Money

COLUMNS = ("code", "name", "owner", "source", "spent")
NEEDED = ("code", "name", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One effort that brings leads. A lead belongs to it whose brief names its code or its name."""

    code: str
    name: str
    owner: str  # Entra object id; in a list, the mail address
    source: str = ""  # what kind of effort it is: webinar, fair, advertisement
    spent: Money | None = None  # what it has cost so far, where that is said
    spent_by: str = ""  # who says so: a CRM; empty: the list


def key(written: str) -> str:
    """By what a campaign is found, however it is spelled."""
    return " ".join(normalize("NFC", written).casefold().split())


def by_names(campaigns: Iterable[Campaign]) -> dict[str, Campaign]:
    """Each by what finds it: its code, and its name."""
    return {found: one for one in campaigns for found in (key(one.code), key(one.name))}


def read(table: Table) -> tuple[list[Campaign], list[str]]:
    """The campaigns of a list, and every problem with the line it stands on. Each owner is a mail
    address, which who reads this looks up.

    A list with an unknown column is refused whole, for what stands in it would be lost.
    """
    rows, problems = records(table, COLUMNS, NEEDED)
    found: list[Campaign] = []
    taken: dict[str, str] = {}  # what finds a campaign: its code
    for place, row in rows:
        if wrong := _wrong(row, taken):
            problems.append(f"{place}: {wrong}")
            continue
        try:
            spent = _spent(row.pop("spent", ""))
        except UnclearError as error:
            problems.append(f"{place}: spent: {error}")
            continue
        campaign = Campaign(**row, spent=spent)
        found.append(campaign)
        taken |= {key(campaign.code): campaign.code, key(campaign.name): campaign.code}
    return found, problems


def _spent(written: str) -> Money | None:
    """With its currency: a list is nobody's country. Raises UnclearError."""
    found = amount(written, "")
    if found and not found.currency:
        raise UnclearError(f"{written!r} names no currency; write its code, like 48000 EUR")
    return found


def _wrong(row: dict[str, str], taken: dict[str, str]) -> str:
    if not mail_ok(row["owner"]):
        return f"owner {row['owner']!r} is not a mail address"
    for name in ("code", "name"):
        if other := taken.get(key(row[name])):
            return f"{name} {row[name]!r} is campaign {other!r} already"
    return ""
