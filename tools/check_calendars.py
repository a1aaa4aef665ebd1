"""What becomes of a folder of calendar files, held against another reader of them.

python -m tools.check_calendars DIR; `make check-calendars DIR=…`. Every .ics file below DIR is
imported as `make run CALENDAR=` does it, and read by recurring-ical-events as well; each time that
one of the two has and the other has not is printed, and in the end the sums. What the import left
out with a word of why is counted apart. The other reader is no judge: where the two differ, the
standard says who is right. Its exit status is 1 when an import failed or had no end.
"""

import multiprocessing
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time

import recurring_ical_events
from icalendar import Calendar
from rich.console import Console
from rich.progress import track

from sandbox import ics
from sandbox.clock import real_now
from sandbox.ics.blocks import blocks
from sandbox.ics.report import Report
from sandbox.m365 import Sandbox
from sandbox.zones import zone

WHO = "rita"
FORK = multiprocessing.get_context("fork")  # the sandbox is handed on as it is
AROUND = timedelta(days=300)  # either way of July of a year, less than what is spread out
MOST_YEARS = 4  # of a file that are looked at
PATIENCE = 60  # seconds of work for one file and one reader
ASLEEP = 30 * PATIENCE  # after which whoever does nothing is given up
SHOWN = 10  # differences of one file

Time = tuple[str, datetime, datetime]  # what, from, to


@dataclass(slots=True)
class Answer:
    """What one reader found in one file."""

    times: Counter[Time] = field(default_factory=Counter)
    left_out: set[str] = field(default_factory=set)  # subjects and UIDs
    failed: str | None = None


def ours(box: Sandbox, content: bytes, middles: list[datetime]) -> Answer:
    answer = Answer()
    for middle in middles:
        box.mailboxes.clear()
        box.clock.freeze(middle)
        report = ics.read(box.tenant, WHO, content)
        answer.left_out |= {note.subject or "" for note in report.left_out}
        for event in box.outlook.calendar(WHO, middle - AROUND, middle + AROUND):
            if not event.cancelled:
                answer.times[event.subject, event.start, event.end] += 1
    return answer


def theirs(box: Sandbox, content: bytes, middles: list[datetime]) -> Answer:
    answer = Answer()
    floating = zone(box.person(WHO).zone)

    def instant(at: date | datetime) -> datetime:
        if not isinstance(at, datetime):
            return datetime.combine(at, time(), UTC)
        return (at if at.tzinfo else at.replace(tzinfo=floating)).astimezone(UTC)

    for calendar in Calendar.from_ical(content, multiple=True):
        query = recurring_ical_events.of(calendar, skip_bad_series=True)
        for middle in middles:
            for found in query.between(middle - AROUND, middle + AROUND):
                if str(found.get("STATUS", "")).upper() != "CANCELLED":
                    times = instant(found.start), instant(found.end)
                    answer.times[str(found.get("SUMMARY", "")), *times] += 1
    return answer


Reader = Callable[[Sandbox, bytes, list[datetime]], Answer]


def asked(reader: Reader, box: Sandbox, content: bytes, middles: list[datetime]) -> Answer:
    """In a process of its own, which is ended when it takes too long."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_answer, args=(reader, there, box, content, middles))
    process.start()
    there.close()
    try:
        found = here.recv() if here.poll(ASLEEP) else None
    except EOFError:
        process.join()
        long = process.exitcode == -signal.SIGXCPU
        return Answer(failed=f"no end within {PATIENCE} s" if long else "its process ended")
    finally:
        process.kill()
        process.join()
    return found if isinstance(found, Answer) else Answer(failed="it sleeps")


def _answer(
    reader: Reader, there: Connection, box: Sandbox, content: bytes, middles: list[datetime]
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(process_time()) + PATIENCE, most))
    try:
        there.send(reader(box, content, middles))
    except Exception as problem:  # noqa: BLE001  # how another reader fails on a file is what is asked
        there.send(Answer(failed=f"{type(problem).__name__}: {problem}"))


def middles_of(content: bytes) -> list[datetime]:
    """July of the years in which events of the file begin: the first, the last, some between."""
    found = {
        int(start[:4])
        for block in blocks(content, Report())
        if block.kind == "VEVENT" and (start := block.raw("DTSTART")) and start[:4].isdecimal()
    }
    years = sorted(year for year in found if 1700 < year < 2200)
    step = max(1, -(-len(years) // (MOST_YEARS - 1)))
    return [datetime(year, 7, 1, tzinfo=UTC) for year in sorted({*years[::step], *years[-1:]})]


def differences(one: Answer, other: Answer) -> Iterator[str]:
    for sign, more, less in (("+", one, other), ("-", other, one)):
        for (what, start, end), times in sorted((more.times - less.times).items()):
            if what not in one.left_out:
                yield f"  {sign} {start:%Y-%m-%d %H:%M}–{end:%Y-%m-%d %H:%M} {what[:60]!r} ×{times}"


def main(folder: Path) -> int:
    files = sorted(folder.rglob("*.ics"))
    box = Sandbox(weeks=False, machine=real_now)
    sums: Counter[str] = Counter()
    bar = Console(stderr=True)
    for path in track(files, "calendars", console=bar, disable=not bar.is_terminal):
        content = path.read_bytes()
        middles = middles_of(content)
        if not middles:
            sums["files without an event in our time"] += 1
            continue
        mine, other = (asked(reader, box, content, middles) for reader in (ours, theirs))
        sums["files"] += 1
        sums["times"] += mine.times.total()
        sums["left out with a word of why"] += len(mine.left_out)
        found = list(differences(mine, other)) if not (mine.failed or other.failed) else []
        sums["differences"] += len(found)
        sums["files that differ"] += bool(found)
        sums["failed here"] += bool(mine.failed)
        sums["failed in the other reader"] += bool(other.failed)
        if found or mine.failed or other.failed:
            print(path.relative_to(folder))
        for who, failed in (("here", mine.failed), ("the other reader", other.failed)):
            if failed:
                print(f"  {who}: {failed}")
        for line in found[:SHOWN]:
            print(line)
        if len(found) > SHOWN:
            print(f"  and {len(found) - SHOWN} more")
    for what, count in sums.items():
        print(f"{count:8} {what}")
    return 1 if sums["failed here"] else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("which folder? make check-calendars DIR=…")
    sys.exit(main(Path(sys.argv[1])))
