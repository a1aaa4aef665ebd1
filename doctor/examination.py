"""Whether Baton is well: every part proved by using it, and what to do where it is not."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from psycopg import Error as DatabaseError
from psycopg_pool import PoolTimeout

from doctor import (
    address,
    credential,
    crm,
    database,
    everyone,
    grants,
    incoming,
    mailboxes,
    microsoft,
    rules,
    tab,
    working,
)
from doctor.check import Check, Examine, Examined, ill
from graph.errors import BusyError, GraphError, SignInError

AGAIN = "put right what is said above, then run doctor again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    examine: Examine
    needs: frozenset[str] = frozenset()  # parts without which there is nothing to see


PARTS: Mapping[str, Part] = {
    "settings": Part(examine=credential.checks),
    "database": Part(examine=database.checks),
    "jobs": Part(examine=working.checks, needs=frozenset({"database"})),
    "Microsoft": Part(examine=microsoft.checks),
    "permissions": Part(examine=grants.checks, needs=frozenset({"Microsoft"})),
    "address": Part(examine=address.checks),
    "tab": Part(examine=tab.checks, needs=frozenset({"Microsoft", "address"})),
    "policy": Part(examine=rules.checks, needs=frozenset({"database"})),
    "mailboxes": Part(
        examine=mailboxes.checks, needs=frozenset({"database", "Microsoft", "address"})
    ),
    "leads": Part(examine=incoming.checks, needs=frozenset({"database"})),
    "CRM": Part(examine=crm.checks, needs=frozenset({"database"})),
    "people": Part(examine=everyone.checks, needs=frozenset({"database", "Microsoft"})),
}


async def examine(
    of: Examined, begins: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Check]:
    """Each part in turn, told to *begins*; what leans on a part that is ill is not looked at."""
    unsound: set[str] = set()
    left_out: list[str] = []
    for name, part in PARTS.items():
        if part.needs & unsound:
            left_out.append(name)
            continue
        begins(name)
        async for check in _examined(name, part, of):
            if check.vital and not check.well:
                unsound.add(name)
            yield check
    if left_out:
        what = "every part could be looked at"
        yield replace(ill(what, AGAIN, f"not looked at: {', '.join(left_out)}"), part="doctor")


async def _examined(name: str, part: Part, of: Examined) -> AsyncIterator[Check]:
    """Whatever stops a part midway is one more line, and stops no other part."""
    try:
        async for check in part.examine(of):
            yield replace(check, part=name)
    except (BusyError, GraphError, SignInError, DatabaseError, PoolTimeout) as error:
        words = f"{type(error).__name__}: {error}".splitlines()[0]
        yield replace(ill(f"{name}: all of it could be looked at", AGAIN, words), part=name)
