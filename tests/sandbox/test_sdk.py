"""Every answer of Graph read by Microsoft's own client: nothing may be left over.

The client keeps what it has no field for in `additional_data`; only annotations (@odata…) belong
there.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import Parsable
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.groups.item.transitive_members.graph_user.graph_user_request_builder import (
    GraphUserRequestBuilder,
)
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.user import User
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder,
)
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import (
    AcceptPostRequestBody,
)
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import (
    SendMailPostRequestBody,
)

from sandbox.entra import GRAPH_API
from sandbox.m365 import Sandbox
from tests.sandbox.conftest import MONDAY, Inbox

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"
INES = "ines@customer.example"


class Bearer(AuthenticationProvider):
    def __init__(self, token: str) -> None:
        self._token = token

    async def authenticate_request(
        self,
        request: RequestInformation,
        additional_authentication_context: dict[str, Any] | None = None,
    ) -> None:
        request.headers.add("Authorization", f"Bearer {self._token}")


@pytest.fixture
async def sdk(box: Sandbox) -> AsyncIterator[GraphServiceClient]:
    """Microsoft's own client, with nothing of it replaced but the address and the token."""
    async with httpx.AsyncClient(
        verify=box.certificates.trusting(), base_url=f"{box.url}/v1.0", trust_env=False
    ) as client:
        provider = Bearer(box.entra.application_token(GRAPH_API))
        adapter = GraphRequestAdapter(auth_provider=provider, client=client)
        adapter.base_url = f"{box.url}/v1.0/"
        yield GraphServiceClient(request_adapter=adapter)


def complete(*things: object) -> None:
    """Fails when the client found something that it has no field for, however deep."""
    waiting: list[object] = list(things)
    seen = 0
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Parsable):
            seen += 1
            extra = getattr(thing, "additional_data", {})
            assert all(name.startswith("@odata") for name in extra), (type(thing), extra)
            waiting += [
                getattr(thing, name)
                for name in thing.get_field_deserializers()
                if hasattr(thing, name)
            ]
            waiting += list(_fields(thing))
        elif isinstance(thing, list | tuple):
            waiting += thing
    assert seen


def _fields(thing: Parsable) -> Iterable[object]:
    return [value for name, value in vars(thing).items() if name != "backing_store"]


def body(subject: str, *mails: str, days: int = 1, hour: int = 10) -> Event:
    start = datetime(2026, 3, 2 + days, hour)
    return Event(
        subject=subject,
        body=ItemBody(content="Needs", content_type=None),
        start=DateTimeTimeZone(date_time=start.isoformat(), time_zone="Europe/Madrid"),
        end=DateTimeTimeZone(
            date_time=(start + timedelta(minutes=30)).isoformat(), time_zone="Europe/Madrid"
        ),
        attendees=[Attendee(email_address=EmailAddress(address=one, name=one)) for one in mails],
        is_online_meeting=True,
        categories=["Baton"],
        transaction_id=subject,
    )


def window() -> CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters:
    return CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
        start_date_time="2026-03-02T00:00:00+01:00", end_date_time="2026-03-30T00:00:00Z", top=100
    )


