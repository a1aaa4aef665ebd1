"""Reads as amounts what a version before wrote of leads' worth as text: where it is certain."""

import tomllib

from handoff.amounts import UnclearError, own_code, read
from store.database import Reads
from store.door import Tx

BATCH = 500  # leads of one transaction
BEFORE = "€"  # the currency of a policy that named none

_TO_READ = """
select l.id, l.value, p.version, p.text from lead l
join handoff h on h.lead = l.id join policy p on p.version = h.policy
where l.value <> '' and l.worth is null and not l.worth_unclear
order by l.id limit %s for update of l skip locked
"""
_UNCLEAR = """
select h.number, l.value from lead l join handoff h on h.lead = l.id
where l.worth_unclear and h.state <> 'ended' order by h.number
"""


async def convert(tx: Tx, most: int = BATCH) -> int:
    """The next leads of which only a text is known have an amount, in the currency of the policy
    that they began with, or are marked as unclear. Returns how many were looked at: none when all
    have been.
    """
    rows = await (await tx.execute(_TO_READ, [most])).fetchall()
    currencies: dict[int, str] = {}
    for id, text, version, policy in rows:
        if version not in currencies:
            currencies[version] = _currency(policy)
        try:
            worth = read(text, currencies[version])
        except UnclearError:
            worth = None
        await tx.execute(
            "update lead set value = %s, worth = %s, worth_currency = %s, worth_unclear = %s "
            "where id = %s",
            [
                worth.plain() if worth else text,
                worth.minor if worth else None,
                worth.currency if worth else None,
                worth is None,
                id,
            ],
        )
    return len(rows)


def _currency(policy: str) -> str:
    return own_code(str(tomllib.loads(policy).get("currency", BEFORE)))


async def unclear(reads: Reads) -> list[tuple[int, str]]:
    """Number of each open handoff whose worth is no amount for certain, and what was written."""
    async with reads.connection() as tx:
        return [(number, text) async for number, text in await tx.execute(_UNCLEAR)]
