"""HubSpot's dialect, with date-based paths: https://developers.hubspot.com/docs/api-reference/latest

Held to HubSpot's own client by tests/sandbox/test_hubspot_by_its_own_client.py.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

from sandbox.crm.door import Answer, answered
from sandbox.crm.records import (
    COMPANIES,
    CONTACTS,
    CURRENCIES,
    CURRENCY,
    DEALS,
    HUBSPOT,
    NOTES,
    TASKS,
    Field,
    InvalidError,
    Key,
    NotThereError,
    Owner,
    Record,
    Records,
    TakenError,
)
from sandbox.crm.webhooks import App, Webhooks
from sandbox.faults import Effect, Faults, Status, Unread

Json = dict[str, Any]

VERSION = "2026-03"
PORTAL = 148_220_017
NAMES = {
    **{one: one for one in (CONTACTS, COMPANIES, DEALS, NOTES, TASKS)},
    "0-1": CONTACTS,
    "0-2": COMPANIES,
    "0-3": DEALS,
    "0-46": NOTES,
    "0-27": TASKS,
}
LINKS = {  # https://developers.hubspot.com/docs/api-reference/latest/crm/associations/overview
    (NOTES, CONTACTS): 202,
    (NOTES, DEALS): 214,
    (TASKS, CONTACTS): 204,
    (TASKS, DEALS): 216,
    (DEALS, CONTACTS): 3,
    (CONTACTS, DEALS): 4,
    (CONTACTS, COMPANIES): 279,
    (COMPANIES, CONTACTS): 280,
    (DEALS, COMPANIES): 341,
    (COMPANIES, DEALS): 342,
    (CONTACTS, NOTES): 201,
    (CONTACTS, TASKS): 203,
}
SHOWN = {
    CONTACTS: ("email", "firstname", "lastname"),
    COMPANIES: ("name", "domain"),
    DEALS: ("amount", "closedate", "dealname", "dealstage", "pipeline"),
}
CHANGED = {CONTACTS: "lastmodifieddate"}
OF_EACH = {"hs_object_id", "createdate", "lastmodifieddate", "hs_lastmodifieddate"}
"""That HubSpot itself says of each record. How it refuses to search by one that is not there stands
on no page, but that it does: https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""
BATCH, PAGE, DEEPEST = 100, 200, 10_000
WITH_HISTORY = 50
"""Records of which the history of fields is read at once. That it is fewer stands in HubSpot's
specification, and how many on no page.
"""
LINKED, LINKS_PAGE = 1_000, 500
"""Records of which links are read at once, and links of one of them in an answer.
https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api
"""
MOST_GROUPS, MOST_FILTERS, MOST_IN_ALL = 5, 6, 18
BLOCK = timedelta(seconds=10)
IN_BLOCK = 100
SCOPES = frozenset(
    {f"crm.objects.{what}.{how}" for what in (CONTACTS, DEALS) for how in ("read", "write")}
    | {"crm.objects.owners.read", "crm.schemas.contacts.read", "crm.schemas.contacts.write"}
    | {"crm.schemas.deals.read", "marketing.campaigns.read"}
)
POLICIES = {
    "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    "SECONDLY": "You have reached your secondly limit.",
    "DAILY": "You have reached your daily limit.",
}
COMPARES = {"EQ": eq, "GTE": ge, "GT": gt, "LTE": le, "LT": lt}


class _RefusedError(Exception):
    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.category, self.more = status, category, more

    def body(self) -> Json:
        return {
            "status": "error",
            "message": str(self),
            "correlationId": str(uuid4()),
            "category": self.category,
            **self.more,
        }