async def test_events_in_every_form(box: Sandbox, sdk: GraphServiceClient) -> None:
    made = await sdk.users.by_user_id(QUINN).events.post(body("Demo", RITA, INES))
    assert made
    assert made.id
    complete(made)
    assert made.start
    assert made.start.date_time == "2026-03-03T09:00:00.0000000"
    assert made.created_date_time == MONDAY
    assert made.online_meeting
    assert made.online_meeting.join_url

    series = body("Pipeline", RITA, hour=12)
    series.recurrence = PatternedRecurrence(
        pattern=RecurrencePattern(
            type=RecurrencePatternType.Weekly, interval=1, days_of_week=[DayOfWeek.Tuesday]
        ),
        range=RecurrenceRange(type=RecurrenceRangeType.NoEnd, start_date=date(2026, 3, 3)),
    )
    master = await sdk.users.by_user_id(QUINN).events.post(series)
    assert master
    assert master.id
    complete(master)

    config = RequestConfiguration(query_parameters=window())
    view = await sdk.users.by_user_id(RITA).calendar_view.get(config)
    assert view
    assert view.value
    complete(view)
    assert [one.type for one in view.value[:2]] == [
        EventType.SingleInstance,
        EventType.Occurrence,
    ]
    copy = view.value[0]
    assert copy.id
    assert copy.response_status
    assert copy.response_status.response is ResponseType.NotResponded
    assert copy.response_status.time == datetime(1, 1, 1, tzinfo=UTC)
    assert copy.show_as is FreeBusyStatus.Tentative

    mine = sdk.users.by_user_id(RITA).events
    await mine.by_event_id(copy.id).accept.post(AcceptPostRequestBody(send_response=True))
    occurrence = view.value[1]
    assert occurrence.id
    complete(await mine.by_event_id(occurrence.id).get())
    changed = (
        await sdk.users.by_user_id(QUINN)
        .events.by_event_id(made.id)
        .patch(Event(subject="Longer demo"))
    )
    complete(changed)
    assert changed
    assert changed.attendees
    assert changed.attendees[0].status
    assert changed.attendees[0].status.response is ResponseType.Accepted
    listed = await sdk.users.by_user_id(QUINN).events.get()
    complete(listed)
    await sdk.users.by_user_id(QUINN).events.by_event_id(made.id).delete()


async def test_changes_since_the_last_time(box: Sandbox, sdk: GraphServiceClient) -> None:
    await sdk.users.by_user_id(QUINN).events.post(body("Demo", RITA))
    parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-03-02T00:00:00Z", end_date_time="2026-03-30T00:00:00Z"
    )
    view = sdk.users.by_user_id(RITA).calendar_view
    first = await view.delta.get(RequestConfiguration(query_parameters=parameters))
    assert first
    assert first.value
    assert first.odata_delta_link
    complete(first)
    box.outlook.respond("rita", "Demo", "decline")

    then = await view.delta.with_url(first.odata_delta_link).get()

    assert then
    assert then.value
    assert then.value[0].additional_data == {"@removed": {"reason": "deleted"}}


async def test_free_and_busy(box: Sandbox, sdk: GraphServiceClient) -> None:
    await sdk.users.by_user_id(QUINN).events.post(body("Demo", RITA))
    asked = GetSchedulePostRequestBody(
        schedules=[RITA, "nobody@halden.example"],
        start_time=DateTimeTimeZone(date_time="2026-03-03T00:00:00", time_zone="UTC"),
        end_time=DateTimeTimeZone(date_time="2026-03-04T00:00:00", time_zone="UTC"),
        availability_view_interval=60,
    )

    got = await sdk.users.by_user_id(QUINN).calendar.get_schedule.post(asked)

    assert got
    assert got.value
    complete(got)
    rita, nobody = got.value
    assert rita.availability_view == "000000000100000000000000"
    assert rita.schedule_items
    assert rita.schedule_items[0].status is FreeBusyStatus.Tentative
    assert nobody.error
    assert nobody.error.response_code == "5016"


