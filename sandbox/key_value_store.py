"""Where the sandbox keeps its state: values in memory, written through to one SQLite file when
there is a folder.

Values are frozen and are put back whole, so nothing can change without being written. Writes of
one synchronous stretch of work are committed together: as soon as the event loop comes round
again, and before any answer leaves the server. Write-ahead logging keeps what was committed when
the process is killed.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

V = TypeVar("V")

FILE = "sandbox.sqlite3"


Content = Mapping[str, Mapping[str, object]]  # by the name of the bucket, then by key


class OldStateError(Exception):
    """What is kept cannot be read by this version; the message says which file to delete."""


class KeyValueStore:
    """All buckets of one sandbox. Without a folder nothing is ever written.

    *begun* is what another sandbox without a folder had on its own; this one begins with it.
    """

    def __init__(self, folder: Path | None, begun: Content | None = None) -> None:
        self._db: sqlite3.Connection | None = None
        self._begun = begun or {}
        self._waiting = False
        self._all: list[Bucket[object]] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILE).touch(mode=0o600)  # it holds the application's secret and keys
            self._db = sqlite3.connect(folder / FILE, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(
                "create table if not exists item (shelf text, key text, value text not null,"
                " place integer primary key autoincrement, unique (shelf, key))"
            )

    def bucket(self, name: str, kind: type[V]) -> "Bucket[V]":
        """What was put into it before is there, in the order in which it was first put."""
        bucket = Bucket(self, name, kind)
        if self._db is not None:
            rows = self._db.execute(
                "select key, value from item where shelf = ? order by place", (name,)
            )
            try:
                bucket.restore(list(rows))
            except ValidationError as problem:
                raise OldStateError(
                    f"{_file_of(self._db)} was written by another version of the sandbox;"
                    " delete it to begin anew"
                ) from problem
        bucket._values.update(self._begun.get(name, {}))  # type: ignore[arg-type]  # noqa: SLF001  # its own
        self._all.append(bucket)  # type: ignore[arg-type]  # only cleared and copied through it
        return bucket

    def content(self) -> Content:
        """A copy of all there is, for another sandbox to begin with."""
        return {bucket._name: dict(bucket._values) for bucket in self._all}  # noqa: SLF001

    def restore(self, content: Content) -> None:
        """All is as it was then. Who has computed something from it does so anew."""
        for bucket in self._all:
            bucket.clear()
            bucket.update(content[bucket._name])  # noqa: SLF001

    def clear(self) -> None:
        """Every bucket is empty."""
        for bucket in self._all:
            bucket.clear()

    def write(self, sql: str, values: tuple[str, ...]) -> None:
        if self._db is None:
            return
        if not self._db.in_transaction:
            self._db.execute("begin")
        self._db.execute(sql, values)
        if not self._waiting:
            try:
                asyncio.get_running_loop().call_soon(self.commit)
            except RuntimeError:  # no loop yet: whoever opens the sandbox commits
                return
            self._waiting = True

    def commit(self) -> None:
        """What was put until now survives the end of this process."""
        self._waiting = False
        if self._db is not None and self._db.in_transaction:
            self._db.execute("commit")

    def close(self) -> None:
        self.commit()
        if self._db is not None:
            self._db.close()
            self._db = None


def _file_of(db: sqlite3.Connection) -> str:
    (_, _, file) = db.execute("pragma database_list").fetchone()
    return str(file)


class Bucket(MutableMapping[str, V], Generic[V]):
    """Values of one kind by their key."""

    def __init__(self, store: KeyValueStore, name: str, kind: type[V]) -> None:
        self._store = store
        self._name = name
        self._kind = kind
        self._values: dict[str, V] = {}
        self._adapter: TypeAdapter[V] | None = None

    @property
    def _json(self) -> TypeAdapter[V]:
        # Made when first needed: most tests write nothing, and making one costs milliseconds.
        if self._adapter is None:
            self._adapter = TypeAdapter(self._kind)
        return self._adapter

    def restore(self, rows: list[tuple[str, str]]) -> None:
        for key, value in rows:
            self._values[key] = self._json.validate_json(value)

    def __getitem__(self, key: str) -> V:
        return self._values[key]

    def __setitem__(self, key: str, value: V) -> None:
        self._values[key] = value
        if self._store._db is not None:  # noqa: SLF001  # spares the dump when nothing is kept
            self._store.write(
                "insert into item (shelf, key, value) values (?, ?, ?)"
                " on conflict (shelf, key) do update set value = excluded.value",
                (self._name, key, self._json.dump_json(value).decode()),
            )

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._store.write("delete from item where shelf = ? and key = ?", (self._name, key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def clear(self) -> None:
        self._values.clear()
        self._store.write("delete from item where shelf = ?", (self._name,))
