"""Who cannot be reached in Teams: a mail with links, and if that fails too, their manager.

The links are opened over HTTP, as by a phone or by a scanner that follows whatever it finds.
"""

import asyncio
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from aiohttp import ClientResponse, ClientSession
from psycopg import AsyncConnection

from cards.lists import line_card
from handoff.effects import ReadWeeks, Show
from handoff.errors import RefusedError
from handoff.policy import Promise
from jobs.messages import tell
from jobs.reaching import LONG
from sandbox.exchange.model import Message
from sandbox.teams.chats import ChatMessage
from store.database import pool
from store.door import Door
from store.invariants import broken
from store.links import MAKING, Link, UsedError
from tests.hour import MONDAY
from tests.journeys.test_deadlines import at
from tests.journeys.test_handing_on import busy
from tests.world import BRIEF, World, a_world

SUBJECT = "Contoso Logistics and Halden Systems"
HREF = re.compile(r'href="([^"]+)"')


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def notices(world: World, who: str = "rita") -> list[Message]:
    return [m for m in world.box.outlook.mail(who, "inbox") if ".notice." in m.internet_id]


def links(world: World, who: str = "rita") -> tuple[str, str]:
    """To accept and to send back, of the newest mail."""
    accept, back = HREF.findall(unescape(notices(world, who)[-1].body.content))
    return accept, back


async def text(response: ClientResponse) -> str:
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", await response.text()))


@pytest.mark.parametrize("kind", ["groupChat", "channel"])
async def test_who_takes_baton_out_of_a_chat_with_others_still_has_their_own(
    world: World, kind: str
) -> None:
    taken_out = world.box.teams.activity("rita", "installationUpdate") | {
        "action": "remove",
        "conversation": {"conversationType": kind, "id": "19:plans@thread.v2"},
    }
    assert (await world.box.teams.send("rita", taken_out)).ok

    assert await world.rows("select name from person where unreachable is not null") == []
    await world.offer()
    assert "accept" in world.newest("rita").verbs()


async def blocked(world: World) -> UUID:
    """Rita has blocked Baton, and Quinn offers her a meeting."""
    world.box.teams.block("rita")
    return await world.offer()


