"""How a meeting travels between the mailboxes of the people in it."""

from datetime import UTC, datetime, timedelta

from sandbox.exchange.model import LetterKind, Response
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import MONDAY, Caller, Got, at, meeting, week

RITA, QUINN, NOAH = (
    "rita.osei@halden.example",
    "quinn.avery@halden.example",
    "noah.brooks@halden.example",
)
INES = "ines@customer.example"


async def copy_of(graph: Caller, mail: str, subject: str) -> Got | None:
    """The one event of that subject in the person's calendar."""
    found = await graph.get(f"/users/{mail}/calendarView?{week()}&$top=50")
    ids = [event["id"] for event in found.value if event["subject"] == subject]
    assert len(ids) <= 1
    return await graph.get(f"/users/{mail}/events/{ids[0]}") if ids else None


async def the_copy(graph: Caller, mail: str, subject: str) -> Got:
    found = await copy_of(graph, mail, subject)
    assert found is not None, f"{mail} has no {subject}"
    return found


async def test_an_invited_colleague_has_an_own_copy_of_the_same_meeting(graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))
    copy = await the_copy(graph, RITA, "Demo")

    assert organized.status == 201
    assert copy["id"] != organized["id"]
    assert copy["iCalUId"] == organized["iCalUId"]
    assert (organized["isOrganizer"], copy["isOrganizer"]) == (True, False)
    assert organized["responseStatus"]["response"] == "organizer"
    assert copy["responseStatus"] == {"response": "notResponded", "time": "0001-01-01T00:00:00Z"}
    assert (organized["showAs"], copy["showAs"]) == ("busy", "tentative")
    assert copy["organizer"]["emailAddress"]["address"] == QUINN
    assert [a["emailAddress"]["address"] for a in copy["attendees"]] == [RITA, INES]


async def test_an_event_of_one_mailbox_is_not_found_in_another(graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))

    got = await graph.get(f"/users/{RITA}/events/{organized['id']}")

    assert (got.status, got.code) == (404, "ErrorItemNotFound")


