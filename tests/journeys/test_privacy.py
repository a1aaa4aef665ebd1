"""What is stored can be shown, given out and forgotten; nobody looks unseen."""

import asyncio
import hmac
import io
import json
import logging
import os
import pty
import re
from asyncio.subprocess import PIPE
from collections.abc import Callable, Coroutine
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import UUID

import aiohttp
import pytest
from markupsafe import escape

from commands import lead_lists, personal_data, replaying
from handoff.effects import Forget, ReadWeeks
from handoff.model import Ending, Outcome, State
from handoff.retention import Retention
from store.about import lines_about
from store.forgetting import NOBODY
from store.keeping import ROUNDS, Keeping, names
from store.routing_chain import Chain
from store.stored import TABLES
from telemetry import configure_logging
from tests.conftest import ROOT
from tests.hour import MONDAY
from tests.journeys.rotation import book_next, policy
from tests.journeys.searching import columns, found_in
from tests.journeys.test_introduced_anew import outlook_is_back
from tests.journeys.test_lead_lists import csv_of
from tests.world import BRIEF, INES, World

PHONE = "+351 912 345 678"
HOUR = timedelta(hours=1)
WRITTEN = "inés@müller.example"
WAYS = (
    normalize("NFD", WRITTEN),
    "inés@xn--mller-kva.example",
    "INÉS@Müller.Example",
    f" {WRITTEN}\xa0",
    normalize("NFD", "Inés@XN--MLLER-kva.example"),
)
"""In each of which another system writes it."""


async def leaves(world: World, who: str) -> None:
    """Taken out of every group, as an admin does it; Baton has read it."""
    for name in ("Reps EMEA", "Reps Americas", "Qualifiers"):
        group = world.box.directory.group(name)
        assert group
        id = world.box.person(who).id
        world.box.directory.set_group(name, [one for one in group.members if one != id])
    for _ in range(2):  # nobody goes by one reading
        await world.sync()


async def forget(world: World, mail: str, *also: str, sure: bool = True) -> int:
    return await personal_data.forget(
        world.app.services,
        mail,
        also,
        policy_text=await world.app.services.stores.policies.text(),
        sure=sure,
        ask=None,
    )


async def a_closed_handoff(world: World, rep: str = "rita") -> None:
    """Offered, sent back with a note that names people, and ended."""
    await world.offer(
        rep,
        needs=f"Ask Ines Prado at {PHONE}, or prado, for three warehouses",
        pains="Rita Osei knows them",
    )
    await world.press(rep, "send_back", reason="brief")
    await world.press(rep, "add_note", note=f"Rita here. Ines is at {PHONE}. Osei, Rita.")
    await world.press("quinn", "end", titled="No lead after all")


# --- What is stored ---------------------------------------------------------------------------


async def test_no_table_and_no_column_is_there_without_its_line(world: World) -> None:
    real = {table: set(kinds) for table, kinds in (await columns(world)).items()}
    lines = {table: set(one.columns) for table, one in TABLES.items()}
    assert real == lines
    for one in TABLES.values():
        assert len(set(one.columns.values())) == len(one.columns), f"{one.table}: told apart"
        assert "{" not in one.kept.format(**Retention().days())


async def test_the_page_shows_every_line_with_the_policys_own_days(world: World) -> None:
    days = "unbooked_days = 91\ntext_days = 77\nlook_days = 123"
    await policy(world, ("unbooked_days = 180", days), ("text_days = 180", ""))

    async with aiohttp.ClientSession() as http, http.get(f"{world.url}/privacy") as answer:
        page = await answer.text()

    assert answer.status == 200
    assert '<html lang="en">' in page
    assert "77 days after" in page
    assert "ends after 91 days" in page
    assert "123 days." in page
    assert "180 days" not in page
    for one in TABLES.values():
        assert f"<h3>{escape(one.what)}</h3>" in page, one.table
        for label in one.columns.values():
            assert f"<li>{escape(label)}</li>" in page
    assert "halden.example" not in page, "nobody is named to passers-by"


# --- Forgetting one person --------------------------------------------------------------------


