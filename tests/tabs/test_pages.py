"""What stands on the pages of the tab: what the cards say, for whom it is, and for nobody else."""

import re
from urllib.parse import quote

from microsoft_teams.cards import TextBlock

from cards.lists import owed_words
from cards.pledges import owed
from cards.view import View
from cards.why import AS_IT_STANDS, ahead, ladder
from handoff.draft import Draft
from handoff.model import Commitment
from handoff.policy import PLEDGED, Policy, Promise
from tests.handoff.conftest import PEOPLE, THURSDAY, Story
from tests.hour import MONDAY
from tests.tabs.opened import opens
from tests.world import POLICY, World

NOT_HERE = "or it is not yours to see"
ODD = (
    *("/handoff/0", "/handoff/99999999", "/handoff/9999999999999999", "/handoff/-1", "/handoff/x"),
    *("/handoff/1/2", "/handoff/", "/fairness/", "/fairness/nowhere", "/fairness/emea/rita"),
    *("/fairness/%00", "/fairness/..%2F..%2Fetc", "/nothing", "/rules/1", "/mine/rita", "//"),
    *(f"/fairness/{quote('é' * 500)}", "/fairness/' or 1=1 --", "/handoff/١"),
)


def plain(words: str) -> str:
    """Without markdown, as a page has it."""
    return re.sub(r"\\([*_])", r"\1", words.replace("**", "")).replace("*", "")


async def test_mine_says_what_the_card_says_and_leads_to_each_handoff(world: World) -> None:
    first = await world.offer("rita")
    second = await world.accepted("rita", company="Fabrikam", contact_email="p@fabrikam.example")

    page = await opens(world, "rita", "/mine")
    handed = await opens(world, "quinn", "/mine")

    rita = world.app.services.stores.people
    viewer = await rita.find(world.box.person("rita").id)
    assert viewer
    for id in (first, second):
        view = View(case=await world.case(id), viewer=viewer, at=world.clock())
        for promise in view.handoff.commitments:
            if promise.who == viewer.id and promise.open and promise.what is not Promise.MEET:
                assert plain(owed_words(view, promise)) in page.reads
        assert f'href="/tab/handoff/{view.handoff.number}"' in page.html
    await world.say("quinn", "mine")
    for line in world.newest("quinn").texts():
        if "no. " in line:
            assert plain(line) in handed.reads, line
    assert "Nothing is waiting for you." in (await opens(world, "theo", "/mine")).reads


async def test_a_handoff_tells_its_story_as_its_card_does_and_who_looked_is_kept(
    world: World,
) -> None:
    id = await world.accepted("rita", company="<b>Contoso</b> & *Sons*")
    number = (await world.case(id)).handoff.number

    page = await opens(world, "mara", f"/handoff/{number}")

    await world.say("rita", "who looked")
    assert "Mara Lind" in world.reads("rita")
    await world.say("mara", f"why {number}")
    happened = world.newest("mara").texts()
    assert len(happened) > 10
    for line in happened:
        if not line.startswith((f"NO. {number}", "owner: ")):
            assert plain(line) in page.reads or line in page.reads, line
    assert "<b>Contoso</b> & *Sons*" in page.reads
    assert "<b>Contoso" not in page.html
    assert 'class="late"' not in page.html

    await world.pass_(days=1)  # the meeting is over
    await world.pass_(days=3)
    late = await opens(world, "mara", f"/handoff/{number}")
    owed = re.findall(r'<p class="late">(.*?)</p>', late.html)
    assert [one for one in owed if ", was due " in one], "it is not said to be ahead"
    await world.say("mara", f"why {number}")
    assert ", was due " in world.reads("mara")


async def test_a_handoff_is_shown_to_those_whose_business_it_is_and_others_learn_nothing(
    world: World,
) -> None:
    id = await world.offer("rita")
    number = (await world.case(id)).handoff.number
    nothing = (await opens(world, "theo", "/handoff/999999")).html
    for person in world.box.directory:
        await world.say(person.key, f"why {number}")
        theirs = "What happened" in world.reads(person.key)
        page = await opens(world, person.key, f"/handoff/{number}")
        assert (page.status == 200) is theirs, person.name
        if page.status == 404:
            assert page.html == nothing, "whether there is one is not told"
        else:
            assert page.status in (200, 403)
    for who in ("quinn", "rita", "mara"):
        assert (await opens(world, who, f"/handoff/{number}")).status == 200


