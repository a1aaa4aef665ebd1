"""Leads come in by themselves: proved, once, and somebody's at once."""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from psycopg import AsyncConnection
from standardwebhooks.webhooks import Webhook

from commands import lead_lists, personal_data
from commands.arguments import parser
from handoff.effects import CountEarlier, Forget, Tidy
from handoff.lead_list import COLUMNS
from store import earlier_facts
from store.people import QUALIFYING
from tests.infra.linux_host import Service
from tests.journeys.rotation import policy
from tests.journeys.test_lead_lists import csv_of
from tests.journeys.test_routing import LINES
from tests.senders import FIELDS, NAME, Sender, a_source, posts, sender, told
from tests.trial import free_ports
from tests.world import World
from web import leads_api


async def leads(world: World) -> list[tuple[Any, ...]]:
    return await world.rows(
        "select h.number, l.contact_email, h.owner from handoff h join lead l on l.id = h.lead "
        "order by h.number"
    )


async def test_a_form_hands_a_lead_in_and_its_qualifier_has_its_card(world: World) -> None:
    form = await a_source(world)
    quinn, before = world.box.person("quinn").id, world.cards("quinn")

    first = await form.lead("a-1")
    again = await form.lead("a-1")
    await world.work()

    assert (first.status, first.body) == (200, {"lead": 1, "held": False, "known": False})
    assert (again.status, again.body) == (200, {"lead": 1, "held": False, "known": True})
    assert "Location" not in first.headers
    assert await leads(world) == [(1, "ines@contoso.example", quinn)]
    card = world.reads("quinn")
    assert "READY TO HAND OVER" in card
    assert f"It came in from {NAME}." in card
    assert world.cards("quinn") == before + 1
    await world.say("quinn", "why 1")
    assert f"It came in from {NAME}, for Quinn Avery" in world.reads("quinn")
    assert "qualified" not in await world.timeline(await world.newest_handoff())

    await world.say("quinn", "book")
    await world.press("quinn", "choose_lead")
    await world.press("quinn", "find_times", target="pool:emea", type="first", wanted="2026-03-03")
    await world.work()
    assert "Times that suit everyone" in world.reads("quinn"), "it goes on as any other"


async def test_what_is_the_same_is_one_lead_also_ten_at_once(world: World) -> None:
    form, system = await a_source(world), await a_source(world, "--signs", name="CRM")
    fair: dict[str, Any] = {"company": "Fabrikam", "contact_email": "a@fabrikam.example"}

    tens = [
        await asyncio.gather(*(form.lead("one") for _ in range(10))),
        await asyncio.gather(*(system.lead("one", **fair) for _ in range(10))),
        await asyncio.gather(*(form.lead(contact_email="b@other.example") for _ in range(10))),
    ]
    for ten in tens:
        assert {said.status for said in ten} == {200}
        assert len({said.lead for said in ten}) == 1
        assert [said.body["known"] for said in ten].count(False) == 1
    assert len(await leads(world)) == 3

    world.clock.forward(timedelta(hours=23))
    assert (await form.lead(contact_email="b@other.example")).body["known"], "sent again at night"
    taken = await form.lead("one", needs="Something else")
    assert taken.status == 422
    assert "used for another lead" in taken.body["fields"]["Idempotency-Key"]
    assert len(await leads(world)) == 3
    world.clock.forward(timedelta(days=31))
    await world.app.services.stores.door.follow(Tidy())
    await world.work()
    later: dict[str, Any] = {"contact_email": "c@third.example"}
    said = [await form.lead("one", **later) for _ in range(2)]
    assert [one.lead for one in said] == [4, 4], "no lead is lost by a name that is always the same"


