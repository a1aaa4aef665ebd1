"""Every page of the tab that an address leads to, in every look of Teams and as it is printed: a
screen reader and a keyboard meet nothing in their way. Pages are found in the routes, so that a new
one is looked at here without anybody adding it.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, product
from typing import Any

import pytest
from playwright.async_api import Frame, FrameLocator, Page

from handoff.asked import escaped
from handoff.effects import ReportWeek
from handoff.figures import Period
from handoff.scope import Kind
from tabs.shell import THEMES
from tabs.site import PATH
from tests.browser.axe import in_the_way
from tests.browser.desk import NO_BROWSER, browser
from tests.browser.tab import framed_by_teams
from tests.tabs.opened import opens
from tests.tabs.test_taking_along import key_of
from tests.thoroughness import THOROUGH
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("trial"), NO_BROWSER]

READERS = ("helen", "mara", "rita", "milo")  # of whom the first sees it who may
NO_PAGE = ("file/", "take/", "{any")  # a file, the address of one, and what there is not
PARAMETER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
FOCUSABLE = "a[href], button, input, select, summary"
REACHED = """() => {
    const one = document.activeElement;
    return one && one.matches(%r) ? (one.dataset.nth ?? "") : "";
}"""
LINKS = """() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    const all = [...document.querySelectorAll(%r)].filter((one) => one.checkVisibility());
    const drawn = all.filter((one) => one.closest("svg"));
    const others = all.filter((one) => !one.closest("svg"));
    const stops = new Set(); // one for a group of radio buttons, in which arrows lead on
    others.forEach((one, n) => {
        one.dataset.nth = one.type === "radio" ? one.name : `${n}`;
        stops.add(one.dataset.nth);
    });
    const there = new Set(others.map((one) => one.getAttribute("href")));
    const alone = drawn.map((one) => one.getAttribute("href")).filter((to) => !there.has(to));
    return [[...stops], alone];
}"""


@dataclass(frozen=True, slots=True)
class Opened:
    who: str
    path: str


def patterns(world: World) -> Iterator[str]:
    """What follows /tab/ in each address that has a page."""
    for route in world.app.site.router.routes():
        info = route.resource.get_info() if route.resource else {}
        said = str(info.get("formatter") or info.get("path") or "")
        if route.method == "GET" and said.startswith(f"{PATH}"):
            rest = said.removeprefix(PATH).lstrip("/")
            if not rest.startswith(NO_PAGE):
                yield rest


async def meant(world: World) -> Mapping[str, Sequence[str]]:
    """What may stand in an address, by the name of its place: of the ground one of every kind."""
    [(newest,)] = await world.rows("select max(number) from handoff")
    [(week,)] = await world.rows("select max(week) from weekly_report")
    mara, rita = (escaped(world.box.person(who).id) for who in ("mara", "rita"))
    which = {
        Kind.PERSON: f".{rita}",
        Kind.TEAM: f".{mara}",
        Kind.POOL: ".emea",
        Kind.REGION: ".EMEA",
        Kind.CAMPAIGN: ".p1",
    }
    return {
        "number": [str(newest)],
        "ground": [f"{kind.value}{which.get(kind, '')}" for kind in Kind],
        "time": ["4w"],
        "by": ["rep", "week", "campaign"],
        "part": [rita, f"{Period.week_of(world.clock().date()).since:%G-W%V}", "p1", "held"],
        "from": ["0"],
        "figure": ["kept_of_due", "handed_over"],
        "week": [week.isoformat()],
        "key": ["handed_over", "took_place-code"],
        "pool": ["emea"],
    }


async def pages(world: World) -> list[Opened]:
    """Each that there is, with the first reader who may open it: on every kind of ground by `make
    thorough`, and otherwise on one, another for each page.
    """
    can_be, found, turns = await meant(world), list[Opened](), count()
    for pattern in sorted(set(patterns(world))):
        names = PARAMETER.findall(pattern)
        unknown = [name for name in names if name not in can_be]
        assert not unknown, f"what stands for {unknown} in {pattern}? Say it in `meant`"
        plain = PARAMETER.sub(lambda one: f"{{{one[1]}}}", pattern)
        grounds = deque(can_be["ground"] if "ground" in names else [""])
        grounds.rotate(-next(turns) if "ground" in names else 0)
        others = [name for name in names if name != "ground"]
        of_it = list[Opened]()
        for ground in grounds:
            if of_it and not THOROUGH:
                break
            tried = product(*[can_be[name] for name in others], READERS)
            for *values, who in tried:
                said = dict(zip(others, values, strict=True)) | {"ground": ground}
                path = f"/{plain.format_map(said)}" if plain else ""
                if (await opens(world, who, path)).status == 200:
                    of_it.append(Opened(who, path))
                    break
        assert of_it, f"nobody opens {pattern}"
        found += of_it
    return found


async def filled(world: World) -> None:
    """Something to see on every page: a campaign of Milo's, a report, a goal and a key."""
    milo = world.box.person("milo").id
    await world.run(
        "insert into campaign values ('P1', 'p1', 'Ports webinar', 'ports webinar', %s, 'Webinar', "
        "now())",
        milo,
    )
    await world.run(
        "insert into goal (figure, kind, whose, since, until, target, set_at) values "
        "('accepted', 'team', %s, %s, %s, 40, now())",
        world.box.person("mara").id,
        world.clock().date().replace(month=1, day=1),
        world.clock().date().replace(month=12, day=31),
    )
    await key_of(world, "helen")
    await world.pass_(days=7 - world.clock().weekday())
    await world.app.services.stores.door.follow(ReportWeek())
    await world.work()


