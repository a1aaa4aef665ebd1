"""What was read of facts, for whoever asks for the same while nothing else is counted.

Ten who open a page at once ask PostgreSQL once. Nothing is ever told that is not so at the moment
of whoever asks: what was found is known by the moment of the facts that it was made of.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from store.database import Connection

MOST = 128  # answers that are kept, those that were asked for last
_Read = TypeVar("_Read")
Moment = tuple[int, int, int]
"""How often days were added up, how many are marked since, and the newest fact. Whoever counts
marks a day, and within one time of adding up marks are only added: so two transactions that see the
same moment see the same facts. The fact is for a database that took over and lacks the last ones.
"""


async def moment_of(tx: Connection) -> Moment:
    found = await tx.execute(
        "select coalesce((select times from added_up), 0), (select count(*) from dirty_day), "
        "coalesce((select max(id) from fact), 0)"
    )
    row = await found.fetchone()
    assert row
    return int(row[0]), int(row[1]), int(row[2])


@dataclass(slots=True)
class Shared:
    _found: OrderedDict[tuple[Moment, object], asyncio.Future[list[Any]]] = field(
        default_factory=OrderedDict
    )

    def __len__(self) -> int:
        return len(self._found)

    async def once(
        self, moment: Moment, key: object, read: Callable[[], Awaitable[_Read]]
    ) -> _Read:
        """What *read* finds at that moment, by whoever asked first. It changes nobody's."""
        name = moment, key
        while (there := self._found.get(name)) is not None:
            self._found.move_to_end(name)
            if found := await asyncio.shield(there):
                known: _Read = found[0]
                return known
        here = self._found[name] = asyncio.get_running_loop().create_future()
        value: list[_Read] = []
        try:
            value.append(await read())
        finally:
            if not value and self._found.get(name) is here:
                del self._found[name]  # who waits for it reads it for themselves
            here.set_result(value)
        while len(self._found) > MOST:
            self._found.popitem(last=False)
        return value[0]