async def test_only_what_a_source_signed_just_now_is_taken(world: World) -> None:
    system = await a_source(world, "--signs")
    other = await a_source(world, "--signs", name="Another")
    body = json.dumps({"type": "lead.created", "timestamp": "now", "data": FIELDS}).encode()
    now = int(world.clock().timestamp())
    good = system.proof(body, "m-1")
    [signature] = [good["webhook-signature"]]
    theirs = other.proof(body, "m-1")["webhook-signature"]

    refused: dict[str, tuple[str, bytes, dict[str, str]]] = {
        "another body": (system.address, body + b" ", good),
        "another id": (system.address, body, good | {"webhook-id": "m-2"}),
        "another's": (system.address, body, good | {"webhook-signature": theirs}),
        "of another": (other.address, body, good),
        "of nobody": (system.address.partition("?")[0], body, good),
        "no source": (f"{system.address}0", body, good),
        "no id": (system.address, body, good | {"webhook-id": ""}),
        "no time": (system.address, body, good | {"webhook-timestamp": ""}),
        "not a time": (system.address, body, good | {"webhook-timestamp": "nan"}),
        "beyond time": (system.address, body, good | {"webhook-timestamp": "9" * 12}),
        "late": (system.address, body, system.proof(body, "m-1", now - 301)),
        "early": (system.address, body, system.proof(body, "m-1", now + 301)),
        "no signature": (system.address, body, good | {"webhook-signature": "v1,"}),
        "odd": (system.address, body, good | {"webhook-signature": "v1 v1,=== ,, v1a,AAAA"}),
        "too many": (
            system.address,
            body,
            good | {"webhook-signature": f"{'v1,AAAA ' * 10}{signature}"},
        ),
    }
    for what, (address, sent, headers) in refused.items():
        said = await posts(address, sent, headers)
        assert said.status == 401, what
        assert said.body["error"], what
        assert said.headers["WWW-Authenticate"].startswith("Bearer"), what
    assert await leads(world) == []

    rotated = f"v1a,AAAA v1,AAAA {theirs} {signature}"
    assert (await posts(system.address, body, good | {"webhook-signature": rotated})).lead == 1
    world.clock.forward(timedelta(minutes=6))
    assert (await posts(system.address, body, good)).status == 401, "kept, and sent again"
    late = await posts(system.address, body, system.proof(body, "m-1"))
    assert (late.status, late.body["known"]) == (200, True), "signed anew, as a sender does"


async def test_what_the_authors_of_the_standard_sign_is_proved(world: World) -> None:
    """With their own library, on the clock that it has."""
    system = await a_source(world, "--signs")
    body, at = json.dumps(FIELDS), world.clock()
    theirs = Webhook(system.secret)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": theirs.sign("msg_1", at, body),
        "Content-Type": "application/json",
    }

    assert (await posts(system.address, body.encode(), headers)).status == 200


