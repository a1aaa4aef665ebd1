"""The jobs: somebody does them, in time, and none is left behind."""

from collections.abc import AsyncIterator
from datetime import timedelta

from doctor.check import Check, Examined, fine, ill, listed
from doctor.clocks import lasting
from jobs.worker import SILENT
from store import invariants

STALE = timedelta(minutes=5)  # without a sweep, or with a job that nobody begins or that fails
WORK = "start a worker: python app.py work"
AGAIN = (
    "the worker's log says why; once that is put right: python app.py retry puts them back, and "
    "python app.py retry --forget gives them up"
)
TRIED = (
    "nothing is lost, they go on by themselves: put right what is said of Microsoft, permissions "
    "and people here; the worker's log has the reason of each"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    at = of.services.now()
    jobs = await invariants.queue(of.services.stores.reads, at)
    what = "a worker is there"
    if jobs.heard is None or jobs.heard > timedelta(seconds=SILENT):
        yield ill(what, WORK, f"the last was heard {_ago(jobs.heard)}")
    else:
        yield fine(what, f"heard {_ago(jobs.heard)}")
    oldest = jobs.oldest or timedelta()
    what = "jobs are begun in time"
    said = f"{jobs.waiting} waiting, the oldest for {lasting(oldest)}"
    if oldest < STALE:
        yield fine(what, said if jobs.waiting else "none is waiting")
    else:
        yield ill(
            what, f"{WORK}, or one more, if they run already; WORKERS lets each do more", said
        )
    what = "the clock is looked at every minute"
    since = at - jobs.swept_at if jobs.swept_at else None
    if since is None or since >= STALE:
        yield ill(what, f"{WORK}; deadlines stand still until then", f"last {_ago(since)}")
    else:
        yield fine(what, f"last {_ago(since)}")
    what = "every deadline has rung"
    if jobs.overdue:
        yield ill(what, f"{WORK}; it rings them at once", f"{jobs.overdue} handoffs wait")
    else:
        yield fine(what)
    yield listed(
        "no job is refused again and again",
        [f"{name}, for {lasting(by)}" for name, by in jobs.tried.items() if by >= STALE],
        TRIED,
    )
    yield listed(
        "no job has failed for good",
        [f"{count} × {name}" for name, count in jobs.failed.items()],
        AGAIN,
    )


def _ago(span: timedelta | None) -> str:
    return "never" if span is None else f"{lasting(span)} ago"
