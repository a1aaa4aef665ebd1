"""Who watches each mailbox: made, renewed, recovered, and nothing lost whatever Graph does."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from handoff.effects import Poll, Subscribe
from running import beside
from sandbox.company import Mailbox
from store.subscriptions import Subscription
from tests.journeys.rotation import policy
from tests.world import World

SUBJECT = "Contoso Logistics and Halden Systems"
LATE = "2026-03-13"  # a meeting far enough ahead for days to pass


@pytest.fixture(autouse=True)
async def without_introductions(world: World) -> None:
    """So that calendars alone are watched; sent mail has a story of its own below."""
    await policy(world, ("[mail]\n", "[mail]\nintroduce = false\n"))


async def watch(world: World) -> None:
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()


async def of(world: World, who: str) -> Subscription:
    found = await world.app.services.stores.subscriptions.of(world.box.person(who).id, "events")
    assert found
    return found


async def unheard(world: World, who: str = "rita", answer: str = "accept") -> None:
    """The answer is given in Outlook, and no notification tells it."""
    world.box.faults.notifications_lost()
    world.answers(who, answer)
    await world.work()
    world.box.faults.notifications_lost(on=False)


def asked(world: World, method: str, ending: str) -> int:
    return world.box.requests.count(method, ending)


@pytest.mark.usefixtures("offered")
async def test_both_mailboxes_are_watched_from_the_start_and_told_of_lifecycle_events(
    world: World,
) -> None:
    living = world.box.notifications.living()

    assert {s.owner for s in living} == {world.box.person(w).id for w in ("quinn", "rita")}
    assert all(s.lifecycle_url == f"{world.url}/api/graph" for s in living)
    assert all(s.immutable for s in living)


async def test_each_is_renewed_on_its_third_day_at_a_second_of_its_own(world: World) -> None:
    await world.offer(wanted=LATE)
    quinn, rita = await of(world, "quinn"), await of(world, "rita")
    assert quinn.renew_at != rita.renew_at
    for one in (quinn, rita):
        assert one.renew_at
        assert timedelta(days=2) < one.renew_at - world.clock() <= timedelta(days=3)
    world.box.requests.clear()

    for _ in range(6):
        world.clock.forward(timedelta(hours=12))
        await watch(world)

    assert len([r for r in world.box.requests if r.method == "PATCH"]) == 2
    assert (await of(world, "rita")).alive(world.clock() + timedelta(days=2, hours=12))


async def test_a_mailbox_with_many_meetings_is_renewed_once(world: World) -> None:
    await world.offer(wanted=LATE)
    await world.offer("ravi", wanted=LATE, contact_email="b@b.example")
    await world.run("update subscription set renew_at = %s", world.clock())
    world.box.requests.clear()

    await watch(world)

    assert len([r for r in world.box.requests if r.method == "PATCH"]) == 3


async def test_a_shorter_life_than_asked_for_is_renewed_at_half_of_it(world: World) -> None:
    await world.offer(wanted=LATE)
    rita = await of(world, "rita")
    assert rita.id
    short = world.clock() + timedelta(days=1)
    world.box.notifications.keep(
        next(replace(s, expires=short) for s in world.box.notifications.living() if s.id == rita.id)
    )
    await world.run("update subscription set renew_at = %s where id = %s", short, rita.id)
    world.clock.set(short + timedelta(minutes=1))

    await watch(world)

    assert (await of(world, "rita")).id != rita.id, "it had expired, and a new one is there"
    assert (await of(world, "rita")).alive(world.clock())


async def test_one_that_vanished_is_made_anew_and_what_it_missed_is_found(world: World) -> None:
    """Subscription gone, without a word."""
    id = await world.offer(wanted=LATE)
    for one in world.box.notifications.living():
        world.box.notifications.drop(one.id)
    world.answers("rita", "accept")
    await world.work()
    assert await world.state(id) == "offered"

    world.clock.forward(timedelta(days=3))
    await watch(world)

    assert await world.state(id) == "accepted"
    assert (await of(world, "rita")).alive(world.clock())


async def test_a_poll_that_finds_news_asks_whether_anybody_still_watches(world: World) -> None:
    id = await world.offer(wanted=LATE)
    await world.app.services.stores.door.follow(Poll(world.box.person("rita").id))
    await world.work()
    rita = await of(world, "rita")
    for one in world.box.notifications.living():
        world.box.notifications.drop(one.id)
    world.answers("rita", "accept")

    world.clock.forward(timedelta(hours=12))
    await watch(world)

    assert await world.state(id) == "accepted"
    assert (await of(world, "rita")).id not in (None, rita.id), "long before its renewal"


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
async def test_a_lifecycle_event_ends_in_a_resync_and_nothing_is_lost(
    world: World, offered: UUID, event: str
) -> None:
    rita = await of(world, "rita")
    assert rita.id
    await unheard(world)
    assert await world.state(offered) == "offered"
    world.clock.forward(timedelta(minutes=1))
    world.box.requests.clear()

    if event == "subscriptionRemoved":
        world.box.notifications.remove(rita.id)
    else:
        world.box.notifications.lifecycle(rita.id, event)
    await world.box.settled()
    await world.work()

    if event == "reauthorizationRequired":
        assert asked(world, "PATCH", rita.id) == 1, "authorised anew by renewing"
        assert await world.state(offered) == "offered", "nothing was missed, so nothing is read"
    else:
        assert await world.state(offered) == "accepted"
    assert (await of(world, "rita")).alive(world.clock())


async def test_after_a_time_in_which_nobody_listened_every_mailbox_is_read(
    world: World, offered: UUID
) -> None:
    """A restart. Graph repeats what was not taken for four hours, and then no more."""
    await world.app.notifications.listening()
    await unheard(world)
    world.clock.forward(timedelta(minutes=4))
    await world.app.notifications.listening()
    await world.work()
    assert await world.state(offered) == "offered", "a start as quick as that misses nothing"

    world.clock.forward(timedelta(minutes=6))
    await world.app.notifications.listening()
    await world.work()

    assert await world.state(offered) == "accepted"


async def test_that_somebody_listens_is_said_again_whatever_kept_it_from_being_said(
    world: World,
) -> None:
    """Else every mailbox were read as often as one that nobody watches, until the next restart."""
    said = "select from beat where what = 'listening'"
    await world.run("delete from beat where what = 'listening'")
    await world.run("alter table beat rename to beat_before")  # as while a copy is put back
    async with beside(world.app.listen):
        with capture_logs() as told:
            async with asyncio.timeout(20):
                while not told:  # noqa: ASYNC110  # the database's, no event
                    await asyncio.sleep(0.05)
        await world.run("alter table beat_before rename to beat")
        async with asyncio.timeout(20):
            while not await world.rows(said):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    assert [(one["event"], one["what"]) for one in told] == [("begun anew", "Running.listen")]


async def test_a_delta_link_that_has_expired_begins_a_whole_round(world: World) -> None:
    """Delta token gone: 410."""
    id = await world.offer(wanted=LATE)
    await unheard(world)
    world.box.deltas.forget()

    world.clock.forward(timedelta(hours=12))
    await watch(world)

    assert [r.status for r in world.box.requests if r.path.endswith("delta")].count(410) == 2
    assert await world.state(id) == "accepted"


async def test_a_mailbox_is_read_as_rarely_as_the_policy_says(world: World) -> None:
    await world.offer(wanted=LATE)
    rita = world.box.person("rita").id
    world.box.requests.clear()

    for _ in range(16):
        world.clock.forward(timedelta(hours=3))
        await watch(world)

    polls = [r for r in world.box.requests if r.person == rita and r.path.endswith("delta")]
    assert 4 <= len(polls) <= 5, "each twelve hours, at an hour of its own"


async def test_mailboxes_that_are_due_together_are_read_in_one_request(world: World) -> None:
    id = await world.offer(wanted=LATE)
    await unheard(world)
    world.clock.forward(timedelta(hours=12))
    world.box.requests.clear()

    await watch(world)

    assert await world.state(id) == "accepted"
    polls = [r for r in world.box.requests if r.path.endswith("delta")]
    assert {r.person for r in polls} == {world.box.person(who).id for who in ("quinn", "rita")}
    assert all(r.in_batch for r in polls)
    assert asked(world, "POST", "$batch") == 1


@pytest.mark.parametrize("wrong", ["throttled", "silent", "closed", "not in a batch"])
async def test_a_mailbox_with_which_anything_is_wrong_stops_no_other_that_is_read_with_it(
    world: World, wrong: str
) -> None:
    id = await world.offer(wanted=LATE)
    await unheard(world)
    world.clock.forward(timedelta(hours=12))
    faults = world.box.faults
    if wrong == "throttled":
        faults.graph_throttled(retry_after=0.001, path="delta", person="quinn")
    elif wrong == "not in a batch":
        faults.graph_status(400, "BadRequest", times=2, path="delta")
    else:
        mailbox = Mailbox.SILENT if wrong == "silent" else Mailbox.DENIED
        world.box.set_mailbox("quinn", mailbox)

    for _ in range(4):
        await watch(world)
        await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")

    assert await world.state(id) == "accepted"
    left = await world.rows("select args ->> 'mailbox', status from procrastinate_jobs")
    quinn = world.box.person("quinn").id
    assert set(left) <= {(quinn, "todo")}, "tried again as long as it is busy, and alone"
    assert bool(left) is (wrong in ("throttled", "silent"))


async def test_a_mailbox_that_nobody_watches_is_read_often(world: World, offered: UUID) -> None:
    world.box.faults.graph_status(400, "ValidationError", times=None, path="subscriptions")
    rita = await of(world, "rita")
    assert rita.id
    world.box.notifications.remove(rita.id)
    await world.box.settled()
    await world.work()
    await unheard(world)

    world.clock.forward(timedelta(minutes=15))
    await watch(world)

    assert await world.state(offered) == "accepted"


async def test_a_mailbox_that_cannot_be_watched_stops_no_other_and_is_tried_ever_more_rarely(
    world: World,
) -> None:
    """On-premises, or without licence."""
    await world.offer(wanted=LATE)
    world.box.set_mailbox("quinn", Mailbox.MISSING)
    await world.run("update subscription set id = null, expires_at = null, renew_at = null")
    world.box.requests.clear()

    for _ in range(16):
        world.clock.forward(timedelta(hours=1))
        await watch(world)

    assert (await of(world, "rita")).alive(world.clock())
    tried = [r for r in world.box.requests if r.method == "POST" and r.path.endswith("iptions")]
    theirs = {"quinn": 5, "rita": 2}  # hers is there already: it gives way to a new one
    assert len(tried) == sum(theirs.values()), "Quinn's at first, after 1, 3, 7 and 15 hours"
    assert (await of(world, "quinn")).trouble == "there is no mailbox that Outlook can read"
    world.box.set_mailbox("quinn", Mailbox.OPEN)
    world.clock.forward(timedelta(days=1))
    await watch(world)
    assert (await of(world, "quinn")).trouble is None


@pytest.mark.usefixtures("offered")
async def test_one_mailbox_that_never_answers_stops_no_other_from_being_watched(
    world: World,
) -> None:
    await world.run(
        "update subscription set id = null, expires_at = null, renew_at = null, try_at = null"
    )
    first = min("quinn", "rita", key=lambda who: world.box.person(who).id)
    [other] = {"quinn", "rita"} - {first}
    world.box.set_mailbox(first, Mailbox.SILENT)
    world.box.requests.clear()

    await watch(world)

    assert (await of(world, other)).id
    silent = await of(world, first)
    assert (silent.id, silent.trouble) == (None, "Outlook does not answer for this mailbox")
    tries = asked(world, "POST", "/subscriptions")
    await watch(world)
    assert asked(world, "POST", "/subscriptions") == tries, "it is not tried again at once"

    world.box.set_mailbox(first, Mailbox.OPEN)
    await world.pass_(minutes=2)
    await watch(world)
    assert ((await of(world, first)).id is None, (await of(world, first)).trouble) == (False, None)


@pytest.mark.parametrize("retry_after", [40, None])
@pytest.mark.usefixtures("offered")
async def test_while_graph_is_busy_the_rest_of_the_round_waits_a_minute(
    world: World, retry_after: float | None
) -> None:
    await world.run("update subscription set id = null, expires_at = null, renew_at = null")
    busy = world.box.faults.graph_throttled(retry_after=retry_after, times=1, path="subscriptions")
    world.box.requests.clear()

    await watch(world)
    assert busy.hits == 1
    assert (asked(world, "POST", "/subscriptions"), (await of(world, "rita")).id) == (1, None)
    await watch(world)

    assert (await of(world, "quinn")).id
    assert (await of(world, "rita")).id


async def test_a_handshake_that_takes_too_long_is_tried_again(world: World) -> None:
    """An expired validation: Graph makes no subscription, and says so."""
    await world.offer(wanted=LATE)
    world.box.notifications.clear()
    await world.run("update subscription set id = null, expires_at = null, renew_at = null")
    world.box.notifications.shake_within = 0.000_001

    await watch(world)
    assert world.box.notifications.living() == []
    assert (await of(world, "rita")).trouble == "Outlook refused to watch this mailbox"

    world.box.notifications.shake_within = 10
    world.clock.forward(timedelta(hours=1))
    await watch(world)
    assert len(world.box.notifications.living()) == 2
    assert (await of(world, "rita")).trouble is None


async def test_a_subscription_made_although_the_answer_was_lost_is_not_made_twice(
    world: World,
) -> None:
    """A time-out after the work was done: the one that is there already gives way."""
    await world.offer(wanted=LATE)
    world.box.notifications.clear()
    await world.run("update subscription set id = null, expires_at = null, renew_at = null")
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="subscriptions")

    await watch(world)
    world.clock.forward(timedelta(minutes=1))
    await watch(world)

    assert len(world.box.notifications.living()) == 2
    assert {s.id for s in world.box.notifications.living()} == {
        (await of(world, who)).id for who in ("quinn", "rita")
    }


@pytest.mark.usefixtures("offered")
async def test_another_kind_of_thing_is_watched_and_read_by_its_own_job(world: World) -> None:
    """Sent mail, where introductions are tracked."""
    rita, subscriptions = world.box.person("rita").id, world.app.services.stores.subscriptions
    await world.run("delete from subscription where kind = 'sent'")  # of her introduction
    await world.run(
        "insert into subscription (mailbox, kind, client_state) values (%s, 'sent', 'a secret')",
        rita,
    )
    id, end = await world.app.services.outlook.subscribing.subscribe(
        rita,
        "sent",
        url=world.app.services.notification_url,
        client_state="a secret",
        until=world.clock() + timedelta(days=6),
    )
    async with world.app.services.stores.door.open() as tx:
        await subscriptions.alive(tx, rita, "sent", id=id, expires_at=end, renew_at=end)

    world.box.outlook.send_mail("rita", ["quinn"], "Re: Introduction", "")
    world.box.outlook.send_mail("rita", ["quinn"], "Re: Introduction", "")
    await world.box.settled()

    waiting = await world.rows(
        "select args from procrastinate_jobs where task_name = 'read_sent_mail'"
    )
    assert waiting == [({"mailbox": rita},)]
    world.box.notifications.lifecycle(id, "missed")
    await world.box.settled()
    await world.run("delete from procrastinate_jobs where task_name = 'read_sent_mail'")


async def test_nobody_is_called_late_for_an_answer_that_no_notification_told(
    world: World,
    offered: UUID,
) -> None:
    await unheard(world)

    world.clock.forward(timedelta(hours=3, minutes=56))
    await world.sweep()

    assert await world.state(offered) == "accepted"
    await world.pass_(hours=1)
    assert "overdue" not in await world.timeline(offered)


@pytest.mark.usefixtures("offered")
async def test_outlook_is_asked_once_before_someone_is_late_and_not_each_minute(
    world: World,
) -> None:
    await world.pass_(hours=3, minutes=50)
    world.box.requests.clear()

    for _ in range(5):
        await world.pass_(minutes=1)

    assert len([r for r in world.box.requests if "/events/" in r.path]) == 1