class HubSpot:
    def __init__(
        self,
        records: Records,
        faults: Faults,
        clock: Callable[[], datetime],
        trusting: ssl.SSLContext,
    ) -> None:
        self._records = records
        self._faults = faults
        self._clock = clock
        self.key = Key("pat-eu1-of-the-sandbox", set(SCOPES))
        self.webhooks = Webhooks(App(), clock, trusting)
        records.listeners.append(self._was_forgotten)

    def _was_forgotten(self, id: str) -> None:
        """A privacy deletion is told as a deletion too.

        https://developers.hubspot.com/changelog/now-live-webhooks-now-support-privacy-compliant-contact-deletions
        """
        if self._records.make == HUBSPOT:
            for kind in ("contact.deletion", "contact.privacyDeletion"):
                self.webhooks.tell(kind, PORTAL, id)

    def expire(self, token: str) -> None:
        """The key is a new one, and the old one opens nothing any more."""
        self.key = Key(token, self.key.scopes)

    async def answer(
        self,
        method: str,
        parts: Sequence[str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Answer:
        """Raises CutError where the connection is to be cut."""

        def done(effect: Effect | None) -> Answer:
            try:
                self._signed_in(headers)
                answer = self._route(method, tuple(map(unquote, parts)), query, _read(content))
            except _RefusedError as refused:
                answer = Answer(status=refused.status, body=refused.body())
            if isinstance(effect, Unread):
                answer = _without(answer, effect.ids)
            return answer if parts[-1] == "search" else self._counted(answer)

        return await answered(self._faults, method, parts, broken=_broken, done=done)

    def _signed_in(self, headers: Mapping[str, str]) -> None:
        if headers.get("Authorization") != f"Bearer {self.key.token}":
            words = "Authentication credentials not found or expired."
            raise _RefusedError(401, "INVALID_AUTHENTICATION", words)

    def _counted(self, answer: Answer) -> Answer:
        """What is left of the day; an answer to a search says nothing of it."""
        limits = self._records.limits
        limits.used += 1
        told = {
            "X-HubSpot-RateLimit-Max": str(IN_BLOCK),
            "X-HubSpot-RateLimit-Remaining": str(IN_BLOCK - 1),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(BLOCK // timedelta(milliseconds=1)),
            "X-HubSpot-RateLimit-Daily": str(limits.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, limits.daily - limits.used)),
        }
        return Answer(status=answer.status, body=answer.body, headers={**answer.headers, **told})

    def _route(
        self, method: str, parts: tuple[str, ...], query: Mapping[str, str], body: Json
    ) -> Answer:
        match (method, *parts):
            case ("GET", "account-info", _, "details"):
                return self._account()
            case ("GET", "marketing", "campaigns", _):
                self._may("marketing.campaigns.read")
                return self._campaigns(query)
            case ("GET", "crm", "owners", _, *rest):
                self._may("crm.objects.owners.read")
                return self._one_owner(rest[0]) if rest else self._owners(query)
            case ("GET", "crm", "pipelines", _, kind):
                self._may(f"crm.objects.{self._kind(kind)}.read")
                return self._pipelines()
            case ("GET", "crm", "properties", _, kind):
                self._may(f"crm.schemas.{self._kind(kind)}.read")
                return Answer(
                    status=200,
                    body={"results": [_field(f) for f in self._records.fields(self._kind(kind))]},
                )
            case ("POST", "crm", "properties", _, kind):
                self._may(f"crm.schemas.{self._kind(kind)}.write")
                return self._add_field(self._kind(kind), body)
            case ("POST", "crm", "associations", _, one, other, "batch", "read"):
                return self._links_of(self._kind(one), self._kind(other), body)
            case (_, "crm", "objects", _, kind, *rest):
                return self._objects(method, self._kind(kind), tuple(rest), query, body)
        raise _RefusedError(404, "OBJECT_NOT_FOUND", "No such path")

    def _objects(
        self,
        method: str,
        kind: str,
        rest: tuple[str, ...],
        query: Mapping[str, str],
        body: Json,
    ) -> Answer:
        reads = method == "GET" or rest[-1:] == ("search",) or rest == ("batch", "read")
        self._may(f"crm.objects.{_scope(kind)}.{'read' if reads else 'write'}")
        if method == "POST":
            return self._posted(kind, rest, body)
        return self._of_one(method, kind, rest, query, body)

    def _posted(self, kind: str, rest: tuple[str, ...], body: Json) -> Answer:
        match rest:
            case ():
                return Answer(status=201, body=_told(self._add(kind, body), ()))
            case ("search",):
                return self._search(kind, body)
            case ("merge",):
                both = body["primaryObjectId"], body["objectIdToMerge"]
                made = self._found(lambda: self._records.merge(kind, *both))
                return Answer(status=200, body=_told(made, ()))
            case ("gdpr-delete",) if kind == CONTACTS:
                one = self._found(lambda: self._one(kind, body["objectId"], body.get("idProperty")))
                self._records.forget(one.id)
                return Answer(status=204)
            case ("batch", what):
                return self._batch(kind, what, body)
        raise _RefusedError(404, "OBJECT_NOT_FOUND", "No such path")

    def _of_one(
        self,
        method: str,
        kind: str,
        rest: tuple[str, ...],
        query: Mapping[str, str],
        body: Json,
    ) -> Answer:
        named = query.get("idProperty")
        match (method, *rest):
            case ("GET",):
                return self._page(kind, query)
            case ("GET", id):
                gone = query.get("archived") == "true"
                one = self._found(lambda: self._one(kind, id, named, gone=gone))
                return Answer(status=200, body=_told(one, _names(query.get("properties"))))
            case ("PATCH", id):
                one = self._found(lambda: self._one(kind, id, named))
                values = _values(body)
                changed = self._written(lambda: self._records.change(kind, one.id, values), kind)
                return Answer(status=200, body=_told(changed, tuple(values)))
            case ("DELETE", id):
                self._records.delete(kind, id)
                return Answer(status=204)
            case ("GET", id, "associations", other):
                one = self._found(lambda: self._records.get(kind, id))
                return Answer(status=200, body={"results": self._to(one, self._kind(other))})
            case ("PUT", id, "associations", "default", other, to):
                self._found(lambda: self._records.link((kind, id), (self._kind(other), to)))
                return Answer(status=200, body={"status": "COMPLETE", "results": []})
        raise _RefusedError(404, "OBJECT_NOT_FOUND", "No such path")

    def _page(self, kind: str, query: Mapping[str, str]) -> Answer:
        first, most = int(query.get("after") or 0), int(query.get("limit") or 10)
        if most > BATCH:
            raise _RefusedError(400, "VALIDATION_ERROR", f"limit is {BATCH} at most")
        found = self._records.all(kind)
        names = _names(query.get("properties"))
        body: Json = {"results": [_told(one, names) for one in found[first : first + most]]}
        if len(found) > first + most:
            body["paging"] = {"next": {"after": str(first + most)}}
        return Answer(status=200, body=body)

    # The account

    def _account(self) -> Answer:
        return Answer(
            status=200,
            body={
                "portalId": PORTAL,
                "accountType": "STANDARD",
                "timeZone": "Europe/Madrid",
                "companyCurrency": CURRENCY,
                "additionalCurrencies": [one for one in CURRENCIES if one != CURRENCY],
                "utcOffset": "+01:00",
                "utcOffsetMilliseconds": 3_600_000,
                "uiDomain": "app-eu1.hubspot.com",
                "dataHostingLocation": "eu1",
            },
        )

    def _campaigns(self, query: Mapping[str, str]) -> Answer:
        """https://developers.hubspot.com/docs/api-reference/latest/marketing/campaigns/guide"""
        first, most = int(query.get("after") or 0), int(query.get("limit") or 50)
        if most > PAGE:
            raise _RefusedError(400, "VALIDATION_ERROR", f"limit is {PAGE} at most")
        every = self._records.campaigns
        names = _names(query.get("properties"))
        results = [
            {
                "id": str(UUID(int=int(one.id))),
                "properties": {
                    name: said
                    for name, said in {
                        "hs_name": one.name,
                        "hs_spend_items_sum_amount": one.spent or None,
                        "hs_currency_code": one.currency,
                    }.items()
                    if name in names
                },
                "businessUnits": [],
                "createdAt": _time(self._clock()),
                "updatedAt": _time(self._clock()),
            }
            for one in every[first : first + most]
        ]
        body: Json = {"total": len(every), "results": results}
        if len(every) > first + most:
            body["paging"] = {"next": {"after": str(first + most)}}
        return Answer(status=200, body=body)

    def _one_owner(self, id: str) -> Answer:
        known = {one.id: one for one in self._records.owners()}
        if id not in known:
            raise _RefusedError(404, "OBJECT_NOT_FOUND", "Owner not found")
        return Answer(status=200, body=_owner(known[id]))

    def _owners(self, query: Mapping[str, str]) -> Answer:
        gone = query.get("archived") == "true"
        found = [
            one
            for one in self._records.owners()
            if one.active is not gone and query.get("email", one.mail) == one.mail
        ]
        first, most = int(query.get("after", "0")), int(query.get("limit", "100"))
        body: Json = {"results": [_owner(one) for one in found[first : first + most]]}
        if len(found) > first + most:
            body["paging"] = {"next": {"after": str(first + most)}}
        return Answer(status=200, body=body)

    def _pipelines(self) -> Answer:
        made = _time(datetime(2020, 1, 1, tzinfo=UTC))
        dated = {"archived": False, "createdAt": made, "updatedAt": made}
        return Answer(
            status=200,
            body={
                "results": [
                    {
                        "id": one.id,
                        "label": one.label,
                        "displayOrder": 0,
                        "stages": [
                            {
                                "id": stage.id,
                                "label": stage.label,
                                "displayOrder": n,
                                "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                                "metadata": {
                                    "isClosed": str(stage.closed).lower(),
                                    "probability": str(stage.probability),
                                },
                                **dated,
                            }
                            for n, stage in enumerate(one.stages)
                        ],
                        **dated,
                    }
                    for one in self._records.pipelines
                ]
            },
        )

    def _add_field(self, kind: str, body: Json) -> Answer:
        if self._records.field(kind, body["name"]):
            raise _RefusedError(409, "CONFLICT", f"A property named {body['name']} already exists")
        one = Field(
            kind=kind,
            name=body["name"],
            label=body["label"],
            type=body["type"],
            options=tuple(option["value"] for option in body.get("options", ())),
            own=True,
            unique=bool(body.get("hasUniqueValue")),
        )
        self._records.has_field(one)
        return Answer(status=201, body=_field(one))

    # Records

    def _kind(self, name: str) -> str:
        kind = NAMES.get(name.lower())
        if kind is None:
            raise _RefusedError(
                400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}"
            )
        return kind

    def _may(self, scope: str) -> None:
        if scope not in self.key.scopes:
            words = "This app hasn't been granted all required scopes to make this call."
            raise _RefusedError(
                403,
                "MISSING_SCOPES",
                words,
                errors=[{"message": words, "context": {"requiredGranularScopes": [scope]}}],
            )

    def _one(self, kind: str, id: str, named: str | None, *, gone: bool = False) -> Record:
        if named:
            return self._records.by(kind, named, id)
        return self._records.get(kind, id, deleted=gone)

    def _found(self, look: Callable[[], Any]) -> Any:
        try:
            return look()
        except NotThereError as error:
            raise _RefusedError(404, "OBJECT_NOT_FOUND", "Object not found.") from error

    def _add(self, kind: str, body: Json) -> Record:
        links = frozenset(
            (other, str(one["to"]["id"]))
            for one in body.get("associations", ())
            for type in one["types"]
            for other in [_other(kind, type["associationTypeId"])]
        )
        values = _values(body)
        if kind in (NOTES, TASKS) and "hs_timestamp" not in values:
            words = "Property values were not valid: hs_timestamp is required"
            raise _RefusedError(400, "VALIDATION_ERROR", words)
        made: Record = self._written(lambda: self._records.add(kind, values, links), kind)
        return made

    def _written(self, write: Callable[[], Record], kind: str) -> Record:
        try:
            return write()
        except NotThereError as error:
            words = "One or more associations are not valid"
            raise _RefusedError(400, "VALIDATION_ERROR", words) from error
        except TakenError as error:
            id = error.record.id
            words = f"{kind[:-1].title()} already exists. Existing ID: {id}"
            raise _RefusedError(409, "CONFLICT", words) from error
        except InvalidError as error:
            one = {
                "isValid": False,
                "message": error.words,
                "error": error.code,
                "name": error.name,
            }
            raise _RefusedError(
                400,
                "VALIDATION_ERROR",
                f"Property values were not valid: {json.dumps([one])}",
                errors=[
                    {
                        "message": error.words,
                        "code": error.code,
                        "context": {"propertyName": [error.name]},
                    }
                ],
            ) from error

    def _batch(self, kind: str, what: str, body: Json) -> Answer:
        inputs = body["inputs"]
        if len(inputs) > BATCH:
            raise _RefusedError(400, "VALIDATION_ERROR", f"No more than {BATCH} inputs")
        if what == "read" and not body.get("idProperty"):
            _are_ids(inputs)
        if what == "read":
            return self._batch_read(kind, body)
        results: list[Json] = []
        errors: list[Json] = []
        for one in inputs:
            try:
                results.append(self._batched(kind, what, one))
            except _RefusedError as refused:
                trace = one.get("objectWriteTraceId")
                if trace is None:
                    raise
                told = refused.body()
                told.pop("correlationId")
                errors.append({**told, "context": {"objectWriteTraceId": [trace]}})
        return self._many(results, errors)

    def _batched(self, kind: str, what: str, one: Json) -> Json:
        trace = (
            {"objectWriteTraceId": one["objectWriteTraceId"]}
            if one.get("objectWriteTraceId")
            else {}
        )
        match what:
            case "create":
                return {**_told(self._add(kind, one), ()), **trace}
            case "update":
                found = self._found(lambda: self._one(kind, one["id"], one.get("idProperty")))
                changed = self._written(
                    lambda: self._records.change(kind, found.id, _values(one)), kind
                )
                return {**_told(changed, tuple(_values(one))), **trace}
            case "upsert":
                try:
                    there = self._one(kind, one["id"], one.get("idProperty"))
                except NotThereError:
                    named = one.get("idProperty")
                    values = {**_values(one), **({named: one["id"]} if named else {})}
                    made = self._add(kind, {**one, "properties": values})
                    return {**_told(made, ()), "new": True, **trace}
                changed = self._written(
                    lambda: self._records.change(kind, there.id, _values(one)), kind
                )
                return {**_told(changed, tuple(_values(one))), "new": False, **trace}
            case "archive":
                self._records.delete(kind, one["id"])
                return {}
        raise _RefusedError(404, "OBJECT_NOT_FOUND", "No such path")

    def _batch_read(self, kind: str, body: Json) -> Answer:
        found, missing = [], []
        dated = tuple(body.get("propertiesWithHistory") or ())
        if dated and len(body["inputs"]) > WITH_HISTORY:
            raise _RefusedError(400, "VALIDATION_ERROR", f"No more than {WITH_HISTORY} inputs")
        for one in body["inputs"]:
            try:
                record = self._one(kind, one["id"], body.get("idProperty"))
                told = _told(record, tuple(body.get("properties", ())))
                if dated:
                    told["propertiesWithHistory"] = {name: _history(record, name) for name in dated}
                found.append(told)
            except NotThereError:
                missing.append(one["id"])
        words = f"Could not get some {kind[:-1].upper()} objects, they may be deleted or not exist."
        lacking = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"{words} Check that ids are valid.",
            "context": {"ids": missing},
        }
        return self._many(found, [lacking] if missing else [])

    def _many(self, results: list[Json], errors: list[Json]) -> Answer:
        now = _time(self._clock())
        body: Json = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": now,
            "completedAt": now,
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        return Answer(status=207 if errors else 200, body=body)

    def _to(self, one: Record, kind: str) -> list[Json]:
        link = {
            "category": "HUBSPOT_DEFINED",
            "typeId": LINKS.get((one.kind, kind), 0),
            "label": None,
        }
        return [
            {"toObjectId": other.id, "associationTypes": [link]}
            for other in self._records.linked(one, kind)
        ]

    def _links_of(self, kind: str, other: str, body: Json) -> Answer:
        """By the id of before a merge nothing is found here: no page says that it leads on."""
        for one in (kind, other):
            self._may(f"crm.objects.{_scope(one)}.read")
        inputs = body["inputs"]
        if len(inputs) > LINKED:
            raise _RefusedError(400, "VALIDATION_ERROR", f"No more than {LINKED} inputs")
        _are_ids(inputs)
        results, missing = [], []
        for one in inputs:
            try:
                record = self._records.get(kind, one["id"])
            except NotThereError:
                missing.append(one["id"])
                continue
            to = self._to(record, other) if record.id == one["id"] else []
            if not to:
                missing.append(one["id"])
                continue
            first = int(one.get("after") or 0)
            found: Json = {
                "from": {"id": one["id"]},
                "to": to[first : first + LINKS_PAGE],
            }
            if len(to) > first + LINKS_PAGE:
                found["paging"] = {"next": {"after": str(first + LINKS_PAGE)}}
            results.append(found)
        lacking = [
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": f"No {other[:-1]} is associated with {kind[:-1]} {id}.",
                "context": {"fromObjectId": [id]},
            }
            for id in missing
        ]
        return self._many(results, lacking)

    def _search(self, kind: str, body: Json) -> Answer:
        groups = body.get("filterGroups", [])
        filters = [one for group in groups for one in group.get("filters", ())]
        if (
            len(groups) > MOST_GROUPS
            or len(filters) > MOST_IN_ALL
            or any(len(group.get("filters", ())) > MOST_FILTERS for group in groups)
        ):
            raise _RefusedError(400, "VALIDATION_ERROR", "Too many filters")
        known = {one.name for one in self._records.fields(kind)} | OF_EACH
        sorted_by = [_sort(one)[0] for one in body.get("sorts") or []]
        for name in (*(one["propertyName"] for one in filters), *sorted_by):
            if name not in known:
                words = "There was a problem with the request."
                told = f"There is no property {name} of {kind}."
                raise _RefusedError(400, "VALIDATION_ERROR", words, errors=[{"message": told}])
        first, most = int(body.get("after") or 0), int(body.get("limit") or 10)
        if most > PAGE or first + most > DEEPEST:
            raise _RefusedError(400, "VALIDATION_ERROR", "Paging limit exceeded")
        found = [
            one
            for one in self._records.search(kind, lambda _: True)
            if not groups
            or any(all(_fits(_all(one), f) for f in group["filters"]) for group in groups)
        ]
        for sort in reversed(body.get("sorts") or []):
            name, down = _sort(sort)
            found.sort(key=lambda one: _comparable(_all(one).get(name, "")), reverse=down)
        names = tuple(body.get("properties") or ())
        answer: Json = {
            "total": len(found),
            "results": [_told(one, names) for one in found[first : first + most]],
        }
        if len(found) > first + most:
            answer["paging"] = {"next": {"after": str(first + most)}}
        return Answer(status=200, body=answer)