async def test_an_accepted_invite_turns_busy_and_the_organizer_sees_when(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")
    box.clock.forward(timedelta(minutes=7))

    accepted = await graph.post(f"/users/{RITA}/events/{copy['id']}/accept", {"comment": "Sure"})

    assert (accepted.status, accepted.body) == (202, "")
    copy = await the_copy(graph, RITA, "Demo")
    assert copy["showAs"] == "busy"
    assert copy["responseStatus"] == {"response": "accepted", "time": "2026-03-02T08:37:00Z"}
    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    (attendee,) = mine["attendees"]
    assert attendee["status"] == {"response": "accepted", "time": "2026-03-02T08:37:00Z"}


async def test_a_declined_invite_leaves_the_calendar(graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")

    await graph.post(f"/users/{RITA}/events/{copy['id']}/decline", {})

    got = await graph.get(f"/users/{RITA}/events/{copy['id']}")
    assert (got.status, got.code) == (404, "ErrorItemNotFound")
    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    assert mine["attendees"][0]["status"]["response"] == "declined"


async def test_an_answer_that_is_not_sent_stays_with_the_attendee(graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")

    await graph.post(
        f"/users/{RITA}/events/{copy['id']}/tentativelyAccept", {"sendResponse": False}
    )

    copy = await the_copy(graph, RITA, "Demo")
    assert copy["responseStatus"]["response"] == "tentativelyAccepted"
    assert copy["showAs"] == "tentative"
    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    assert mine["attendees"][0]["status"]["response"] == "none"


async def test_a_proposed_time_reaches_the_organizer(graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")
    proposed = {"start": at(2, "15:00"), "end": at(2, "15:30")}

    await graph.post(
        f"/users/{RITA}/events/{copy['id']}/tentativelyAccept", {"proposedNewTime": proposed}
    )

    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    assert mine["attendees"][0]["proposedNewTime"]["start"] == {
        "dateTime": "2026-03-04T14:00:00.0000000",
        "timeZone": "UTC",
    }


async def test_what_exchange_does_not_let_an_attendee_answer(graph: Caller) -> None:
    proposed = {"start": at(2, "15:00"), "end": at(2, "15:30")}
    organized = await graph.post(
        f"/users/{QUINN}/events", meeting("Demo", RITA, allowNewTimeProposals=False)
    )
    copy = await the_copy(graph, RITA, "Demo")
    at_copy = f"/users/{RITA}/events/{copy['id']}"

    async def code(path: str, body: object) -> str:
        got = await graph.post(path, body)
        assert got.status == 400
        return got.code

    organizers = f"/users/{QUINN}/events/{organized['id']}/accept"
    assert await code(organizers, {}) == "ErrorInvalidRequest"
    assert await code(f"{at_copy}/decline", {"proposedNewTime": proposed}) == "ErrorInvalidRequest"
    silent = {"sendResponse": False, "proposedNewTime": proposed}
    assert await code(f"{at_copy}/decline", silent) == "ErrorInvalidParameter"
    said = {"sendResponse": False, "comment": "no"}
    assert await code(f"{at_copy}/decline", said) == "ErrorInvalidParameter"
    assert await code(f"{at_copy}/cancel", {}) == "ErrorInvalidRequest"
    await graph.post(f"/users/{QUINN}/events", meeting("Notice", RITA, responseRequested=False))
    notice = await the_copy(graph, RITA, "Notice")
    assert await code(f"/users/{RITA}/events/{notice['id']}/accept", {}) == "ErrorInvalidRequest"
    await graph.delete(f"/users/{QUINN}/events/{organized['id']}")
    assert await code(f"{at_copy}/accept", {}) == "ErrorInvalidRequest", "it was cancelled"


async def test_a_new_time_makes_answers_void_and_another_subject_does_not(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))
    box.outlook.respond("rita", organized["iCalUId"], "accept")
    box.outside.respond(INES, "accept")
    event = f"/users/{QUINN}/events/{organized['id']}"

    await graph.patch(event, {"subject": "Longer demo"})
    copy = await the_copy(graph, RITA, "Longer demo")
    assert (copy["responseStatus"]["response"], copy["showAs"]) == ("accepted", "busy")

    await graph.patch(event, {"start": at(1, "10:00"), "end": at(1, "10:30")})
    mine = await graph.get(event)
    assert [a["status"]["response"] for a in mine["attendees"]] == ["accepted", "accepted"]

    await graph.patch(event, {"start": at(1, "16:00"), "end": at(1, "16:30")})
    copy = await the_copy(graph, RITA, "Longer demo")
    assert (copy["responseStatus"]["response"], copy["showAs"]) == ("notResponded", "tentative")
    assert copy["start"]["dateTime"] == "2026-03-03T15:00:00.0000000"
    mine = await graph.get(event)
    assert [a["status"]["response"] for a in mine["attendees"]] == ["none", "none"]


async def test_replacing_an_attendee_writes_to_each_person_once(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))
    box.outside.respond(INES, "accept")
    box.post.clear()

    await graph.patch(
        f"/users/{QUINN}/events/{organized['id']}",
        {"attendees": meeting("", NOAH, INES)["attendees"]},
    )

    assert [(one.to, one.kind) for one in box.post.letters()] == [
        (RITA, LetterKind.CANCELLATION),
        (NOAH, LetterKind.INVITATION),
        (INES, LetterKind.UPDATE),
    ]
    gone = await the_copy(graph, RITA, "Canceled: Demo")
    assert (gone["isCancelled"], gone["showAs"]) == (True, "free")
    assert (await the_copy(graph, NOAH, "Demo"))["responseStatus"]["response"] == "notResponded"
    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    answers = {a["emailAddress"]["address"]: a["status"]["response"] for a in mine["attendees"]}
    assert answers == {NOAH: "none", INES: "accepted"}


async def test_what_only_the_organizer_sees_writes_to_nobody(box: Sandbox, graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))
    box.post.clear()

    changed = await graph.patch(
        f"/users/{QUINN}/events/{organized['id']}",
        {"showAs": "free", "categories": ["Baton"], "isReminderOn": False},
    )

    assert (changed["showAs"], changed["categories"]) == ("free", ["Baton"])
    assert box.post.letters() == []
    assert (await the_copy(graph, RITA, "Demo"))["categories"] == []


async def test_an_attendee_may_mark_the_own_copy_and_nobody_hears_of_it(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")
    box.post.clear()

    await graph.patch(f"/users/{RITA}/events/{copy['id']}", {"subject": "My demo"})

    assert (await graph.get(f"/users/{QUINN}/events/{organized['id']}"))["subject"] == "Demo"
    assert box.post.letters() == []


async def test_deleting_by_the_organizer_cancels_for_everybody(box: Sandbox, graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))

    deleted = await graph.delete(f"/users/{QUINN}/events/{organized['id']}")

    assert deleted.status == 204
    assert (await graph.get(f"/users/{QUINN}/events/{organized['id']}")).status == 404
    assert (await the_copy(graph, RITA, "Canceled: Demo"))["isCancelled"]
    assert box.outside.inbox(INES)[-1].kind is LetterKind.CANCELLATION
    again = await graph.delete(f"/users/{QUINN}/events/{organized['id']}")
    assert (again.status, again.code) == (404, "ErrorItemNotFound")


async def test_cancelling_says_why(box: Sandbox, graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES))

    got = await graph.post(
        f"/users/{QUINN}/events/{organized['id']}/cancel", {"Comment": "Ines is ill"}
    )

    assert got.status == 202
    assert box.outside.inbox(INES)[-1].body.content == "Ines is ill"


