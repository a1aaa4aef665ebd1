"""The policy's versions in PostgreSQL. A version once published never changes."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from handoff.policy import Policy
from store.database import Connection, Reads
from store.door import Tx

Reader = Callable[[str, int], Policy]  # text and version in; raises when it is not a policy


class NoPolicyError(Exception):
    """No policy has been published yet. `python app.py migrate` does it."""


class Policies:
    def __init__(self, reads: Reads, reader: Reader) -> None:
        self._reads = reads
        self._reader = reader
        self._known: dict[int, Policy] = {}

    async def publish(self, tx: Tx, text: str, at: datetime) -> int:
        """The version of *text*: the one in force if that is the same, otherwise a new one.

        Raises what the reader raises; then the policy in force stays in force.
        """
        self._reader(text, 0)
        digest = sha256(text.encode()).hexdigest()
        await tx.execute("lock table policy in share row exclusive mode")
        latest = await (
            await tx.execute("select version, digest from policy order by version desc limit 1")
        ).fetchone()
        if latest and latest[1] == digest:
            return int(latest[0])
        row = await (
            await tx.execute(
                "insert into policy (digest, text, since) values (%s, %s, %s) returning version",
                [digest, text, at],
            )
        ).fetchone()
        assert row
        return int(row[0])

    async def current(self, tx: Connection | None = None) -> Policy:
        """The newest version. Raises NoPolicyError."""
        if tx is None:
            async with self._reads.connection() as own:
                return await self.current(own)
        row = await (await tx.execute("select max(version) from policy")).fetchone()
        if row is None or row[0] is None:
            raise NoPolicyError
        return await self.version(int(row[0]), tx)

    async def text(self) -> str:
        """The text in force. Raises NoPolicyError."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute("select text from policy order by version desc limit 1")
            ).fetchone()
        if row is None:
            raise NoPolicyError
        return str(row[0])

    async def published(self, most: int) -> list[tuple[Policy, datetime]]:
        """The newest versions, at most so many, the one in force first, each with its moment.
        Raises NoPolicyError.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select version, since from policy order by version desc limit %s", [most]
            )
            rows = await found.fetchall()
            if not rows:
                raise NoPolicyError
            return [(await self.version(int(number), tx), since) for number, since in rows]

    async def version(self, version: int, tx: Connection) -> Policy:
        """One version; read once, for it never changes."""
        if version not in self._known:
            row = await (
                await tx.execute("select text from policy where version = %s", [version])
            ).fetchone()
            assert row, "a handoff refers to its policy"
            self._known[version] = self._reader(str(row[0]), version)
        return self._known[version]