def _read(content: bytes) -> Json:
    try:
        body: Json = json.loads(content) if content else {}
    except json.JSONDecodeError as error:
        raise _RefusedError(400, "VALIDATION_ERROR", "Unable to parse JSON") from error
    return body


def _broken(effect: Status) -> Answer:
    """As HubSpot says it: of a limit which it is, and never how long it takes.

    https://developers.hubspot.com/docs/api-reference/latest/error-handling
    """
    if effect.html:
        return Answer(status=effect.status)
    more: Json = {}
    category, words = effect.code or "ERROR", effect.message
    if effect.status == 429:
        category = "RATE_LIMITS"
        words, more = POLICIES.get(effect.code, words), {"policyName": effect.code}
    headers = {} if effect.retry_after is None else {"Retry-After": str(int(effect.retry_after))}
    refused = _RefusedError(effect.status, category, words, **more)
    return Answer(
        status=effect.status, body={**refused.body(), "errorType": category}, headers=headers
    )


def _without(answer: Answer, ids: frozenset[str]) -> Answer:
    """A batch of which these could not be read. Which errors HubSpot has for one of many stands on
    no page.
    """
    body = answer.body or {}
    about = {str((one.get("from") or one)["id"]): one for one in body.get("results", ())}
    if not (lost := about.keys() & ids):
        return answer
    error = {
        "status": "error",
        "category": "INTERNAL_ERROR",
        "message": "internal error",
        "context": {"ids": sorted(lost)},
    }
    errors = [*body.get("errors", ()), error]
    results = [one for id, one in about.items() if id not in lost]
    told = {**body, "results": results, "numErrors": len(errors), "errors": errors}
    return Answer(status=207, body=told, headers=answer.headers)


