"""Whether a database is one that this version, and this Baton, may work on."""

from dataclasses import dataclass

from psycopg import AsyncConnection, OperationalError

from store.door import Tx
from store.migrate import BARS, known, present

ENCODING = "UTF8"
MOST = 3  # migrations that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """How a database stands to this version and to one app registration."""

    encoding: str  # what letters it keeps, by PostgreSQL's name
    capitals: bool  # whether it knows that Ä and ä are one letter
    missing: tuple[str, ...]  # migrations that this version needs
    newer: tuple[str, ...]  # those of a newer version, on which this one runs all the same
    barring: tuple[str, ...]  # and those on which it cannot
    claimed: bool  # by this app registration, in this tenant
    other: tuple[str, str] | None  # tenant and app registration, where it is another Baton's
    migrated: bool  # by some version: what is in it stays where it is

    def why_not(self) -> str | None:
        """Why this version must not work on it and what to do then, in one line; else None."""
        if self.encoding != ENCODING:
            return (
                f"the database keeps {self.encoding}, in which not every name can be written: give "
                "DATABASE_URL one that was made with createdb --encoding UTF8 --locale C.UTF-8 "
                "--template template0"
            )
        if not self.capitals and not self.migrated:
            return (
                "the database knows small letters of A to Z alone, so that not every name would be "
                "found in it: give DATABASE_URL one that was made with createdb --encoding UTF8 "
                "--locale C.UTF-8 --template template0"
            )
        if self.barring:
            return (
                "the database is of a newer version, and this one cannot run on it "
                f"({', '.join(self.barring)}): start that version, or restore the backup from "
                "before the upgrade, as docs/upkeep.md says"
            )
        if self.other:
            tenant, client = self.other
            return (
                f"the database belongs to another Baton (CLIENT_ID {client}, TENANT_ID {tenant}): "
                "if this is that one, put the two right; else give it a database of its own in "
                "DATABASE_URL; if it takes that one's place: python app.py migrate --take-over"
            )
        if self.missing:
            more = len(self.missing) - MOST
            named = ", ".join(self.missing[:MOST]) + (f" and {more} more" if more > 0 else "")
            return (
                f"the database lacks what this version needs ({named}): run python app.py migrate"
            )
        return None


async def compatibility(database_url: str, tenant_id: str, client_id: str) -> Compatibility | None:
    """None where no database answers."""
    try:
        return await _compatibility(database_url, (tenant_id, client_id))
    except OperationalError:
        return None


async def _compatibility(database_url: str, mine: tuple[str, str]) -> Compatibility:
    ours = known()
    async with await AsyncConnection.connect(database_url) as tx:
        encoding = tx.info.parameter_status("server_encoding") or ENCODING
        capitals = await (await tx.execute("select lower(chr(196)) = chr(228)")).fetchone()
        done: dict[str, bool] = {}
        if await present(tx, "migration"):
            rows = await tx.execute("select name from migration")
            done = {str(name): False for (name,) in await rows.fetchall()}
        if await present(tx, "migration", BARS):
            rows = await tx.execute("select name from migration where bars_older")
            done |= {str(name): True for (name,) in await rows.fetchall()}
        other, claimed = None, False
        if await present(tx, "whose"):
            rows = await tx.execute("select tenant_id, client_id from whose")
            if found := await rows.fetchone():
                claimed = found == mine
                other = None if claimed else (str(found[0]), str(found[1]))
    unknown = [name for name in done if name not in ours]
    return Compatibility(
        encoding=encoding,
        capitals=capitals == (True,),
        migrated=bool(done),
        missing=tuple(name for name in ours if name not in done),
        newer=tuple(name for name in unknown if not done[name]),
        barring=tuple(name for name in unknown if done[name]),
        claimed=claimed,
        other=other,
    )


async def claim(tx: Tx, tenant_id: str, client_id: str) -> None:
    """The database is this Baton's from now on, whosever it was."""
    await tx.execute(
        "insert into whose (tenant_id, client_id) values (%s, %s) on conflict (one) do update "
        "set tenant_id = excluded.tenant_id, client_id = excluded.client_id",
        [tenant_id, client_id],
    )