async def test_a_rep_who_left_is_forgotten_everywhere_and_the_figures_stay(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    rita = world.box.person("rita")
    await policy(
        world, ("[routing]\n", f'[[reps]]\nwho = "{rita.mail}"\nweight = 100\n\n[routing]\n')
    )
    await policy(world)
    for n in range(3):
        await book_next(world, n)
    await a_closed_handoff(world)
    await world.say("rita", "calendar")
    await end_all(world)
    await leaves(world, "rita")
    assert await found_in(world, "Osei", rita.mail)
    assert "Rita Osei" in await live_cards(world, "quinn")
    figures = await sums(world)
    await world.say("ravi", "fairness")
    before = world.reads("ravi")

    assert await forget(world, rita.mail, "+34 600 111 222") == 0

    said = capsys.readouterr().out
    assert "their name, addresses, working hours" in said
    assert "1 notes on whether cards reached them" in said
    assert await world.rows("select 1 from delivery where person = %s", rita.id) == []
    assert "What stays" in said
    assert await found_in(world, "Osei", "Rita", rita.mail, PHONE.replace(" ", "")) == []
    assert await sums(world) == figures
    await world.say("ravi", "fairness")
    assert world.reads("ravi") == before
    assert await world.app.services.stores.fairness.chain.broken() == []
    assert await replaying.replay(world.app.services, None, None) == 0
    await world.work()
    assert "Rita" not in await live_cards(world, "quinn")
    await world.say("quinn", "why 4")
    assert "A former colleague" in world.reads("quinn")
    assert await forget(world, rita.mail) == 0
    assert "nothing is held" in capsys.readouterr().out


async def live_cards(world: World, who: str) -> str:
    """All the words on the live cards of *who*."""
    live = await world.rows("select activity from card where person = %s", world.box.person(who).id)
    cards = [m.card for m in world.box.teams.chat(who) if (m.id,) in live]
    return json.dumps(cards, ensure_ascii=False)


async def test_a_qualifier_who_left_is_forgotten_with_what_they_wrote(
    world: World,
) -> None:
    quinn, priya = world.box.person("quinn"), world.box.person("priya")
    await a_closed_handoff(world)
    await world.install("priya")
    await world.offer_times()
    await world.say("quinn", "why 2")
    await world.press("quinn", "give_lead", to=priya.id, note="With a broken leg")
    await end_all(world)
    await leaves(world, "quinn")

    assert await forget(world, quinn.mail) == 0
    await world.work()

    name = quinn.name.split()[-1]
    assert await found_in(world, name, quinn.name, quinn.mail, "broken leg") == []


async def test_a_prospect_is_forgotten_with_every_number_that_was_written(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await a_closed_handoff(world)
    await world.run(
        'update entry set detail = \'{"why": "call Ines Prado on +351912345678"}\' where n = 1'
    )
    figures = await sums(world)

    assert await forget(world, INES.upper()) == 0

    digits = re.sub(r"\D", "", PHONE)
    assert await found_in(world, "Prado", "Ines", INES, PHONE, digits, "Two late") == []
    assert await sums(world) == figures
    [(mail, company)] = await world.rows("select contact_email, company from lead")
    assert (mail, company) == ("@contoso.example", BRIEF["company"])
    assert await forget(world, INES) == 0
    assert "nothing is held" in capsys.readouterr().out


async def test_a_number_that_is_asked_for_goes_however_it_was_written(world: World) -> None:
    """Of a colleague it is known from the command line only; a longer number is another one."""
    await a_closed_handoff(world)
    await end_all(world)
    for n, text in enumerate(("call +34600111222", "or 34 (600) 111-222.", "not +346001112223")):
        await world.run(
            "update entry set detail = detail || jsonb_build_object('note', %s::text) "
            "where n = (select n from entry order by n offset %s limit 1)",
            text,
            n,
        )
    await leaves(world, "rita")

    assert await forget(world, world.box.person("rita").mail, "+34 600 111 222", "Osa") == 0

    left = await world.rows("select detail ->> 'note' from entry where detail ? 'note'")
    assert sorted(text.replace(NOBODY, "…") for (text,) in left) == [
        "call …",
        "not +346001112223",
        "or ….",
    ]


async def test_the_command_asks_on_a_terminal_and_without_one_wants_to_be_sure(
    world: World,
) -> None:
    await a_closed_handoff(world)
    line = world.command("person", "forget", INES)

    unasked = await asyncio.create_subprocess_exec(
        *line, cwd=ROOT, env=world.env, stdin=asyncio.subprocess.DEVNULL, stderr=PIPE, stdout=PIPE
    )
    _, said = await unasked.communicate()
    assert unasked.returncode == 2
    assert "say --yes if you are sure" in said.decode()
    answers = iter(["ines", INES.upper()])
    ask = partial(personal_data.forget, world.app.services, INES, (), policy_text="", sure=False)
    assert await ask(ask=lambda _: next(answers)) == 2
    assert await found_in(world, INES), "another address was typed"

    ours, theirs = pty.openpty()
    try:
        os.write(ours, f"{INES.upper()}\n".encode())
        asked = await asyncio.create_subprocess_exec(
            *line, cwd=ROOT, env=world.env, stdin=theirs, stdout=PIPE, stderr=PIPE
        )
        out, _ = await asked.communicate()
    finally:
        os.close(ours)
        os.close(theirs)
    assert asked.returncode == 0
    assert "Type the address again" in out.decode()
    assert "1 leads) will be forgotten" in out.decode()
    assert await found_in(world, INES) == []


async def test_whoever_is_still_there_or_has_something_open_is_refused_with_what_to_do(
    world: World, offered: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    rita = world.box.person("rita").mail
    before = await found_in(world, "Rita Osei")

    assert await forget(world, rita) == 2
    assert "the policy still names them" in capsys.readouterr().err
    assert await forget(world, INES) == 2
    assert "open handoffs (no. 1)" in capsys.readouterr().err
    await leaves(world, "rita")
    assert await forget(world, rita) == 2
    assert "open handoffs (no. 1)" in capsys.readouterr().err
    assert await forget(world, world.box.person("ravi").mail, sure=False) == 2
    assert await forget(world, "ada.novak@halden.example") == 2
    assert "the policy file names them in line" in capsys.readouterr().err

    assert await found_in(world, "Rita Osei") == before
    assert await world.state(offered) == "offered"


async def test_everything_about_a_person_is_given_out_under_plain_names(
    world: World, tmp_path: Path
) -> None:
    await book_next(world, 0)
    await a_closed_handoff(world)
    await world.say("mara", "fairness")
    rita = world.box.person("rita")
    file = tmp_path / "rita.json"
    file.write_text("of before " * 100_000)
    file.chmod(0o644)

    assert await personal_data.export(world.app.services, rita.mail, file) == 0

    held = json.loads(file.read_text())["held"]
    tables = {what: rows for part in held.values() for what, rows in part.items()}
    for table, kinds in (await columns(world)).items():
        rows = 0
        if table not in ("policy", "lead"):
            line = " || ' ' || ".join(f"coalesce({name}::text, '')" for name in kinds)
            [(rows,)] = await world.rows(
                f"select count(*) from {table} where {line} ~* %s", f"{rita.id}|{rita.mail}"
            )
        if rows:
            assert len(tables[TABLES[table].what]) >= rows, table
    [who] = tables[TABLES["person"].what]
    assert (who["name"], who["mail_address"]) == ("Rita Osei", rita.mail)
    mara = world.box.person("mara").name
    assert any(row["who_looked"] == mara for row in tables[TABLES["look"].what])
    assert any(row["who_promised"] == "you" for row in tables[TABLES["commitment"].what])
    assert await personal_data.export(world.app.services, INES, file) == 0
    given = file.read_text()
    assert PHONE in given
    assert "what_the_rep_wrote_when_sending_it_back" in given
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_column_has_an_audience() -> None:
    for table, one in TABLES.items():
        given = [*one.colleague, *one.prospect]
        told = set[str]().union(*(g.columns or one.columns.keys() - one.nobodys for g in given))
        unknown = (told | one.nobodys) - one.columns.keys()
        if given:
            assert (unknown, one.columns.keys() - told - one.nobodys) == (set(), set()), table
        assert not told & one.nobodys, table


def test_of_the_policy_one_reads_the_lines_about_oneself() -> None:
    text = (
        'qualifiers = ["q@x.example"]\n[pools.emea]\nname = "EMEA"\n'
        'reps = ["Rita@x.example", "ravi@x.example", "Reps EMEA"]\nmode = "balanced"\n'
        '[[reps]]\nwho = "rita@x.example"\nweight = 50\n\n[[reps]]\nwho = "ravi@x.example"\n'
    )

    assert lines_about(text, ["rita@x.example", "rita.old@x.example"]) == [
        "[pools.emea]",
        'reps = ["Rita@x.example", "…", "Reps EMEA"]',
        "[[reps]]",
        'who = "rita@x.example"',
        "weight = 50",
    ]


async def test_what_is_given_out_tells_nothing_of_a_third_person(
    world: World, tmp_path: Path
) -> None:
    """Older versions kept what was in the way with its subject."""
    prospect = "ines@fabrikam.example"
    await world.brief("pool:emea")
    await world.press("quinn", "book")
    await world.offer("rita", contact_email=prospect)
    await world.press("rita", "send_back", reason="brief")
    await world.press("rita", "add_note", note="Rita has no time")
    await book_next(world, 3)
    await world.say("mara", "fairness")
    rita, ravi, rosa = (world.box.person(who) for who in ("rita", "ravi", "rosa"))
    span = [MONDAY.isoformat(), (MONDAY + HOUR).isoformat()]
    matters = {
        one.id: ["meeting", *span, f"{what} of {one.name}", None, None]
        for one, what in ((rita, "Dentist"), (rosa, "Interview"))
    }
    await world.run(
        "update handoff set obstacles = %s where rep = %s", json.dumps([matters[rita.id]]), rita.id
    )
    refused = json.dumps([[span, [[id, matter] for id, matter in matters.items()]]])
    await world.run(
        "update handoff set others_refused = %s, search = search || jsonb_build_object('refused', "
        "%s::jsonb)",
        refused,
        refused,
    )
    assert await found_in(world, f"Dentist of {rita.name}", f"Interview of {rosa.name}")
    held = {}
    for who in (ravi.mail, rita.mail, prospect, world.box.person("quinn").mail):
        assert await personal_data.export(world.app.services, who, tmp_path / "held.json") == 0
        held[who] = (tmp_path / "held.json").read_text()

    secrets = [secret for (secret,) in await world.rows("select client_state from subscription")]
    assert secrets
    for who, given in held.items():
        assert not [secret for secret in secrets if secret in given], "nobody is given a secret"
        assert f"Interview of {rosa.name}" not in given, who
        assert (f"Dentist of {rita.name}" in given) == (who == rita.mail), who
    for who, given in held.items():
        others = [one for one in (rita, ravi, rosa) if one.mail != who]
        routed = json.dumps(json.loads(given)["held"].get("Who gets a lead", {}))
        assert not [one.name for one in others if one.name in routed or one.id in given], who
        assert '"targets"' not in given, (
            "figures of everyone in a pool, in the order of its members"
        )
    for name in (rita.name, ravi.name, rosa.name, world.box.person("quinn").name):
        assert name not in held[prospect], "who worked on it is no business of the prospect's"
    assert "Rita has no time" in held[prospect]
    assert "Rita has no time" not in held[ravi.mail]


async def test_whoever_wants_no_contact_is_left_alone_for_good(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    services, quinn = world.app.services, world.box.person("quinn").mail
    wants_none = partial(personal_data.object_to_it, services)
    await world.accepted()
    await world.brief("pool:emea", contact_email=INES.upper(), contact_name="Ines")

    assert await wants_none(INES, sure=False, ask=lambda _: "somebody else") == 2
    assert await found_in(world, INES)
    assert await wants_none(quinn, sure=True, ask=None) == 2
    assert await wants_none(INES, sure=True, ask=None) == 0
    await world.work()

    said = capsys.readouterr().out
    assert "2 open handoffs have ended; a meeting still ahead is called off" in said
    assert await world.rows("select state, outcome from handoff") == [("ended", "objected")] * 2
    assert [one.kind for one in world.invitations()][-1] == "cancellation"
    assert await found_in(world, INES, "Ines Prado", "Two late shipments") == []
    for who in ("rita", "quinn"):
        assert "the prospect asked not to be contacted" in world.reads(who).lower()
    await world.form()
    form = await world.press("quinn", "brief", None, **{**BRIEF, "contact_email": INES})
    assert "asked not to be stored or contacted" in "\n".join(form.texts())
    rows = csv_of({"contact_email": INES}, {"contact_email": "otto@contoso.example"})
    assert await lead_lists.take_in(services, "may.csv", rows, quinn) == 1
    assert await found_in(world, INES) == [], "no list brings them in again"
    assert await wants_none("new@nobody.example", sure=True, ask=None) == 0, "before they ever are"
    asked = ["New@nobody.example", "x@y.example"]
    async with services.stores.door.open() as tx:
        assert await services.stores.objections.of(tx, asked) == {asked[0]}


async def test_whoever_is_taken_in_while_the_admin_types_is_left_alone_too(world: World) -> None:
    here = asyncio.get_running_loop()

    def typing(_: str) -> str:
        asyncio.run_coroutine_threadsafe(world.offer(), here).result()
        return INES

    assert await personal_data.object_to_it(world.app.services, INES, sure=False, ask=typing) == 0
    await world.work()

    assert await world.rows("select state, outcome from handoff") == [("ended", "objected")]
    assert await found_in(world, INES) == []


@pytest.mark.parametrize("way", ["typed", "mended", "listed"])
async def test_whoever_wants_no_contact_while_they_are_taken_in_is_not(
    world: World, way: str
) -> None:
    """What was checked before it was written would be written all the same."""
    services, quinn = world.app.services, world.box.person("quinn").mail
    stores, listed = services.stores, csv_of({"contact_email": INES})
    if way == "mended":
        id = await world.accepted(contact_email="otto@contoso.example")
    else:
        await world.form()
    async with stores.door.open() as tx:  # which holds them up between the check and the writing
        if way == "mended":
            await tx.execute("select from handoff where id = %s for update", [id])
        else:
            await stores.routing.open_with([INES], [], tx)
        taken: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "typed": lambda: world.press("quinn", "brief", None, **BRIEF),
            "mended": lambda: world.press("quinn", "fix_brief", contact_email=INES),
            "listed": lambda: lead_lists.take_in(services, "may.csv", listed, quinn),
        }
        taking = asyncio.create_task(taken[way]())
        async with asyncio.timeout(10):
            while not await world.rows("select from pg_locks where not granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        wants_none = personal_data.object_to_it(services, INES, sure=True, ask=None)
        wanting = asyncio.create_task(wants_none)
        await asyncio.wait([wanting], timeout=0.3)
    await taking
    assert await wanting == 0
    await world.work()

    assert await found_in(world, INES) == []
    open_ = await world.rows("select from handoff where state <> 'ended'")
    assert len(open_) == (way == "mended"), "only that of somebody else"


async def test_what_is_opened_again_while_they_are_forgotten_ends_too(world: World) -> None:
    services, quinn = world.app.services, world.box.person("quinn").mail
    await lead_lists.take_in(services, "may.csv", csv_of({"contact_email": INES}), quinn)
    await world.run("update handoff set state = 'ended'")
    async with services.stores.door.open() as tx:
        await tx.execute("update handoff set state = 'qualified'")
        wants_none = personal_data.object_to_it(services, INES, sure=True, ask=None)
        wanting = asyncio.create_task(wants_none)
        await asyncio.wait([wanting], timeout=0.5)

    assert await wanting == 0
    assert await world.rows("select state, outcome from handoff") == [("ended", "objected")]


async def test_whoever_wants_no_contact_is_known_however_their_address_is_written(
    world: World,
) -> None:
    services, quinn = world.app.services, world.box.person("quinn").mail
    wants_none = partial(personal_data.object_to_it, services, sure=True, ask=None)
    for n, way in enumerate((WAYS[1], *WAYS[:2], WRITTEN)):
        listed = csv_of({"contact_email": way, "company": f"Company {n}"})
        assert await lead_lists.take_in(services, "may.csv", listed, quinn) == (n > 0)
    assert len(await world.rows("select from lead")) == 1, "no two are open with one of them"
    other = csv_of({"contact_email": "otto@other.example", "needs": f"Ask {WRITTEN} or {WAYS[0]}"})
    assert await lead_lists.take_in(services, "may.csv", other, quinn) == 0
    await world.form()
    form = await world.press("quinn", "brief", None, **{**BRIEF, "contact_email": WAYS[0]})
    assert "has a handoff open already" in "\n".join(form.texts())

    assert await wants_none(WAYS[2]) == 0
    await world.work()

    rows = await world.rows("select state, outcome from handoff order by number")
    assert rows == [("ended", "objected"), ("qualified", None)]
    for way in (WRITTEN, *WAYS):
        listed = csv_of({"contact_email": way})
        assert await lead_lists.take_in(services, "june.csv", listed, quinn) == 1, way
        await world.form()
        form = await world.press("quinn", "brief", None, **{**BRIEF, "contact_email": way})
        assert "asked not to be stored or contacted" in "\n".join(form.texts()), way
    [(key,)] = await world.rows("select key from objection_key")
    before = hmac.digest(key, WAYS[1].replace("inés", "otto").encode(), sha256)
    await world.run("insert into objection values (%s, now())", before)
    listed = csv_of({"contact_email": WAYS[1].replace("inés", "otto")})
    assert await lead_lists.take_in(services, "july.csv", listed, quinn) == 1, "who asked long ago"
    assert await found_in(world, WRITTEN, *WAYS[:2]) == [], "in what was written of others neither"
    assert len(await world.rows("select from lead")) == 2


# --- In time ----------------------------------------------------------------------------------


async def test_what_was_kept_long_enough_goes_and_nothing_that_is_open(world: World) -> None:
    for n in range(3):
        await book_next(world, n)
    await a_closed_handoff(world)
    await end_all(world)
    world.clock.set(MONDAY + timedelta(days=2))
    row, quinn = csv_of({"contact_email": "open@other.example"}), world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", row, quinn) == 0
    open_ = await whole(world, "h.state <> 'ended'")
    assert open_
    figures = await sums(world)
    later = MONDAY + timedelta(days=181)
    keep = (await world.app.services.stores.policies.current()).retention
    keeping = world.app.services.stores.keeping

    done = await keeping.forget_due(keep, MONDAY + timedelta(days=179))
    assert "texts" not in done
    world.clock.set(later)
    await world.app.services.stores.door.follow(Forget())
    await world.work()
    assert await world.rows("select 1 from handoff where texts_gone_at is not null") == [(1,)] * 4
    assert await found_in(world, PHONE, "Ask Ines", "Osei, Rita") == []
    assert await found_in(world, INES), "who it was is kept longer"
    assert "texts" not in await keeping.forget_due(keep, later), "twice does no harm"

    done = await keeping.forget_due(keep, MONDAY + timedelta(days=366))
    assert done["prospects"] == 4
    assert await found_in(world, INES) == []
    of_cards = "select distinct h.state from card c join handoff h on h.id = c.handoff"
    assert ("ended",) not in await world.rows(of_cards), "no card of what is over is kept"
    assert done["looks"]
    assert await sums(world) == figures
    await keeping.forget_due(keep, MONDAY + timedelta(days=5000))
    assert await whole(world, "h.state <> 'ended'") == open_


async def test_a_lead_that_nobody_hands_over_ends_one_day_and_is_forgotten_then(
    world: World,
) -> None:
    services, quinn = world.app.services, world.box.person("quinn").mail
    keep = (await services.stores.policies.current()).retention
    old = csv_of({"contact_email": INES}, {"contact_email": "otto@other.example"})
    await lead_lists.take_in(services, "may.csv", old, quinn)
    new = csv_of({"contact_email": "new@third.example"})

    for passed in (keep.unbooked - timedelta(minutes=1), keep.unbooked):
        world.clock.set(MONDAY + passed)
        await lead_lists.take_in(services, "november.csv", new, quinn)
        await services.stores.door.follow(Forget())
        await world.work()
        now = "ended" if passed == keep.unbooked else "qualified"
        states = await world.rows("select state from handoff order by number")
        assert states == [(now,), (now,), ("qualified",)], "one is new"

    [(taken,)] = await world.rows("select id from handoff where number = 1")
    handoff = (await world.case(taken)).handoff
    assert (handoff.outcome, handoff.ended_by) == (Outcome.CLOSED, None)
    assert [one.ending for one in handoff.commitments] == [Ending.MISSED]
    await world.say("quinn", "why 1")
    assert "nobody has: it ends here" in world.reads("quinn")
    await services.stores.keeping.forget_due(keep, world.clock() + timedelta(days=366))
    assert await found_in(world, INES, "otto@other.example") == []


async def test_what_is_more_than_one_batch_goes_in_several_and_the_rest_in_the_next_run(
    world: World,
) -> None:
    await a_closed_handoff(world)
    await world.offer("ravi", contact_email="b@b.example", company="Northwind")
    await end_all(world)
    rita = world.box.person("rita").id
    await world.run(
        "insert into look (at, by, whose, what) select %s, 'command', %s, 'figures' "
        "from generate_series(1, 45)",
        MONDAY,
        rita,
    )
    later = MONDAY + timedelta(days=366)
    [(looks,)] = await world.rows("select count(*) from look")
    keeping = Keeping(world.app.services.stores.door, batch=2)

    done = await keeping.forget_due(Retention(), later)
    assert done["looks"] == 2 * ROUNDS < looks
    assert (await keeping.forget_due(Retention(), later))["looks"] == looks - 2 * ROUNDS
    assert "looks" not in await keeping.forget_due(Retention(), later)
    await world.run("update handoff set texts_gone_at = null")
    one = Keeping(world.app.services.stores.door, batch=1)
    assert (await one.forget_due(Retention(), later))["texts"] == 2


async def test_what_a_correction_says_goes_with_what_it_corrected(world: World) -> None:
    await world.accepted(needs="Salmon for 3 sites")
    wrong = "prado.ines@contoso.example"
    await world.press("quinn", "fix_brief", needs="Salmon for 4 sites", contact_email=wrong)
    await world.press("quinn", "fix_brief", contact_email=INES)
    assert await found_in(world, "Salmon", wrong)
    await end_all(world)

    keeping = world.app.services.stores.keeping
    await keeping.forget_due(Retention(), MONDAY + timedelta(days=200))
    assert await found_in(world, "Salmon", wrong) == []


async def whole(world: World, where: str) -> list[tuple[Any, ...]]:
    """Handoffs with all that belongs to them, to the letter."""
    return await world.rows(
        "select h::text, l::text, (select array_agg(c::text order by n) from commitment c "
        "where c.handoff = h.id), (select array_agg(e::text order by n) from entry e "
        "where e.handoff = h.id), (select q::text from routing_question q where q.handoff = h.id), "
        "(select array_agg(r.n order by n) from routing_record r where r.handoff = h.id) "
        f"from handoff h join lead l on l.id = h.lead where {where} order by h.number"
    )


async def test_old_decisions_go_and_those_that_are_left_are_still_proved(world: World) -> None:
    for n in range(4):
        await book_next(world, n)
    chain: Chain = world.app.services.stores.fairness.chain
    keeping = world.app.services.stores.keeping
    keep = Retention()
    far = MONDAY + timedelta(days=1096)
    assert "decisions" not in await keeping.forget_due(keep, far), "all are open"
    await world.run(
        "update commitment set ended_at = now(), ending = 'released', rings_at = null "
        "where ended_at is null"
    )
    await world.run(
        "update handoff set state = 'ended', outcome = 'closed' where number in (1, 2, 4)"
    )

    assert (await keeping.forget_due(keep, far))["decisions"] == 2

    assert [one.n async for one in chain.records()] == [3, 4]
    assert await chain.broken() == []
    assert await replaying.replay(world.app.services, None, None) == 0
    await world.run("delete from routing_record where n = 3")
    assert await chain.broken() == ["record 3 is missing"]


@pytest.mark.usefixtures("offered")
async def test_a_leavers_chat_goes_then_their_name_and_never_while_something_is_open(
    world: World,
) -> None:
    other = await world.offer("rosa", contact_email="b@b.example", company="Northwind")
    await world.press("rosa", "send_back", reason="no_need")
    await world.press("quinn", "end", titled="No lead after all")
    assert await world.state(other) == "ended"
    await world.run(
        "insert into link (id, handoff, person, expires_at) values (%s, %s, %s, now())",
        UUID(int=1),
        other,
        world.box.person("rosa").id,
    )
    await leaves(world, "rita")
    await leaves(world, "rosa")
    keeping, keep = world.app.services.stores.keeping, Retention()
    rosa, rita = world.box.person("rosa"), world.box.person("rita")

    assert await keeping.forget_due(keep, MONDAY + timedelta(days=29)) == {}
    assert (await keeping.forget_due(keep, MONDAY + timedelta(days=31)))["leavers"] == 1
    for table in ("conversation", "delivery", "link"):
        assert await world.rows(f"select 1 from {table} where person = %s", rosa.id) == [], table
    assert await world.rows("select 1 from conversation where person = %s", rita.id)
    assert (await keeping.forget_due(keep, MONDAY + timedelta(days=731)))["names"] == 1
    assert await found_in(world, rosa.name, rosa.mail) == []
    assert await found_in(world, rita.name)


# --- Who looked -------------------------------------------------------------------------------


async def test_whoever_left_is_forgotten_in_a_transaction_of_their_own(world: World) -> None:
    """Each is looked for in every text, which takes a minute after years: nothing waits for two."""
    noah, lena = (world.box.person(who).id for who in ("noah", "lena"))
    await world.run(
        "update person set present = false, left_at = %s where id = any(%s)", MONDAY, [noah, lena]
    )
    for left in (1, 1, 0):
        async with world.app.services.stores.door.open() as tx:
            assert await names(tx, MONDAY + timedelta(days=1), 500) == left


async def test_every_look_at_anothers_figures_is_recorded_and_can_be_seen(world: World) -> None:
    chosen = await book_next(world, 0)
    other = next(name for name in ("rita", "ravi", "rosa") if name != chosen)
    await world.run("delete from look")
    for what in ("fairness", "fairness 1", "why 1", "why 1"):
        await world.say("mara", what)
    await world.press("mara", "pool_figures", world_card(world, "mara", "WHO WAS NEXT"))
    await world.say(other, "fairness 1")

    await world.say(chosen, "who looked")

    said = world.reads(chosen)
    mara = world.box.person("mara").name
    assert f"**{mara}**, Mon 2 Mar 10:00: what happened in no. 1 (2 times that day)" in said
    assert "how your pool stands (2 times that day)" in said
    assert f"**{world.box.person(other).name}**" in said
    assert "Nobody looks unseen" in said
    mine = world.box.person(chosen).id
    assert await world.rows("select 1 from look where by = whose") == []
    await world.press(other, "report_assignment", world_card(world, other, "WHO WAS NEXT"))
    assert await world.rows(
        "select 1 from look where what = 'report' and whose = %s and by = %s",
        mine,
        world.box.person("mara").id,
    )


def world_card(world: World, who: str, words: str) -> Any:
    """The newest card of *who* with these words."""
    cards = [m for m in world.box.teams.chat(who) if words in "\n".join(m.texts())]
    return cards[-1]


# --- Private events ---------------------------------------------------------------------------


async def test_nothing_of_a_private_event_is_ever_stored_or_logged(world: World) -> None:
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    nine = datetime(2026, 3, 3, 8, tzinfo=UTC)
    secret: dict[str, Any] = {
        "text": "Tumormarker",
        "location": "Klinik Zorn",
        "sensitivity": "private",
        "attendees": ["zorn@klinik.example"],
    }
    try:
        with redirect_stderr(told):
            configure_logging("json")
            for who in ("rita", "quinn", "rosa"):
                for start in (nine, nine + timedelta(days=6), nine + timedelta(days=7)):
                    world.box.outlook.create(who, "Oncologist", start, start + HOUR, **secret)
            await world.say("rita", "calendar")
            await world.brief(f"rep:{world.box.person('rita').id}")
            world.box.outlook.create("rita", "Oncologist", nine + HOUR, nine + 2 * HOUR, **secret)
            await world.press("quinn", "book")
            await world.press("rita", "another_time")
            await world.press("rita", "accept")
            await world.brief("pool:emea", contact_email="b@b.example")
            await world.press("quinn", "book")
            await world.app.services.stores.door.follow(
                ReadWeeks(tuple(world.box.person(who).id for who in ("rita", "rosa")))
            )
            await world.until(datetime(2026, 3, 6, 15, tzinfo=UTC))
            await world.pass_(hours=1)
    finally:
        logging.getLogger().removeHandler(handler)
        configure_logging("json")

    assert await world.rows("select 1 from week"), "a week was checked"
    assert await found_in(world, "private"), "and something private stood in the way"
    assert await found_in(world, "Oncologist", "Tumormarker", "Zorn", "klinik.example") == []
    for word in ("Oncologist", "Tumormarker", "Zorn"):
        assert word not in told.getvalue()


async def sums(world: World) -> list[tuple[Any, ...]]:
    """What is counted on: promises, timelines, books, leads given, decisions."""
    return [
        *await world.rows(
            "select who, what, ending, count(*) from commitment group by 1, 2, 3 order by 1, 2, 3"
        ),
        *await world.rows("select by, what, count(*) from entry group by 1, 2 order by 1, 2"),
        *await world.rows("select * from routing_book order by counter, person"),
        *await world.rows(
            "select person, how, count(*) from routing_given group by 1, 2 order by 1"
        ),
        *await world.rows("select n, hash from routing_record order by n"),
        *await world.rows(
            "select number, company, value, campaign, outcome from handoff "
            "join lead on lead.id = handoff.lead order by 1"
        ),
    ]


async def end_all(world: World) -> None:
    """Every handoff is over, as after the last promise."""
    await world.run(
        "update commitment c set ended_at = made_at, ending = 'released', rings_at = null "
        "from handoff h where h.id = c.handoff and c.ended_at is null and h.state <> 'ended'"
    )
    await world.run("update handoff set state = 'ended', outcome = 'closed' where state <> 'ended'")
    await world.run(
        "delete from reservation r using handoff h where h.id = r.handoff and h.state = 'ended'"
    )


async def test_an_address_that_was_a_leads_until_it_was_corrected_can_be_taken_out(
    world: World, accepted: UUID
) -> None:
    """Whoever it belongs to has no part in the lead, which goes on."""
    right = "i.prado@contoso.example"
    await world.press("quinn", "fix_brief", contact_email=right)
    assert await found_in(world, INES)

    assert await forget(world, INES) == 0

    assert await found_in(world, INES) == []
    assert (await world.case(accepted)).handoff.lead.contact_email == right
    assert (await world.case(accepted)).handoff.state is State.ACCEPTED
    assert await forget(world, INES) == 0


async def test_an_address_of_before_stays_until_outlook_has_taken_it_off_the_meeting(
    world: World, accepted: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else nobody knew any more whom to take off."""
    world.box.faults.graph_down()
    await world.press("quinn", "fix_brief", contact_email="i.prado@contoso.example")
    assert await forget(world, INES) == 2
    assert "no. 1" in capsys.readouterr().err
    await outlook_is_back(world)

    waits = await world.rows(
        "select task_name, status from procrastinate_jobs where status <> 'succeeded'"
    )
    assert await forget(world, INES) == 0, waits
    meetings = world.box.outlook.calendar("quinn", MONDAY, MONDAY + timedelta(days=30))
    assert INES not in str(meetings)
    assert await world.state(accepted) == "accepted"
