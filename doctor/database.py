"""The database: it answers, is as this version needs it, keeps time, and holds what must hold."""

from collections.abc import AsyncIterator
from datetime import timedelta

from doctor.check import Check, Examined, fine, ill, listed, vital
from doctor.clocks import agrees
from store import invariants, worths
from store.compatibility import compatibility
from store.database import READS, START, clock, hears, only_reads, why_not

NEWEST = 20_000  # handoffs that are looked at here; all are once an hour, by the worker
LATE = "the clocks of this machine and of the database agree"


async def checks(of: Examined) -> AsyncIterator[Check]:
    what = "the database answers"
    if why := await why_not(of.settings.database_url):
        yield vital(ill(what, START, why))
        return
    yield fine(what)
    what = "the database takes what is written"
    if await only_reads(of.settings.database_url):
        yield vital(ill(what, READS, "it only reads, as a standby does that has not taken over"))
        return
    yield fine(what)
    settings = of.settings
    stands = await compatibility(settings.database_url, settings.tenant_id, settings.client_id)
    what = "the database is as this version needs it"
    if stands and (why := stands.why_not()):
        yield vital(ill(what, why.partition(": ")[2], why.partition(": ")[0]))
        return
    newer = f"and knows more, of a newer version: {', '.join(stands.newer if stands else ())}"
    yield fine(what, newer if stands and stands.newer else "")
    what = "the database knows small letters of every language"
    if stands is None or stands.capitals:
        yield fine(what)
    else:
        yield ill(
            what,
            "a backup made now and restored as docs/upkeep.md says, Restoring a backup: the "
            "database that it makes, with createdb --encoding UTF8 --locale C.UTF-8 --template "
            "template0, knows them",
            "those of A to Z alone: É and é are two letters, so that not everyone is found who is "
            "written with a capital",
        )
    what = "jobs are heard of at once"
    if await hears(of.settings.database_url):
        yield fine(what)
    else:
        then = "where a pooler such as PgBouncer stands between, it must pool by session, not by "
        then += "transaction: or let DATABASE_URL lead to PostgreSQL itself"
        yield ill(what, then, "PostgreSQL's notifications (LISTEN) do not arrive")
    before = of.machine()
    theirs = await clock(of.services.stores.reads)
    between = before + (of.machine() - before) / 2
    yield agrees(LATE, {"the database": theirs - between}, slack=timedelta())
    yield listed(
        "what every open lead is worth is an amount",
        [f"handoff {n}: {text!r}" for n, text in await worths.unclear(of.services.stores.reads)],
        "a version before took any text; no rule counts on it. Its qualifier gives the amount with "
        "*What it is worth* on its card; it stays unknown otherwise",
    )
    for name, numbers in (await invariants.broken(of.services.stores.reads, NEWEST)).items():
        yield listed(
            name,
            [f"handoff {number}" for number in numbers],
            "say `why` and the number to Baton in Teams, which shows how it came about; then tell "
            "whoever looks after Baton, for this must never be",
        )
