"""Several changes in one journey to the database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from procrastinate.jobs import Job
from psycopg import AsyncRawCursor
from psycopg.types.json import Jsonb

from store.database import Connection

KEPT_READY = 50  # values; a statement of more psycopg takes apart anew each time, at no small cost


class StatementBatch:
    """Statements that change rows, run as one.

    PostgreSQL runs them as of one moment: none sees what another changes, and no two may change
    the same row. https://www.postgresql.org/docs/current/queries-with.html, "Data-Modifying
    Statements in WITH".
    """

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._values: list[Any] = []

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """*rows*, of the same columns, will be in *table* in their order."""
        if not rows:
            return
        row = f"({', '.join(['%s'] * len(rows[0]))})"
        statement = (
            f"insert into {table} ({', '.join(rows[0])}) values {', '.join([row] * len(rows))}"  # noqa: S608  # our columns
        )
        self._add(statement, (value for one in rows for value in one.values()))

    def insert_by_name(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """As `insert`, of rows of many columns: all of them are one value, so that the statement
        stays of few, and kept ready (KEPT_READY).
        """
        if not rows:
            return
        names = ", ".join(rows[0])
        self._add(
            f"insert into {table} ({names}) "  # noqa: S608  # our columns
            f"select {names} from jsonb_populate_recordset(null::{table}, %s)",
            [Jsonb([dict(row) for row in rows], dumps=_json)],
        )

    def update(self, table: str, row: Mapping[str, Any], where: str, *values: Any) -> None:
        """The rows of *table* that are *where* will have the values of *row*."""
        new = ", ".join(f"{name} = %s" for name in row)
        self._add(f"update {table} set {new} where {where}", [*row.values(), *values])  # noqa: S608  # our columns

    def defer(self, jobs: Sequence[Job]) -> None:
        """*jobs* will be in the queue. It is the last that is added.

        By procrastinate's own function, and without its Python, which takes as long as three
        statements.
        """
        if not jobs:
            return
        row = "row(%s, %s, %s, %s, %s, %s, null)::procrastinate_job_to_defer_v1"
        all_of_them = ", ".join([row] * len(jobs))
        self._add(
            f"select procrastinate_defer_jobs_v1(array[{all_of_them}])",
            (value for job in jobs for value in _of_job(job)),
        )

    def _add(self, statement: str, values: Iterable[Any]) -> None:
        self._statements.append(statement)
        self._values += values

    async def run(self, connection: Connection) -> None:
        """All of it is done, as one statement."""
        if not self._statements:
            return
        *before, last = self._statements
        named = ", ".join(f"s{n} as ({statement})" for n, statement in enumerate(before))
        whole = f"with {named} {last}" if before else last
        if len(self._values) <= KEPT_READY:
            await connection.execute(whole.encode(), self._values)
            return
        # Of hundreds of rows, to have the values' places found takes longer than to write them.
        first, *rest = whole.split("%s")
        numbered = first + "".join([f"${n}{part}" for n, part in enumerate(rest, 1)])
        async with AsyncRawCursor(connection) as cursor:
            await cursor.execute(numbered.encode(), self._values)


_json = partial(json.dumps, default=str)  # a time and an id as PostgreSQL reads them


def _of_job(job: Job) -> tuple[Any, ...]:
    """As procrastinate's function takes it."""
    return (
        *(job.queue, job.task_name, job.priority, job.lock, job.queueing_lock),
        Jsonb(job.task_kwargs),
    )
