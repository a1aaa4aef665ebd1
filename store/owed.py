"""What somebody owes and what they wait for, read in one go: for the card and the page `mine`."""

from dataclasses import dataclass
from datetime import datetime

from handoff.model import Case, Commitment
from handoff.pledges import Pledge
from store.stores import Stores

LOOKED_AT = 30  # leads whose card may be red


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The most pressing first; what cannot be read is counted, and left out."""

    promises: tuple[tuple[Case, Commitment], ...]
    more: int  # promises beside those
    pledges: tuple[Pledge, ...]  # what is owed that is about no handoff
    handed: tuple[Case, ...]  # open leads that they handed over and owe nothing in, newest first
    looked: tuple[Case, ...]  # of which their card may be red though they owe nothing in them
    all_handed: int
    unread: int


async def owed_by(
    stores: Stores, person: str, most: int, most_handed: int, *, soon: datetime
) -> Owed:
    """By *person*: at most so many promises, and leads that they handed over; and what may stand
    out, of which a meeting until *soon*.
    """
    first, count = await stores.lookups.most_pressing(person, most)
    handed, all_handed = await stores.lookups.handed_over(person, most_handed)
    looked = await stores.lookups.standing_out(person, soon, LOOKED_AT)
    ids = dict.fromkeys([*(id for id, _ in first), *handed, *looked])
    cases = {case.handoff.id: case for case in await stores.handoffs.readable(ids, person)}
    return Owed(
        promises=tuple(
            (cases[id], next(c for c in cases[id].handoff.commitments if c.n == n))
            for id, n in first
            if id in cases
        ),
        more=count - len(first),
        pledges=tuple(await stores.pledges.owed_by(person)),
        handed=tuple(cases[id] for id in handed if id in cases),
        all_handed=all_handed,
        looked=tuple(cases[id] for id in looked if id in cases),
        unread=len(ids) - len(cases),
    )
