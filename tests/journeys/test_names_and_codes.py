"""Whoever is forgotten goes out of what people wrote; the codes that Baton goes by stay."""

import re
from functools import partial
from time import perf_counter
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from commands import personal_data
from store.about import Found
from store.called import Words, in_domain, is_number, pattern
from store.forgetting import GONE, NOBODY, _phones, _replaced, forget_colleague
from store.invariants import broken
from store.stored import HASHED
from store.written import ADDRESSES, CODES, OWN, WORDS
from tests.journeys.searching import columns
from tests.world import INES, World

TEXTS = {"text", "varchar", "json", "jsonb", "_text", "bpchar", "_varchar"}
AS_CODES = (
    "emea",
    "accepted",
    "Rep",
    "answer",
    "Ports webinar",
    "Europe Lisbon",
    "1",
    "null",
    "n/a",
)


async def test_of_each_column_it_is_said_whether_people_write_in_it_or_it_is_a_code(
    world: World,
) -> None:
    real = {
        f"{table}.{column}"
        for table, kinds in (await columns(world)).items()
        if table not in HASHED
        for column, kind in kinds.items()
        if kind in TEXTS
    }
    said = WORDS.keys() | ADDRESSES.keys() | CODES | OWN

    assert real - said == set(), "decide in store/written.py whether people write in it"
    assert said - real == set(), "there is no such column"
    assert not CODES & (WORDS.keys() | ADDRESSES.keys() | OWN)


OTHERS = ("person", "conversation", "group_reading", "policy", "lead", "handoff", "entry")
BOOKS = ("commitment", "fact", "routing_given", "trend", "campaign", "day_sum", "goal")


async def of_others(world: World, theirs: str = "") -> dict[str, list[str]]:
    """All rows of these tables but those of one handoff."""
    found = {}
    for table in (*OTHERS, *BOOKS):
        rows = await world.rows(f"select to_jsonb(x)::text from {table} x order by 1")
        found[table] = [row for (row,) in rows if not theirs or theirs not in row]
    counters = await world.rows("select counter || person from routing_book order by 1")
    return found | {"routing_book": [row for (row,) in counters]}


async def test_a_prospect_with_the_name_of_a_code_is_forgotten_and_nothing_of_others_changes(
    world: World, accepted: UUID
) -> None:
    """Whatever a qualifier types as a name: a pool, a role, a state, a campaign, a JSON literal;
    and whatever sums, dates and campaigns both leads speak of, none of which is anybody's number.
    """
    ravi = f"rep:{world.box.person('ravi').id}"
    needs = "1 000 000 parcels from 03/02/2026, 02.03.2026 at the latest, 10 000 000 then"
    await world.run("update lead set campaign = 'fair-20260302', needs = %s", needs)
    for n, name in enumerate(AS_CODES):
        mail = f"odd{n}@other.example"
        changes = {"contact_name": name, "contact_email": mail, "company": f"Northwind {n}"}
        changes |= {"campaign": "fair-20260302", "needs": needs}
        await world.say("quinn", "book")
        await world.brief(ravi, **changes)
        if not n:
            await world.press("quinn", "book")
        id = str(await world.newest_handoff())
        [(lead,)] = await world.rows("select lead::text from handoff where id = %s", id)
        assert lead == id
        before = await of_others(world, id)

        assert await personal_data.object_to_it(world.app.services, mail, sure=True, ask=None) == 0

        assert await of_others(world, id) == before, name
        [kept] = await world.rows("select contact_name, contact_email from lead where id = %s", id)
        assert kept == (GONE, "@other.example"), name
    await world.work()
    assert not any((await broken(world.app.services.stores.reads)).values())