async def test_a_secret_is_changed_without_losing_a_lead_and_revoked_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await a_source(world)
    old_system = await a_source(world, "--signs", name="CRM")
    assert (await form.lead(contact_email="a@a.example")).status == 200
    assert (await old_system.lead(contact_email="b@b.example")).status == 200

    anew = sender(world, await told(world, "rotate", "website FORM"))
    monkeypatch.setattr("store.lead_sources.NOT_SOONER", 0)  # as if seconds had passed
    assert (await anew.lead(contact_email="c@c.example")).status == 200
    assert (await form.lead(contact_email="d@d.example")).status == 200, "for seven days more"
    world.clock.forward(timedelta(days=7))
    assert (await form.lead(contact_email="e@e.example")).status == 401
    said = await told(world, "list")
    assert "Website form: owner Milo" in said
    assert "for Quinn Avery" in said
    assert "last used 2026-03-02" in said
    assert form.secret not in said

    await told(world, "rotate", NAME, "--days", "0")
    assert (await anew.lead(contact_email="e@e.example")).status == 401, "at once"
    anew = sender(world, await told(world, "rotate", NAME))
    assert (await anew.lead(contact_email="g@g.example")).status == 200
    assert "nothing comes in" in await told(world, "revoke", NAME)
    assert (await anew.lead(contact_email="f@f.example")).status == 401
    assert "exit 1" in await told(world, "rotate", NAME)
    assert len(await leads(world)) == 5
    kept = await world.rows("select digest::text || secret::text from lead_source_key")
    assert form.secret not in str(kept)
    taken = await told(
        world,
        *("make", "crm", "--owner", world.box.person("milo").mail),
        *("--for", world.box.person("quinn").mail),
    )
    assert taken == "exit 1", "there is one of that name"
    command = await asyncio.create_subprocess_exec(
        *world.command("sources", "list"), env=world.env, stdout=asyncio.subprocess.PIPE
    )
    assert b"revoked 2026-03-09" in (await command.communicate())[0]
    again = await a_source(world)  # of the same name, which nobody else has by now
    assert (await again.lead(contact_email="h@h.example")).status == 200


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "missing": ({"needs": "", "pains": None}, {"needs": "is missing", "pains": "is missing"}),
    "unknown": ({"utm": "x"}, {"utm": "is not known"}),
    "twice": ({"Contact name": "x"}, {"Contact name": "stands there twice"}),
    "no text": ({"needs": ["x"]}, {"needs": "is no text"}),
    "a truth": ({"needs": True}, {"needs": "is no text"}),
    "no address": ({"contact_email": "ines"}, {"contact_email": "is not a mail address"}),
    "long": ({"needs": "x" * 501}, {"needs": "is longer than 500"}),
    "zone": ({"time_zone": "Lisbon"}, {"time_zone": "is not a time zone"}),
    "unclear": ({"value": "1.234"}, {"value": "1.234"}),
    "currency": ({"currency": "euros?"}, {"currency": "is no currency"}),
    "unseen": ({"contact_name": "\u202e\u200b"}, {"contact_name": "is missing"}),
    "half": ({"contact_email": "ines\ud83d@contoso.example"}, {"contact_email": "is not a mail"}),
    "ours": ({"contact_email": "nobody@halden.example"}, {"contact_email": "of our own"}),
}


async def test_what_is_no_lead_says_which_field_is_wrong(world: World) -> None:
    form = await a_source(world)
    ravi = world.box.person("ravi").mail
    wrong = WRONG | {"colleague": ({"contact_email": ravi}, {"contact_email": "works here"})}
    for what, (fields, fieldwise) in wrong.items():
        said = await form.lead(what, **fields)
        assert said.status == 422, what
        assert said.body["fields"].keys() == fieldwise.keys(), what
        for name, words in fieldwise.items():
            assert words in said.body["fields"][name], what
            assert name in said.body["error"]
        assert "Ravi" not in str(said.body)
    assert await leads(world) == []

    assert (await form.lead("missing", value=48000.5, currency="USD")).status == 200, "put right"
    assert await world.rows("select worth, worth_currency from lead") == [(4_800_050, "USD")]


async def test_what_cannot_be_read_is_refused_for_what_it_is(world: World) -> None:
    form = await a_source(world)
    system = await a_source(world, "--signs", name="CRM")
    typed = {"Content-Type": "text/plain"}
    packed = {"Content-Encoding": "gzip"}
    for status, body, headers in (
        (400, b"{", {}),
        (400, b"[1]", {}),
        (400, b'{"value": NaN}', {}),
        (400, b'{"value": ' + b"9" * 5_000 + b"}", {}),
        (400, b"[" * 30_000, {}),
        (400, b"\xff\xfe", {}),
        (413, b'{"needs": "' + b"x" * 70_000 + b'"}', {}),
        (415, b"company=Contoso", {"Content-Type": "application/x-www-form-urlencoded"}),
        (415, b"{}", typed),
        (415, b"{}", packed),
        (422, b'{"type": "contact.deleted", "data": {}}', {}),
        (422, b"{}", {}),
    ):
        for one in (form, system):
            said = await one.sends(body, headers=headers)
            assert said.status == status, body[:20]
    endless = await posts(form.address, _endless(), form.proof(b""))
    assert endless.status == 413
    assert (await form.lead(headers={"Idempotency-Key": "ü"})).status == 422
    for address in (form.address, system.address):
        said = await posts(address, b"{}", {"Content-Type": "application/json"})
        assert said.status == 401
        assert "token" in said.body["error"]
    assert await leads(world) == []


