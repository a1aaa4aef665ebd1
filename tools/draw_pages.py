"""Takes a picture of every page of the tab, of a made-up company: on the desktop in light, dark and
contrast, on a phone, and as it is printed; of the mail and the card of its week too:
build/pages/*.png.

python -m tools.draw_pages [part of a name]; needs Chromium.
"""

import asyncio
import html
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page
from rich.progress import track

from cards.weekly_report import Names, weekly_card, write_weekly_mail
from commands import goal_lists
from commands.lead_files import table
from handoff.asked import escaped
from handoff.effects import ReportWeek, Sweep
from handoff.goals import COLUMNS
from handoff.weekly import Report
from postgres import embedded
from tests.beginnings import Beginning, prepare
from tests.browser.desk import CHROMIUM, browser
from tests.commands import ROOT
from tests.tabs.opened import opens
from tests.world import World, a_world
from tools.draw_cards import WIDTHS, lay_out, show
from tools.seed import Plan, seed

FOLDER = ROOT / "build" / "pages"
SHOW = """(part) => {
    document.getElementById("page").outerHTML = part;
    const { page: code } = document.getElementById("page").dataset;
    const chosen = document.querySelector(`nav [data-page="${code}"]`);
    chosen?.setAttribute("aria-current", "page");
}"""
LOOKS_AT_THE_CLOCK = 5
PATIENCE = 120.0  # seconds for a report, on a machine that has much to do besides
WEEK_OVER = datetime(2026, 3, 9, 0, 10, tzinfo=UTC)
LEADS, TEAMS = 1_500, (8, 8, 7, 6, 3)  # of a year, and how many people are in each team
REPS = ("rita", "ravi", "rosa")
COMPANIES = ("Contoso Logistics", "Fabrikam Freight", "Northwind Traders", "Litware", "Adatum")


@dataclass(frozen=True, slots=True)
class Looks:
    name: str
    theme: str = "default"
    width: int = 1024
    printed: bool = False


LOOKS = (
    Looks("light"),
    Looks("dark", "dark"),
    Looks("contrast", "contrast"),
    Looks("phone", width=360),
    Looks("phone-dark", "dark", width=320),
    Looks("print", width=760, printed=True),
)
PAGES: Mapping[str, tuple[str, str]] = {
    "mine of a rep": ("rita", "/mine"),
    "mine of a qualifier": ("quinn", "/mine"),
    "mine with nothing in it": ("ada", "/mine"),
    "a handoff": ("mara", "/handoff/{newest}"),
    "a handoff of others": ("theo", "/handoff/{newest}"),
    "team of a head of sales": ("helen", "/team"),
    "team of a head of sales in a year": ("helen", "/team/below/2026"),
    "team of a manager": ("mara", "/team"),
    "team of a manager in a year": ("mara", "/team/team.{mara}/2025"),
    "a person of the team": ("mara", "/team/person.{rita}/4w"),
    "team of who leads nobody": ("rita", "/team"),
    "a list": ("helen", "/list/kept_of_due/below/4w"),
    "a time that has not begun": ("helen", "/team/below/2031"),
    "campaigns": ("milo", "/campaigns"),
    "one campaign": ("milo", "/campaigns/campaign.{campaign}/2026"),
    "campaigns of who owns none": ("rita", "/campaigns"),
    "weeks of a head of sales": ("helen", "/weeks"),
    "weeks of a rep": ("rita", "/weeks"),
    "weeks of who owns campaigns": ("milo", "/weeks"),
    "the list behind a week": ("helen", "/weeks/2026-03-02/handed_over/below"),
    "fairness for a rep": ("rita", "/fairness"),
    "fairness for a manager": ("mara", "/fairness/emea"),
    "rules": ("rita", "/rules"),
    "keys": ("helen", "/keys"),
    "keys of who has none": ("rita", "/keys"),
    "a region": ("rita", "/team/region.EMEA/2026"),
    "configuration": ("mara", "/configure"),
    "no such page": ("rita", "/nothing"),
}
SENT = {  # of the week: a mail, or a card
    "the week's mail of a head of sales": "helen",
    "the week's mail of who owns campaigns": "milo",
    "the week's card of a head of sales": "helen",
    "the week's card of a rep": "rita",
    "the week's card of who owns campaigns": "milo",
}
MAIL = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A mail</title><main>{}</main>'
"""As a client of mail shows it."""


async def live(world: World) -> None:
    """Some leads of every kind: answered, late, sent back, met, and waiting."""
    for n, company in enumerate(COMPANIES):
        await world.offer(REPS[n % len(REPS)], company=company, contact_email=f"p@c{n}.example")
        if n % 2 == 0:
            await world.press(REPS[n % len(REPS)], "accept")
    await world.pass_(hours=6)
    await world.offer("rita", company="Wide World Importers", contact_email="x@wwi.example")
    await world.pass_(days=1)
    await world.pass_(days=1)
    await world.until(WEEK_OVER)
    await aims(world)
    await reported(world)


async def reported(world: World) -> None:
    """The report of the week is made, which waits until all that was due in it has rung."""
    stores, helen = world.app.services.stores, world.box.person("helen").id
    for _ in range(LOOKS_AT_THE_CLOCK):
        await stores.door.follow(Sweep())
        await world.work()
        await stores.door.follow(ReportWeek())
        await world.app.work(wait=False, grace=PATIENCE)
        if await stores.weekly.archive(helen, 1):
            return
    raise RuntimeError("the week has no report")


