"""What of the queue somebody must know, or mend. Jobs get into it by store/door.py alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from handoff.effects import CancelMeeting, Show, ShowMine
from handoff.model import OFF, Did
from store.database import Reads
from store.door import Tx

_NEW_CARD = "status in ('todo', 'doing') and (args ->> 'alert')::boolean"


class Queue:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def known(self, job: str, argument: str) -> set[str]:
        """What stands in the *argument*, a list, of the jobs of that name that wait, are being
        done or failed for good.
        """
        return await self._in_jobs(job, argument, "todo", "doing", "failed")

    async def failed(self, job: str, argument: str) -> set[str]:
        """… of those that failed for good."""
        return await self._in_jobs(job, argument, "failed")

    async def _in_jobs(self, job: str, argument: str, *statuses: str) -> set[str]:
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select jsonb_array_elements_text(args -> %s) from procrastinate_jobs "
                "where task_name = %s and status = any(%s::procrastinate_job_status[])",
                [argument, job, list(statuses)],
            )
            return {value async for (value,) in rows}

    async def not_called_off(self, at: datetime) -> list[tuple[UUID, str, datetime]]:
        """Meetings that begin after *at* and were called off, of which Outlook cannot be told just
        now, and nobody was asked to tell the prospect: handoff, organizer and beginning. What was
        decided before on the same meeting may be what holds it up.
        """
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select h.id, args ->> 'person', (args ->> 'begins')::timestamptz as begins "
                "from procrastinate_jobs job "
                "join handoff h on h.id = (args ->> 'handoff_id')::uuid "
                "where task_name = %s and status = 'todo' and exists (select from "
                "procrastinate_jobs first where first.lock = job.lock and first.id <= job.id "
                "and first.status = 'todo' and first.attempts > 0) "
                "and (args ->> 'begins')::timestamptz > %s "
                "and not h.undone @> any(%s::jsonb[]) and not h.deeds @> %s",
                [
                    CancelMeeting.name,
                    at,
                    [Jsonb([{"what": one}]) for one in OFF],
                    Jsonb([{"what": Did.TOLD}]),
                ],
            )
            return await rows.fetchall()

    async def new_cards(self, person: str) -> dict[int, tuple[UUID, bool]]:
        """By job: of which handoffs a new card for them waits, or is being posted, and whether they
        asked for it.
        """
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select id, (args ->> 'handoff_id')::uuid, "  # noqa: S608
                "coalesce((args ->> 'asked')::boolean, false) from procrastinate_jobs "
                f"where task_name = %s and {_NEW_CARD} and args ->> 'person' = %s",
                [Show.name, person],
            )
            return {job: (id, asked) async for job, id, asked in rows}

    async def untold(self, since: datetime, at: datetime) -> list[str]:
        """For whom Teams is tried in vain since then or longer, while a new card for them waits
        that no mail has told of, and that does not wait for their working hours.
        """
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select distinct d.person from delivery d "  # noqa: S608
                "join procrastinate_jobs job on args ->> 'person' = d.person "
                f"where d.trying_since <= %s and task_name = %s and {_NEW_CARD} "
                "and job.id <> all(d.told_instead) "
                "and (job.id <> all(d.held_instead) or d.held_until <= %s) order by d.person",
                [since, Show.name, at],
            )
            return [person async for (person,) in rows]

    async def tried(self, ids: Sequence[UUID]) -> dict[UUID, dict[str, datetime]]:
        """Of these handoffs, for whom a new card, or the list that tells of it, waits while Teams
        takes nothing for them; and since when that is tried in vain.
        """
        found: dict[UUID, dict[str, datetime]] = {}
        async with self._reads.connection() as tx:
            rows = await tx.execute(
                "select (args ->> 'handoff_id')::uuid, d.person, d.trying_since from delivery d "  # noqa: S608
                "join procrastinate_jobs on args ->> 'person' = d.person "
                f"where d.trying_since is not null and task_name = %(show)s and {_NEW_CARD} "
                "and (args ->> 'handoff_id')::uuid = any(%(ids)s) union "
                "select c.handoff, d.person, d.trying_since from delivery d "
                "join procrastinate_jobs on args ->> 'person' = d.person "
                "join commitment c on c.who = d.person and c.ended_at is null "
                "left join commitment about on (about.handoff, about.n) = (c.handoff, c.about) "
                "where d.trying_since is not null and task_name = %(list)s "
                "and status in ('todo', 'doing') and c.handoff = any(%(ids)s) "
                "and 'book' in (c.what, about.what)",
                {"ids": list(ids), "show": Show.name, "list": ShowMine.name},
            )
            async for id, person, since in rows:
                found.setdefault(id, {})[person] = since
        return found

    async def at_rest(self) -> bool:
        """Whether no job runs and none is due, but for those that failed and wait to be retried."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select not exists (select from procrastinate_jobs where status = 'doing' "
                    "or status = 'todo' and attempts = 0 "
                    "and coalesce(scheduled_at, '-infinity') <= now())"
                )
            ).fetchone()
        return row == (True,)

    async def retry_failed(self, tx: Tx) -> int:
        """Jobs that failed for good are due again; of those of which one may wait, the newest, if
        none waits. Returns how many.
        """
        await tx.execute(
            "delete from procrastinate_jobs job where status = 'failed' and exists "
            "(select from procrastinate_jobs twin where twin.queueing_lock = job.queueing_lock "
            "and (twin.status = 'todo' or twin.status = 'failed' and twin.id > job.id))"
        )
        done = await tx.execute(
            "select procrastinate_retry_job_v2(id, now(), null, null, null) "
            "from procrastinate_jobs where status = 'failed' order by id"
        )
        return done.rowcount

    async def forget_failed(self, tx: Tx) -> int:
        """Jobs that failed for good are given up. Returns how many."""
        done = await tx.execute("delete from procrastinate_jobs where status = 'failed'")
        return done.rowcount