def _scope(kind: str) -> str:
    """Notes and tasks go by the scopes of contacts."""
    return CONTACTS if kind in (NOTES, TASKS) else kind


def _other(kind: str, type: int) -> str:
    for (one, other), id in LINKS.items():
        if one == kind and id == type:
            return other
    raise _RefusedError(400, "VALIDATION_ERROR", f"{type} is no type of association for {kind}")


def _names(asked: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (asked or "").split(",")))


def _values(body: Json) -> dict[str, str]:
    values = body.get("properties", {})
    if not all(isinstance(value, str | int | float) for value in values.values()):
        raise _RefusedError(400, "VALIDATION_ERROR", "Invalid input JSON")
    return {name: str(value) for name, value in values.items()}


def _all(one: Record) -> dict[str, str]:
    """With what the CRM itself says of it."""
    return {
        **one.values,
        "hs_object_id": one.id,
        "createdate": _time(one.made_at),
        CHANGED.get(one.kind, "hs_lastmodifieddate"): _time(one.changed_at),
    }


def _told(one: Record, names: Iterable[str]) -> Json:
    every = _all(one)
    always = (*SHOWN.get(one.kind, ()), "hs_object_id", "createdate")
    shown = {*always, CHANGED.get(one.kind, "hs_lastmodifieddate"), *names}
    told: Json = {
        "id": one.id,
        "properties": {name: every.get(name) for name in sorted(shown)},
        "createdAt": _time(one.made_at),
        "updatedAt": _time(one.changed_at),
        "archived": one.deleted_at is not None,
    }
    if one.deleted_at:
        told["archivedAt"] = _time(one.deleted_at)
    return told