async def test_of_a_leaver_the_words_of_others_lose_each_part_of_the_name_and_no_zone_does(
    world: World,
) -> None:
    """Sofia Patel once had a part in what is open still, of a prospect in Sofia."""
    id = await world.offer(needs="As Patel said, or Sofia; not Sofiane", pains="SOFIA  patel knows")
    await world.brief(company="Northwind", contact_email="b@b.example", needs="Patel, Sofia. Patel")
    ravi = world.box.person("ravi").id
    await world.run("update lead set contact_zone = 'Europe/Sofia'")
    await world.run("update person set name = 'Sofia Patel' where id = %s", ravi)
    await world.run(
        "update entry set detail = jsonb_build_object('to', %s::text, 'reason', 'Patel', 'note', "
        "E'said\\nSofia') where handoff = %s and n = (select min(n) from entry)",
        ravi,
        id,
    )
    letter = [{"words": 'Yours, "Sofia Patel"', "what": "Sofia Patel"}]
    async with world.app.services.stores.door.open() as tx:
        await tx.execute("update handoff set giving = null, letters = %s", [Jsonb(letter)])
        await forget_colleague(tx, ravi)
        left = await (
            await tx.execute("select letters from handoff where id = %s", [id])
        ).fetchone()
        await tx.execute("update handoff set letters = '[]'")
    assert left == ([{"words": f'Yours, "{NOBODY}"', "what": "Sofia Patel"}],)

    [(zone, needs, pains)] = await world.rows(
        "select contact_zone, needs, pains from lead where id = %s", id
    )
    assert zone == "Europe/Sofia"
    assert (needs, pains) == (f"As {NOBODY} said, or {NOBODY}; not Sofiane", f"{NOBODY} knows")
    other = await world.rows("select contact_zone, needs from lead where id <> %s", id)
    assert other == [("Europe/Sofia", f"{NOBODY}. Patel")]
    [(detail,)] = await world.rows("select detail from entry where detail ? 'note'")
    assert detail == {"to": ravi, "reason": NOBODY, "note": f"said\n{NOBODY}"}
    await world.press("rita", "accept")
    await world.work()
    assert await world.state(id) == "accepted"
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []


async def test_what_a_table_does_not_take_is_told_and_the_rest_is_forgotten(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    id = await world.offer_times()
    await world.run("update lead set pains = 'x', needs = 'Ines Prado' where id = %s", id)
    await world.brief(company="Northwind", contact_email="b@b.example", needs="Ask Ines Prado")
    await world.run("alter table lead add constraint odd check (needs <> 'Ask ' || '" + GONE + "')")

    assert await personal_data.object_to_it(world.app.services, INES, sure=True, ask=None) == 0

    assert "NOT removed: what others wrote of them in lead" in capsys.readouterr().out
    assert await world.rows("select contact_name from lead where id = %s", id) == [(GONE,)]
    await world.run("alter table lead drop constraint odd")


def test_a_name_is_looked_for_everywhere_only_where_it_is_a_full_one() -> None:
    known = {name: Words.of(name, ["-", "a@b.example"], GONE) for name in AS_CODES}
    assert {name for name, one in known.items() if one.whole != ("a@b.example",)} == {
        "Ports webinar",
        "Europe Lisbon",
    }
    assert not any(known[name].parts for name in ("1", "n/a"))
    assert Words.of("王 伟", [], GONE).whole == ("王 伟", "伟 王")
    assert Words.of("A B", [], GONE).whole == ()
    assert Words.of("Ursula von der Weyden", [], GONE).parts == ("Ursula", "Weyden")
    assert Words.of("张伟", [], GONE).parts == ("张伟",), "of two signs, in what is theirs alone"
    assert Words.of("Rita", [], GONE, ["Osa", "1", "+34 600 111 222"]).whole == (
        "+34 600 111 222",
        "Osa",
    )


@pytest.mark.parametrize(
    ("name", "whole", "written", "shared"),
    [
        ("Dana Weber (Sales)", "Dana Weber", "", ""),
        ("Weber, Dana", "Dana Weber", "", ""),
        ("Dr. Ana de la Cruz", "Cruz Ana de la", "", ""),
        ("Emily Post", "Emily Post", "", ""),
        ("Mark Price", "", "MARK PRICE", ""),
        ("Sales Team", "", "", "Team Sales"),
        ("Front Desk", "", "", "Front Desk"),
        ("Equipo de ventas", "", "", "Equipo de ventas"),
        ("E\u0301quipe Lyon", "", "", "E\u0301quipe Lyon"),
        ("Herr Weber", "", "", ""),
        ("Info", "", "", ""),
        ("Dana Weber, CEO", "Dana Weber", "", ""),
        ("Dana Weber - Sales Manager", "Dana Weber", "", ""),
        ("IT Manager", "", "", "IT Manager"),
        ("Data Protection Officer", "", "", "Data Protection Officer"),
        ("Der Geschäftsführer", "", "", "Der Geschäftsführer"),
        ("Not Available", "", "", "Not Available"),
        ("To Be Confirmed", "", "", "To Be Confirmed"),
        ("Keine Angabe", "", "", "Keine Angabe"),
        ("n.a. n.a.", "", "", "n.a. n.a."),
        ("担当者", "", "", "担当者"),
        ("カスタマーサポート", "", "", "カスタマーサポート"),
        ("采购部", "", "", "采购部"),
        ("담당자", "", "", "담당자"),
        ("김민수", "김민수", "", ""),
    ],
)
def test_what_says_a_task_or_a_place_is_nobodys_name(
    name: str, whole: str, written: str, shared: str
) -> None:
    found = Words.of(name, ["a@b.example"], GONE)
    elsewhere = [one for one in found.whole if one != "a@b.example"], found.written, found.shared
    assert [bool(ways) for ways in elsewhere] == [bool(whole), bool(written), bool(shared)]
    assert not any(
        way and way not in ways
        for way, ways in zip((whole, written, shared), elsewhere, strict=True)
    )


def test_a_company_of_no_letters_stands_beside_nothing() -> None:
    found = Words.of("Front Desk", ["a@b.example"], GONE, companies=["-", ", -", "3M", "x"])
    assert found.beside == ("a@b.example", "3M")
    assert re.fullmatch(pattern(["-"], "text").replace("[:alnum:]", "a-z"), "-")


async def test_a_desk_takes_its_name_out_of_what_is_theirs_and_of_nothing_else(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody typed the desk at which the prospect's call arrived; everybody speaks of desks."""
    mail, said = "info@contoso.example", "the front desk, Front  Desk"
    ravi = f"rep:{world.box.person('ravi').id}"
    await world.offer(contact_name="Front Desk", contact_email=mail)
    others = {
        "b@b.example": {"company": "Northwind", "needs": said},
        "c@c.example": {"company": "Northwind 3", "needs": f"{said} of {mail}"},
        "d@contoso.example": {"company": "contoso logistics", "needs": said},
    }
    for other, more in others.items():
        await world.brief(ravi, contact_email=other, **more)

    assert await personal_data.object_to_it(world.app.services, mail, sure=True, ask=None) == 0

    left = dict(await world.rows("select contact_email, needs from lead"))
    assert left == {
        "@contoso.example": "",
        "b@b.example": said,
        "c@c.example": f"the {GONE}, {GONE} of {GONE}",
        "d@contoso.example": f"the {GONE}, {GONE}",
    }
    assert "NOT removed: what they are called, in 1 texts" in capsys.readouterr().out


async def test_a_name_goes_in_every_spelling_and_of_ordinary_words_where_it_is_a_name(
    world: World,
) -> None:
    phone = "+49 170 1234567"
    ravi = f"rep:{world.box.person('ravi').id}"
    for n, (name, written, left) in enumerate(
        (
            ("Dana Weber", "Weber Dana, dana-weber; Dana\u00a0Weber: 0170/1234567", 4),
            ("José Peña", "Jose\u0301 Pen\u0303a, PEÑA JOSÉ", 2),
            ("田中太郎", "昨日田中太郎さんと話した, 田中", 1),
            ("Mark Price", "mark price as agreed, says Mark Price or MARK PRICE", 2),
            ("Łukasz Kjær", "Lukasz Kjaer, KJÆR ŁUKASZ", 2),
            ("Jørgen Yıldız", "Jorgen Yildiz, Joergen Yıldız", 2),
            ("Jose Pena", "José Peña, Jose\u0301 Pen\u0303a, PEÑA JOSÉ; José Pénard, José Pen", 3),
            (
                "Lukasz Mueller",
                "Łukasz Müller, MÜLLER ŁUKASZ, Lukasz Mu\u0308ller, Lukas Müller",
                3,
            ),
            ("Nguyen Van Anh", "Nguyễn Văn Ánh, Nguye\u0302\u0303n Va\u0306n Anh", 2),
            ("Not Available", "not available before May, Not Available", 0),
        )
    ):
        mail = f"one{n}@odd{n}.example"
        needs = f"Call {phone} from 02.03.2026 10.30 or 08.00-16.30 5"
        await world.brief(
            ravi, contact_name=name, contact_email=mail, company=f"Odd {n}", needs=needs
        )
        other = {"contact_email": f"b{n}@b.example", "company": f"Northwind {n}"}
        await world.brief(ravi, **other, needs=f"{written} from 02.03.2026 10.30")

        assert await personal_data.object_to_it(world.app.services, mail, sure=True, ask=None) == 0
        await world.work()

        [(needs,)] = await world.rows(
            "select needs from lead where contact_email = %s", other["contact_email"]
        )
        assert needs.count(GONE) == left, needs
        assert needs.endswith(" from 02.03.2026 10.30")
        assert ("mark price as agreed" in needs) == (name == "Mark Price")


@pytest.mark.parametrize(
    ("name", "theirs", "others"),
    [
        ("Dana Weber", ("weber.example", "dr-weber-law.example", "mail.danaweber.example"), ()),
        ("Bo Li", ("boli.example", "bo-li.example", "li.bo.example", "libo.example"), ()),
        ("Bo Li", ("bo.example", "mail.li.example"), ("bologna.example", "italia.example")),
        ("Jürgen Müßig", ("xn--jrgen-kva.example", "muessig.example", "mussig.example"), ()),
        ("José Peña", ("pena.example", "PENA.example", "peña.example"), ("pen.example",)),
        ("Jose Pena", ("xn--pea-8ma.example", "joseé.example"), ()),
        ("Sean O'Shea", ("oshea.example", "o-shea.example"), ("shop.example",)),
        ("J. Vu", ("jvu.example", "vu.example"), ("j.example", "deja-vu.example", "vu")),
        ("Al Co", ("alco.example",), ("shop.co.uk",)),
        ("", (), ("x.example",)),
        ("1", (), ("1.example",)),
    ],
)
def test_a_domain_that_is_somebodys_name_is_told_from_those_that_are_not(
    name: str, theirs: tuple[str, ...], others: tuple[str, ...]
) -> None:
    assert [domain for domain in theirs if not in_domain(name, domain)] == []
    assert [domain for domain in others if in_domain(name, domain)] == []


async def test_a_number_that_is_written_of_several_companies_is_nobodys_own(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hotline that a qualifier gives everybody goes with none of them, unless it is said."""
    hotline, own = "0800 330 00 77", "+351 912 345 678"
    ravi = f"rep:{world.box.person('ravi').id}"
    await world.brief(ravi, contact_email=INES, needs=f"Told to call {hotline}; hers is {own}")
    others = {
        "b@b.example": ("Northwind", f"Has {hotline.replace(' ', '')}, asks {own}"),
        "c@c.example": ("Northwind 3", f"knows {hotline}"),
        "d@contoso.example": ("contoso logistics", f"has {hotline} and {own}"),
    }
    for mail, (company, needs) in others.items():
        await world.brief(ravi, contact_email=mail, company=company, needs=needs)

    assert await personal_data.object_to_it(world.app.services, INES, sure=True, ask=None) == 0
    await world.work()

    async def left() -> dict[str, str]:
        return dict(await world.rows("select contact_email, needs from lead where needs <> ''"))

    assert await left() == {mail: needs.replace(own, GONE) for mail, (_, needs) in others.items()}
    said = capsys.readouterr().out
    assert f"NOT removed: {hotline}, which is written of other companies" in said
    assert "run person forget for them with --also and the number" in said
    mail = "d@contoso.example"
    await world.run("update lead set needs = %s where contact_email = 'c@c.example'", "none")
    assert await personal_data.object_to_it(world.app.services, mail, sure=True, ask=None) == 0
    assert (await left())["b@b.example"] == f"Has {GONE}, asks {GONE}", "of one other it may be"

    await world.run("update lead set needs = %s where contact_email = 'c@c.example'", hotline)
    again = partial(personal_data.forget, world.app.services, INES, policy_text="", ask=None)
    assert await again([hotline], sure=False) == 2
    assert (await left())["c@c.example"] == hotline
    assert await again([hotline], sure=True) == 0
    assert (await left())["c@c.example"] == GONE, "an administrator has said so"
    assert f"{hotline} in 1 texts" in capsys.readouterr().out


async def test_a_domain_with_a_name_of_two_letters_goes_with_it(world: World) -> None:
    for name, mail in (("Bo Li", "me@boli.example"), ("José Peña", "me@pena.example")):
        await world.brief(contact_name=name, contact_email=mail, company=mail)
        assert await personal_data.object_to_it(world.app.services, mail, sure=True, ask=None) == 0
        await world.work()
    assert await world.rows("select distinct contact_email from lead") == [("",)]


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("0170 1234567 or +49 (0)170 1234567", ["0170 1234567", "+49 (0)170 1234567"]),
        ("01.23.45.67.89, 01 23 45 67 89", ["01.23.45.67.89", "01 23 45 67 89"]),
        ("02.03.2026 10.30, 02.03.26 10.30; (02-03-2026 1030) 02 03 2026 1030", []),
        ("open 08.00-16.30 5 days, 08:00 - 16:30 500", []),
        ("1 000 000 parcels, 10.000.000,00", []),
    ],
)
def test_a_date_an_hour_and_a_sum_are_no_telephone_number(text: str, phones: list[str]) -> None:
    assert _phones(text) == phones


async def test_a_colleague_called_as_a_pool_goes_out_of_the_notes_of_the_policy_alone(
    world: World,
) -> None:
    lines = '[pools."Reps EMEA"]  # for Reps EMEA\nname = "Reps EMEA # 1"\n'
    await world.run("update policy set text = %s || text", lines)
    ravi = world.box.person("ravi")
    await world.run("update person set name = 'Reps EMEA' where id = %s", ravi.id)
    async with world.app.services.stores.door.open() as tx:
        await forget_colleague(tx, ravi.id)
        row = await (await tx.execute("select text from policy")).fetchone()
        await tx.execute("update policy set text = substr(text, %s)", [len(lines) + 1])
    assert row
    assert row[0].startswith(lines.replace("# for Reps EMEA", f"# for {NOBODY}"))


def test_a_reason_that_is_a_code_stays_in_the_timeline_though_somebody_is_called_so() -> None:
    now = {"brief": GONE, "as Brief said": GONE}
    coded = {"reason": "brief", "why": "as Brief said", "note": "brief"}
    kept = {"reason": "brief", "why": GONE, "note": GONE}
    assert _replaced(coded, WORDS["entry.detail"], now) == kept


def test_a_line_of_the_policy_names_nobody_whose_name_is_part_of_a_word() -> None:
    """Or they could never be forgotten: there is no such line to take out."""
    policy = "# the same, samples\nleaders = ['joann@x.example']\n# Dana\u00a0WEBER, Sam\n"

    def named(name: str, *mails: str) -> str:
        found = Found(id="x", name=name, mails=mails, named=False, present=False, leads=())
        return personal_data._named(found, policy)

    assert named("Sam", "sam@x.example") == "line 3"
    assert named("Sample", "ann@x.example") == ""
    assert named("Joann Li", "JOANN@x.example") == "line 2"
    assert named("Dana", "d@x.example") == "line 3"
    assert named("", "") == ""


async def test_a_sum_and_a_number_of_another_country_are_not_theirs(world: World) -> None:
    said = pattern(["+34 600 111 222"], "text")
    for text in ("1 600 111 222 kg", "+43 600 111 222", "(+43) 600111222", "600 111 222 333"):
        assert await world.rows("select %s ~ %s", text, said) == [(False,)], text
    for text in ("600 111 222", "0034600111222", "1, 600111222."):
        assert await world.rows("select %s ~ %s", text, said) == [(True,)], text


async def test_a_number_that_stands_for_none_and_thousands_take_no_sum_along(world: World) -> None:
    for none in ("000000000", "0000 0000", "+1 000 0000", "0800 000000", "111 111 1111"):
        assert not is_number(none), none
    for theirs, others in (
        ("+49 30 500000", ("30.500.000 parcels", "30 500 000 EUR", "1.030.500.000")),
        ("+353 1 500 0000", ("15.000.000 EUR", "15 000 000")),
    ):
        said = pattern([theirs], "text")
        for text in others:
            assert await world.rows("select %s ~ %s", text, said) == [(False,)], text
        assert await world.rows("select %s ~ %s", f"call {theirs}.", said) == [(True,)], theirs
    switchboard = pattern(["+49 30 500000"], "text")
    for text in ("030 500000", "030/500000", "30500000"):
        assert await world.rows("select %s ~ %s", text, switchboard) == [(True,)], text


async def test_a_text_four_times_as_long_takes_four_times_as_long_to_look_through(
    world: World,
) -> None:
    """And not sixteen times, however nearly it is somebody's name or number again and again."""
    known = ["+49 170 1234567", "0170 1234567", "dana.weber@x.example"]
    said = pattern(Words.of("José Dana O'Weber", known, GONE).whole, "text")
    units = (
        "Dana ",
        "José Dana ",
        "O'Weber, José-",
        "1 ",
        "+49 0 170 ",
        "017012345670170",
        "e\u0301 ",
    )

    async def takes(unit: str, signs: int) -> float:
        text = unit * (signs // len(unit))
        best = float("inf")
        for _ in range(3):
            began = perf_counter()
            await world.rows("select regexp_replace(%s, %s, '', 'gi') = ''", text, said)
            best = min(best, perf_counter() - began)
        return best

    for unit in units:
        for _ in range(5):  # whatever else the machine has to do
            much = await takes(unit, 100_000) / await takes(unit, 25_000)
            if much < 8:
                break
        assert much < 8, unit
