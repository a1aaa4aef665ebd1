"""Each call to Graph, refused with each thing that Microsoft may refuse it with: what passes is
waited for, nobody hears of it, and it is done after all; what does not is told to whom it concerns.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from doctor import mailboxes, working
from doctor.check import OURS
from graph import permissions
from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
    ResyncError,
    UnsupportedError,
)
from graph.refusals import REFUSALS, Refusal, refusals_of
from handoff.effects import (
    Effect,
    Look,
    LookAtOrganizer,
    Poll,
    ReadSentMail,
    ReadWeeks,
    RemoveBlock,
    Renew,
    Subscribe,
    Sweep,
    SyncPeople,
)
from handoff.policy import Promise
from sandbox.exchange import ids
from sandbox.exchange.model import Address
from sandbox.faults import Fault
from tests.beginnings import Beginning
from tests.doctor.examined import looked
from tests.journeys.rotation import policy
from tests.journeys.test_calendars import GUS, check, put, series_of
from tests.thoroughness import one_of_each, sample
from tests.world import INES, SUBJECT, World, a_world

INSTALLED, OFFERED, ACCEPTED = Beginning.INSTALLED, Beginning.OFFERED, Beginning.ACCEPTED
EVENT = "/users/{id}/events/{id}"

Logged = list[Any]
Seen = Callable[[World, Logged], Awaitable[None]]
Act = Callable[[World], Awaitable[object]]


async def waits(_world: World, _said: Logged) -> None:
    """The job is tried again, and nobody hears of it."""


async def fails(_world: World, _said: Logged) -> None:
    """The job is set aside, the doctor names it, and `python app.py retry` puts it back."""


async def quietly(_world: World, _said: Logged) -> None:
    """It is done, or there is nothing to do."""


def reads(who: str, *words: str) -> Seen:
    async def seen(world: World, _said: Logged) -> None:
        card = world.reads(who)
        for one in words:
            assert one in card

    return seen


def has(what: str) -> Seen:
    """Their handoff's timeline."""

    async def seen(world: World, _said: Logged) -> None:
        assert what in await world.timeline(await world.newest_handoff())

    return seen


def stands(state: str) -> Seen:
    async def seen(world: World, _said: Logged) -> None:
        assert await world.state(await world.newest_handoff()) == state

    return seen


def logs(event: str) -> Seen:
    async def seen(_world: World, said: Logged) -> None:
        assert event in {line["event"] for line in said}

    return seen


def dark(who: str, why: str) -> Seen:
    """Booked by nobody, and named by the doctor."""

    async def seen(world: World, _said: Logged) -> None:
        person = await world.app.services.stores.people.find(world.box.person(who).id)
        assert person
        assert person.dark == why

    return seen


Then = Mapping[type[Exception] | str, Seen]  # by what it is to us, or by its code
USUALLY: Then = {
    BusyError: waits,
    ChangedError: waits,
    DeniedError: waits,
    UnsupportedError: fails,
    GraphError: fails,
    NoMailboxError: fails,
    GoneError: fails,
}
NO_MAILBOX = "there is no mailbox that Outlook can use"
MAY_NOT = "Baton may not write to this mailbox"
REFUSED = "Outlook refused the invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call, how it comes about, and what is seen of what does not pass."""

    row: str
    ask: str
    path: str  # of what is asked, as far as it says which
    person: str | None = None  # whose mailbox
    spares: int = 0  # calls before it that have such a path as well
    begins: Beginning = OFFERED
    act: Act
    job: str
    each: timedelta = timedelta()  # passes before it is tried again
    until: Act | None = None  # what Outlook has to do besides, before it is done
    then: Then = field(default_factory=dict)
    well: Seen = quietly  # once Graph takes it

    def seen(self, one: Refusal) -> Seen:
        then = {**USUALLY, **self.then}
        return then.get(one.code) or then[one.error]


def all_of(seen: Seen, *errors: type[Exception] | str) -> Then:
    return dict.fromkeys(errors, seen)


def follow(effect: Callable[[World], Awaitable[Effect]]) -> Act:
    async def act(world: World) -> None:
        await world.app.services.stores.door.follow(await effect(world))

    return act


