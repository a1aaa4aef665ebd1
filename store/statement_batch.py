"""Several changes in one journey to the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from store.door import Tx


class StatementBatch:
    """Statements that change rows, run as one.

    PostgreSQL runs them as of one moment: none sees what another changes, and no two may change
    the same row. https://www.postgresql.org/docs/current/queries-with.html, "Data-Modifying
    Statements in WITH".
    """

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._values: list[Any] = []

    def insert(
        self, table: str, rows: Sequence[Mapping[str, Any]], *, key: Collection[str] = ()
    ) -> None:
        """*rows*, of the same columns, will be in *table* in their order, each in place of the one
        with the same *key* where one is given.
        """
        if not rows:
            return
        row = f"({', '.join(['%s'] * len(rows[0]))})"
        statement = (
            f"insert into {table} ({', '.join(rows[0])}) values {', '.join([row] * len(rows))}"  # noqa: S608  # our columns
        )
        if key:
            new = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in key)
            statement += f" on conflict ({', '.join(key)}) do update set {new}"
        self._add(statement, (value for one in rows for value in one.values()))

    def update(self, table: str, row: Mapping[str, Any], where: str, *values: Any) -> None:
        """The rows of *table* that are *where* will have the values of *row*."""
        new = ", ".join(f"{name} = %s" for name in row)
        self._add(f"update {table} set {new} where {where}", [*row.values(), *values])  # noqa: S608  # our columns

    def _add(self, statement: str, values: Iterable[Any]) -> None:
        self._statements.append(statement)
        self._values += values

    async def run(self, tx: Tx) -> None:
        """All of it is done, or none."""
        if not self._statements:
            return
        *before, last = self._statements
        named = ", ".join(f"s{n} as ({statement})" for n, statement in enumerate(before))
        await tx.execute(f"with {named} {last}" if before else last, self._values)
