"""The way to a file of what stands on a page, for ten minutes: Teams' browser opens it elsewhere,
where nobody says who asks.
"""

from collections.abc import Mapping

import htpy as h

from handoff.asked import OfPool, OfWeek, Taken, Wanted, wanted
from handoff.scope import NotShownError
from tabs.reading import Reader

KINDS: Mapping[str, str] = {"csv": "CSV", "xlsx": "Excel"}


async def way(reader: Reader, said: Mapping[str, str]) -> str:
    """Its address. Raises UnknownError, NotBegunError, NotShownError."""
    want = wanted(said["what"], reader.at.date())
    match want:
        case Wanted():
            reader.scope.sees(want.asked.ground, want.asked.by)
            if want.figure and not reader.scope.lists(want.asked.ground):
                raise NotShownError
        case OfWeek(monday):
            if await reader.stores.weekly.of(reader.scope, monday) is None:
                raise NotShownError
        case OfPool(code):
            pools = [pool.code for pool in reader.policy.pools]
            if code not in pools or not reader.scope.reads_pool(code):
                raise NotShownError
    async with reader.stores.door.open() as tx:
        text = await reader.stores.links.make_way(
            tx, reader.viewer.id, f"{said['kind']}/{want.path}", reader.at
        )
    return f"{reader.url}/f/{text}"


def offered(want: Taken, what: str = "") -> h.Element:
    """On a page: to take along what stands there; *what* it is, where that is not all of it."""
    return h.p(".choose.screen")[
        h.span(".quiet")["Download:"],
        [
            h.a(
                href=f"/tab/take/{kind}/{want.path}",
                data_take="",
                aria_label=f"{what} as {name}" if what else None,
            )[name]
            for kind, name in KINDS.items()
        ],
    ]
