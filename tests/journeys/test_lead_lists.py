"""Leads from a list are asked the same as leads typed in."""

import re

import pytest

from commands import lead_lists
from commands.lead_files import table
from handoff.lead_list import Table
from tests.journeys.rotation import policy
from tests.journeys.test_routing import LINES
from tests.world import BRIEF, World

COLUMNS = (
    *("company", "contact_name", "contact_email", "needs", "pains", "value", "campaign"),
    *("current_solution", "request", "time_zone"),
)


def csv_of(*leads: dict[str, str]) -> Table:
    rows = [{**BRIEF, "time_zone": BRIEF["contact_zone"], **lead} for lead in leads]
    lines = [",".join(f'"{row[name]}"' for name in COLUMNS) for row in rows]
    return table("\n".join([",".join(COLUMNS), *lines]).encode())


async def test_where_a_list_says_no_zone_the_qualifier_is_asked_before_times_are_looked_for(
    world: World,
) -> None:
    """Their own would be a guess: it decides whose lead it is, and when the prospect is at work."""
    await lead_lists.take_in(
        world.app.services,
        "may.csv",
        csv_of({"time_zone": "", "company": "Good", "contact_email": "a@good.example"}),
        world.box.person("quinn").mail,
    )
    await world.work()
    await world.say("quinn", "book")
    card = await world.press("quinn", "choose_lead")
    [find] = [one for one in card.actions() if one.verb == "find_times"]
    asked = {one["id"]: one for one in find.inputs}
    assert asked["contact_zone"]["isRequired"]
    assert "value" not in asked["contact_zone"]

    whose = {"target": "next:", "wanted": "2026-03-03"}
    sent = {**(find.data or {}), **whose, "type": "first"}
    nothing = await world.box.teams.execute("quinn", card, "find_times", sent)
    assert "Please choose where the prospect is." in nothing.texts()
    await world.press("quinn", "find_times", None, contact_zone="America/New_York", **whose)

    assert "next in Americas" in world.reads("quinn")
    assert "In New York: 09:00" in world.reads("quinn")
    assert "contact_zone" not in str(world.newest("quinn").card), "it is known now"
    assert await world.rows("select contact_zone from lead") == [("America/New_York",)]


async def test_whoever_works_here_or_has_an_address_of_ours_is_no_lead_of_a_list(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    ravi = world.box.person("ravi")
    text = csv_of(
        {"contact_email": "nobody.known@halden.example", "company": "Halden"},
        {"contact_email": ravi.mail, "company": "Ours"},
        {"contact_email": "a@good.example", "company": "Good"},
    )
    quinn = world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", text, quinn) == 2

    said = capsys.readouterr().out
    assert "nobody.known@halden.example: halden.example is ours, so that is no prospect's" in said
    assert f"{ravi.mail} is Ravi Patel, who works here" in said
    assert await world.rows("select contact_email from lead") == [("a@good.example",)]


async def test_a_list_is_asked_for_fit_interest_and_what_is_open_already(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await policy(world, ('\n[[rules]]\nname = "Americas"\n', LINES))
    await world.install("milo")
    await world.offer("rita", value="60000")
    quinn, milo = (world.box.person(name) for name in ("quinn", "milo"))
    text = csv_of(
        {"contact_email": "other@contoso.example", "value": "60000"},
        {"contact_email": "a@good.example", "value": "60000"},
        {"contact_email": "b@good.example", "value": "60000"},
        {"contact_email": "a@small.example", "value": "900"},
        {"contact_email": "a@cold.example", "value": "60000", "campaign": "Cold list"},
    )

    wrong = await lead_lists.take_in(world.app.services, "may.csv", text, quinn.mail)
    await world.work()

    said = capsys.readouterr().out
    assert wrong == 2
    assert "may.csv: other@contoso.example: This company has a handoff open already: no. 1" in said
    assert "may.csv: b@good.example: This company has a handoff open already" in said
    assert "a@small.example is with Quinn Avery: fit is 0 of the 40 points" in said
    assert f"a@cold.example is with {milo.name}: interest is 0 of the 10 points" in said
    assert await world.rows(
        "select l.contact_email, h.owner, c.who from handoff h join lead l on l.id = h.lead "
        "join commitment c on c.handoff = h.id and c.what in ('book', 'fit', 'nurture') "
        "and c.ended_at is null order by h.number"
    ) == [
        ("a@good.example", quinn.id, quinn.id),
        ("a@small.example", quinn.id, quinn.id),
        ("a@cold.example", milo.id, milo.id),
    ], "each has an owner and a clock"
    assert "interest is 0 of the 10 points" in world.reads("milo")
    before = world.cards("milo")

    assert await lead_lists.take_in(world.app.services, "may.csv", text, quinn.mail) == 2
    await world.work()

    assert "3 known before" in capsys.readouterr().out
    assert world.cards("milo") == before


async def test_a_long_list_is_summed_up_after_its_first_problems(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setattr(lead_lists, "AT_ONCE", 100)
    mails = [f"i{n}@c{n % 300}.example" for n in range(400)]
    some = [{"contact_email": mail} for mail in mails]
    text = csv_of(*some, *[{"contact_email": f"no address {n}"} for n in range(30)])
    quinn = world.box.person("quinn").mail

    wrong = await lead_lists.take_in(world.app.services, "may.csv", text, quinn)

    told = capsys.readouterr()
    said = told.out.splitlines()
    assert re.search(r"may\.csv.*100%", told.err), "how far it is"
    assert wrong == 130
    assert len(said) == 13
    assert said[0] == "may.csv: line 402: contact_email 'no address 0' is not a mail address"
    assert said[10:] == [
        "may.csv: and 100 more: …: This company has a handoff open already: ….",
        "may.csv: and 20 more: contact_email … is not a mail address",
        "300 leads wait for Quinn Avery",
    ]
    [(numbers,)] = await world.rows(
        "select array_agg(l.contact_email order by h.number) from handoff h "
        "join lead l on l.id = h.lead"
    )
    assert numbers == mails[:300], "numbered as they stand in the list"
