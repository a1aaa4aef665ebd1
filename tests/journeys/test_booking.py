"""A qualifier hands over a lead while the prospect is on the line."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from psycopg.errors import ExclusionViolation

from cards.forms import MOST_CHOICES
from handoff import booking, handing_over
from handoff.errors import TakenError
from handoff.model import Choice, Decision, Search
from sandbox.teams import cards
from sandbox.teams.chats import ChatMessage
from tests.handoff.conftest import LEAD
from tests.hour import MONDAY
from tests.thoroughness import THOROUGH
from tests.world import BRIEF, INES, World


async def test_a_qualifier_books_and_the_rep_has_the_card(world: World) -> None:
    await world.brief()
    assert "Times that suit everyone" in world.reads("quinn")
    assert "Tue 3 Mar 09:00, Rosa Klein" in world.reads("quinn")

    await world.press("quinn", "book")

    assert "WITH ROSA" in world.reads("quinn")
    card = world.reads("rosa")
    for words in (
        "NEW MEETING FOR YOU",
        "Contoso Logistics, Ines Prado",
        "from Quinn Avery",
        "**Tue 3 Mar, 09:00 to 09:30**",
        "08:00 in Lisbon",
        "Answer by **Mon 14:00**",
        "4 working hours from Mon 10:00",
        "Two late shipments a week",
        "about €48,000",
        "✓ Your calendar is free at that time.",
    ):
        assert words in card


@pytest.mark.usefixtures("offered")
async def test_one_event_with_everyone_invited_and_nothing_internal_in_it(world: World) -> None:
    start = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    [event] = world.box.outlook.calendar("quinn", start, start + timedelta(hours=1))
    [copy] = world.box.outlook.calendar("rita", start, start + timedelta(hours=1))
    assert event.uid == copy.uid
    assert not copy.allow_proposals, (
        "another time is proposed in Teams, or by an answer to the mail"
    )
    assert {a.who.mail for a in event.attendees} == {INES, world.box.person("rita").mail}
    [letter] = world.invitations()
    assert letter.kind == "invitation"
    assert letter.subject == "Contoso Logistics and Halden Systems"
    assert "See tracking live" in letter.body.content
    assert "teams.microsoft.com" in letter.body.content
    for internal in ("Two late shipments", "48000", "48,000", "Ports webinar", "Excel", "Baton"):
        assert internal not in letter.body.content + letter.subject


async def test_an_incomplete_brief_is_refused_naming_each_field_and_what_was_typed_is_kept(
    world: World,
) -> None:
    form = await world.form()
    data = {**BRIEF, "needs": " ", "request": "", "target": "pool:emea", "pains": "All by hand"}
    carried = next(a for a in form.actions() if a.verb == "brief").data

    answer = await world.box.teams.execute("quinn", form, "brief", {**carried, **data})

    assert "Please fill in: What they need, What they want to see" in answer.texts()
    assert "All by hand" in answer.texts()
    assert "Contoso Logistics" in answer.texts()
    assert await world.rows("select 1 from handoff") == []


async def test_a_wrong_address_zone_length_or_person_is_said_plainly(world: World) -> None:
    form = await world.form()
    carried = next(a for a in form.actions() if a.verb == "brief").data
    good = {**carried, **BRIEF, "target": "pool:emea"}

    for wrong, words in (
        ({"contact_email": "ines at contoso"}, "does not look like a mail address"),
        ({"contact_zone": "Europe/Atlantis"}, "where the prospect is"),
        ({"type": "lunch"}, "what kind of meeting it is"),
        ({"target": "rep:nobody"}, "whom it goes to"),
        ({"target": "pool:asia"}, "whom it goes to"),
        ({"wanted": "tomorrow"}, "choose a day"),
        ({"wanted": "2027-03-03"}, "within the next two months"),
    ):
        answer = await world.box.teams.execute("quinn", form, "brief", {**good, **wrong})
        assert words in "\n".join(answer.texts()), wrong
    assert await world.rows("select 1 from handoff") == []


async def test_where_the_prospect_is_is_asked_and_stays_as_it_was_chosen(world: World) -> None:
    """Where the qualifier is comes first in the list, and is chosen by nobody."""
    form = await world.form()
    [zones] = [one for one in cards.inputs(form.card or {}) if one["id"] == "contact_zone"]
    assert "value" not in zones
    assert zones["isRequired"]
    assert zones["choices"][0]["title"] == "Madrid (Spain)"

    inputs = {**BRIEF, "target": "pool:emea", "contact_zone": "Asia/Tokyo", "needs": " "}
    carried = next(a for a in form.actions() if a.verb == "brief").data
    for zone, kept in (("Asia/Tokyo", "Asia/Tokyo"), ("Europe/Atlantis", None), ("", None)):
        sent = {**carried, **inputs, "contact_zone": zone}
        answer = await world.box.teams.execute("quinn", form, "brief", sent)
        assert answer.card
        [zones] = [one for one in cards.inputs(answer.card) if one["id"] == "contact_zone"]
        assert zones.get("value") == kept, zone


async def test_two_clicks_on_one_form_make_one_handoff(world: World) -> None:
    form = await world.form()
    inputs = {**BRIEF, "target": "pool:emea"}

    await asyncio.gather(*(world.click("quinn", "brief", form, **inputs) for _ in range(3)))

    assert await world.rows("select count(*) from handoff") == [(1,)]


async def test_however_many_hand_over_one_contact_at_once_there_is_one_handoff(
    world: World,
) -> None:
    forms = [await world.form() for _ in range(6)]
    inputs = {**BRIEF, "target": "pool:emea"}

    await asyncio.gather(*(world.click("quinn", "brief", form, **inputs) for form in forms))

    assert await world.rows("select count(*) from handoff") == [(1,)]


async def test_whoever_is_next_changes_with_every_lead(world: World) -> None:
    chosen = []
    for number in range(3):
        await world.brief(contact_email=f"lead{number}@contoso.example")
        await world.press("quinn", "book")
        [(rep,)] = await world.rows("select rep from handoff order by number desc limit 1")
        chosen.append(rep)

    assert len(set(chosen)) == 3


async def test_times_keep_clear_of_both_calendars_and_of_what_outlook_has_yet_to_show(
    world: World,
) -> None:
    nine = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    world.box.outlook.create("quinn", "Call", nine, nine + timedelta(minutes=30))
    world.box.outlook.create("rita", "Call", nine.replace(hour=9), nine.replace(hour=10))
    rita = f"rep:{world.box.person('rita').id}"

    await world.brief(rita)

    assert "Tue 3 Mar 09:30" in world.reads("quinn")
    assert "Tue 3 Mar 09:00" not in world.reads("quinn")
    assert "Tue 3 Mar 10:00" not in world.reads("quinn")
    await world.press("quinn", "book")
    world.box.outlook.delete("rita", "Contoso Logistics and Halden Systems")
    await world.brief(rita, contact_email="other@contoso.example")
    assert "Tue 3 Mar 09:30" not in world.reads("quinn"), "Baton holds it still"


async def test_other_days_and_someone_else(world: World) -> None:
    await world.brief()

    await world.press("quinn", "find_times", titled="Find times", wanted="2026-03-11")
    assert "Wed 11 Mar" in world.reads("quinn")
    assert "Tue 3 Mar" not in world.reads("quinn")
    ravi = f"rep:{world.box.person('ravi').id}"
    card = world.newest("quinn")
    await world.opens("quinn", "find_times")
    action = next(a for a in world.newest("quinn").actions() if a.verb == "find_times")
    await world.box.teams.execute("quinn", card, "find_times", {**action.data, "target": ravi})
    await world.work()
    assert "Wed 11 Mar 09:00, Ravi Patel" in world.reads("quinn")


async def test_no_time_in_common_is_said_and_leaves_a_way_on(world: World) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    world.box.outlook.create("rita", "Sabbatical", start, start + timedelta(days=40))

    await world.brief(f"rep:{world.box.person('rita').id}")

    assert "NO TIME SUITS EVERYONE" in world.reads("quinn")
    assert await world.opens("quinn", "find_times")


async def test_a_time_taken_a_moment_ago_is_refused_and_the_card_stays(world: World) -> None:
    rita = f"rep:{world.box.person('rita').id}"
    await world.install("priya")
    first = await world.brief(rita)
    await world.form("priya")
    other = {**BRIEF, "target": rita, "contact_email": "x@fabrikam.example", "wanted": "2026-03-03"}
    second = await world.press("priya", "brief", None, **other)
    shared = next(c for c in choices(first) if c in choices(second))
    await world.press("quinn", "book", first, choice=shared)

    answer = await world.click("priya", "book", second, choice=shared)

    assert "taken a moment ago" in "\n".join(answer.texts())
    assert "Times that suit everyone" in answer.texts()


@pytest.mark.large
async def test_a_crowd_that_books_one_slot_leaves_exactly_one_booking(world: World) -> None:
    """Leads by the hundred, one rep, one time: through the door that every booking takes."""
    crowd = 1000 if THOROUGH else 100
    store, rita = world.app.services.stores.handoffs, world.box.person("rita").id
    quinn = await world.app.services.stores.people.find(world.box.person("quinn").id)
    policy = await world.app.services.stores.policies.current()
    assert quinn
    start = datetime(2026, 3, 4, 9, tzinfo=UTC)
    search = Search(pool=None, rep=rita, type="first", minutes=30, wanted=start.date())
    leads = [
        handing_over.begin(
            id=uuid4(), lead=LEAD, qualifier=quinn, policy=policy, at=MONDAY, search=search
        )
        for _ in range(crowd)
    ]
    found = replace(search, found=(Choice(start, rita),))
    ready = [replace(d, handoff=replace(d.handoff, search=found), effects=()) for d in leads]
    book = partial(booking.choose, by=quinn.id, at=MONDAY, start=start, rep=rita)

    some = asyncio.Semaphore(50)  # more than there are connections; more would wait too long

    async def added(decision: Decision) -> None:
        async with some:
            await store.add(decision)

    async def booked(id: UUID) -> None:
        async with some:
            await store.change(id, book, rita)

    await asyncio.gather(*(added(decision) for decision in ready))

    said = await asyncio.gather(*(booked(d.handoff.id) for d in ready), return_exceptions=True)

    assert len([s for s in said if isinstance(s, TakenError)]) == crowd - 1
    assert await world.rows("select count(*) from reservation") == [(1,)]
    assert await world.rows("select count(*) from handoff where state = 'booking'") == [(1,)]
    with pytest.raises(ExclusionViolation):
        await world.run(
            "insert into reservation select (select id from handoff where state = 'qualified' "
            "limit 1), rep, during from reservation"
        )


async def test_only_qualifiers_hand_over(world: World) -> None:
    assert "is for qualifiers" in (await world.say("rita", "book")).texts()[0]


@pytest.mark.at_once
async def test_booking_asks_graph_little(world: World) -> None:
    """Seven calendars over two weeks: at most two requests. The whole booking: at most six, and
    what it takes to watch the mailboxes from now on.
    """
    await world.form()
    world.box.requests.clear()

    await world.press("quinn", "brief", None, **{**BRIEF, "target": "pool:emea"})
    assert len(world.box.requests.graph_requests()) <= 2
    await world.press("quinn", "book")

    of_watching = ("/subscriptions", "delta", "/messages")
    made = [
        one
        for one in world.box.requests.graph_requests(inner=True)
        if not any(part in one.path for part in of_watching)
    ]
    assert len(made) <= 6, [f"{one.method} {one.path}" for one in made]


def choices(card: ChatMessage) -> list[str]:
    """The values of the times shown."""
    return [one.data["choice"] for one in card.actions() if one.verb == "book"]


async def test_of_six_hundred_reps_one_is_named_by_who_books(world: World) -> None:
    columns = (
        "roles, pools, managers, zone, days, day_start, day_end, holidays, away, present, synced_at"
    )
    await world.run(
        f"insert into person (id, name, mail, {columns}) select 'r' || g, "
        "case when g < 3 then 'Anna Berg' else 'Rep ' || g end, 'r' || g || '@halden.example', "
        f"{columns} from person, generate_series(1, 600) g where id = %s",
        world.box.person("rita").id,
    )
    await world.form()
    said = (("Nobody", "No rep and no team is called Nobody."), ("anna berg", "Several are called"))

    for who, problem in said:
        card = await world.press("quinn", "brief", None, **{**BRIEF, "named": who})
        assert problem in "\n".join(card.texts())
        assert who in json.dumps(card.card), "what was typed stays"
    assert "Anna Berg (r1@halden.example), Anna Berg (r2@halden.example)" in world.reads("quinn")
    await world.press("quinn", "brief", None, **{**BRIEF, "named": "rita o"})
    await world.press("quinn", "book")
    assert "NEW MEETING FOR YOU" in world.reads("rita")

    await world.form()
    bo = {**BRIEF, "contact_email": "bo@fabrikam.example", "company": "Fabrikam"}
    card = await world.press("quinn", "brief", None, **bo, target="team:emea")
    assert "Who of EMEA? Please choose below." in card.texts()
    [whom] = [one for one in cards.inputs(card.card or {}) if one["id"] == "target"]
    assert whom["choices"][0]["title"] == "Whoever is next in EMEA"
    assert len(whom["choices"]) == MOST_CHOICES, "of more than fit, the others by name"
    await world.press("quinn", "brief", None, target=f"rep:{world.box.person('ravi').id}")
    await world.press("quinn", "book")
    assert "Fabrikam, Ines Prado" in world.reads("ravi")
