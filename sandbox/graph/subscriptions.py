"""Subscriptions to changes of mailboxes: the resource and its rules. `notices` sends what they are
for.

https://learn.microsoft.com/graph/api/resources/subscription
…/change-notifications-delivery-webhooks
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid4

from sandbox.exchange.mail import FOLDERS
from sandbox.graph import mailbox, parse, render
from sandbox.graph.calendars import TOLD
from sandbox.graph.door import Answer, Call, Json, RefusedError, Route, bad, segments_of
from sandbox.graph.mails import BASIC as MAIL
from sandbox.graph.notifications import Notifications, Subscription
from sandbox.graph.odata import query, selected
from sandbox.tenant import Tenant

LONGEST = timedelta(minutes=10_080)
SHORTEST = timedelta(minutes=45)
CHANGES = ("created", "updated", "deleted")
LONGEST_STATE = 128
EITHER = tuple(dict.fromkeys((*TOLD, *MAIL)))


class Subscriptions:
    def __init__(
        self, tenant: Tenant, notices: Notifications, scoped: Callable[[str], frozenset[str]]
    ) -> None:
        self._tenant = tenant
        self._notices = notices
        self._scoped = scoped  # permissions that Exchange gives for one mailbox

    def routes(self) -> list[Route]:
        one = "subscriptions/{subscription}"
        return [
            Route(method="POST", path="subscriptions", handler=self.create, needs=EITHER),
            Route(method="GET", path="subscriptions", handler=self.listing, needs=EITHER),
            Route(method="GET", path=one, handler=self.get, needs=EITHER),
            Route(method="PATCH", path=one, handler=self.renew, needs=EITHER),
            Route(method="DELETE", path=one, handler=self.delete, needs=EITHER),
            Route(method="POST", path=f"{one}/reauthorize", handler=self.reauthorize, needs=EITHER),
        ]

    async def create(self, call: Call) -> Answer:
        """Made when both addresses have shaken hands, which happens while the caller waits."""
        given = call.json()
        wanted = self._read(call, given)
        if any(_alike(wanted, known) for known in self._notices.of(wanted.owner)):
            raise RefusedError(
                409, "Conflict", "A subscription for this resource and address exists already."
            )
        for url in dict.fromkeys(u for u in (wanted.url, wanted.lifecycle_url) if u):
            if not await self._notices.shakes_hands(url):
                raise bad(
                    "ValidationError",
                    "Subscription validation request failed. Notification endpoint must respond"
                    " with 200 OK to validation request.",
                )
        self._notices.keep(wanted)
        return Answer(status=201, body=self._shown(call, wanted))

    def listing(self, call: Call) -> Answer:
        return Answer(
            body={
                "@odata.context": f"{call.base}/$metadata#subscriptions",
                "value": [_json(one, self._tenant.client_id) for one in self._notices.living()],
            }
        )

    def get(self, call: Call) -> Answer:
        shown = self._shown(call, self._find(call))
        return Answer(body=selected(shown, query(call.query).select))

    def renew(self, call: Call) -> Answer:
        """Only the end can be changed."""
        known = self._find(call)
        given = call.json()
        others = {n for n in given if not n.startswith("@")} - {"expirationDateTime"}
        if others:
            raise bad("InvalidRequest", f"The properties {sorted(others)} cannot be updated.")
        known = replace(known, expires=self._expires(given))
        self._notices.keep(known)
        return Answer(body=self._shown(call, known))

    def delete(self, call: Call) -> Answer:
        self._notices.drop(self._find(call).id)
        return Answer(status=204)

    def reauthorize(self, call: Call) -> Answer:
        self._find(call)
        return Answer(status=204)

    def _find(self, call: Call) -> Subscription:
        found = self._notices.find(call.params["subscription"].lower())
        if found is None:
            raise RefusedError(404, "ResourceNotFound", "The object was not found.")
        return found

    def _read(self, call: Call, given: Json) -> Subscription:
        changes = tuple(
            parse.word(CHANGES, "changeType")(one.strip())
            for one in parse.text(given.get("changeType")).split(",")
        )
        state = parse.text(given.get("clientState"))
        if len(state) > LONGEST_STATE:
            raise bad("InvalidRequest", f"clientState is longer than {LONGEST_STATE} characters.")
        if given.get("includeResourceData"):
            raise bad("InvalidRequest", "Resource data is not available in the sandbox.")
        resource = parse.text(given.get("resource"))
        owner, what, folder = self._resource(call, resource)
        return Subscription(
            id=str(uuid4()),
            resource=resource,
            owner=owner,
            what=what,
            folder=folder,
            changes=changes,
            url=_address(given.get("notificationUrl"), "notificationUrl"),
            lifecycle_url=_address(given["lifecycleNotificationUrl"], "lifecycleNotificationUrl")
            if given.get("lifecycleNotificationUrl")
            else None,
            client_state=state or None,
            expires=self._expires(given),
            immutable=call.prefer.immutable,
        )

    def _resource(self, call: Call, resource: str) -> tuple[str, str, str]:
        """The mailbox, what of it, and the folder. Raises RefusedError for what cannot be
        subscribed to.
        """
        parts = segments_of(resource.partition("?")[0])
        match [part.lower() for part in parts]:
            case ["users", _, "events"] | ["users", _, "calendar", "events"]:
                what, folder = "events", ""
            case ["users", _, "messages"]:
                what, folder = "messages", ""
            case ["users", _, "mailfolders", folder, "messages"] if folder in FOLDERS:
                what = "messages"
            case _:
                raise bad("InvalidRequest", f"Resource '{resource}' is not supported.")
        if "?" in resource and not re.fullmatch(r"\$select=[\w,]+", resource.partition("?")[2]):
            raise bad("InvalidRequest", "Only $select is supported in the resource.")
        needs = TOLD if what == "events" else MAIL
        try:
            owner = mailbox.owner(self._tenant, replace(call, params={"user": parts[1]}))
        except RefusedError as refused:
            raise _extension(refused.status, refused.message) from refused
        if not set(needs) & (call.roles | self._scoped(owner.id)):
            raise _extension(403, "Access is denied. Check credentials and try again.")
        return owner.id, what, folder

    def _expires(self, given: Json) -> datetime:
        now = self._tenant.clock()
        if not given.get("expirationDateTime"):
            raise bad("InvalidRequest", "expirationDateTime is missing.")
        at = parse.offset_time(given["expirationDateTime"], "expirationDateTime")
        if at <= now:
            raise bad("InvalidRequest", "Subscription expiration can't be in the past.")
        if at > now + LONGEST + timedelta(minutes=1):  # clocks differ a little
            raise bad(
                "InvalidRequest",
                f"Subscription expiration can only be {LONGEST // timedelta(minutes=1)} minutes"
                " in the future.",
            )
        return max(at, now + SHORTEST)

    def _shown(self, call: Call, one: Subscription) -> Json:
        context = f"{call.base}/$metadata#subscriptions/$entity"
        return {"@odata.context": context, **_json(one, self._tenant.client_id)}


def _extension(status: int, reason: str) -> RefusedError:
    """What Exchange says of a mailbox stands in the words alone; the code is always the same."""
    name = HTTPStatus(status).phrase.replace(" ", "")
    return RefusedError(
        status,
        "ExtensionError",
        f"Operation: Create; Exception: [Status Code: {name}; Reason: {reason}]",
    )


def _alike(one: Subscription, other: Subscription) -> bool:
    return (one.owner, one.what, one.folder, one.url, set(one.changes)) == (
        other.owner,
        other.what,
        other.folder,
        other.url,
        set(other.changes),
    )


def _address(given: object, name: str) -> str:
    """https, or plain http on this machine, which Microsoft would not reach."""
    url = parse.text(given)
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise bad("InvalidRequest", f"{name} must be an https address, not '{url}'.")
    return url


def _json(one: Subscription, application: str) -> Json:
    return {
        "id": one.id,
        "resource": one.resource,
        "applicationId": application,
        "changeType": ",".join(one.changes),
        "clientState": one.client_state,
        "notificationUrl": one.url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": one.lifecycle_url,
        "expirationDateTime": render.stamp(one.expires),
        "creatorId": application,
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
