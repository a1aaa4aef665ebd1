"""A draft of the policy tried on the leads that there were: whatever it says, or it is named."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pydantic import BaseModel

from commands import simulating
from policy import reading
from policy.file import PolicyFile
from policy.routing import PoolTable, RepTable, RoutingTable
from tests.journeys.rotation import book_next, pool
from tests.world import POLICY, World

GERMAN = """[[traits]]
kind = "language"
name = "German"
domains = [".de"]

"""
AMERICAS = '[[rules]]\nname = "Americas"\n'
RITA = '[[reps]]\nwho = "rita.osei@halden.example"\n'


def before(more: str, what: str = AMERICAS) -> tuple[str, str]:
    return what, f"{more}\n{what}"


def routing(more: str) -> tuple[str, str]:
    return "load_per_lead = 10\n", f"load_per_lead = 10\n{more}\n"


def rita(more: str) -> tuple[str, str]:
    return before(f"{RITA}{more}\n")


TRIED = {
    "routing.ramp": [routing("ramp = [20]"), rita("since = 2026-02-25")],
    "routing.load_per_lead": [("load_per_lead = 10", "load_per_lead = 1")],
    "routing.preference": [
        routing("preference = 1"),
        before(GERMAN),
        rita('prefers = ["German"]'),
    ],
    "routing.pair_within": [
        routing("pair_within = 3"),
        before(
            '[[pairs]]\nqualifier = "quinn.avery@halden.example"\nrep = "rita.osei@halden.example"'
        ),
    ],
    "routing.performance": [routing("performance = { floor = 50, ceiling = 200, least = 1 }")],
    "routing.fit": [routing("fit = { least = 1000 }")],
    "routing.interest": [routing("interest = { least = 1000 }")],
    "traits": [before(GERMAN), pool("limits = { tags = { German = 1 } }")],
    "pools.mode": [pool('mode = "strict"')],
    "pools.weight": [pool("weight = 10"), rita("weight = 100")],
    "pools.limits": [pool("limits = { week = 2 }")],
    "pools.needs": [pool('needs = ["language"]'), before(GERMAN)],
    "pools.skills": [
        pool('needs = ["language"]\nskills = "on_top"'),
        before(GERMAN),
        rita('skills = ["German"]'),
    ],
    "reps.weight": [rita("weight = 0")],
    "reps.since": [routing("ramp = [20]"), rita("since = 2026-02-25")],
    "reps.skills": [pool('needs = ["language"]'), before(GERMAN), rita('skills = ["German"]')],
    "reps.prefers": [routing("preference = 1"), before(GERMAN), rita('prefers = ["German"]')],
    "reps.limits": [rita("limits = { week = 1 }")],
    "pairs": [
        before(
            '[[pairs]]\nqualifier = "quinn.avery@halden.example"\nrep = "rita.osei@halden.example"'
        )
    ],
    "leaders": [("value_from = 100000", "value_from = 1000")],
    "rules": [
        before(f'{GERMAN}[[rules]]\nname = "German"\nlanguage = ["German"]\nto = "americas"')
    ],
}
UNTRIED = {
    "routing.stages": [("discovery = 1", "discovery = 2")],
    "routing.credit": [('credit = ["lead", "no_show", "cancelled", "reassigned"]', "credit = []")],
    "routing.fault": [(', "brief"]\n\n[[traits]]', "]\n\n[[traits]]")],
    "routing.breach_reassigns": [routing("breach_reassigns = true")],
    "routing.hops": [routing("hops = 3")],
    "routing.alarm_days": [routing("alarm_days = 20")],
    "routing.alarm_least": [routing("alarm_least = 4")],
    "routing.signed": [routing("signed = true")],
    "routing.duplicates": [routing("duplicates = false")],
    "pools.limits.open": [pool("limits = { open = 1 }")],
    "reps.limits.open": [rita("limits = { open = 1 }")],
    "pools.overflow": [pool("overflow = { hold_hours = 2 }")],
    "pools.within": [pool('mode = "balanced"\nwithin = 0.1')],
    "pools.at_most": [pool("at_most = { day = 9 }")],
    "pools.counter": [pool('counter = "one"')],
    "pools.holidays": [pool('holidays = "ES"')],
    "pools.reps": [('"group:Reps EMEA"', '"group:Reps"')],
    "clocks": [("answer = { hours = 4", "answer = { hours = 5")],
    "people": [("Qualifiers", "All qualifiers")],
}
SAYS_NOTHING = {"pools.code", "pools.name", "pools.region", "reps.who"}


def drafted(changes: list[tuple[str, str]]) -> PolicyFile:
    text = POLICY.read_text()
    for was, now in changes:
        assert was in text, was
        text = text.replace(was, now, 1)
    return reading.read_new(text, "draft.toml")


async def nine(world: World) -> None:
    """Nine leads: three of them German, one picked, one worth more; two reps answered late."""
    first = [await book_next(world, n) for n in range(3)]
    await world.press("rita", "accept")
    await world.say("rita", f"stage {first.index('rita') + 1} negotiation")
    await world.pass_(hours=5)
    for who in ("ravi", "rosa"):
        await world.press(who, "accept")
    for n in range(3, 6):
        await book_next(world, n, "next:", contact_email=f"lead@firm{n}.de")
    await world.brief("pool:emea", contact_email="pick@pick.example")
    rows = await world.rows(
        "select search -> 'next' ->> 0, search -> 'found' from handoff order by number desc limit 1"
    )
    [(due, found)] = rows
    start, other = next((s, r) for s, r, *_ in found if r != due)
    await world.press("quinn", "book", choice=f"{start}|{other}")
    await book_next(world, 7, value="120000")
    await book_next(world, 8)


async def test_whatever_a_draft_says_is_tried_on_what_was_really_asked_or_named(
    world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await nine(world)

    async def said(changes: list[tuple[str, str]], out: Path | None = None) -> str:
        await simulating.simulation(world.app.services, drafted(changes), out)
        return capsys.readouterr().out

    assert "no difference" in await said([])
    found = {key: await said(changes) for key, changes in {**TRIED, **UNTRIED}.items()}

    assert [key for key, text in found.items() if "no difference" in text] == []
    named = {key for key, text in found.items() if "does not tell" in text}
    assert named == set(UNTRIED)
    for key, untried in (("routing.hops", "hops"), ("pools.limits.open", "limits.open of emea")):
        assert f"does not tell: {untried}\n" in found[key]
    assert "9 kept below a line" in found["routing.fit"]
    assert "3 to nobody" in found["pools.needs"]
    assert "3 leads would go to another pool" in found["rules"]
    assert (
        "helen.strand@halden.example is invited for 9 of the leads, 1 in force" in found["leaders"]
    )
    assert "at a limit" in found["pools.limits"]
    line = next(one for one in found["reps.weight"].splitlines() if one.startswith("Rita Osei"))
    assert line.split()[3] == "0"

    drawn = tmp_path / "draft.svg"
    await said(TRIED["reps.weight"], drawn)
    texts = [one.text for one in ET.fromstring(drawn.read_text()).iter() if one.text]
    assert "Rita Osei" in texts
    assert any(text.startswith("−") for text in texts)


def test_every_key_that_says_who_gets_a_lead_is_tried_or_named() -> None:
    tables: dict[str, type[BaseModel]] = {
        "routing": RoutingTable,
        "pools": PoolTable,
        "reps": RepTable,
    }
    keys = {f"{table}.{key}" for table, of in tables.items() for key in of.model_fields}
    assert keys - SAYS_NOTHING <= {*TRIED, *UNTRIED}
    assert {"currency", "rules", "traits", "pairs", "leaders", *tables} == simulating.TRIED