async def _endless() -> Any:
    while True:
        yield b"x" * 16_384


async def test_a_stranger_is_told_to_wait_and_the_database_is_not_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, system = await a_source(world), await a_source(world, "--signs", name="CRM")
    await form.lead("known")
    strangers = [
        Sender(world, form.address, "baton_lead_" + "x" * 43),
        Sender(world, system.address, "whsec_" + "x" * 44),
        Sender(world, f"{form.address}?source={UUID(int=7)}", system.secret),
    ]
    far = {"X-Forwarded-For": "203.0.113.7"}
    async with await AsyncConnection.connect(world.database) as tx:
        await tx.execute("lock table lead_source, lead_source_key in access exclusive mode")
        async with asyncio.timeout(4):  # it was looked for a moment ago
            found = [await one.lead(headers=far) for one in strangers]
        assert {said.status for said in found} == {401}
        monkeypatch.setattr("store.lead_sources.NOT_SOONER", 0)  # it was looked long ago
        async with asyncio.timeout(4):  # what looks like none of ours is not looked for at all
            assert (
                await Sender(world, form.address, "baton_lead_x").lead(headers=far)
            ).status == 401
    found = await asyncio.gather(*[strangers[0].lead(headers=far) for _ in range(60)])

    assert {said.status for said in found} == {401, 429}
    assert all("Retry-After" in said.headers for said in found if said.status == 429)
    assert (await form.lead(contact_email="a@a.example", headers=far)).status == 200


async def test_more_than_can_wait_are_told_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await a_source(world)
    monkeypatch.setattr(leads_api, "WAITING", 5)
    async with await AsyncConnection.connect(world.database) as tx:
        await tx.execute("lock table lead in access exclusive mode")
        sending = [asyncio.create_task(form.lead(str(n))) for n in range(20)]
        while sum(one.done() for one in sending) < 15:  # noqa: ASYNC110  # answers
            await asyncio.sleep(0.01)
    found = await asyncio.gather(*sending)
    refused = [said for said in found if said.status == 429]
    assert len(refused) == 15
    assert all(said.headers["Retry-After"] == "5" for said in refused)
    again = await asyncio.gather(*(form.lead(str(n)) for n in range(5)))
    assert {said.status for said in again} <= {200, 202}


async def test_a_source_whose_people_have_gone_is_served_by_whoever_hands_over(
    world: World,
) -> None:
    form = await a_source(world)
    await world.run("update person set roles = array_remove(roles, 'qualifier')")
    nobody = await form.lead()
    assert (nobody.status, "Retry-After" in nobody.headers) == (503, True)
    milo = world.box.person("milo").id
    await world.run(
        "update person set roles = array_append(roles, 'qualifier') where id = %s", milo
    )

    assert (await form.lead()).status == HTTPStatus.OK
    assert [owner for _, _, owner in await leads(world)] == [milo]


async def test_several_qualifiers_take_turns(world: World) -> None:
    quinn, milo = (world.box.person(who).id for who in ("quinn", "milo"))
    await world.run(
        "update person set roles = array_append(roles, 'qualifier') where id = %s", milo
    )
    form = await a_source(world, qualifiers=("quinn", "milo"))
    for n in range(6):
        world.clock.forward(timedelta(seconds=1))
        assert (await form.lead(contact_email=f"a@a{n}.example")).status == 200

    owners = [owner for _, _, owner in await leads(world)]
    assert sorted(owners[:2]) == sorted([quinn, milo])
    assert owners == owners[:2] * 3