async def aims(world: World) -> None:
    """Goals for a team, a person, a region and all, and a key that a program has of Helen."""
    services, mara, rita = world.app.services, world.box.person("mara"), world.box.person("rita")
    head, year = "figure;of;whose;since;until;target", "2026-01-01;2026-12-31"
    rows = (
        f"accepted;organisation;;{year};1200",
        f"accepted;team;{mara.mail};{year};300",
        f"kept_of_due;team;{mara.mail};{year};90 %",
        f"accepted;person;{rita.mail};{year};40",
        f"kept_of_due;person;{rita.mail};{year};95 %",
        f"met;region;EMEA;{year};200",
    )
    goals = table("\n".join((head, *rows)).encode(), columns=COLUMNS)
    if await goal_lists.take_in(services, "goals.csv", goals):
        raise RuntimeError("a goal of the pictures is none")
    async with services.stores.door.open() as tx:
        keys, helen = services.stores.figure_keys, world.box.person("helen").id
        await keys.make(tx, helen, "Power BI", timedelta(days=90), world.clock())


async def draw(wanted: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    names = [name for name in PAGES if wanted in name]
    sent = [name for name in SENT if wanted in name]
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        await prepare(url)
        async with a_world(url, begins=Beginning.INSTALLED) as world, browser() as page:
            await seed(
                url, Plan(handoffs=LEADS, until=world.clock(), years=1, pools=6, teams=TEAMS)
            )
            await world.offer("rita")
            await world.press("rita", "accept")
            await live(world)
            await page.route("**/*.js", lambda route: route.abort())
            for name in track(names, "pages"):
                for looks in LOOKS:
                    await _draw(world, page, name, looks)
            for name in track(sent, "the week"):
                await _draw_sent(world, page, name)
    (FOLDER / "index.html").write_text(_index([*names, *sent]), encoding="utf-8")


async def addressed(world: World) -> dict[str, str]:
    """What stands in the addresses of PAGES: who is who, the newest handoff and a campaign."""
    [(newest,)] = await world.rows("select max(number)::text from handoff")
    people = {person.key: escaped(person.id) for person in world.box.directory}
    [(campaign,)] = await world.rows(
        "select code_key from campaign where owner = %s order by code limit 1",
        world.box.person("milo").id,
    )
    return {**people, "newest": newest, "campaign": escaped(campaign)}


async def _draw(world: World, page: Page, name: str, looks: Looks) -> None:
    """The shell with the page in it, as its script puts it there."""
    who, path = PAGES[name]
    ids = await addressed(world)
    part = await opens(world, who, path.format_map(ids))
    await page.set_viewport_size({"width": looks.width, "height": 200})
    await page.emulate_media(
        media="print" if looks.printed else "screen",
        forced_colors="active" if looks.theme == "contrast" else "none",
        color_scheme="light" if looks.theme == "default" else "dark",
    )
    await page.goto(f"{world.url}/tab?theme={looks.theme}")
    await page.evaluate(SHOW, part.html)
    await page.screenshot(path=FOLDER / _file(name, looks), full_page=True)


async def _draw_sent(world: World, page: Page, name: str) -> None:
    """As it is read on the desktop and on a phone, light and dark. Mail has no looks of its own."""
    report, names = await of_the_week(world, SENT[name])
    tab = world.app.services.tab
    card = "card" in name
    await page.emulate_media(media="screen", forced_colors="none", color_scheme="light")
    await page.goto("about:blank")  # out of what the tab lets nobody bring in
    if card:
        await lay_out(page)
    else:
        await page.set_content(MAIL.format(write_weekly_mail(report, names, tab).html))
    for looks in LOOKS:
        if looks.theme == "contrast" or looks.printed:
            continue
        dark = looks.theme == "dark"
        if card:
            device = "phone" if looks.width < WIDTHS["desktop"] else "desktop"
            await show(page, weekly_card(report, names, tab), "dark" if dark else "light", device)
        elif dark:
            continue
        else:
            await page.set_viewport_size({"width": looks.width, "height": 200})
        await page.screenshot(path=FOLDER / _file(name, looks), full_page=True)


async def of_the_week(world: World, who: str) -> tuple[Report, Names]:
    """Their newest report, and how those are called who stand in it."""
    stores = world.app.services.stores
    viewer = await stores.people.here(world.box.person(who).id)
    policy = await stores.policies.current()
    report = await stores.weekly.of(await stores.figures.scope(viewer, policy))
    assert report
    people, campaigns = await stores.weekly.called(report)
    return report, Names(people=people, campaigns=campaigns, policy=policy, viewer=viewer)


def _file(name: str, looks: Looks) -> str:
    plain = name.replace(" ", "-").replace("'", "")
    return f"{plain}-{looks.name}.png"


def _index(names: list[str]) -> str:
    """All of them on one page."""
    rows = [
        f"<h2>{html.escape(name)}</h2>"
        + "".join(
            f'<img alt="{looks.name}" src="{_file(name, looks)}"> '
            for looks in LOOKS
            if (FOLDER / _file(name, looks)).exists()
        )
        for name in names
    ]
    return '<!doctype html><meta charset="utf-8"><title>Pages</title>' + "\n".join(rows)


def main() -> None:
    if CHROMIUM is None:
        sys.exit("no browser here: apt-get install chromium")
    asyncio.run(draw(" ".join(sys.argv[1:])))
    print(FOLDER / "index.html")


if __name__ == "__main__":
    main()
