"""Salesforce's dialect: https://developer.salesforce.com/docs/platform/api-rest/guide/intro-rest.html

Held to a client of others by tests/sandbox/test_salesforce_by_a_known_client.py. What is not asked
of it is not there: bulk jobs, composite requests, more of its queries than sandbox/crm/soql.py.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from sandbox.crm import soql
from sandbox.crm.door import Answer, answered
from sandbox.crm.records import (
    CONTACT,
    CONTACTS,
    CURRENCIES,
    CURRENCY,
    DEALS,
    EVENTS,
    LEAD,
    NOTES,
    PREFIXES,
    Field,
    InvalidError,
    NotThereError,
    Record,
    Records,
    TakenError,
    is_converted,
    is_lead,
    with_suffix,
)
from sandbox.faults import Effect, Faults, Status

Json = dict[str, Any]

OLDEST, NEWEST = 31, 68  # versions of the API that there are
ORG = with_suffix("00DHx0000000001")
INTEGRATION = with_suffix("005Hx0000000001")
"""Whom a program is there: it owns what it makes, and nobody works as it."""
PAGE = 2_000
LEADS, PEOPLE, OPPORTUNITY, TASK = "Lead", "Contact", "Opportunity", "Task"
EVENT = "Event"
ROLE = "OpportunityContactRole"
WAS, FIELD_WAS = "OpportunityHistory", "OpportunityFieldHistory"
LEAD_WAS = "LeadHistory"
PREFIX = {LEADS: LEAD, PEOPLE: CONTACT, OPPORTUNITY: PREFIXES[DEALS], TASK: PREFIXES[NOTES]}
PREFIX[EVENT] = PREFIXES[EVENTS]
KINDS = {EVENT: EVENTS, LEADS: CONTACTS, PEOPLE: CONTACTS, OPPORTUNITY: DEALS, TASK: NOTES}
OF_PERSON = {
    "LastName": "lastname",
    "FirstName": "firstname",
    "Email": "email",
    "Phone": "phone",
    "OwnerId": "hubspot_owner_id",
}
NAMES: Mapping[str, Mapping[str, str]] = {
    LEADS: {**OF_PERSON, "Company": "company", "Status": "hs_lead_status"},
    PEOPLE: OF_PERSON,
    OPPORTUNITY: {
        "Name": "dealname",
        "StageName": "dealstage",
        "Amount": "amount",
        "CloseDate": "closedate",
        "NextStep": "hs_next_step",
        "OwnerId": "hubspot_owner_id",
    },
    TASK: {
        "Subject": "subject",
        "Description": "hs_note_body",
        "Status": "status",
        "ActivityDate": "hs_timestamp",
        "OwnerId": "hubspot_owner_id",
    },
    EVENT: {"Subject": "subject", "EndDateTime": "end", "OwnerId": "hubspot_owner_id"},
}
"""What the store calls each."""
NEEDED = {
    LEADS: ("LastName", "Company"),
    PEOPLE: ("LastName",),
    OPPORTUNITY: ("Name", "StageName", "CloseDate"),
    TASK: (),
    EVENT: ("EndDateTime",),
}
LENGTHS = {
    "LastName": 80,
    "FirstName": 40,
    "Email": 80,
    "Company": 255,
    "Subject": 255,
    "NextStep": 255,
}
FORGET = "Individual.ShouldForget"
NO_PATH = (
    "Didn't understand relationship '{}' in field path. If you are attempting to use a custom "
    "relationship, be sure to append the '__r' after the custom relationship name. Please "
    "reference your WSDL or the describe call for the appropriate names."
)
LONGEST = 32_000  # of a task's comments
OF_TYPE = {"number": "currency", "enumeration": "picklist", "bool": "boolean", "owner": "reference"}
CODES = {
    "CUSTOM_RULE": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "INVALID_OPTION": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "INVALID_EMAIL": "INVALID_EMAIL_ADDRESS",
    "INVALID_LONG": "JSON_PARSER_ERROR",
    "INVALID_DOUBLE": "JSON_PARSER_ERROR",
}


@dataclass(slots=True)
class App:
    """An external client app: with what a program signs in, and as whom."""

    key: str = "3MVG9of_the_sandbox"
    secret: str = "C0FFEE_of_the_sandbox"  # noqa: S105  # opens the sandbox alone
    sessions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    version: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json


class _RefusedError(Exception):
    def __init__(
        self, status: int, code: str, message: str, fields: Sequence[str] = (), **more: Any
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.fields, self.more = status, code, fields, more

    def body(self) -> list[Json]:
        told: Json = {"message": str(self), "errorCode": self.code, **self.more}
        if self.status == 400:
            told["fields"] = list(self.fields)
        return [told]


class Salesforce:
    def __init__(self, records: Records, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._records = records
        self._faults = faults
        self._clock = clock
        self._pages: dict[str, list[Json]] = {}
        self.app = App()
        self.hidden: set[str] = set()  # objects that the integration user may not see
        self.unwritable: set[str] = set()  # objects that it may only read
        self.only_on: dict[str, str] = {}  # fields that are made for leads, or contacts, alone
        self.currencies: tuple[str, ...] = CURRENCIES  # of one alone no record names it
        self.hears_soap = True
        self.read_only: set[str] = set()  # fields that it may not write
        self.keeps_privacy = True  # whether there are data privacy records
        self.tracked = {"NextStep"}  # fields of opportunities that an administrator tracks
        self.tracked_of_leads = {"Status"}
        self.with_products: set[str] = set()  # opportunities of which the amount is their sum
        self.bin_keeps_keys = False  # whether what was deleted is in the way of another of its key
        self.blocks_duplicates = False  # by a rule of the customer's, of the same name and company

    def expire(self) -> None:
        """Every session is over, as an administrator's setting ends them."""
        self.app.sessions.clear()

    def new_secret(self, secret: str) -> None:
        """The old one opens nothing any more."""
        self.app.secret = secret
        self.expire()

    async def answer(
        self,
        method: str,
        parts: Sequence[str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Answer:
        """Raises CutError where the connection is to be cut."""
        soap = list(parts[1:2]) == ["Soap"]

        def broken(effect: Status) -> Answer:
            return self._counted(_broken(effect, soap=soap))

        def done(_: Effect | None) -> Answer:
            if parts[1:] == ["oauth2", "token"] and method == "POST":
                return self._sign_in(headers, content)
            try:
                self._signed_in(parts, headers, content)
                self._within_limits()
                answer = self._route(method, tuple(map(unquote, parts)), query, headers, content)
            except _RefusedError as refused:
                answer = Answer(status=refused.status, body=refused.body())
                if soap:
                    answer = Answer(status=500, body=FAULT.format(refused.code, refused))
            return self._counted(answer)

        return await answered(self._faults, method, parts, broken=broken, done=done)

    # Who asks

    def _sign_in(self, headers: Mapping[str, str], content: bytes) -> Answer:
        """https://developer.salesforce.com/blogs/2024/02/invoke-rest-apis-with-the-salesforce-integration-user-and-oauth-client-credentials"""
        form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
        key, secret = form.get("client_id"), form.get("client_secret")
        if key is None:
            key, _, secret = _basic(headers).partition(":")
        if form.get("grant_type") != "client_credentials":
            return _no_sign_in("unsupported_grant_type", "grant type not supported")
        if key != self.app.key:
            return _no_sign_in("invalid_client_id", "client identifier invalid")
        if secret != self.app.secret:
            return _no_sign_in("invalid_client", "invalid client credentials")
        token = f"{ORG[:15]}!AQ{uuid4().hex}"
        self.app.sessions.add(token)
        site = f"https://{headers.get('Host', '')}"
        return Answer(
            status=200,
            body={
                "access_token": token,
                "signature": "of-the-sandbox",
                "scope": "api",
                "instance_url": site,
                "id": f"{site}/id/{ORG}/{INTEGRATION}",
                "token_type": "Bearer",
                "issued_at": str(int(self._clock().timestamp() * 1000)),
            },
        )

    def _signed_in(self, parts: Sequence[str], headers: Mapping[str, str], content: bytes) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if list(parts[1:2]) == ["Soap"]:
            found = re.search(r"sessionId>([^<]+)<", content.decode())
            token = found[1] if found else ""
        if token not in self.app.sessions:
            raise _RefusedError(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def _within_limits(self) -> None:
        limits = self._records.limits
        if limits.used >= limits.daily:
            raise _RefusedError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def _counted(self, answer: Answer) -> Answer:
        limits = self._records.limits
        limits.used += 1
        told = {"Sforce-Limit-Info": f"api-usage={min(limits.used, limits.daily)}/{limits.daily}"}
        return Answer(status=answer.status, body=answer.body, headers={**answer.headers, **told})

    def _route(
        self,
        method: str,
        parts: tuple[str, ...],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Answer:
        match (method, *parts[1:]):
            case ("POST", "Soap", "u", _):
                if not self.hears_soap:
                    words = "API is not enabled for this Organization or Partner"
                    raise _RefusedError(500, "API_DISABLED_FOR_ORG", words)
                return Answer(status=200, body=self._user_info(content.decode()))
            case (_, "data", version, *rest) if _is_version(version):
                asked = _Asked(method, version, tuple(rest), query, headers, _read(content))
                return self._data(asked)
        raise _nowhere()

    def _data(self, asked: _Asked) -> Answer:
        match (asked.method, *asked.parts):
            case ("GET", "query" | "queryAll" as how) if "q" in asked.query:
                return self._query(asked, gone=how == "queryAll")
            case ("GET", "query" | "queryAll", cursor):
                return self._page(asked, cursor)
            case ("GET", "limits"):
                limits = self._records.limits
                left = max(0, limits.daily - limits.used)
                told = {"DailyApiRequests": {"Max": limits.daily, "Remaining": left}}
                return Answer(status=200, body=told)
            case ("GET", "sobjects", object, "describe"):
                return Answer(status=200, body=self._describe(self._seen(object)))
            case ("POST", "sobjects", object):
                return self._make(self._written_to(object), asked.body, asked.headers)
            case (_, "sobjects", object, id):
                return self._of_one(asked, object, self._one(self._seen(object), id))
            case ("GET", "sobjects", object, name, value):
                return self._of_one(asked, object, self._by(self._seen(object), name, value))
            case ("PATCH", "sobjects", object, name, value):
                return self._upsert(asked, self._written_to(object), name, value)
        raise _nowhere()

    def _of_one(self, asked: _Asked, object: str, one: Record) -> Answer:
        match asked.method:
            case "GET":
                shown = _shown(asked.version, object, self._row(object, one))
                return Answer(status=200, body=shown)
            case "PATCH":
                self._change(self._written_to(object), one, asked.body, asked.headers)
                return Answer(status=204)
            case "DELETE":
                self._written_to(object)
                self._records.delete(one.kind, one.id)
                return Answer(status=204)
        raise _RefusedError(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")

    # What there is

    def _seen(self, object: str) -> str:
        if object not in NAMES or object in self.hidden:
            raise _nowhere()
        return object

    def _written_to(self, object: str) -> str:
        if self._seen(object) in self.unwritable:
            words = "insufficient access rights on object id"
            raise _RefusedError(403, "INSUFFICIENT_ACCESS_OR_READONLY", words)
        return object

    def _fields(self, object: str) -> dict[str, Field]:
        """What may be written of it, by its name there."""
        kind = KINDS[object]
        found = {}
        for name, ours in NAMES[object].items():
            if one := self._records.field(kind, ours):
                found[name] = one
        if object == OPPORTUNITY and len(self.currencies) > 1:
            found["CurrencyIsoCode"] = Field(
                kind=kind, name="deal_currency_code", label="Opportunity Currency"
            )
        for one in self._records.fields(kind):
            if one.own and self.only_on.get(one.name, object) == object:
                found[custom(one.name)] = one
        return found

    def _describe(self, object: str) -> Json:
        return {
            "name": object,
            "label": object,
            "createable": True,
            "updateable": object not in self.unwritable,
            "queryable": True,
            "fields": [
                {
                    "name": name,
                    "label": one.label,
                    "type": "reference" if name == "OwnerId" else OF_TYPE.get(one.type, one.type),
                    "custom": one.own,
                    "createable": object not in self.unwritable,
                    "updateable": name not in self.read_only,
                    "externalId": one.own and one.unique,
                    "unique": one.unique,
                    "idLookup": one.own and one.unique,
                    "length": 255,
                    "nillable": name not in NEEDED[object],
                }
                for name, one in self._fields(object).items()
            ],
        }

    def _user_info(self, asked: str) -> str:
        """https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_getuserinfo.htm"""
        if "getUserInfo" not in asked:
            raise _RefusedError(500, "UNKNOWN_EXCEPTION", "No operation available for request")
        many = len(self.currencies) > 1
        nil = ' xsi:nil="true"/>'
        org = nil if many else f">{CURRENCY}</orgDefaultCurrencyIsoCode>"
        own = f">{CURRENCY}</userDefaultCurrencyIsoCode>" if many else nil
        return (
            '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
            'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns="urn:partner.soap.sforce.com" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
            "<getUserInfoResponse><result>"
            f"<orgDefaultCurrencyIsoCode{org}<organizationId>{ORG}</organizationId>"
            f"<organizationMultiCurrency>{str(many).lower()}</organizationMultiCurrency>"
            f"<userDefaultCurrencyIsoCode{own}<userId>{INTEGRATION}</userId>"
            "</result></getUserInfoResponse></soapenv:Body></soapenv:Envelope>"
        )

    # Queries

    def _query(self, asked: _Asked, *, gone: bool) -> Answer:
        try:
            query = soql.parse(asked.query["q"])
        except soql.MalformedError as error:
            raise _RefusedError(400, "MALFORMED_QUERY", str(error)) from error
        if query.object in self.hidden or not (columns := self._columns(query.object)):
            words = f"sObject type '{query.object}' is not supported."
            raise _RefusedError(400, "INVALID_TYPE", words)
        for name in query.named:
            if "." in name and name not in columns:
                raise _RefusedError(400, "INVALID_FIELD", NO_PATH.format(name.partition(".")[0]))
            if name not in columns:
                raise _RefusedError(
                    400, "INVALID_FIELD", _no_column(name, f"entity '{query.object}'")
                )
        found = query.of(list(self._rows(query.object, gone=gone)))
        rows = [_shown(asked.version, query.object, one, query.fields) for one in found]
        cursor = f"01gHx{uuid4().hex[:10]}"
        self._pages[cursor] = rows
        return self._page(asked, f"{cursor}-0")

    def _page(self, asked: _Asked, cursor: str) -> Answer:
        name, _, first = cursor.partition("-")
        rows = self._pages.get(name)
        if rows is None:
            raise _RefusedError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        wanted = re.search(r"batchSize=(\d+)", asked.headers.get("Sforce-Query-Options", ""))
        size, start = int(wanted[1]) if wanted else PAGE, int(first)
        body: Json = {
            "totalSize": len(rows),
            "done": len(rows) <= start + size,
            "records": rows[start : start + size],
        }
        if body["done"]:
            del self._pages[name]
        else:
            body["nextRecordsUrl"] = f"/services/data/{asked.version}/query/{name}-{start + size}"
        return Answer(status=200, body=body)

    def _columns(self, object: str) -> frozenset[str]:
        if object in NAMES:
            always = {"Id", "IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp"}
            more = {
                LEADS: {"MasterRecordId", "IsConverted", "ConvertedContactId", "Name"},
                PEOPLE: {"MasterRecordId", "Name"},
                OPPORTUNITY: {"IsClosed", "IsWon", "HasOpportunityLineItem"},
                TASK: {"WhoId", "IsClosed", "TaskSubtype", "CompletedDateTime"},
                EVENT: {"WhoId"},
            }
            person = object in (LEADS, PEOPLE) and self.keeps_privacy
            of_person = ("IndividualId", FORGET) if person else ()
            return frozenset({*always, *more[object], *of_person, *self._fields(object)})
        if object in COLUMNS:
            none = {FIELD_WAS: not self.tracked, LEAD_WAS: not self.tracked_of_leads}
            return frozenset(() if none.get(object) else COLUMNS[object])
        for one in self._rows(object, gone=False):
            return frozenset(one)
        return frozenset()

    def _rows(self, object: str, *, gone: bool) -> Iterator[Json]:
        if object in NAMES:
            prefix = PREFIX[object]
            for one in self._records.every(KINDS[object]):
                if one.id.startswith(prefix) and (gone or not _is_deleted(one)):
                    yield self._row(object, one)
            return
        others: Mapping[str, Callable[[], Iterator[Json]]] = {
            ROLE: self._roles,
            WAS: self._was,
            FIELD_WAS: self._field_was,
            LEAD_WAS: self._lead_was,
            "User": self._users,
            "OpportunityStage": self._stages,
            "Organization": _organization,
            "Campaign": self._campaigns,
            "TaskStatus": _task_statuses,
        }
        if object in others:
            yield from others[object]()

    def _campaigns(self) -> Iterator[Json]:
        for one in self._records.campaigns:
            cost = float(one.spent) if one.spent else None
            row = {"Id": one.id, "Name": one.name, "ActualCost": cost}
            yield row | ({"CurrencyIsoCode": one.currency} if len(self.currencies) > 1 else {})

    def _roles(self) -> Iterator[Json]:
        """Who stands beside an opportunity. A lead cannot."""
        for deal in self._records.all(DEALS):
            for one in self._records.linked(deal, CONTACTS):
                if not is_lead(one):
                    id = f"00K{deal.id[9:15]}{one.id[9:]}"
                    said = (id, deal.id, one.id, False)
                    yield dict(zip(COLUMNS[ROLE], said, strict=True))

    def _was(self) -> Iterator[Json]:
        """All of an opportunity's as it was, each time that its amount, stage or close date was
        set, from when it was made.
        """
        known = self._fields(OPPORTUNITY)
        for deal in self._records.all(DEALS):
            then: list[Any] | None = None
            states = ((deal.changed_at, deal.values), *deal.before)
            for n, (since, values) in enumerate(reversed(states)):
                at = {name: self._value(f, values.get(f.name)) for name, f in known.items()}
                now = [at.get(name) for name in COLUMNS[WAS][3:]]
                if now != then:
                    said = (f"008{deal.id[9:15]}{n:09}", deal.id, _time(since), *now)
                    yield dict(zip(COLUMNS[WAS], said, strict=True))
                then = now

    def _field_was(self) -> Iterator[Json]:
        """Each change of a field that is tracked; none of what it said as the record was made."""
        known = self._fields(OPPORTUNITY)
        for deal in self._records.all(DEALS):
            for name in sorted(self.tracked & known.keys()):
                for n, (since, _) in enumerate(deal.history(known[name].name)):
                    if since > deal.made_at:
                        said = (f"017{deal.id[9:15]}{n:09}", deal.id, _time(since), name)
                        yield dict(zip(COLUMNS[FIELD_WAS], said, strict=True))

    def _lead_was(self) -> Iterator[Json]:
        """As `_field_was`, of leads, with what it said before and says then."""
        known = self._fields(LEADS)
        for lead in (one for one in self._records.all(CONTACTS) if is_lead(one)):
            for name in sorted(self.tracked_of_leads & known.keys()):
                history = lead.history(known[name].name)
                before = [said for _, said in history[1:]] + [""]
                for n, ((since, now), was) in enumerate(zip(history, before, strict=True)):
                    if since > lead.made_at:
                        said = (f"017{lead.id[9:15]}{n:09}", lead.id, _time(since), name, was, now)
                        yield dict(zip(COLUMNS[LEAD_WAS], said, strict=True))

    def _users(self) -> Iterator[Json]:
        for owner in self._records.owners():
            yield {
                "Id": owner.id,
                "Email": owner.mail,
                "Name": f"{owner.given} {owner.surname}",
                "IsActive": owner.active,
                "UserType": "Standard",
                "CreatedDate": _time(datetime(2024, 1, 8, tzinfo=UTC)),
            }

    def _stages(self) -> Iterator[Json]:
        stages = (one for line in self._records.pipelines for one in line.stages)
        for n, stage in enumerate(stages, 1):
            yield {
                "SortOrder": n,
                "ApiName": stage.label,
                "MasterLabel": stage.label,
                "IsActive": stage.active,
                "IsClosed": stage.closed,
                "IsWon": stage.closed and stage.probability == 1,
            }

    def _row(self, object: str, one: Record) -> Json:
        known = self._fields(object)
        row: Json = {name: self._value(f, one.values.get(f.name)) for name, f in known.items()}
        row["OwnerId"] = row.get("OwnerId") or INTEGRATION
        into = one.merged_into or ""
        row |= {
            "Id": one.id,
            "IsDeleted": _is_deleted(one),
            "CreatedDate": _time(one.made_at),
            "LastModifiedDate": _time(one.changed_at),
            "SystemModstamp": _time(one.changed_at),
        }
        if object in (LEADS, PEOPLE):
            names = one.values.get("firstname", ""), one.values.get("lastname", "")
            row["Name"] = " ".join(filter(None, names))
            marked = one.id in self._records.to_forget
            row["IndividualId"] = f"0PK{one.id[3:]}" if marked else None
            row[FORGET] = marked  # of nobody who has no such record
            row["MasterRecordId"] = into if into.startswith(one.id[:3]) else None
        if object == LEADS:
            row["IsConverted"] = is_converted(one)
            row["ConvertedContactId"] = into if row["IsConverted"] else None
        if object in (TASK, EVENT):
            who = self._records.linked(one, CONTACTS)
            row["WhoId"] = who[0].id if who else None
        if object == TASK:
            row["IsClosed"] = row["Status"] == "Completed"
            row["TaskSubtype"] = one.values.get("subtype", "Task")
            done = one.values.get("completed") or one.changed_at.isoformat()
            at = _time(datetime.fromisoformat(done))
            row["CompletedDateTime"] = at if row["IsClosed"] else None
        if object == OPPORTUNITY:
            stage = self._records.stage(one.values.get("dealstage", ""))
            row["IsClosed"] = stage is not None and stage.closed
            row["IsWon"] = stage is not None and stage.closed and stage.probability == 1
            row["HasOpportunityLineItem"] = one.id in self.with_products
            if "CurrencyIsoCode" in row:  # no record is without
                row["CurrencyIsoCode"] = row["CurrencyIsoCode"] or CURRENCY
        return row

    def _value(self, known: Field, value: str | None) -> Any:
        if value is None:
            return None
        if known.name == "dealstage":
            stage = self._records.stage(value)
            return stage.label if stage else value
        if known.type == "number":
            return float(value)
        if known.name in ("hs_timestamp", "closedate"):
            return value[:10]
        if known.type == "datetime":
            return _time(datetime.fromisoformat(value))
        return value

    # Records

    def _one(self, object: str, id: str) -> Record:
        """The record with that very id: one that was merged or deleted is not there."""
        id = with_suffix(id)
        prefix = PREFIX[object]
        found = next((one for one in self._records.every(KINDS[object]) if one.id == id), None)
        if found is None or not id.startswith(prefix):
            raise _nowhere()
        if _is_deleted(found):
            raise _RefusedError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return found

    def _by(self, object: str, name: str, value: str) -> Record:
        known = self._fields(object).get(name)
        if known is None or not known.unique:
            words = f"Provided external ID field does not exist or is not accessible: {name}"
            raise _RefusedError(404, "NOT_FOUND", words)
        try:
            found = self._records.by(KINDS[object], known.name, value)
        except NotThereError as error:
            raise _nowhere() from error
        if not found.id.startswith(PREFIX[object]):
            raise _nowhere()
        return found

    def _make(self, object: str, body: Json, headers: Mapping[str, str]) -> Answer:
        lacking = [name for name in NEEDED[object] if not body.get(name)]
        if lacking:
            words = f"Required fields are missing: [{', '.join(lacking)}]"
            raise _RefusedError(400, "REQUIRED_FIELD_MISSING", words, lacking)
        links = frozenset[tuple[str, str]]()
        if object == TASK and (who := body.pop("WhoId", None)):
            try:
                whom = self._records.get(CONTACTS, with_suffix(str(who)))
            except NotThereError as error:
                words = "entity is deleted"
                raise _RefusedError(400, "ENTITY_IS_DELETED", words, ["WhoId"]) from error
            links = frozenset({(CONTACTS, whom.id)})
        values = self._assigned(object, self._values(object, body), headers)
        if object == LEADS and self.blocks_duplicates:
            self._no_double(values)

        def make() -> Record:
            self._free(values)
            return self._records.add(KINDS[object], values, links, lead=object == LEADS)

        made = self._written(object, make)
        return Answer(status=201, body={"id": made.id, "success": True, "errors": []})

    def _change(self, object: str, one: Record, body: Json, headers: Mapping[str, str]) -> None:
        if one.merged_into is not None:
            words = "cannot reference converted lead"
            raise _RefusedError(400, "CANNOT_UPDATE_CONVERTED_LEAD", words)
        if closed := sorted(self.read_only & body.keys()):
            words = (
                f"Unable to create/update fields: {', '.join(closed)}. Please check the security "
                "settings of this field and verify that it is read/write for your profile or "
                "permission set."
            )
            raise _RefusedError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", words, closed)
        if one.id in self.with_products:  # it is left out, and nothing is said
            body = {name: value for name, value in body.items() if name != "Amount"}
        values = self._assigned(object, self._values(object, body), headers)
        self._written(object, lambda: self._records.change(one.kind, one.id, values))

    def _upsert(self, asked: _Asked, object: str, name: str, value: str) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm"""
        try:
            one = self._by(object, name, value)
        except _RefusedError:
            known = self._fields(object).get(name)
            if known is None or not known.unique:
                raise
            made = self._make(object, {**asked.body, name: value}, asked.headers)
            told = made.body if isinstance(made.body, dict) else {}
            return Answer(status=201, body={**told, "created": True})
        self._change(object, one, asked.body, asked.headers)
        told = {"id": one.id, "success": True, "errors": [], "created": False}
        return Answer(status=200, body=told)

    def _assigned(
        self, object: str, values: dict[str, str], headers: Mapping[str, str]
    ) -> dict[str, str]:
        """By the customer's rule, which is on unless the program says otherwise.

        https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.md
        """
        whom = self._records.assigns_to
        if object == LEADS and whom and headers.get("Sforce-Auto-Assign", "").upper() != "FALSE":
            return {**values, "hubspot_owner_id": whom}
        return values

    def _no_double(self, values: Mapping[str, str]) -> None:
        same = [
            one
            for one in self._records.all(CONTACTS)
            if all(one.values.get(n) == values.get(n) for n in ("lastname", "company"))
        ]
        if not same:
            return
        object = LEADS if is_lead(same[0]) else PEOPLE
        kept = [
            {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": row}
            for row in (
                {
                    "attributes": {"type": object, "url": f"/sobjects/{object}/{one.id}"},
                    "Id": one.id,
                }
                for one in same
            )
        ]
        raise _RefusedError(
            400,
            "DUPLICATES_DETECTED",
            "You're creating a duplicate record. We recommend you use an existing record instead.",
            duplicateResut={
                "allowSave": False,
                "duplicateRule": "Standard_Lead_Duplicate_Rule",
                "duplicateRuleEntityType": LEADS,
                "errorMessage": "Use one of these records?",
                "matchResults": [
                    {
                        "entityType": object,
                        "errors": [],
                        "matchEngine": "ExactMatchEngine",
                        "matchRecords": kept,
                        "rule": "Standard_Lead_Match_Rule",
                        "size": len(kept),
                        "success": True,
                    }
                ],
            },
        )

    def _values(self, object: str, body: Json) -> dict[str, str]:
        known, values = self._fields(object), dict[str, str]()
        for name, value in body.items():
            if name not in known:
                words = _no_column(name, f"sobject of type {object}")
                raise _RefusedError(400, "INVALID_FIELD", words)
            one, said = known[name], "" if value is None else str(value)
            most = LENGTHS.get(name, LONGEST if one.name == "hs_note_body" else None)
            if most is not None and len(said) > most:
                words = f"{one.label}: data value too large: {said[:40]} (max length={most})"
                raise _RefusedError(400, "STRING_TOO_LONG", words, [name])
            if said and one.name == "dealstage":
                labels = {s.label: s.id for line in self._records.pipelines for s in line.stages}
                said = labels.get(said, said)
            if said and one.name == "hubspot_owner_id":
                said = self._owner(with_suffix(said), object)
            values[one.name] = said
        return values

    def _owner(self, id: str, object: str) -> str:
        if id == INTEGRATION:
            return ""
        owner = next((one for one in self._records.owners() if one.id == id), None)
        if owner is None:
            raise _RefusedError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if not owner.active:
            words = f"operation performed with inactive user [{id}] as owner of {object.lower()}"
            raise _RefusedError(400, "INACTIVE_OWNER_OR_USER", words)
        return id

    def _free(self, values: Mapping[str, str]) -> None:
        key = values.get("baton_key")
        for one in self._records.every(CONTACTS) if self.bin_keeps_keys and key else ():
            if one.values.get("baton_key") == key:
                raise TakenError("baton_key", one)

    def _written(self, object: str, write: Callable[[], Record]) -> Record:
        names = {one.name: name for name, one in self._fields(object).items()}
        try:
            return write()
        except TakenError as error:
            (name,) = (n for n, one in self._fields(object).items() if one.unique)
            words = f"duplicate value found: {name} duplicates value on record with id: "
            raise _RefusedError(400, "DUPLICATE_VALUE", words + error.record.id[:15]) from error
        except InvalidError as error:
            name = names.get(error.name, error.name)
            code = CODES.get(error.code, error.code)
            raise _RefusedError(400, code, error.words, [name]) from error


FAULT = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
    "<faultcode>sf:{0}</faultcode><faultstring>{0}: {1}</faultstring>"
    "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
)
COLUMNS: Mapping[str, Sequence[str]] = {
    ROLE: ("Id", "OpportunityId", "ContactId", "IsPrimary"),
    WAS: ("Id", "OpportunityId", "CreatedDate", "StageName", "Amount", "CloseDate"),
    FIELD_WAS: ("Id", "OpportunityId", "CreatedDate", "Field"),
    LEAD_WAS: ("Id", "LeadId", "CreatedDate", "Field", "OldValue", "NewValue"),
}
"""https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_objects_opportunityhistory.htm
https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_opportunityfieldhistory.htm
"""


def _organization() -> Iterator[Json]:
    yield {
        "Id": ORG,
        "Name": "Halden Systems",
        "OrganizationType": "Enterprise Edition",
        "IsSandbox": False,
    }


def _task_statuses() -> Iterator[Json]:
    for n, (name, closed) in enumerate((("Not Started", False), ("Completed", True))):
        yield {"ApiName": name, "IsClosed": closed, "IsDefault": not n, "SortOrder": n}


def custom(name: str) -> str:
    """As an administrator names the field: baton_next_step is Baton_Next_Step__c."""
    return "_".join(part.capitalize() for part in name.split("_")) + "__c"


def _is_deleted(one: Record) -> bool:
    return one.deleted_at is not None and not is_converted(one)


def _is_version(said: str) -> bool:
    found = re.fullmatch(r"v(\d\d)\.0", said)
    return found is not None and OLDEST <= int(found[1]) <= NEWEST


def _nowhere() -> _RefusedError:
    return _RefusedError(404, "NOT_FOUND", "The requested resource does not exist")


def _no_column(name: str, of: str) -> str:
    return (
        f"No such column '{name}' on {of}. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe "
        "call for the appropriate names."
    )


def _no_sign_in(error: str, words: str) -> Answer:
    return Answer(status=400, body={"error": error, "error_description": words})


def _basic(headers: Mapping[str, str]) -> str:
    said = headers.get("Authorization", "").removeprefix("Basic ")
    try:
        return base64.b64decode(said).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _read(content: bytes) -> Json:
    try:
        body: Json = json.loads(content) if content else {}
    except json.JSONDecodeError as error:
        words = "Unexpected character at line 1 column 1"
        raise _RefusedError(400, "JSON_PARSER_ERROR", words) from error
    return body


def _broken(effect: Status, *, soap: bool) -> Answer:
    if effect.html:
        return Answer(status=effect.status)
    if soap:
        return Answer(status=effect.status, body=FAULT.format(effect.code, effect.message))
    body = [{"message": effect.message, "errorCode": effect.code or "UNKNOWN_EXCEPTION"}]
    return Answer(status=effect.status, body=body)


def _shown(
    version: str, object: str, row: Mapping[str, Any], fields: Sequence[str] | None = None
) -> Json:
    told: Json = {"attributes": {"type": object}}
    if "Id" in row:
        told["attributes"]["url"] = f"/services/data/{version}/sobjects/{object}/{row['Id']}"
    return {**told, **{name: row[name] for name in fields or row if "." not in name}}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