async def test_the_same_lead_that_comes_twice_while_turns_are_waited_for_is_one(
    world: World,
) -> None:
    milo = world.box.person("milo").id
    roles = "update person set roles = array_append(roles, 'qualifier') where id = %s"
    await world.run(roles, milo)
    form = await a_source(world, qualifiers=("quinn", "milo"))
    async with await AsyncConnection.connect(world.database) as turns:
        await turns.execute("select pg_advisory_xact_lock(%s)", [QUALIFYING])
        twice = [asyncio.create_task(form.lead()) for _ in range(2)]
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        while await world.rows(waiting) != [(2,)]:  # noqa: ASYNC110  # of a lock nobody is told
            await asyncio.sleep(0.02)
    said = [await one for one in twice]

    assert [one.status for one in said] == [200, 200]
    assert len({one.body["lead"] for one in said}) == 1
    assert sorted(one.body["known"] for one in said) == [False, True]
    assert len(await leads(world)) == 1


HELD: dict[str, tuple[dict[str, Any], str]] = {
    "a test by its address": ({"contact_email": "a@mail.example.com"}, "is of example.com"),
    "a test by its name": ({"contact_name": "Test +49 170 12"}, "its contact name is “test”"),
    "spam": ({"needs": "http://a.b www.c.d HTTPS://e.f"}, "holds 3 addresses of web pages"),
    "a page for a name": ({"company": "www.buy.example"}, "stands where a name does"),
}


@pytest.mark.parametrize("what", HELD)
async def test_what_looks_like_a_test_or_spam_is_held_until_somebody_has_looked(
    world: World, what: str
) -> None:
    fields, why = HELD[what]
    form = await a_source(world)
    said = await form.lead("one", **fields)
    await world.work()

    assert (said.status, said.body) == (202, {"lead": 1, "held": True, "known": False})
    card = world.reads("quinn")
    assert "IS IT A LEAD?" in card
    assert why in card
    assert await world.rows("select count(*) from fact") == [(0,)], "nobody's figures"
    await world.press("quinn", "correct_brief", request="Whatever it is")
    assert why in world.reads("quinn"), "putting it right says nothing of that"
    assert "by Fri 14:00" in str(world.newest("quinn").card)
    assert (await form.lead("one", **fields)).status == 202

    await world.press("quinn", "let_in")
    await world.work()
    assert "READY TO HAND OVER" in world.reads("quinn")
    again = await form.lead("one", **fields)
    assert (again.status, again.lead) == (200, 1)
    assert ("begun",) in await world.rows("select what from fact")
    assert await world.rows("select count(*) from handoff where place is null") == [(0,)]


async def test_a_company_that_is_open_already_is_shown_and_never_merged(world: World) -> None:
    form = await a_source(world)
    assert (await form.lead("one")).lead == 1
    other = await form.lead("two", contact_name="Teo Sá", contact_email="teo@contoso.example")
    await world.work()

    assert (other.status, other.lead) == (202, 2)
    held = "Held: this company has a handoff open already: no. 1."
    assert held in world.reads("quinn")
    await world.press("quinn", "end", outcome="closed")
    assert await world.rows("select number, state, outcome from handoff order by number") == [
        (1, "qualified", None),
        (2, "ended", "closed"),
    ]
    assert (await form.lead("two", contact_email="teo@contoso.example")).status == 422
    begun = "select handoff from fact where what in ('begun', 'ended')"
    assert len(await world.rows(begun)) == 1, "what was dropped is in no figure"
    await world.app.services.stores.door.follow(CountEarlier())
    await world.work()
    assert len(await world.rows(begun)) == 1