async def test_an_attendee_who_deletes_the_own_copy_tells_nobody(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")
    box.post.clear()

    assert (await graph.delete(f"/users/{RITA}/events/{copy['id']}")).status == 204

    assert await copy_of(graph, RITA, "Demo") is None
    mine = await graph.get(f"/users/{QUINN}/events/{organized['id']}")
    assert mine["attendees"][0]["status"]["response"] == "none"
    assert box.post.letters() == []


async def test_who_declined_gets_the_meeting_back_with_the_next_update(
    box: Sandbox, graph: Caller
) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, NOAH))
    for who in ("rita", "noah"):
        box.outlook.respond(who, organized["iCalUId"], "decline" if who == "rita" else "accept")
    event = f"/users/{QUINN}/events/{organized['id']}"

    async def answers() -> list[str]:
        return [one["status"]["response"] for one in (await graph.get(event))["attendees"]]

    await graph.patch(event, {"categories": ["Mine"]})
    assert await copy_of(graph, RITA, "Demo") is None, "that was no update"

    await graph.patch(event, {"subject": "Better demo"})
    back = await the_copy(graph, RITA, "Better demo")
    assert (back["responseStatus"]["response"], back["showAs"]) == ("notResponded", "tentative")
    assert await answers() == ["declined", "accepted"], "the organizer knows what was said"

    await graph.patch(event, {"start": at(2, "10:00"), "end": at(2, "10:30")})
    assert await answers() == ["none", "none"]


async def test_a_repeated_transaction_is_one_event(box: Sandbox, graph: Caller) -> None:
    body = meeting("Demo", RITA, INES, transactionId="booking-1")

    first = await graph.post(f"/users/{QUINN}/events", body)
    second = await graph.post(f"/users/{QUINN}/events", body)

    assert (first.status, second.status) == (201, 201)
    assert first["id"] == second["id"]
    assert first["transactionId"] == "booking-1"
    assert len(box.outside.inbox(INES)) == 1
    other = await graph.post(
        f"/users/{QUINN}/events", meeting("Demo", RITA, INES, transactionId="booking-2")
    )
    assert other["id"] != first["id"]


async def test_an_outdated_version_is_refused(box: Sandbox, graph: Caller) -> None:
    organized = await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    event = f"/users/{QUINN}/events/{organized['id']}"
    known = organized["@odata.etag"]
    box.outlook.respond("rita", organized["iCalUId"], "accept")

    stale = await graph.patch(event, {"subject": "Mine"}, If_Match=known)
    assert (stale.status, stale.code) == (412, "ErrorIrresolvableConflict")
    assert (await graph.delete(event, If_Match=known)).status == 412

    fresh = (await graph.get(event))["@odata.etag"]
    assert (await graph.patch(event, {"subject": "Mine"}, If_Match=fresh)).status == 200
    assert (await graph.patch(event, {"subject": "Again"}, If_Match="*")).status == 200


