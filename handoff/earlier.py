"""What earlier leads say of whoever is on the line."""

from collections.abc import Sequence
from dataclasses import dataclass

from handoff import addresses


@dataclass(frozen=True, slots=True)
class Earlier:
    """One lead of before, and the number of its handoff."""

    company: str
    contact_name: str
    contact_email: str
    contact_zone: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a new lead begins with, and the handoff that says so; empty is what is not known."""

    company: str
    number: int
    contact_name: str = ""
    contact_zone: str = ""


def known(found: Sequence[Earlier], who: str) -> Known | None:
    """What those *found* say of *who*, the newest first: of the contact with that address, all;
    of others in one company, which it is, and where the prospect is if all of them are there. Of
    several companies, nothing.
    """
    for one in found:
        if addresses.one(one.contact_email) == addresses.one(who):
            return Known(
                company=one.company,
                number=one.number,
                contact_name=one.contact_name,
                contact_zone=one.contact_zone,
            )
    exactly = [one for one in found if one.company.casefold() == who.casefold()]
    found = exactly or found
    if len({one.company.casefold() for one in found}) != 1:
        return None
    zones = {one.contact_zone for one in found}
    return Known(
        company=found[0].company,
        number=found[0].number,
        contact_zone=zones.pop() if len(zones) == 1 else "",
    )
