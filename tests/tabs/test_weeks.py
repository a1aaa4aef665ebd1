"""The page of reports: as they were sent, each figure with its list, for who was sent them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from random import Random
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from handoff.asked import escaped
from handoff.figures import Unit
from handoff.model import MeetingOutcome
from handoff.scope import By
from handoff.weekly import ITEMS, SECTIONS, UNSAID, Item
from markup import visible
from tests.journeys.rotation import policy
from tests.journeys.test_weekly_report import TOLD, minute
from tests.store.test_figures import FACT
from tests.tabs.opened import opens
from tests.world import World

NOT_THEIRS = (
    *("/weeks/2026-03-09", "/weeks/2031-03-03", "/weeks/2026-03-03", "/weeks/soon", "/weeks/0"),
    *("/weeks/2026-03-02/", "/weeks/2026-03-02/kept", "/weeks/2026-03-02/kept/below"),
    *("/weeks/2026-03-02/accepted/person.nobody", "/weeks/2026-03-02/accepted/below"),
    *("/weeks/2026-03-02/accepted/organisation", "/weeks/2026-03-02/accepted/moon.x"),
    *("/weeks/2026-03-02/fell_through-code/organisation/-", "/weeks/٢٠٢٦-03-02"),
)


async def test_whoever_was_sent_a_report_finds_it_with_the_list_behind_each_figure(
    world: World, accepted: UUID
) -> None:
    assert "There is no report yet." in (await opens(world, "rita", "/weeks")).reads
    await minute(world, TOLD)
    rita = world.box.person("rita").id

    own = await opens(world, "rita", "/weeks")
    assert own.status == 200
    assert "The week of 2 to 8 March 2026" in own.reads
    for section in SECTIONS:
        assert section.title in own.reads
    assert "Counted by the rules of version 1." in own.reads
    assert "Mara" not in own.html
    assert "Quinn" not in own.html
    mine = f"/weeks/2026-03-02/accepted/person.{escaped(rita)}"
    assert f'href="/tab{mine}"' in own.html
    behind = await opens(world, "rita", mine)
    assert "1 in the week of 2 to 8 March 2026" in behind.reads
    assert "Contoso Logistics" in behind.reads

    led = await opens(world, "helen", "/weeks/2026-03-02")
    assert "Mara Lind’s team" in led.reads
    assert "Rita Osei" in led.reads
    links = set(re.findall(r'href="(/tab/weeks/2026-03-02/[^"]+)"', led.html))
    assert "/tab/weeks/2026-03-02/handed_over/below" in links
    for link in links:
        page = await opens(world, "helen", link.removeprefix("/tab"))
        assert page.status == 200, link
        assert "0 in the week" not in page.reads, link
    looks = await world.rows(
        "select distinct what from look where whose = %s and by = %s",
        rita,
        world.box.person("helen").id,
    )
    assert ("weekly",) in looks


async def test_what_is_otherwise_by_now_stands_beside_what_was_sent(
    world: World, accepted: UUID
) -> None:
    for day in (3, 4, 5, 6):
        await world.until(datetime(2026, 3, day, 14, tzinfo=UTC))  # nobody says how it went
    await minute(world, TOLD)
    before = await opens(world, "rita", "/weeks/2026-03-02")
    assert 'id="otherwise"' not in before.html

    world.clock.set(TOLD + timedelta(hours=2))
    await world.press(
        "rita", "how_it_went", await world.found("rita", "how_it_went"), outcome="held"
    )

    after = await opens(world, "rita", "/weeks/2026-03-02")
    assert 'id="otherwise"' in after.html
    assert re.search(r"You: Overdue\s+1\s+0", after.reads)
    rita = escaped(world.box.person("rita").id)
    sent = await opens(world, "rita", f"/weeks/2026-03-02/overdue/person.{rita}")
    assert "1 in the week" in sent.reads, "the list is that of what was sent"
    assert "As it was sent, with what was known until Mon 9 Mar" in sent.reads
    assert "By now it comes to 0." in sent.reads, "and says so where it is otherwise"
    same = await opens(world, "rita", f"/weeks/2026-03-02/accepted/person.{rita}")
    assert "As it was sent" in same.reads
    assert "By now" not in same.reads


async def test_what_one_person_changed_since_is_no_difference_that_others_read(
    world: World, accepted: UUID
) -> None:
    """Who sees no names reads that the organisation kept one more once enough of them did."""
    in_it = datetime(2026, 3, 4, 12, tzinfo=UTC)

    async def had(people: int, known: datetime, what: str = "kept", code: str = "answer") -> None:
        fact = FACT.replace("'missed'", f"'{what}'").replace("'answer'", f"'{code}'")
        for n in range(people):
            await world.run(fact, in_it, known, f"p{n}", "emea", "EMEA")

    await had(8, in_it)
    await had(8, in_it, "kept", "book")
    await had(8, in_it, "missed", "reply")
    await minute(world, TOLD)
    await had(1, TOLD + timedelta(minutes=1))
    world.clock.set(TOLD + timedelta(minutes=2))
    one = await opens(world, "ravi", "/weeks/2026-03-02")
    assert "The whole organisation" in one.reads
    assert 'id="otherwise"' not in one.html

    await had(6, TOLD + timedelta(minutes=3))
    world.clock.set(TOLD + timedelta(minutes=4))
    several = await opens(world, "ravi", "/weeks/2026-03-02")
    assert "The whole organisation: Kept in time" in several.reads


async def test_a_list_of_leads_of_weeks_before_says_of_which_week_they_are(
    world: World, accepted: UUID
) -> None:
    await minute(world, TOLD)
    for key, week in (
        ("handed_over", "2 to 8 March 2026"),
        ("met_of_handed_over", "2 to 8 February 2026"),
        ("won_of_handed_over", "8 to 14 December 2025"),
    ):
        behind = await opens(world, "helen", f"/weeks/2026-03-02/{key}/below")
        assert f"in the week of {week}" in behind.reads


async def test_nobody_opens_what_was_not_sent_to_them(world: World, accepted: UUID) -> None:
    await minute(world, TOLD)
    quinn = escaped(world.box.person("quinn").id)

    for path in (*NOT_THEIRS, f"/weeks/2026-03-02/accepted/person.{quinn}"):
        page = await opens(world, "rita", path)
        assert page.status == 404, path
        assert "Contoso" not in page.reads, path
    assert (await opens(world, "ada", "/weeks/2026-03-02")).status == 404, "who is none of sales"


async def test_under_a_works_council_a_report_names_nobody_to_whoever_leads(
    world: World, accepted: UUID
) -> None:
    await policy(world, ("[[pools]]", "[figures]\nworks_council = true\n\n[[pools]]"))
    await minute(world, TOLD)

    page = await opens(world, "helen", "/weeks/2026-03-02")

    assert page.status == 200
    for name in ("Rita", "Quinn", "Ravi"):
        assert name not in page.html
    assert "not shown" in page.reads, "what is about two people"


async def test_a_works_council_holds_for_reports_that_were_made_before_it(
    world: World, accepted: UUID
) -> None:
    await minute(world, TOLD)
    before = await opens(world, "helen", "/weeks/2026-03-02")
    assert "Rita Osei" in before.reads

    await policy(world, ("[[pools]]", "[figures]\nworks_council = true\n\n[[pools]]"))
    page = await opens(world, "helen", "/weeks/2026-03-02")
    await world.say("helen", "report")

    assert page.status == 200
    for name in ("Rita", "Quinn", "Ravi"):
        assert name not in page.html
        assert name not in world.reads("helen")
    for line in ("Mara Lind’s team", "Your teams"):
        assert line not in page.reads, "its sums were made when everyone in it was shown"
    assert "Rita Osei" not in (await opens(world, "mara", "/weeks/2026-03-02")).reads
    assert "You:" in (await opens(world, "rita", "/weeks/2026-03-02")).reads, "her own stays hers"


async def test_whoever_leads_somebody_no_more_reads_them_in_no_report(
    world: World, accepted: UUID
) -> None:
    await minute(world, TOLD)
    rita = world.box.person("rita").id
    assert "Rita Osei" in (await opens(world, "mara", "/weeks/2026-03-02")).reads

    await world.run("update person set managers = '{}' where id = %s", rita)
    page = await opens(world, "mara", "/weeks/2026-03-02")

    assert page.status == 200
    assert "Rita" not in page.html


async def test_a_report_says_nothing_twice_and_folds_what_a_phone_does_not_need(
    world: World, accepted: UUID
) -> None:
    await world.pass_(days=4)
    await minute(world, TOLD)
    page = await opens(world, "helen", "/weeks/2026-03-02")

    own = page.html.partition('id="yours"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr role=\"row\"><th scope=\"row\".*?</tr>", own)
    whose = [visible(re.sub(r"</th>.*", "", row)).strip() for row in rows]
    assert whose[0] == "You"
    assert len(whose) > 2
    assert whose[1:] == sorted(whose[1:]), "nobody is ranked"
    assert "Your team" not in whose, "you and a team of you alone are one row"
    for code in ("conversion", "people", "archive"):
        section = page.html.partition(f'id="{code}"')[2].partition("</section>")[0]
        before, _, folded = section.partition("<details")
        assert "<table" not in before
        assert code == "archive" or "<table" in folded


WORLDS = 40
CODES = {
    "fell_through": ("cancelled", "called_off", "prospect_called_off", "invite_gone"),
    "took_place": tuple(one.value for one in MeetingOutcome),
    "sent_back": ("", "wrong_person", "no_need"),
    "overdue": tuple(sorted(UNSAID)),
}
BAR = re.compile(r"<title>(.*?): (\d.*?)</title>")
FIGURE = re.compile(r"<figure>.*?</figure>")
NOTHING = ("No appointment", "Nobody has said", "Nothing that was due")


def _one(item: Item, chance: Random, most: int) -> Any:
    """As it is kept: so many, or so many of so many, or not shown."""
    if chance.random() < 0.1:
        return None
    bottom = chance.choice((0, chance.randint(1, most)))
    match item.of.unit:
        case Unit.SHARE:
            return [chance.randint(0, bottom), bottom]
        case Unit.MONEY:
            return {"EUR": bottom * 100} if bottom else {}
        case _:
            return bottom


def _week(chance: Random) -> dict[str, Any]:
    """What a week came to, whatever it was: of the leads of one week as many in each share."""
    numbers: dict[str, Any] = {}
    for item in ITEMS:
        told: dict[str, Any] = {"whole": _one(item, chance, 40)}
        if item.by in (By.CODE, By.REASON):
            codes = CODES[item.figure]
            some = chance.sample(codes, chance.randint(0, len(codes)))
            told["parts"] = {code: _one(item, chance, 9) for code in some}
        numbers[item.key] = told
    for figure, by in (("fell_through", "code"), ("sent_back", "reason")):
        counts = [one or 0 for one in numbers[f"{figure}-{by}"]["parts"].values()]
        if numbers[figure]["whole"] is not None:
            numbers[figure]["whole"] = sum(counts)
    of = chance.randint(1, 40)
    for step in ("met", "opportunity"):
        numbers[f"{step}_of_handed_over"]["whole"] = chance.choice(
            (None, [chance.randint(0, of), of])
        )
    return numbers


def _pictures(html: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """The sentence above each picture, the one for whoever does not see it, and its bars."""
    for figure in FIGURE.findall(html):
        [caption] = re.findall("<figcaption>(.*?)</figcaption>", figure)
        [label] = re.findall(r'<svg[^>]*aria-label="(.*?)"', figure)
        bars = [(unescape(name), unescape(says)) for name, says in BAR.findall(figure)]
        yield visible(caption).strip(), unescape(label), bars


async def test_the_sentence_of_each_picture_tells_each_of_its_bars_whatever_the_week(
    world: World, accepted: UUID
) -> None:
    await minute(world, TOLD)
    drawn, kinds = 0, set[str]()
    for seed in range(WORLDS):
        chance = Random(seed)
        await world.run(
            "update weekly_line set now = %s, before = %s where kind = 'below' and whose = %s",
            Jsonb(_week(chance)),
            Jsonb(_week(chance)),
            world.box.person("helen").id,
        )
        page = await opens(world, "helen", "/weeks/2026-03-02")
        assert page.status == 200
        for caption, label, bars in _pictures(page.html):
            assert caption == label
            assert not caption.startswith(NOTHING), (seed, caption)
            for name, says in bars:
                share = re.fullmatch(r"(?:(\d+) % \()?(\d+) of \d+\)?", says)
                said = share[2] if share else says
                assert re.search(rf"\b{said}\b", caption), (seed, name, says, caption)
                if share and share[1]:
                    assert f"({share[1]} %)" in caption, (seed, name, says, caption)
                if " × " in caption:
                    assert f"{says} × {name}".casefold() in caption.casefold(), (seed, caption)
                drawn += 1
                kinds.add(name)
    assert drawn > 200
    assert {"Accepted", "Won", "Opportunities", "Nobody took it in time"} <= kinds


async def test_what_was_won_is_no_bar_of_promises(world: World, accepted: UUID) -> None:
    """A share of promises kept, however low, is drawn among no successes."""
    await minute(world, TOLD)
    numbers = {
        "opportunity": {"whole": 2},
        "won": {"whole": 2},
        "worth_won": {"whole": {"EUR": 150_000}},
        "kept_of_due": {"whole": [1, 9]},
    }
    await world.run("update weekly_line set now = now || %s where kind = 'below'", Jsonb(numbers))
    page = await opens(world, "helen", "/weeks/2026-03-02")
    section = page.html.partition('id="successes"')[2].partition("</section>")[0]
    [(caption, _, bars)] = _pictures(section)
    assert caption == "2 leads became a deal, and 2 deals were won, worth €1,500."
    assert [says for _, says in bars] == ["2", "2"]
    assert "1 of 9 promises were kept in time." in visible(section)
