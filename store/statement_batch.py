"""Several changes in one journey to the database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from procrastinate.jobs import Job
from psycopg.types.json import Jsonb


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

    def together(self) -> tuple[str, list[Any]] | None:
        """All of it as one statement, with its values; None where there is nothing."""
        if not self._statements:
            return None
        *before, last = self._statements
        named = ", ".join(f"s{n} as ({statement})" for n, statement in enumerate(before))
        return (f"with {named} {last}" if before else last), self._values


def _of_job(job: Job) -> tuple[Any, ...]:
    """As procrastinate's function takes it."""
    return (
        *(job.queue, job.task_name, job.priority, job.lock, job.queueing_lock),
        Jsonb(job.task_kwargs),
    )