def later(effect: Callable[[World], Awaitable[Effect]]) -> Act:
    """When notices no longer tell what is known from having done it."""

    async def act(world: World) -> None:
        world.clock.forward(timedelta(minutes=6))
        await follow(effect)(world)

    return act


async def look(world: World) -> Effect:
    return Look(await world.newest_handoff())


async def look_at_organizer(world: World) -> Effect:
    return LookAtOrganizer(await world.newest_handoff())


async def poll(world: World) -> Effect:
    return Poll(world.box.person("rita").id)


async def renew(world: World) -> Effect:
    return Renew(world.box.person("rita").id, "events")


async def sync(_world: World) -> Effect:
    return SyncPeople()


async def sent_mail(world: World) -> Effect:
    return ReadSentMail(world.box.person("rita").id)


async def no_prep(world: World) -> Effect:
    id = await world.newest_handoff()
    prep = (await world.case(id)).handoff.owed(Promise.PREPARE)
    assert prep
    assert prep.event
    return RemoveBlock(id, prep.who, prep.n, prep.event)


def clicks(verb: str, **how: Any) -> Act:
    return lambda world: world.click("rita", verb, **how)


async def on_its_way(world: World) -> None:
    """The invitation has been sent, and has not arrived."""
    world.box.transport.takes(10, 10, seed=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.click("quinn", "book")


async def without_a_link(world: World) -> None:
    world.box.tenant.meetings.has_links = False
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.click("quinn", "book")


async def gets_a_link(world: World) -> None:
    world.box.tenant.meetings.has_links = True
    world.box.outlook.change("quinn", SUBJECT, location="Online")


async def made_twice(world: World) -> None:
    """Outlook has the meeting, under something else in it."""
    world.box.faults.graph_answer_lost(after=0, method="POST", path="events", times=1)
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.press("quinn", "book")
    await world.run("update invitation set content = jsonb_set(content, '{subject}', '\"Other\"')")


async def called_off(world: World) -> None:
    await world.press("rita", "send_back", reason="no_need")
    await world.click("quinn", "end", titled="No lead after all")


async def agreed(world: World) -> None:
    await world.press("rita", "another_time")
    await world.press("rita", "propose")
    await world.click("quinn", "move_meeting")


async def agreed_and_late(world: World) -> None:
    """The rep's copy does not hear of the new time."""
    world.box.directory.change("rita", automatic=False)
    await agreed(world)
    await world._work()
    world.clock.forward(timedelta(minutes=6))


async def lost_and_asked_for(world: World) -> None:
    world.clock.forward(timedelta(minutes=6))
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    await world.click("rita", "invite_again")


async def given(world: World) -> None:
    world.box.faults.notifications_lost()
    await world.press("rita", "send_back", reason="no_need")
    await world.click("quinn", "give_to")


async def with_a_new_id(world: World) -> None:
    event = world.box.outlook.event("quinn", SUBJECT)
    world.box.faults.notifications_lost()
    world.box.mailboxes.remove(event)
    world.box.outlook.place(replace(event, id=ids.new_item()))
    await follow(look_at_organizer)(world)


async def unreached(world: World) -> None:
    await policy(world, ("[mail]\n", "[mail]\nintroduce = false\n"))
    world.box.teams.block("rita")
    await world.brief(f"rep:{world.box.person('rita').id}")
    await world.click("quinn", "book")


async def introduced_perhaps(world: World) -> None:
    """The introduction has gone out under another Message-ID, and nobody heard of it."""
    world.box.tenant.mail.keeps_message_ids = False
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/sendMail")
    await world.offer()


async def introduced_perhaps_from_no_mailbox(world: World) -> None:
    """As `introduced_perhaps`, and its sender's mailbox is gone: only the rep's own can tell."""
    code = "MailboxNotEnabledForRESTAPI"
    world.box.faults.graph_status(404, code, times=None, path="/messages", person="quinn")
    await introduced_perhaps(world)


async def asks_for_the_calendar(world: World) -> None:
    put(world)
    await follow(_of_rita)(world)


async def _of_rita(world: World) -> Effect:
    return ReadWeeks((world.box.person("rita").id,))


async def with_a_stranger(world: World) -> None:
    series_of(world, "somebody@halden.example", "rita")
    await follow(_of_rita)(world)


async def with_a_leaver(world: World) -> None:
    world.box.directory.add(GUS)
    series_of(world, GUS.mail, "rita")
    await check(world)
    world.box.directory.leave(GUS)
    world.clock.forward(timedelta(days=6))
    await follow(_of_rita)(world)


async def frees(world: World) -> None:
    put(world)
    await check(world)
    await world.click("rita", "free_event")


async def over(world: World) -> None:
    event = world.box.outlook.event("quinn", SUBJECT)
    world.box.meetings.join(event, Address(name="Ines (guest)", mail=INES), person=None)
    world.clock.set(event.end)
    await world.app.services.stores.door.follow(Sweep())


DONE_WITHOUT = all_of(logs("no attendance"), DeniedError, NoMailboxError, UnsupportedError)
NOT_INVITED: Then = {
    DeniedError: reads("quinn", MAY_NOT),
    NoMailboxError: reads("quinn", NO_MAILBOX),
    UnsupportedError: reads("quinn", REFUSED),
    GraphError: reads("quinn", REFUSED),
    GoneError: reads("quinn", REFUSED),
}
NOT_SENT: Then = {
    DeniedError: reads("rita", "Baton may not send mail from this mailbox"),
    NoMailboxError: reads("rita", "There is no mailbox that Outlook can send from."),
    GoneError: reads("rita", "no longer in your mailbox"),
    UnsupportedError: reads("rita", "Outlook refused the mail."),
    GraphError: reads("rita", "Outlook refused the mail."),
    DuplicateError: reads("rita", "Outlook refused the mail."),
}
GONE_ALREADY = all_of(quietly, GoneError, NoMailboxError)
NOT_LOOKED_AT: Then = {NoMailboxError: logs("not looked at"), GoneError: stands("offered")}
NOT_READ: Then = {
    DeniedError: reads("rita", "Your calendar cannot be read: Baton may not read this mailbox."),
    NoMailboxError: reads("rita", "Your calendar cannot be read: there is no mailbox"),
}
NOBODY_SAID = all_of(
    logs("nobody said who has left"), DeniedError, NoMailboxError, UnsupportedError
)

CALLS = (
    Asked(
        row="people.members",
        ask="GET /groups",
        path="groups",
        act=follow(sync),
        job="sync_people",
    ),
    Asked(
        row="people.members",
        ask="GET /groups/{id}/transitiveMembers/microsoft.graph.user",
        path="transitiveMembers",
        act=follow(sync),
        job="sync_people",
        then={NoMailboxError: logs("the policy names people in vain")},
    ),
    Asked(
        row="people.accounts",
        ask="GET /users/{id}",
        path="users/",
        act=follow(sync),
        job="sync_people",
        then={NoMailboxError: quietly},
    ),
    Asked(
        row="people.mailboxes",
        ask="GET /users/{id}/mailboxSettings",
        path="mailboxSettings",
        person="rita",
        act=follow(sync),
        job="sync_people",
        then={
            BusyError: quietly,  # that mailbox alone: it is asked three times within the job
            "ApplicationThrottled": waits,
            DeniedError: dark("rita", "Baton may not read this mailbox"),
            NoMailboxError: dark("rita", "there is no mailbox that Outlook can read"),
        },
    ),
    Asked(
        row="schedule.read",
        ask="POST /users/{id}/calendar/getSchedule",
        path="getSchedule",
        act=clicks("another_time"),
        job="find_other_times",
        then={
            DeniedError: reads("rita", "Outlook does not show your calendar"),
            NoMailboxError: reads("rita", "Outlook does not show your calendar"),
        },
        well=reads("rita", "Tue 3 Mar"),
    ),
    Asked(
        row="calendar.find_copy",
        ask="GET /users/{id}/calendarView",
        path="calendarView",
        person="rita",
        begins=INSTALLED,
        act=on_its_way,
        job="await_invitation",
        then=NOT_INVITED,
        well=stands("offered"),
    ),
    Asked(
        row="calendar.holds",
        ask="GET /users/{id}/calendarView",
        path="calendarView",
        person="rita",
        act=later(look),
        job="look",
        then={NoMailboxError: logs("not looked at")},
    ),
    Asked(
        row="calendar.read",
        ask=f"GET {EVENT}",
        path="/events/",
        person="rita",
        act=follow(look),
        job="look",
        then=NOT_LOOKED_AT,
    ),
    Asked(
        row="calendar.answers_of",
        ask=f"GET {EVENT}",
        path="/events/",
        person="quinn",
        act=follow(look_at_organizer),
        job="look_at_organizer",
        then=NOT_LOOKED_AT,
    ),
    Asked(
        row="calendar.find_again",
        ask="GET /users/{id}/events",
        path="/events",
        person="quinn",
        spares=1,
        act=with_a_new_id,
        job="look_at_organizer",
        then=NOT_LOOKED_AT,
        well=stands("offered"),
    ),
    Asked(
        row="calendar.changes",
        ask="GET /users/{id}/calendarView/delta",
        path="delta",
        person="rita",
        act=follow(poll),
        job="poll",
        then={
            **all_of(logs("not polled"), DeniedError, NoMailboxError),
            ResyncError: stands("offered"),
        },
    ),
    Asked(
        row="calendar.find_made",
        ask="GET /users/{id}/events",
        path="/events",
        person="quinn",
        begins=INSTALLED,
        act=made_twice,
        job="invite",
        well=stands("offered"),
    ),
    Asked(
        row="calendar.link_of",
        ask=f"GET {EVENT}",
        path="/events/",
        person="quinn",
        begins=INSTALLED,
        act=without_a_link,
        job="await_invitation",
        then=all_of(waits, DeniedError, NoMailboxError, GoneError, UnsupportedError),
        until=gets_a_link,
        well=stands("offered"),
    ),
    Asked(
        row="calendar.accept",
        ask=f"POST {EVENT}/accept",
        path="/accept",
        person="rita",
        act=clicks("accept"),
        job="accept_meeting",
        then={GoneError: has("invite_gone"), NoMailboxError: has("invite_gone")},
        well=stands("accepted"),
    ),
    Asked(
        row="calendar.decline",
        ask=f"POST {EVENT}/decline",
        path="/decline",
        person="rita",
        act=clicks("send_back", reason="no_need"),
        job="decline_meeting",
        then=GONE_ALREADY,
    ),
    Asked(
        row="calendar.move",
        ask=f"PATCH {EVENT}",
        path="/events/",
        person="quinn",
        act=agreed,
        job="move_meeting",
        then={GoneError: has("cancelled"), NoMailboxError: has("cancelled")},
        well=stands("accepted"),
    ),
    Asked(
        row="calendar.change_guest",
        ask=f"GET {EVENT}",
        path="/events/",
        person="quinn",
        act=given,
        job="change_rep",
        then=NOT_INVITED,
        well=stands("offered"),
    ),
    Asked(
        row="calendar.change_guest",
        ask=f"PATCH {EVENT}",
        path="/events/",
        person="quinn",
        act=given,
        job="change_rep",
        then=NOT_INVITED,
        well=stands("offered"),
    ),
    Asked(
        row="calendar.forward",
        ask=f"POST {EVENT}/forward",
        path="/forward",
        person="quinn",
        act=agreed_and_late,
        job="await_move",
        then=all_of(has("copy_lags"), GoneError, NoMailboxError, DeniedError),
        well=has("copy_lags"),
    ),
    Asked(
        row="calendar.forward",
        ask=f"POST {EVENT}/forward",
        path="/forward",
        person="quinn",
        act=lost_and_asked_for,
        job="invite_again",
        then=all_of(
            reads("rita", "Invite me again"),
            *(NoMailboxError, GoneError, UnsupportedError, GraphError, ChangedError),
        ),
        well=stands("offered"),
    ),
    Asked(
        row="calendar.cancel",
        ask=f"POST {EVENT}/cancel",
        path="/cancel",
        person="quinn",
        act=called_off,
        job="cancel_meeting",
        then=GONE_ALREADY,
    ),
    Asked(
        row="calendar.make_block",
        ask="POST /users/{id}/events",
        path="/events",
        person="rita",
        begins=ACCEPTED,
        act=clicks("follow_up", titled="Call in 2 days"),
        job="book_follow_up",
        then={DuplicateError: waits},
        well=has("follow_up_booked"),
    ),
    Asked(
        row="calendar.remove_block",
        ask=f"DELETE {EVENT}",
        path="/events/",
        person="rita",
        begins=ACCEPTED,
        act=follow(no_prep),
        job="remove_block",
        then=GONE_ALREADY,
    ),
    Asked(
        row="subscriptions.renew",
        ask="PATCH /subscriptions/{id}",
        path="subscriptions",
        act=follow(renew),
        job="renew",
        then={NoMailboxError: quietly},
    ),
    Asked(
        row="views.read",
        ask="GET /users/{id}/calendarView",
        path="calendarView",
        person="rita",
        act=asks_for_the_calendar,
        job="read_weeks",
        then=NOT_READ,
        well=reads("rita", "Hold - QBR"),
    ),
    Asked(
        row="views.one",
        ask=f"GET {EVENT}",
        path="/events/",
        person="rita",
        begins=INSTALLED,
        act=frees,
        job="free_event",
        then=all_of(reads("rita", "No longer in your calendar"), GoneError, NoMailboxError),
        well=reads("rita", "Shown as free."),
    ),
    Asked(
        row="views.show_as",
        ask=f"PATCH {EVENT}",
        path="/events/",
        person="rita",
        begins=INSTALLED,
        act=frees,
        job="free_event",
        then=all_of(reads("rita", "No longer in your calendar"), GoneError, NoMailboxError),
        well=reads("rita", "Shown as free."),
    ),
    Asked(
        row="leavers.accounts",
        ask="GET /users",
        path="users",
        spares=1,
        act=with_a_stranger,
        job="read_weeks",
        then=NOBODY_SAID,
    ),
    Asked(
        row="leavers.groups",
        ask="GET /groups",
        path="groups",
        begins=INSTALLED,
        act=with_a_leaver,
        job="read_weeks",
        then=NOBODY_SAID,
    ),
    Asked(
        row="mail.send",
        ask="POST /users/{id}/sendMail",
        path="/sendMail",
        person="quinn",
        begins=INSTALLED,
        act=unreached,
        job="send_notice",
        then=all_of(
            has("unmailed"),
            *(DeniedError, NoMailboxError, UnsupportedError, GraphError, DuplicateError),
        ),
        well=has("mailed"),
    ),
    Asked(
        row="mail.reply_all",
        ask="POST /users/{id}/messages/{id}/replyAll",
        path="/replyAll",
        person="rita",
        begins=ACCEPTED,
        act=clicks("send_reply"),
        job="send_letter",
        each=timedelta(minutes=3),
        then=NOT_SENT,
        well=has("replied"),
    ),
    Asked(
        row="mail.find",
        ask="GET /users/{id}/messages",
        path="/messages",
        person="rita",
        begins=ACCEPTED,
        act=clicks("send_reply"),
        job="send_letter",
        then=NOT_SENT,
        well=has("replied"),
    ),
    Asked(
        row="mail.sent_since",
        ask="GET /users/{id}/mailFolders/sentitems/messages",
        path="sentitems",
        person="quinn",
        begins=INSTALLED,
        act=introduced_perhaps,
        job="send_letter",
        then={NoMailboxError: waits},  # for the rep's copy, which may be on its way
        well=has("introduced"),
    ),
    Asked(
        row="mail.received_since",
        ask="GET /users/{id}/messages",
        path="/messages",
        person="rita",
        spares=1,  # by our Message-ID, which comes first
        begins=INSTALLED,
        act=introduced_perhaps_from_no_mailbox,
        job="send_letter",
        then={},
        well=has("introduced"),
    ),
    Asked(
        row="mail.sent_in",
        ask="GET /users/{id}/messages",
        path="/messages",
        person="rita",
        begins=ACCEPTED,
        act=follow(sent_mail),
        job="read_sent_mail",
        then=all_of(logs("sent mail not read"), DeniedError, NoMailboxError),
    ),
    *(
        Asked(
            row="attendance.read",
            ask=f"GET /users/{{id}}/onlineMeetings{part}",
            path=path,
            spares=spares,
            begins=ACCEPTED,
            act=over,
            job="read_attendance",
            then=DONE_WITHOUT,
        )
        for part, path, spares in (
            ("", "/onlineMeetings", 0),
            ("/{id}/attendanceReports", "/attendanceReports", 0),
            ("/{id}/attendanceReports/{id}", "/attendanceReports/", 0),
        )
    ),
)

ELSEWHERE = {
    "calendar.changes_of": "tests/jobs/test_watching.py",  # and whoever is refused is read alone
    "calendar.make_meeting": "tests/journeys/test_delivery.py",
    "subscriptions.subscribe": "below",
    "subscriptions.living": "below",
    "subscriptions.end": "below",
    "apps.find": "tests/journeys/test_installing.py",
    "apps.installed": "tests/journeys/test_installing.py",
    "apps.install": "tests/journeys/test_installing.py",
    "apps.upgrade": "tests/journeys/test_installing.py",
    "apps.registered": "tests/doctor/test_faults.py",
}


MOST = 12  # calls that are refused in the suite


def test_every_call_of_the_table_is_refused_here_or_elsewhere() -> None:
    assert {one.row for one in CALLS} | ELSEWHERE.keys() == {c.where for c in permissions.CALLS}
    assert all(one.of for one in REFUSALS)


def refuse(world: World, one: Asked, refusal: Refusal) -> Fault:
    method = one.ask.partition(" ")[0]
    fault = world.box.faults.graph_status(
        refusal.status,
        refusal.code,
        refusal.words,
        times=1,
        method=method,
        path=one.path,
        person=one.person,
    )
    fault.spares = one.spares
    return fault


async def job_of(world: World, one: Asked) -> list[tuple[Any, ...]]:
    return await world.rows(
        "select status, attempts from procrastinate_jobs where task_name = %s", one.job
    )


async def again(world: World, one: Asked) -> None:
    """Its time has come, as for the first time."""
    world.clock.forward(one.each)
    await world.run(
        "update procrastinate_jobs set scheduled_at = null, attempts = 0 where status = 'todo'"
    )
    await world._work()


def shown(world: World) -> dict[str, list[str]]:
    return {who: world.newest(who).texts() for who in ("quinn", "rita", "mara")}


@pytest.mark.large
@pytest.mark.parametrize("one", sample(CALLS, MOST), ids=lambda one: f"{one.row} {one.ask}")
async def test_what_passes_is_waited_for_and_done_and_what_is_ours_is_put_back(
    database: str, one: Asked
) -> None:
    refused = one_of_each(
        (r for r in refusals_of(one.ask) if one.seen(r) in (waits, fails)),
        lambda r: (one.seen(r), r.error),
    )
    refused.sort(key=lambda r: one.seen(r) is fails)
    async with a_world(database, begins=one.begins) as world:
        before = None
        for n, refusal in enumerate(refused):
            fault = refuse(world, one, refusal)
            if not n:
                await one.act(world)
            with capture_logs() as said:
                await again(world, one)
            assert fault.hits == 1, refusal
            [(status, _)] = await job_of(world, one)
            if one.seen(refusal) is fails:
                assert status == "failed", refusal
                failed = (await looked(world, working.checks))["no job has failed for good"]
                assert failed.found == f"1 × {one.job}"
                assert "python app.py retry" in failed.then
                async with world.app.services.stores.door.open() as tx:
                    assert await world.app.services.stores.queue.retry_failed(tx) == 1
            else:
                assert status == "todo", refusal
                lacking = "a permission is lacking" in {line["event"] for line in said}
                assert lacking == (refusal.error is DeniedError and DeniedError not in one.then)
                before = before or shown(world)
                assert shown(world) == before, refusal
        if refused:
            if one.until:
                await one.until(world)
            await again(world, one)
            await world.work()
            assert await job_of(world, one) == []
            await one.well(world, [])


@pytest.mark.large
@pytest.mark.parametrize("one", sample(CALLS, MOST), ids=lambda one: f"{one.row} {one.ask}")
async def test_what_does_not_pass_is_told_to_whom_it_concerns(database: str, one: Asked) -> None:
    refused = [r for r in refusals_of(one.ask) if one.seen(r) not in (waits, fails)]
    for refusal in one_of_each(refused, lambda r: r.error):
        seen = one.seen(refusal)
        async with a_world(database, begins=one.begins) as world:
            fault = refuse(world, one, refusal)
            with capture_logs() as said:
                await one.act(world)
                await again(world, one)
            assert fault.hits == 1, refusal
            assert await job_of(world, one) == [], refusal
            await seen(world, said)


WHY_NOT_WATCHED: Mapping[type[Exception], str | None] = {
    DeniedError: "Baton may not read this mailbox",
    NoMailboxError: "there is no mailbox that Outlook can read",
    UnsupportedError: "Graph does not take what Baton asks",
    BusyError: "Outlook does not answer for this mailbox",
    ChangedError: None,  # one of ours is there already: it is taken away, and another made
}


async def test_why_a_mailbox_is_not_watched_is_named_and_no_other_waits_for_it(
    database: str,
) -> None:
    async with a_world(database, begins=OFFERED) as world:
        rita, quinn = world.box.person("rita").id, world.box.person("quinn").id
        known = world.app.services.stores.subscriptions
        for refusal in refusals_of("POST /subscriptions"):
            async with world.app.services.stores.door.open() as tx:
                for who in (rita, quinn):
                    await known.lost(tx, who, "events", world.clock())
            await world.run("update subscription set try_at = null, trouble = null, tries = 0")
            fault = world.box.faults.graph_status(
                refusal.status, refusal.code, refusal.words, times=1, method="POST", path="subscr"
            )
            await world.app.services.stores.door.follow(Subscribe())
            await world.work()

            assert fault.hits == 1
            both = [one for who in (rita, quinn) if (one := await known.of(who, "events"))]
            if refusal.status == 429:
                assert [one.alive(world.clock()) for one in both] == [False, False]
                continue
            why = WHY_NOT_WATCHED[refusal.error]
            refused = [one for one in both if not one.alive(world.clock())]
            assert [one.trouble for one in refused] == ([why] if why else []), refusal
            said = (await looked(world, mailboxes.checks))["every mailbox in use can be watched"]
            assert said.well is (why is None)
            if why:
                assert f"events: {why}" in said.found
                assert (said.then == OURS) is (refusal.error is UnsupportedError)


async def test_what_graph_says_instead_of_its_subscriptions_is_the_doctors_to_say(
    database: str,
) -> None:
    async with a_world(database, begins=OFFERED) as world:
        for refusal in refusals_of("GET /subscriptions"):
            fault = world.box.faults.graph_status(
                refusal.status, refusal.code, refusal.words, times=1, path="subscriptions"
            )
            what = "Graph has every subscription, to this address"
            said = (await looked(world, mailboxes.checks))[what]

            assert fault.hits == 1
            assert not said.well
            assert str(refusal.status) in said.found
            assert (said.then == OURS) is (refusal.error is UnsupportedError)


async def test_a_subscription_that_the_doctor_made_and_cannot_end_is_no_trouble(
    database: str,
) -> None:
    """It dies within the hour."""
    async with a_world(database, begins=OFFERED) as world:
        rita, url = world.box.person("rita").upn, world.app.services.notification_url
        for n, refusal in enumerate(refusals_of("DELETE /subscriptions/{id}")):
            fault = world.box.faults.graph_status(
                refusal.status, refusal.code, refusal.words, times=1, method="DELETE"
            )
            trying = world.app.services.outlook.trying
            await trying.is_told(rita, f"{url}?from=doctor{n}", world.clock())
            assert fault.hits == 1