@pytest.mark.large
async def test_nothing_is_in_the_way_on_any_page_in_any_look_or_on_paper(lived: World) -> None:
    await filled(lived)
    there = await pages(lived)
    assert len(there) >= len(set(patterns(lived)))
    async with browser(width=1024) as empty, framed_by_teams(empty) as page:
        for one in there:
            tab, frame = await shown(lived, page, one)
            stops, alone = await frame.evaluate(LINKS % FOCUSABLE)
            assert not alone, f"{one}: only a picture leads there, which no key reaches"
            for theme in THEMES:
                await page.evaluate("theme => send({ func: 'themeChange', args: [theme] })", theme)
                await tab.locator(f'html[data-theme="{theme}"]').wait_for()
                assert await in_the_way(frame) == [], (one, theme)
            await page.emulate_media(media="print")
            assert await in_the_way(frame) == [], (one, "printed")
            await page.emulate_media(media="screen")
            assert await tabbed(page, frame, len(stops)) == set(stops), one


async def shown(world: World, page: Page, one: Opened) -> tuple[FrameLocator, Frame]:
    """As Teams frames it, for whoever reads it."""
    token = world.box.entra.tab_token(world.box.person(one.who))
    context: dict[str, Any] = {"theme": "default", "locale": "en-gb", "frameContext": "content"}
    await page.evaluate("args => show(...args)", [f"{world.url}{PATH}{one.path}", context, token])
    tab = page.frame_locator("iframe")
    await tab.locator("main[data-title] h1").wait_for()
    [frame] = [other for other in page.frames if other.url.startswith(f"{world.url}{PATH}")]
    return tab, frame


async def tabbed(page: Page, frame: Frame, links: int) -> set[str]:
    """Which of what can be focused is, one after the other, by the Tab key alone."""
    reached = set[str]()
    for key in ("Tab", "Shift+Tab"):  # from the page on; then back, to what stands above it
        await frame.evaluate("document.getElementById('page').focus()")
        for _ in range(links + 2):
            await page.keyboard.press(key)
            nth = await frame.evaluate(REACHED % FOCUSABLE)
            if not nth and key == "Shift+Tab":
                break
            reached.add(nth)
            if len(reached - {""}) == links:
                break
    return reached - {""}