async def test_who_blocked_baton_gets_a_mail_and_accepts_from_it(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    [mail] = notices(world)
    assert mail.subject == "Answer the meeting: Contoso Logistics"
    assert "has blocked Baton" in mail.body.content
    assert mail.sender.mail == world.box.person("quinn").mail
    assert not [m for m in world.box.outlook.mail("quinn", "sentitems") if "Answer" in m.subject]

    accept, _ = links(world)
    async with browser.get(accept) as page:
        words = await text(page)
        assert page.status == 200
        assert "for Rita Osei" in words
        assert "Tue 3 Mar" in words
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
    assert await world.state(id) == "offered", "looking does nothing"

    async with browser.post(accept) as page:
        assert page.status == 200
        assert "Accepted" in await text(page)
    await world.work()

    assert await world.state(id) == "accepted"
    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"
    entries = await world.app.services.stores.handoffs.timeline(id)
    [clicked] = [e for e in entries if e.what == "clicked_accept"]
    assert clicked.by == world.box.person("rita").id
    assert clicked.detail["by_mail"]
    [answer] = [c for c in (await world.case(id)).handoff.commitments if c.what == "answer"]
    assert answer.ending == "kept"
    assert "accepted" in world.reads("quinn").lower()


async def test_leads_that_nobody_hands_over_are_decided_by_the_next_manager_who_reads_one_list(
    world: World,
) -> None:
    world.box.teams.block("mara")
    await world.brief()
    await world.form()
    other = {"target": "pool:emea", "company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    await world.press("quinn", "brief", None, **{**BRIEF, **other})
    before = world.cards("helen")
    [(due,)] = await world.rows("select distinct due_at from commitment")

    await world.until(due + timedelta(minutes=1))
    [mail] = notices(world, "mara")
    assert mail.subject.startswith("Decide: ")
    assert mail.subject.endswith(", and 1 more")
    await world.until(due + timedelta(hours=2, minutes=5))

    assert world.cards("helen") == before + 1
    assert "\n".join(world.newest("helen").texts()).count("Decide, by") == 2
    await world.press("helen", "show", matching={"handoff": str(await world.newest_handoff())})
    assert "has not done this in 40 working hours" in world.reads("helen")


async def test_who_cannot_take_it_says_why_on_the_page(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    accept, back = links(world)

    async with browser.post(back, data={"note": "<b>No</b> customs"}) as page:
        assert page.status == 422
        assert "Please choose a reason" in await text(page)
        assert "&lt;b&gt;No&lt;/b&gt; customs" in await page.text(), "what was typed is not lost"
    assert await world.state(id) == "offered"
    async with browser.post(back, data={"reason": "no_need", "note": "Not\0 now"}) as page:
        assert page.status == 200
    await world.work()

    assert await world.state(id) == "sent_back"
    assert "BACK FROM RITA" in world.reads("quinn")
    async with browser.post(accept) as page:
        assert page.status == 410, "one mail, one answer"
        assert "used already" in await text(page)
    assert await world.state(id) == "sent_back"


async def test_a_form_that_no_browser_sends_says_nothing_and_the_page_asks_again(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    _, back = links(world)
    form, many = "application/x-www-form-urlencoded", "multipart/form-data"
    for kind, body in (
        (f"{form}; charset=martian", b"reason=%ff%fe&note=x"),
        (form, b"\xff\xfe\x00reason=none"),
        (form, b"reason=&" + b"a=b&" * 500),
        (many, b"--x\r\nnothing"),
        (f"{many}; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
        (f"{many}; boundary=", b"reason=none"),
        ("application/json; charset=utf-16", b'{"reason": "none"}'),
        ("x", b"reason"),
    ):
        async with browser.post(back, data=body, headers={"Content-Type": kind}) as page:
            assert page.status == 422, (kind, body)
            assert "Please choose a reason" in await text(page)
    packed = {"Content-Type": form, "Content-Encoding": "gzip"}
    async with browser.post(back, data=b"reason=none", headers=packed) as page:
        assert page.status == 415
    assert await world.state(id) == "offered"


async def test_who_cannot_be_there_says_so_on_the_page_and_a_free_colleague_has_it(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    _, back = links(world)

    async with browser.get(back) as page:
        words = await text(page)
    assert words.index("Can you not be there?") < words.index("What is missing or wrong")
    assert "Nothing counts against you" in words
    async with browser.post(back, data={"reason": "own:ill"}) as page:
        assert page.status == 200
        assert "A colleague who is free then is asked" in await text(page)
    await world.work()

    handoff = (await world.case(id)).handoff
    assert handoff.state.value == "offered"
    assert handoff.rep in {world.box.person(key).id for key in ("ravi", "rosa")}
    assert await world.rows("select 1 from routing_given where credited_at is not null") == []


async def test_a_scanner_that_follows_everything_accepts_nothing(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    before = await world.timeline(id)

    for _ in range(2):
        for link in links(world):
            async with browser.head(link) as page:
                assert page.status == 200
            async with browser.get(link) as page:
                html = await page.text()
            assert not re.findall(r"<(?:a|img|script|link|iframe|meta http)\b", html)
            assert 'method="post"' in html
            async with browser.get(f"{link}?prefetch=1") as page:
                assert page.status == 200
            for method in ("PUT", "DELETE", "PATCH"):
                async with browser.request(method, link) as page:
                    assert page.status == 405
    await world.work()

    assert await world.timeline(id) == before
    assert not world.box.requests.count("POST", "/accept")
    async with browser.post(links(world)[0]) as page:
        assert page.status == 200, "and the link still works"


async def test_a_link_that_was_changed_does_nothing(world: World, browser: ClientSession) -> None:
    """Another person, another handoff, a later end; a cut, a foreign signature, plain nonsense."""
    first = await blocked(world)
    accept, _ = links(world)
    second = await world.offer("ravi", contact_email="b@b.example")
    token = accept.split("/")[-2]
    said, signature = token.split(".")
    words = urlsafe_b64decode(said + "==").decode().split(" ")
    ravi = world.box.person("ravi").id
    forged = [
        [*words[:5], ravi],
        [*words[:2], str(second), *words[3:]],
        [*words[:4], str(int(words[4]) + 9_999_999), words[5]],
        [*words[:3], str(int(words[3]) + 1), *words[4:]],
        ["99", *words[1:]],
        ["-1", *words[1:]],
        words[:-1],
    ]
    tokens = [
        urlsafe_b64encode(" ".join(one).encode()).decode().rstrip("=") + "." + signature
        for one in forged
    ]
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    tokens += [f"{said}.{flipped}", f"{said}.", said, f"{token}=", "x", "%00.%00", "ä.ö", "a" * 999]

    for one in tokens:
        for method in ("GET", "POST"):
            async with browser.request(method, accept.replace(token, one)) as page:
                assert page.status == 400, one
                assert "not complete, or was changed" in await text(page)
    await world.work()

    assert await world.state(first) == "offered"
    assert await world.state(second) == "offered"


async def test_a_link_works_once_until_it_expires_and_only_while_it_is_asked(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    accept, _ = links(world)
    await world.run("update signing_key set made_at = made_at - interval '31 days'")
    async with browser.get(accept) as page:
        assert page.status == 200, "a new key does not break what the old one signed"
    before = world.clock()
    meeting = (await world.case(id)).handoff.meeting
    assert meeting

    world.clock.set(meeting.span.start + timedelta(seconds=1))
    for method in ("GET", "POST"):
        async with browser.request(method, accept) as page:
            assert page.status == 410
            assert "expired" in await text(page)
    assert await world.state(id) == "offered"
    world.clock.set(before)

    answers = [await browser.post(accept) for _ in range(2)]
    assert [a.status for a in answers] == [200, 410]
    await world.work()
    assert (await world.timeline(id)).count("clicked_accept") == 1


async def test_a_meeting_that_went_to_someone_else_says_so(
    world: World, browser: ClientSession
) -> None:
    id = await blocked(world)
    accept, _ = links(world)
    await world.pass_(hours=5)
    await world.press("mara", "reassign", titled="Give to Ravi")

    for method in ("GET", "POST"):
        async with browser.request(method, accept) as page:
            assert page.status == 410
            words = await text(page)
            assert "for Rita Osei" in words
            assert "now. Nothing more has happened" in words
    assert (await world.case(id)).handoff.rep != world.box.person("rita").id


async def test_whom_neither_card_nor_mail_reaches_is_not_late_and_the_manager_hears(
    world: World,
) -> None:
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="/sendMail")
    id = await blocked(world)

    assert notices(world) == []
    assert "not counted as late" in world.reads("mara")
    assert "has blocked Baton" in world.reads("mara")
    assert (await world.timeline(id)).count("escalated") == 1
    await world.pass_(hours=1)
    assert (await world.timeline(id)).count("escalated") == 1, "told once"
    [health] = [
        h for h in await world.app.services.stores.delivery.failing() if h.name == "Rita Osei"
    ]
    assert not health.reached
    assert health.excused == 1
    assert health.why == "has blocked Baton"
    assert health.mail_why is not None
    await world.press("mara", "reassign", titled="Give to Rosa")
    case = await world.case(id)
    [rita, *_] = [c for c in case.handoff.commitments if c.what == "answer"]
    assert rita.ending == "excused"
    assert "overdue" not in await world.timeline(id)
    rita_id = world.box.person("rita").id
    since = world.clock() - timedelta(days=30)
    assert await world.app.services.stores.fairness.answers([rita_id], since) == {rita_id: []}
    assert not any((await broken(world.app.services.stores.reads)).values())


async def test_unblocked_and_the_cards_come_again_with_a_clock_of_their_own(world: World) -> None:
    fault = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="/sendMail")
    id = await blocked(world)
    world.box.faults.lift(fault)
    world.clock.forward(timedelta(hours=2))
    world.box.teams.unblock("rita")

    await world.say("rita", "hello")

    assert any("accept" in m.verbs() for m in world.box.teams.chat("rita"))
    answer = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert answer
    assert answer.excused_at is None
    assert answer.since == world.clock()
    assert "reached_again" in await world.timeline(id)
    assert world.reads("mara").startswith("STILL WITH RITA")
    assert await world.app.services.stores.delivery.failing() == []


async def test_the_person_and_their_manager_read_the_same_line_on_what_did_not_arrive(
    world: World,
) -> None:
    await blocked(world)

    await world.say("mara", "fairness")
    line = (
        "Teams has not taken a card for Rita Osei since Mon 2 Mar 10:00: Rita has blocked Baton. "
        "Told by mail on Mon 2 Mar 10:00."
    )
    assert line in world.reads("mara")
    await world.say("ravi", "fairness")
    assert "has not taken a card" not in world.reads("ravi"), "a colleague need not know"

    world.box.teams.unblock("rita")
    await world.say("rita", "hello")
    for who in ("rita", "mara"):
        await world.say(who, "fairness")
        again = "\n".join("\n".join(m.texts()) for m in world.box.teams.chat(who))
        assert "card for Rita Osei on Mon 2 Mar 10:00. It takes them again." in again


async def test_every_way_of_sending_notes_what_arrived(world: World) -> None:
    """A week's card is of no handoff; what is known of its reader comes from it all the same."""
    rosa = world.box.person("rosa").id
    delivery = world.app.services.stores.delivery
    world.box.outlook.create("rosa", "Old weekly", MONDAY, MONDAY + timedelta(hours=1))
    world.box.teams.block("rosa")
    await world.app.services.stores.door.follow(ReadWeeks((rosa,)))
    await world.work()
    health = await delivery.of(rosa)
    assert health
    assert health.failing_at == world.clock()

    world.box.teams.unblock("rosa")
    await world.app.services.stores.door.follow(ReadWeeks((rosa,)))
    await world.work()
    health = await delivery.of(rosa)
    assert health
    assert health.failing_at is None
    assert health.delivered_at == world.clock()


async def test_such_mails_come_from_the_mailbox_that_a_setting_names(database: str) -> None:
    async with a_world(database, more={"NOTICE_MAILBOX": "ada.novak@halden.example"}) as world:
        await world.install("quinn", "rita", "mara")
        await blocked(world)

        [mail] = notices(world)
        assert mail.sender.mail == world.box.person("ada").mail
        for who in ("ada", "quinn"):
            assert not [
                m for m in world.box.outlook.mail(who, "sentitems") if ".notice." in m.internet_id
            ], "kept nowhere but with its reader"


async def test_an_unknown_refusal_of_a_new_card_is_made_up_for_by_mail(world: World) -> None:
    world.box.faults.teams_status(404, "SomethingNew", times=None, person="rosa")

    await world.offer("rosa")

    [mail] = notices(world, "rosa")
    assert "has no chat with Baton any more" in mail.body.content
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []
    assert not await tell(world.app.services, world.box.person("rosa").id, line_card("Hello"))


async def test_an_outage_that_lasts_is_made_up_for_by_one_mail_and_the_card_comes_after_it(
    world: World,
) -> None:
    down = world.box.faults.teams_status(503, "", times=None, person="rosa")
    await world.offer("rosa")
    for _ in range(LONG):
        assert notices(world, "rosa") == [], "a short one is waited out"
        await again(world)
    assert len(notices(world, "rosa")) == 1
    await again(world)
    assert len(notices(world, "rosa")) == 1, "one is enough"
    world.box.faults.lift(down)

    await again(world)

    assert any("accept" in m.verbs() for m in world.box.teams.chat("rosa"))
    assert len(notices(world, "rosa")) == 1


async def lives(world: World, *, minutes: int) -> None:
    """So many minutes pass as they do in life: whatever is tried again is tried meanwhile."""
    for _ in range(minutes // 10):
        world.clock.forward(timedelta(minutes=10))
        await again(world)
        await world.sweep()


async def test_the_time_in_which_teams_brings_no_card_counts_against_nobody(world: World) -> None:
    """The mail is there after ten minutes, the card after six hours."""
    down = world.box.faults.teams_status(503, "", times=None, person="rosa")
    id = await world.offer("rosa")

    await lives(world, minutes=20)
    assert len(notices(world, "rosa")) == 1
    answer = (await world.case(id)).handoff.owed(Promise.ANSWER)
    assert answer
    health = await world.app.services.stores.delivery.of(world.box.person("rosa").id)
    assert health
    assert health.mailed_at
    assert health.mailed_at >= MONDAY + timedelta(minutes=10)
    assert answer.since == health.mailed_at, "the four hours begin with the mail"
    await lives(world, minutes=220)
    assert "overdue" not in await world.timeline(id)
    await lives(world, minutes=20)
    assert "overdue" in await world.timeline(id)
    assert "has the card" not in world.reads("mara")
    line = "Teams did not take the card; a mail told Rosa of it on Mon 2 Mar 10:10. Rosa is at work"
    assert line in world.reads("mara")
    world.box.faults.lift(down)
    await lives(world, minutes=10)
    subjects = [one.subject.partition(":")[0] for one in notices(world, "rosa")]
    assert subjects == ["Answer the meeting", "Answer the introduction"], "of each one mail"


async def test_a_card_that_waits_behind_another_that_teams_does_not_take_is_as_much_untold(
    world: World,
) -> None:
    """Of the first lead a card in the chat was to be drawn anew, and no mail is written for that;
    nor does Outlook take any.
    """
    mail = world.box.faults.graph_status(503, "", times=None, path="/sendMail")
    first = await world.offer("rosa")
    down = world.box.faults.teams_status(503, "", times=None, person="rosa")
    await world.app.services.stores.door.follow(Show(world.box.person("rosa").id, first))
    await world.work()
    second = await world.offer("rosa", company="Fabrikam", contact_email="bo@fabrikam.example")

    await lives(world, minutes=250)

    entries = await world.app.services.stores.handoffs.timeline(second)
    rosa = world.box.person("rosa").id
    said = {entry.what for entry in entries if entry.detail.get("to") == rosa}
    assert "overdue" not in said
    assert "undeliverable" in said
    answer = (await world.case(second)).handoff.owed(Promise.ANSWER)
    assert answer
    assert answer.missed_at is None
    world.box.faults.lift(down)
    world.box.faults.lift(mail)
    before = world.clock()
    await lives(world, minutes=10)
    answer = (await world.case(second)).handoff.owed(Promise.ANSWER)
    assert answer
    assert answer.since > before, "her hours begin now"
    assert answer.excused_at is None
    assert (await world.case(second)).handoff.owed(Promise.DECIDE) is None


async def test_a_meeting_that_begins_before_its_card_came_is_passed_on_and_nobodys_miss(
    world: World,
) -> None:
    world.box.faults.graph_status(503, "", times=None, path="/sendMail")
    world.box.faults.teams_status(503, "", times=None, person="rosa")
    id = await world.offer("rosa")
    meeting = (await world.case(id)).handoff.meeting
    assert meeting

    await world.until(meeting.span.start + timedelta(minutes=1))
    await world.pass_(minutes=1)

    assert await world.state(id) == "sent_back"
    rosa = world.box.person("rosa").id
    theirs = [c for c in (await world.case(id)).handoff.commitments if c.who == rosa]
    assert {str(c.ending) for c in theirs if c.what is Promise.ANSWER} == {"excused"}
    assert not [c for c in theirs if c.missed_at]


async def test_a_card_that_waited_for_the_weekend_and_then_for_teams_begins_when_it_is_told(
    world: World,
) -> None:
    """Handed over on Friday night; on Monday Teams asks for an hour, and no mail goes out."""
    first = await world.offer("rosa")
    await world.press("rosa", "accept")
    rosa = world.box.person("rosa").id
    world.clock.set(at(6, 20))
    await world.work()
    other = {"company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    second = await world.offer("rosa", **other, wanted="2026-03-12")
    world.clock.set(at(9, 8, 55))
    await world.sweep()
    world.box.faults.teams_status(429, "", times=None, person="rosa", retry_after=3600)
    await world.app.services.stores.door.follow(Show(rosa, first))
    await world.work()
    down = world.box.faults.graph_status(503, "", times=None, path="/sendMail")
    world.clock.set(at(9, 9))
    await world.sweep()
    assert notices(world, "rosa") == []
    world.clock.set(at(9, 9, 55))
    world.box.faults.lift(down)
    await again(world)
    await world.sweep()

    owed = (await world.case(second)).handoff.owed(Promise.ANSWER)
    assert owed
    assert owed.due_at >= at(9, 13, 55), "four hours from when she was told"


async def test_a_mail_comes_within_minutes_also_where_teams_asks_for_an_hour(world: World) -> None:
    rosa, first = world.box.person("rosa").id, await world.offer("rosa")
    await world.press("rosa", "accept")
    world.box.faults.teams_status(429, "", times=None, person="rosa", retry_after=3600)
    await world.app.services.stores.door.follow(Show(rosa, first))
    await world.work()
    before = len(notices(world, "rosa"))
    other = {"company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    await world.offer("rosa", **other, wanted="2026-03-05")
    await world.pass_(minutes=5)
    assert len(notices(world, "rosa")) == before + 1

    queue = world.app.services.stores.queue
    assert await queue.untold(world.clock(), world.clock()) == [], (
        "whom a mail has told is looked at no more"
    )
    other = {"company": "Litware", "contact_email": "cy@litware.example"}
    await world.offer("rosa", **other, wanted="2026-03-06")
    assert await queue.untold(world.clock(), world.clock()) == [rosa], "but for what is new"
    await world.pass_(minutes=2)
    assert len(notices(world, "rosa")) == before + 2


async def again(world: World) -> None:
    """The wait is over."""
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()


async def test_of_two_processes_that_sign_their_first_link_one_makes_the_key(world: World) -> None:
    link = a_link(await world.offer(), world.box.person("rita").id)
    url, links = world.settings.database_url, world.app.services.stores.links
    await world.run("delete from signing_key")  # the invitation has signed one

    async def make(door: Door) -> str:
        async with door.open() as tx:
            return await links.make(tx, link, MONDAY)

    async with (
        pool(url, 2) as one,
        pool(url, 2) as other,
        await AsyncConnection.connect(url) as first,
    ):
        await first.execute("select pg_advisory_xact_lock(%s)", [MAKING])
        made = [asyncio.create_task(make(Door(p))) for p in (one, other)]
        await until_waiting(world, 2)
        await first.commit()
        texts = await asyncio.gather(*made)

    assert texts[0] == texts[1]
    assert await world.rows("select count(*) from signing_key") == [(1,)]


async def test_a_link_is_used_by_one_of_two_who_use_it_at_the_same_time(world: World) -> None:
    """Or by neither, where what was done with it is not kept."""
    links = world.app.services.stores.links
    link = a_link(await world.offer(), world.box.person("rita").id)
    door = world.app.services.stores.door
    async with door.open() as tx:
        await links.make(tx, link, MONDAY)

    async def use() -> None:
        async with door.open() as tx:
            await links.use(tx, link, MONDAY)

    async def use_in_vain() -> None:
        async with door.open() as tx:
            await links.use(tx, link, MONDAY)
            raise RefusedError

    with pytest.raises(RefusedError):
        await use_in_vain()
    async with door.open() as first:
        await links.use(first, link, MONDAY)
        second = asyncio.create_task(use())
        await until_waiting(world, 1)
    with pytest.raises(UsedError):
        await second


def a_link(handoff: UUID, person: str) -> Link:
    expires = MONDAY + timedelta(days=1)
    return Link(id=UUID(int=7), handoff=handoff, person=person, n=1, expires_at=expires)


async def until_waiting(world: World, count: int) -> None:
    """So many of this database's connections wait for a lock."""
    async with asyncio.timeout(30):
        while await world.rows(  # noqa: ASYNC110  # rows
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and wait_event_type = 'Lock'"
        ) != [(count,)]:
            await asyncio.sleep(0.02)


async def test_teams_that_refuses_a_card_for_good_is_made_up_for_by_mail(world: World) -> None:
    """Nobody blocked anything, so nobody is called unreachable for it."""
    await world.offer_times()
    world.box.faults.teams_status(500, "ServiceError", times=1, person="rosa")

    await world.press("quinn", "book")

    assert len(notices(world, "rosa")) == 1
    assert await world.rows("select 1 from person where unreachable is not null") == []


async def test_of_a_forged_link_the_database_hears_nothing(
    world: World, browser: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only of the first that names an unknown key, in as long as no other look is due."""
    monkeypatch.setattr("store.links.NOT_SOONER", 3600)
    await blocked(world)
    accept, _ = links(world)
    async with await AsyncConnection.connect(world.settings.database_url) as other:
        await other.execute("lock table signing_key in access exclusive mode")
        async with asyncio.timeout(5), browser.get(accept) as page:
            assert page.status == 200, "whoever signed it knows the key"
    said, _, signature = accept.rpartition(".")
    number = urlsafe_b64decode(said.rpartition("/")[2] + "==").decode().partition(" ")[2]
    made_up = urlsafe_b64encode(f"99 {number}".encode()).decode().rstrip("=")
    forged = [f"{said}.{signature[::-1]}", f"{said.rpartition('/')[0]}/{made_up}.{signature}"]
    async with browser.get(forged[1]) as page:
        assert "not complete" in await text(page), "it was looked whether there is such a key"

    async with await AsyncConnection.connect(world.settings.database_url) as other:
        await other.execute("lock table link, signing_key in access exclusive mode")
        async with asyncio.timeout(5):
            for one in forged * 5:
                async with browser.get(one) as page:
                    assert "not complete" in await text(page)


async def test_an_answer_that_passes_the_line_leaves_it_known_that_cards_wait(
    world: World,
) -> None:
    """Teams asked for an hour as a card was drawn anew, and takes what Rosa asks for since."""
    rosa, first = world.box.person("rosa").id, await world.offer("rosa")
    await world.press("rosa", "accept")
    down = world.box.faults.teams_status(429, "", times=None, person="rosa", retry_after=3600)
    await world.app.services.stores.door.follow(Show(rosa, first))
    await world.work()
    world.box.faults.lift(down)
    before = len(notices(world, "rosa"))
    assert (await world.say("rosa", "mine")).texts()
    other = {"company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    second = await world.offer("rosa", **other, wanted="2026-03-05")
    await world.pass_(minutes=5)
    assert len(notices(world, "rosa")) == before + 1, "her new card waits, and a mail tells"

    await again(world)

    assert await world.app.services.stores.delivery.tried_since(rosa) is None
    assert "Fabrikam" in world.reads("rosa")
    assert (await world.case(second)).handoff.owed(Promise.ANSWER)


async def test_no_mail_comes_at_night_for_a_card_that_would_wait_for_the_morning(
    world: World,
) -> None:
    """Teams is away on Sunday night, and still on Monday morning."""
    rosa, first = world.box.person("rosa").id, await world.offer("rosa")
    await world.press("rosa", "accept")
    down = world.box.faults.teams_status(503, "", times=None, person="rosa")
    world.clock.set(at(6, 20))
    await world.app.services.stores.door.follow(Show(rosa, first))
    await world.work()
    other = {"company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    await world.offer("rosa", **other, wanted="2026-03-12")
    before = len(notices(world, "rosa"))
    for _ in range(8):
        world.clock.forward(timedelta(hours=6))
        await again(world)
        await world.sweep()
    assert len(notices(world, "rosa")) == before

    world.clock.set(at(9, 9, 5))
    await again(world)
    await world.sweep()
    await again(world)
    assert len(notices(world, "rosa")) == before + 1
    words = notices(world, "rosa")[-1].body.content
    assert "Your cards are there as soon as Teams answers" in words
    assert "unblock" not in words
    world.box.faults.lift(down)


async def test_what_cannot_wait_is_mailed_at_night_though_another_card_waits_for_the_morning(
    world: World,
) -> None:
    """Quinn's Teams is away on Tuesday evening: Rita proposes another time for next week's meeting,
    and is ill for tomorrow's.
    """
    other = {"company": "Fabrikam", "contact_email": "bo@fabrikam.example"}
    far = await world.accepted(**other, wanted="2026-03-12")
    near = await world.accepted(wanted="2026-03-04")
    await busy(world, near, "ravi", "rosa")
    world.clock.set(at(3, 18, 30))
    await world.work()
    quinn = world.box.person("quinn").id
    world.box.faults.teams_status(503, "", times=None, person="quinn")
    await world.app.services.stores.door.follow(Show(quinn, far))
    await world.work()
    await world.press("rita", "another_time", card_of(world, "Fabrikam"))
    others = (await world.case(far)).handoff.others
    assert others
    await world.press("rita", "propose", card_of(world, "Fabrikam"), start=others[-1].isoformat())
    await world.pass_(minutes=5)
    before = len(notices(world, "quinn"))
    await world.press("rita", "cannot", card_of(world, "Contoso"), titled="Ill")

    await world.pass_(minutes=5)

    assert len(notices(world, "quinn")) == before + 1
    assert "Contoso" in notices(world, "quinn")[-1].subject


def card_of(world: World, company: str) -> ChatMessage:
    """Rita's newest card of that company's lead."""
    chat = world.box.teams.chat("rita")
    return next(one for one in reversed(chat) if one.verbs() and company in str(one.texts()))