async def test_people_groups_and_settings(box: Sandbox, sdk: GraphServiceClient) -> None:
    eventual: RequestConfiguration[Any] = RequestConfiguration()
    eventual.headers.add("ConsistencyLevel", "eventual")
    chain = (
        f"{box.url}/v1.0/users/{RITA}?$count=true&$select=id,displayName"
        "&$expand=manager($levels=max;$select=id,displayName)"
    )  # which the client has no parameter for
    rita = await sdk.users.by_user_id(RITA).with_url(chain).get(eventual)
    complete(rita)
    assert rita
    assert isinstance(rita.manager, User)
    assert rita.manager.display_name == "Mara Lind"
    assert isinstance(rita.manager.manager, User)
    assert rita.manager.manager.display_name == "Helen Strand"

    complete(await sdk.users.get())
    manager = await sdk.users.by_user_id(RITA).manager.get()
    assert isinstance(manager, User)
    complete(manager)
    groups = await sdk.groups.get()
    assert groups
    assert groups.value
    complete(groups)
    reps = next(group for group in groups.value if group.display_name == "Reps")
    assert reps.id
    members = await sdk.groups.by_group_id(reps.id).transitive_members.get()
    complete(members)
    eventual.query_parameters = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(
        count=True
    )
    people = await sdk.groups.by_group_id(reps.id).transitive_members.graph_user.get(eventual)
    assert people
    assert people.value
    complete(people)
    assert len(people.value) == 6
    box.outlook.set_automatic_replies(
        "rita", start=MONDAY, end=MONDAY + timedelta(days=3), inside="Away"
    )
    settings = await sdk.users.by_user_id(RITA).mailbox_settings.get()
    complete(settings)
    assert settings
    assert settings.working_hours
    assert settings.working_hours.time_zone
    assert str(settings.working_hours.start_time) == "09:00:00"
    assert settings.working_hours.time_zone.name == "Europe/Madrid"
    assert settings.automatic_replies_setting
    complete(await sdk.users.by_user_id(RITA).calendar.get())
    complete(await sdk.users.by_user_id(RITA).outlook.supported_time_zones.get())


async def test_mail(box: Sandbox, sdk: GraphServiceClient) -> None:
    box.entra.grant("Mail.Read")
    message = Message(
        subject="Introduction",
        body=ItemBody(content="Hello"),
        to_recipients=[Recipient(email_address=EmailAddress(address=INES))],
        cc_recipients=[Recipient(email_address=EmailAddress(address=RITA))],
    )
    await sdk.users.by_user_id(QUINN).send_mail.post(
        SendMailPostRequestBody(message=message, save_to_sent_items=True)
    )

    sent = sdk.users.by_user_id(QUINN).mail_folders.by_mail_folder_id("sentitems")
    got = await sent.messages.get()
    complete(got)
    assert got
    assert got.value
    assert got.value[0].subject == "Introduction"
    received = await sdk.users.by_user_id(RITA).messages.get()
    complete(received)
    assert received
    assert received.value
    assert received.value[0].id
    complete(await sdk.users.by_user_id(RITA).messages.by_message_id(received.value[0].id).get())


async def test_subscriptions(box: Sandbox, sdk: GraphServiceClient, inbox: Inbox) -> None:
    asked = Subscription(
        change_type="created,updated,deleted",
        notification_url=inbox.url,
        lifecycle_notification_url=inbox.url,
        resource=f"users/{RITA}/events",
        expiration_date_time=MONDAY + timedelta(days=3),
        client_state="secret",
    )
    made = await sdk.subscriptions.post(asked)
    assert made
    assert made.id
    complete(made)
    one = sdk.subscriptions.by_subscription_id(made.id)
    complete(await one.get(), await sdk.subscriptions.get())
    later = await one.patch(Subscription(expiration_date_time=MONDAY + timedelta(days=6)))
    assert later
    assert later.expiration_date_time == MONDAY + timedelta(days=6)
    await one.reauthorize.post()
    await one.delete()
    with pytest.raises(ODataError):
        await one.get()


async def test_errors_are_the_ones_that_the_client_knows(
    box: Sandbox, sdk: GraphServiceClient
) -> None:
    with pytest.raises(ODataError) as missing:
        await sdk.users.by_user_id(RITA).events.by_event_id("nonsense").get()
    assert missing.value.response_status_code == 400
    error = missing.value.error
    assert error
    assert error.code == "ErrorInvalidIdMalformed"
    assert error.inner_error
    assert error.inner_error.request_id
    complete(error)

    box.faults.graph_throttled(retry_after=120, times=1)
    with pytest.raises(APIError) as busy:
        await sdk.users.by_user_id(RITA).mailbox_settings.get()
    assert busy.value.response_status_code == 429
    assert busy.value.response_headers
    assert busy.value.response_headers["Retry-After"] == "120"
