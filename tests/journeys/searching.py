"""The whole database, searched as someone would who wants to find a person in it."""

from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from tests.world import World


async def columns(world: World) -> dict[str, dict[str, str]]:
    """Every table with its columns and their kinds, as the database has them."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in await world.rows(
        "select table_name, column_name, udt_name from information_schema.columns "
        "where table_schema = current_schema() order by 1, 2"
    ):
        found.setdefault(table, {})[column] = kind
    return found


async def found_in(world: World, *words: str) -> list[str]:
    """Where any of *words* stands, in any case, in columns of any kind: "lead.needs: Ines"."""
    hits = []
    tables = await columns(world)
    async with await AsyncConnection.connect(world.settings.database_url) as tx:
        for table, kinds in tables.items():
            for column, kind in kinds.items():
                text = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
                statement = SQL(
                    "select w from unnest(%s::text[]) w where exists (select from {} where "
                    + text
                    + " ilike '%%' || w || '%%')"
                ).format(Identifier(table), Identifier(column))
                rows = await tx.execute(statement, [list(words)])
                hits += [f"{table}.{column}: {word}" async for (word,) in rows]
    return hits
