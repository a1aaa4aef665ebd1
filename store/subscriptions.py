"""What Graph tells us about each mailbox: its subscription, and where the last poll left off."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    mailbox: str
    id: str | None
    client_state: str
    expires_at: datetime | None
    delta: str | None
    delta_until: datetime | None
    polled_at: datetime | None


class Subscriptions:
    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def of(self, mailbox: str, client_state: str) -> Subscription:
        """What is known of a mailbox; begun with *client_state* if it is new."""
        async with (
            self._pool.connection() as tx,
            tx.cursor(row_factory=class_row(Subscription)) as cursor,
        ):
            await tx.execute(
                "insert into subscription (mailbox, client_state) values (%s, %s) "
                "on conflict do nothing",
                [mailbox, client_state],
            )
            await cursor.execute("select * from subscription where mailbox = %s", [mailbox])
            found = await cursor.fetchone()
        assert found
        return found

    async def with_ids(self, ids: list[str]) -> dict[str, Subscription]:
        """Those of *ids* that are ours."""
        async with (
            self._pool.connection() as tx,
            tx.cursor(row_factory=class_row(Subscription)) as cursor,
        ):
            await cursor.execute("select * from subscription where id = any(%s)", [ids])
            return {found.id: found async for found in cursor if found.id}

    async def everyone(self) -> list[Subscription]:
        async with (
            self._pool.connection() as tx,
            tx.cursor(row_factory=class_row(Subscription)) as cursor,
        ):
            await cursor.execute("select * from subscription order by mailbox")
            return await cursor.fetchall()

    async def alive(self, mailbox: str, id: str, expires_at: datetime) -> None:
        await self._set(mailbox, "id = %s, expires_at = %s", id, expires_at)

    async def lost(self, mailbox: str) -> None:
        """Graph no longer has it; the next look makes a new one."""
        await self._set(mailbox, "id = null, expires_at = null")

    async def polled(
        self, mailbox: str, at: datetime, delta: str | None, until: datetime | None
    ) -> None:
        """The poll at *at* left off at *delta*; None to begin with a whole round next time."""
        await self._set(mailbox, "polled_at = %s, delta = %s, delta_until = %s", at, delta, until)

    async def forget(self, mailbox: str) -> None:
        async with self._pool.connection() as tx:
            await tx.execute("delete from subscription where mailbox = %s", [mailbox])

    async def _set(self, mailbox: str, what: str, *args: object) -> None:
        async with self._pool.connection() as tx:
            await tx.execute(
                f"update subscription set {what} where mailbox = %s",  # noqa: S608
                [*args, mailbox],
            )