async def test_a_pool_stands_as_on_its_card_with_the_numbers_of_each_rep(world: World) -> None:
    for n, rep in enumerate(("rita", "rita", "ravi")):
        await world.offer(rep, company=f"Company {n}", contact_email=f"p{n}@x.example")

    for who in ("rita", "mara"):
        page = await opens(world, who, "/fairness/emea")
        await world.say("ravi", "who looked")
        assert world.box.person(who).name in world.reads("ravi")
        await world.say(who, "fairness")
        card = "\n".join(world.newest(who).texts())
        sums = re.findall(
            r"target (\S+) − got (\d+) \+ credits (\d+) = (short|ahead) by (\S+)"
            r" · (\d+) in 30 days",
            card,
        )
        assert len(sums) >= 3
        cells = [" ".join(row.split()) for row in page.reads.splitlines()]
        for target, got, credits, way, by, recent in sums[:3]:
            short = f"{'ahead by ' if way == 'ahead' and float(by) else ''}{by}"
            row = rf"{re.escape(target)} {got} {credits} {re.escape(short)} \S+ {recent} "
            assert any(re.search(row, f"{cell} ") for cell in cells), row
    assert re.search(r"3 leads went to 2 of \d reps\.", page.reads), "who got none is not said to"
    together = re.search(
        r"Together \S+ (\d+\.\d) (\d+) (\d+) (\d+\.\d) ", " ".join(page.reads.split())
    )
    assert together, "the numbers of all of them add up"
    owed, had, beside, missing = map(float, together.groups())
    assert (had, missing) == (3, 1.0)
    assert round(owed - had + beside, 1) == missing
    assert "together short by one lead" in page.reads
    assert "You" in (await opens(world, "rita", "/fairness")).reads
    assert 'role="img"' in page.html


async def test_a_pool_is_shown_to_whom_its_card_is_and_others_learn_nothing(world: World) -> None:
    everyone = await world.app.services.stores.people.get(p.id for p in world.box.directory)
    for pool in ("emea", "americas"):
        members = [p.name for p in everyone.values() if pool in p.pools]
        assert members
        for person in everyone.values():
            if not person.present:
                continue
            page = await opens(world, world.box.person(person.id).key, f"/fairness/{pool}")
            reads = pool in person.pools or person.roles & {"manager", "qualifier", "admin"}
            assert page.status == (200 if reads else 404), (person.name, pool)
            if not reads:
                assert NOT_HERE in page.reads
                assert not [name for name in members if name in page.reads]


async def test_whatever_is_asked_for_there_is_a_page_and_nothing_of_anybody_on_it(
    world: World,
) -> None:
    await world.offer("rita")
    names = [person.surname for person in world.box.directory]
    for path in ODD:
        page = await opens(world, "rita", path)
        assert page.status == 404, path
        assert page.html.startswith("<main "), path
        assert not [name for name in names if name in page.html], path


async def test_what_people_wrote_is_text_wherever_it_stands(world: World) -> None:
    odd = "<img src=x onerror=alert(1)>"
    id = await world.offer("rita", company=f"Odd {odd}", needs=f'"><script>{odd}</script>')
    await world.press("rita", "send_back", reason="brief")
    await world.press("rita", "add_note", note=f"</main>{odd}")
    pool = "<b>EMEA</b> & sons"
    text = POLICY.read_text().replace('name = "EMEA"', f'name = "{pool}"')
    assert pool in text
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(tx, text, world.clock())
    await world.sync()
    number = (await world.case(id)).handoff.number

    for who, path in (
        *(("quinn", path) for path in ("/mine", f"/handoff/{number}", "/fairness/emea", "/rules")),
        *(("rita", path) for path in ("/mine", "/fairness/emea", "/configure")),
    ):
        page = await opens(world, who, path)
        assert page.status == 200, (who, path)
        tags = {tag for tag in ("<img", "<script", "<b>", "onerror=alert(1)>") if tag in page.html}
        assert tags <= set(), (who, path)
        assert page.html.count("<main") == page.html.count("</main>") == 1, (who, path)
    assert odd in (await opens(world, "quinn", f"/handoff/{number}")).reads.replace("\u2060", "")
    assert pool in (await opens(world, "rita", "/fairness/emea")).reads