async def test_what_is_held_is_let_in_once_its_card_says_what_is_open_by_then(
    world: World,
) -> None:
    form = await a_source(world)
    assert (await form.lead("one", contact_name="Test")).status == 202
    await world.work()
    card = world.newest("quinn")
    assert (await form.lead("two")).lead == 2
    await world.work()

    said = await world.click("quinn", "let_in", card)
    assert "Held: this company has a handoff open already: no. 2." in str(said.texts())
    states = "select state, reason from handoff where number = 1"
    assert await world.rows(states) == [("qualified", "held")]
    await world.work()
    said = await world.click("quinn", "let_in", card)
    assert "READY TO HAND OVER" in str(said.texts())
    assert await world.rows(states) == [("qualified", None)]


async def test_what_is_held_holds_up_nobody_else_and_is_not_kept_for_ever(world: World) -> None:
    """Whoever sends rubbish in the name of a company keeps none of its people out."""
    form = await a_source(world)
    assert (await form.lead("rubbish", company="Test")).status == 202
    assert (await form.lead("real")).status == 200
    text = csv_of({"contact_email": "teo@northwind.example", "company": "Northwind"})
    assert (await form.lead("more", company="test", contact_email="x@northwind.example")).held
    quinn = world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", text, quinn) == 0

    keep = (await world.app.services.stores.policies.current()).retention
    world.clock.forward(keep.unbooked)
    await world.app.services.stores.door.follow(Forget(), Tidy())
    await world.work()
    ended = "select number from handoff where state = 'ended' and outcome = 'closed' order by 1"
    assert await world.rows(ended) == [(1,), (2,), (3,), (4,)]
    assert await world.rows("select count(*) from arrival") == [(0,)]


async def test_of_a_thousand_wrong_fields_some_are_named(world: World) -> None:
    form = await a_source(world)
    fields: dict[str, Any] = {f"f{n}": "x" for n in range(1_000)}
    said = await form.lead(**fields)
    assert said.status == 422
    assert len(said.body["fields"]) == 20


async def test_what_is_held_goes_on_only_by_its_qualifiers_word(world: World) -> None:
    """Nor by putting its brief right, nor on an older card; its clock runs, whoever has it."""
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', LINES))
    await world.install("milo")
    form = await a_source(world)
    assert (await form.lead("one", contact_name="Test", value="60000")).status == 202
    await world.work()
    id = await world.newest_handoff()
    card = world.newest("quinn")

    data = {"handoff": str(id), "target": "next:", "type": "first", "wanted": "2026-03-03"}
    said = await world.box.teams.execute("quinn", card, "find_times", data)
    assert "Please say first that it is one" in str(said.texts())
    said = await world.box.teams.execute("quinn", card, "end", data | {"outcome": "nurture"})
    assert "Please say first that it is one" in str(said.texts())
    right: dict[str, Any] = {
        "contact_name": "Ines Prado",
        "campaign": "Cold list",
        "campaign_why": "The form's",
    }
    await world.press("quinn", "correct_brief", **right)
    assert "IS IT A LEAD?" in world.reads("quinn")
    assert (await form.lead("one", contact_name="Test", value="60000")).status == 202
    await world.until(world.clock() + timedelta(days=8))
    assert "HAS NOT DECIDED WHETHER IT IS HANDED OVER" in world.reads("mara")

    await world.press("quinn", "let_in", world.newest("quinn"))
    await world.work()
    assert await world.rows("select state, reason from handoff") == [("nurtured", None)]
    assert "interest is 0 of the 10 points" in await _why(world)
    wrong = await earlier_facts.untrue(
        world.app.services.stores.reads, world.app.services.stores.handoffs, [id]
    )
    assert wrong == [], "counted as its timeline tells, also what happened while it was held"
    again = await world.box.teams.execute("quinn", card, "let_in", {"handoff": str(id)})
    assert again.ok


async def _why(world: World) -> str:
    await world.say("quinn", "why 1")
    return world.reads("quinn")


