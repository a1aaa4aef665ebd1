"""What somebody owes and what they wait for, read in one go: for the card and the page `mine`."""

from dataclasses import dataclass

from handoff.model import Case, Commitment
from handoff.pledges import Pledge
from store.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The most pressing first; what cannot be read is counted, and left out."""

    promises: tuple[tuple[Case, Commitment], ...]
    more: int  # promises beside those
    pledges: tuple[Pledge, ...]  # what is owed that is about no handoff
    handed: tuple[Case, ...]  # open leads that they handed over and owe nothing in, newest first
    all_handed: int
    unread: int


async def owed_by(stores: Stores, person: str, most: int, most_handed: int) -> Owed:
    """By *person*: at most so many promises, and leads that they handed over."""
    first, count = await stores.lookups.most_pressing(person, most)
    handed, all_handed = await stores.lookups.handed_over(person, most_handed)
    ids = dict.fromkeys([*(id for id, _ in first), *handed])
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
        unread=len(ids) - len(cases),
    )