def _history(one: Record, name: str) -> list[Json]:
    return [
        {"value": said, "timestamp": _time(since), "sourceType": "CRM_UI"}
        for since, said in one.history(name)
    ]


def _are_ids(inputs: Sequence[Json]) -> None:
    """One that is no number is held against all of them. What HubSpot does stands on no page: this
    is the worst of it.
    """
    for one in inputs:
        if not str(one.get("id")).isdecimal():
            raise _RefusedError(400, "VALIDATION_ERROR", f"{one.get('id')!r} is not a valid id")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _owner(one: Owner) -> Json:
    made = _time(datetime(2024, 1, 8, tzinfo=UTC))
    return {
        "id": one.id,
        "email": one.mail,
        "firstName": one.given,
        "lastName": one.surname,
        "type": "PERSON",
        "userId": int(one.id) + 5_000 if one.active else None,
        "userIdIncludingInactive": int(one.id) + 5_000,
        "createdAt": made,
        "updatedAt": made,
        "archived": not one.active,
    }


def _field(one: Field) -> Json:
    return {
        "name": one.name,
        "label": one.label,
        "type": "enumeration" if one.type == "owner" else one.type,
        "fieldType": {"datetime": "date", "enumeration": "select"}.get(one.type, "text"),
        "description": "",
        "groupName": "contactinformation",
        "options": [
            {"label": option, "value": option, "displayOrder": n, "hidden": False}
            for n, option in enumerate(one.options)
        ],
        "hasUniqueValue": one.unique,
        "hubspotDefined": not one.own,
        "archived": False,
        "calculated": False,
        "externalOptions": one.type == "owner",
        "formField": True,
        "hidden": False,
        "displayOrder": -1,
    }


def _sort(sort: Any) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    return sort["propertyName"], sort.get("direction") == "DESCENDING"


def _comparable(value: str) -> tuple[int, float, str]:
    """Times and numbers by their size, whichever way they are written."""
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return 0, float(value), ""
    try:
        return 0, datetime.fromisoformat(value).timestamp() * 1000, ""
    except ValueError:
        return 1, 0.0, value.casefold()


def _fits(values: Mapping[str, str], asked: Json) -> bool:
    known = values.get(asked["propertyName"], "")
    wanted = str(asked.get("value", ""))
    does = COMPARES.get(asked["operator"])
    if does is not None:
        return known != "" and does(_comparable(known), _comparable(wanted))
    match asked["operator"]:
        case "HAS_PROPERTY":
            return known != ""
        case "NOT_HAS_PROPERTY":
            return known == ""
        case "NEQ":
            return known.casefold() != wanted.casefold()
        case "IN":
            return known.casefold() in [str(one).casefold() for one in asked["values"]]
    raise _RefusedError(400, "VALIDATION_ERROR", f"Invalid operator {asked['operator']}")