async def test_who_asked_to_be_left_alone_is_not_brought_in_by_a_form(world: World) -> None:
    form = await a_source(world)
    assert (await form.lead("one")).status == 200
    args = parser().parse_args(["person", "object", FIELDS["contact_email"], "--yes"])
    assert await personal_data.asked(world.app.services, args) == 0

    said = await form.lead("two")
    assert said.status == 422
    assert said.body["fields"] == {"contact_email": "may not be stored here"}
    assert (await form.lead("one")).body["known"], "what it was is not said"
    assert await world.rows("select contact_email from lead") == [("@contoso.example",)]
    assert await world.rows("select digest from arrival") == [(None,)]


async def test_what_is_answered_is_as_programs_read_it(world: World) -> None:
    form = await a_source(world)
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{world.url}/api/leads/openapi.json") as answer,
    ):
        said: dict[str, Any] = await answer.json()
    operation = said["paths"]["/api/leads"]["post"]
    assert said["openapi"].startswith("3.1")
    held: dict[str, Any] = {"contact_name": "test"}
    found = [
        await form.lead("one"),
        await form.lead("two", **held),
        await form.lead("three", utm="x"),
        await form.sends(b"{"),
        await form.sends(b"x" * 70_000),
        await form.sends(b"{}", headers={"Content-Type": "text/plain"}),
        await posts(form.address, b"{}", {}),
    ]
    assert {one.status for one in found} == {200, 202, 400, 401, 413, 415, 422}
    assert {str(one.status) for one in found} <= set(operation["responses"])
    # To read it makes a parser of addresses, for most of a second: here, and not in every process.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    schemas = {"components": said["components"]}
    for one in found:
        [content] = operation["responses"][str(one.status)]["content"].values()
        Draft202012Validator({**content["schema"], **schemas}).validate(one.body)
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    reads = Draft202012Validator({**body, **schemas})
    for sent in (FIELDS, FIELDS | {"value": 48_000}, {"type": "lead.created", "data": FIELDS}):
        reads.validate(sent)
        assert (await form.sends(json.dumps(sent).encode())).status in (200, 202)
    known = said["components"]["schemas"]["Lead"]["properties"]
    assert set(known) == set(COLUMNS)
    assert not reads.is_valid(FIELDS | {"utm": "x"})
    assert not reads.is_valid({})


async def test_whoever_kills_it_midway_loses_no_lead_and_makes_none_twice(
    world: World, tmp_path: Path
) -> None:
    """Whoever sends has no answer, and sends again what may have come."""
    form, [port] = await a_source(world), free_ports(1)
    env = {**world.env, "PORT": str(port)}
    serve = Service(world.command("serve"), env, tmp_path / "serve.log")
    there = Sender(world, f"http://127.0.0.1:{port}/api/leads", form.secret)
    heard: dict[int, set[int]] = {n: set() for n in range(40)}

    async def hands_in(n: int) -> None:
        for _ in range(400):
            with suppress(aiohttp.ClientError, OSError):
                said = await there.lead(str(n), company=f"C{n}", contact_email=f"a@c{n}.example")
                heard[n].add(said.lead)
                return
            await asyncio.sleep(0.1)

    await serve.start()
    try:
        sending = [asyncio.create_task(hands_in(n)) for n in heard]
        while len(await leads(world)) < 5:  # noqa: ASYNC110  # rows
            await asyncio.sleep(0.005)
        await serve.kill()
        assert len(await leads(world)) < len(heard), "midway"
        serve = Service(world.command("serve"), env, tmp_path / "serve again.log")
        await serve.start()
        await asyncio.gather(*sending)
        await asyncio.gather(*map(hands_in, heard))
    finally:
        await serve.kill()

    assert {len(numbers) for numbers in heard.values()} == {1}, "the same each time"
    assert len(await leads(world)) == len(heard)
    assert await world.rows("select count(*) from arrival") == [(len(heard),)]
    shown = "select count(*) from procrastinate_jobs where task_name = 'show'"
    assert await world.rows(shown) == [(len(heard),)], "a card each"