async def test_an_online_meeting_has_a_link_until_its_lines_are_overwritten(graph: Caller) -> None:
    body = meeting("Demo", RITA, isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")
    organized = await graph.post(
        f"/users/{QUINN}/events", body | {"body": {"contentType": "text", "content": "Needs & <b>"}}
    )
    event = f"/users/{QUINN}/events/{organized['id']}"
    link = organized["onlineMeeting"]["joinUrl"]

    assert link.startswith("https://teams.microsoft.com/l/meetup-join/19%3Ameeting_")
    assert organized["onlineMeetingProvider"] == "teamsForBusiness"
    content = organized["body"]["content"]
    assert "Needs &amp; &lt;b&gt;" in content
    assert "Join the meeting now" in content
    assert (await the_copy(graph, RITA, "Demo"))["onlineMeeting"]["joinUrl"] == link

    kept = content.replace("Needs", "Wants")
    changed = await graph.patch(event, {"body": {"contentType": "html", "content": kept}})
    assert (changed["isOnlineMeeting"], changed["onlineMeeting"]) == (True, {"joinUrl": link})
    assert (await graph.patch(event, {"isOnlineMeeting": False}))["isOnlineMeeting"] is True

    lost = await graph.patch(event, {"body": {"contentType": "html", "content": "<p>new</p>"}})
    assert (lost["isOnlineMeeting"], lost["onlineMeeting"]) == (False, None)


async def test_own_properties_stay_with_the_organizer(graph: Caller) -> None:
    name = "String {8d6c3f0e-0000-4000-8000-1234567890ab} Name Handoff"
    body = meeting("Demo", RITA, singleValueExtendedProperties=[{"id": name, "value": "H-7"}])
    organized = await graph.post(f"/users/{QUINN}/events", body)
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{name}')"

    assert "singleValueExtendedProperties" not in organized.body
    got = await graph.get(f"/users/{QUINN}/events/{organized['id']}?{expand}")
    assert got["singleValueExtendedProperties"] == [{"id": name, "value": "H-7"}]

    find = (
        "$filter=singleValueExtendedProperties/Any(ep: ep/id eq"
        f" '{name}' and ep/value eq 'H-7')&$select=subject"
    )
    found = await graph.get(f"/users/{QUINN}/events?{find}")
    assert [one["subject"] for one in found.value] == ["Demo"]
    assert (await graph.get(f"/users/{QUINN}/events?{find.replace('H-7', 'H-8')}")).value == []
    copy = await the_copy(graph, RITA, "Demo")
    theirs = await graph.get(f"/users/{RITA}/events/{copy['id']}?{expand}")
    assert "singleValueExtendedProperties" not in theirs.body


async def test_a_forwarded_meeting_invites_more_people(box: Sandbox, graph: Caller) -> None:
    await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA))
    copy = await the_copy(graph, RITA, "Demo")

    got = await graph.post(
        f"/users/{RITA}/events/{copy['id']}/forward",
        {"Comment": "Join us", "ToRecipients": [{"emailAddress": {"address": NOAH}}]},
    )

    assert got.status == 202
    assert (await the_copy(graph, NOAH, "Demo"))["organizer"]["emailAddress"]["address"] == QUINN
    mine = await the_copy(graph, QUINN, "Demo")
    assert len(mine["attendees"]) == 2
    assert box.post.letters(NOAH)[-1].body.content == "Join us"

    box.outlook.respond("noah", "Demo", "decline")
    again = {"ToRecipients": [{"emailAddress": {"address": NOAH}}]}
    await graph.post(f"/users/{QUINN}/events/{mine['id']}/forward", again)
    assert (await the_copy(graph, NOAH, "Demo"))["responseStatus"]["response"] == "notResponded"
    assert len((await the_copy(graph, QUINN, "Demo"))["attendees"]) == 2


async def test_a_hidden_guest_list_is_hidden(graph: Caller) -> None:
    await graph.post(f"/users/{QUINN}/events", meeting("Demo", RITA, INES, hideAttendees=True))

    copy = await the_copy(graph, RITA, "Demo")

    assert [a["emailAddress"]["address"] for a in copy["attendees"]] == [RITA]


async def test_a_customer_invites_and_a_colleague_answers(box: Sandbox, graph: Caller) -> None:
    rita = box.person("rita")
    start = MONDAY + timedelta(days=1)
    uid = box.outside.invite(
        INES, [box.outlook.address(rita)], "Kick-off", start, start + timedelta(hours=1)
    )
    copy = await the_copy(graph, RITA, "Kick-off")
    assert (copy["iCalUId"], copy["showAs"]) == (uid, "tentative")

    await graph.post(f"/users/{RITA}/events/{copy['id']}/accept", {})

    answer = box.outside.inbox(INES)[-1]
    assert (answer.kind, answer.response) == (LetterKind.RESPONSE, Response.ACCEPTED)
    box.outside.cancel(uid)
    assert (await the_copy(graph, RITA, "Canceled: Kick-off"))["isCancelled"]


async def test_people_in_outlook_do_what_graph_does(box: Sandbox, graph: Caller) -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=UTC)
    event = box.outlook.create(
        "quinn", "Demo", start, start + timedelta(hours=1), attendees=["rita"]
    )
    box.outlook.respond("rita", event, "accept", at=MONDAY - timedelta(hours=3))
    box.outlook.move("quinn", event, start + timedelta(hours=2))

    copy = await the_copy(graph, RITA, "Demo")

    assert copy["start"]["dateTime"] == "2026-03-03T11:00:00.0000000"
    assert copy["responseStatus"]["response"] == "notResponded"
    box.outlook.respond("rita", event, "accept", at=MONDAY - timedelta(hours=3))
    copy = await the_copy(graph, RITA, "Demo")
    assert copy["responseStatus"]["time"] == "2026-03-02T05:30:00Z"
    box.outlook.delete("rita", copy["id"])
    assert not box.outlook.has("rita", event)