async def test_the_rules_are_those_in_force_and_say_what_changed(world: World) -> None:
    before = (await opens(world, "rita", "/rules")).reads
    assert "A rep answers an offered meeting within 4 working hours" in before
    assert "This is the first version." in before
    may = before[before.index("What each role may do and see") :]
    assert "Leader is the role of whoever is invited to meetings worth much." in may, (
        "not a manager"
    )
    admins = before[before.index("Administrators, who run Baton") :]
    assert "how every pool stands" in admins[: admins.index(".")], "as they may on Fairness"
    assert (await opens(world, "ada", "/fairness/emea")).status == 200
    text = POLICY.read_text().replace("answer = { hours = 4,", "answer = { hours = 3,")
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        await stores.policies.publish(tx, text, world.clock())

    after = (await opens(world, "quinn", "/rules")).reads

    assert "A rep answers an offered meeting within 3 working hours" in after
    changed = after[after.index("What changed") : after.index("What reps owe")]
    assert "No longer: A rep answers an offered meeting within 4 working hours" in changed
    assert "Now: A rep answers an offered meeting within 3 working hours" in changed
    assert "introduction" not in changed
    assert (await stores.policies.current()).label() in after


OWED_BY = {
    Promise.SETTLE: "quinn",
    Promise.REWORK: "quinn",
    Promise.BOOK: "quinn",
    Promise.FIT: "quinn",
    Promise.NURTURE: "milo",
    Promise.DECIDE: "mara",
    Promise.JUDGE: "mara",
}
"""Whose each promise of a handoff is; the others are the rep's."""


def test_what_follows_a_miss_is_word_for_word_what_the_card_of_it_says(
    policy_in_force: Policy,
) -> None:
    """Of every promise that anything follows, but for the times and the names, which the rules do
    not know.
    """
    compared = set()
    for what, clock in policy_in_force.clocks.items():
        whole = ladder(policy_in_force, what)
        if what in PLEDGED or not whole:
            continue
        story = Story(policy_in_force)
        story.offered()
        who = OWED_BY.get(what, "rita")
        draft = Draft(story.case, at=story.at, by=who, rule="answer")
        if what is not Promise.ANSWER:
            draft.end(Promise.ANSWER)
            draft.promise(what, who)
        view = View(case=draft.case_now, viewer=PEOPLE["rita"], at=story.at)
        promise = view.handoff.owed(what)
        assert promise
        said = ahead(view, promise)
        for alarm in promise.alarms:
            at = view.soon(alarm.at)
            share = f"after {100 * (clock.reminder or 0):.0f} % of that time"
            for begins, instead in (
                (f"one reminder {at}", f"one reminder {share}"),
                (f"{at} Quinn Avery is told", f"{share} Quinn Avery is told"),
                (f"{at} the prospect", "when a meeting that still stands begins, the prospect"),
                (f"{at} ", "when it is over "),
            ):
                said = said.replace(begins, instead)
        above = "Helen Strand" if who in ("mara", "milo") else "Mara Lind"
        said = said.replace("Quinn Avery", "the qualifier").replace(above, "the next manager up")
        if what is Promise.SETTLE:  # of one that is accepted the card of that says so
            said = f"{said.removesuffix('.')}; where it is accepted {AS_IT_STANDS}."
        assert said == whole, what
        compared.add(what)
    assert len(compared) > 10


def test_what_follows_where_no_handoff_is_is_word_for_word_what_its_card_says(
    policy_in_force: Policy,
) -> None:
    for what in PLEDGED:
        clock = policy_in_force.clocks[what]
        promise = Commitment(
            n=1,
            what=what,
            who="rita",
            made_at=MONDAY,
            due_at=THURSDAY.start,
            first_due_at=THURSDAY.start,
        )
        _, rule = owed(promise, PEOPLE["rita"], policy_in_force, at=MONDAY)
        assert isinstance(rule, TextBlock)
        after = (rule.text or "").partition("working hours")[2]
        follows = after.strip(" .").removeprefix(".").strip()
        follows = follows[:1].lower() + follows[1:]
        assert follows == ("when it is over the next manager up is asked too" * clock.escalate), (
            what
        )
        assert ladder(policy_in_force, what).endswith(f"{follows}."), what
