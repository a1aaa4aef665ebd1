"""Dynamics 365's dialect, Dataverse's Web API:
https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview

Held to Microsoft's own client by tests/sandbox/test_dataverse_by_its_own_client.py. What is not
asked of it is not there: batches, change tracking, actions but those that close an opportunity,
more of its queries than sandbox/crm/odata.py, and of FetchXML one column that is a value.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from sandbox.crm import odata
from sandbox.crm.door import Answer, answered
from sandbox.crm.records import (
    CONTACTS,
    CURRENCIES,
    CURRENCY,
    DEALS,
    EVENTS,
    LEADS,
    NOTES,
    SETS,
    TASKS,
    Field,
    InvalidError,
    NotThereError,
    Record,
    Records,
    Stage,
    TakenError,
    is_converted,
    is_lead,
)
from sandbox.entra import Entra, RefusedTokenError
from sandbox.faults import Effect, Faults, Status

Json = dict[str, Any]

VERSION = re.compile(r"v9\.[0-2]")
ORG = "3f2a0000-0000-4000-8000-0000000000aa"
INTEGRATION = "systemusers(3f2a0000-0000-4000-8000-000000000001)"
"""The application user: it owns what it makes, and nobody works as it."""
MONEY = {code: f"3f2a0000-0000-4000-8000-0000000001{n:02d}" for n, code in enumerate(CURRENCIES)}
PAGE = 5_000
BURST = 6_000  # requests in five minutes
CREATED, OWNER, RULED = "createdon", "hubspot_owner_id", "CUSTOM_RULE"
OF_PERSON = {
    "firstname": "firstname",
    "lastname": "lastname",
    "emailaddress1": "email",
    "telephone1": "phone",
}
TABLES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "contact": (SETS[CONTACTS], CONTACTS, OF_PERSON),
    "lead": (
        LEADS,
        CONTACTS,
        {
            **OF_PERSON,
            "companyname": "company",
            "subject": "subject",
            "leadqualitycode": "hs_lead_status",
        },
    ),
    "opportunity": (
        SETS[DEALS],
        DEALS,
        {
            "name": "dealname",
            "estimatedvalue": "amount",
            "estimatedclosedate": "closedate",
            "salesstage": "dealstage",
            "baton_next_step": "hs_next_step",
        },
    ),
    "annotation": (SETS[NOTES], NOTES, {"subject": "subject", "notetext": "hs_note_body"}),
}
"""Each table of which records are written: where it is, what of the store, and which column is
what there.
"""
SETS_OF: Mapping[str, str] = {table: where for table, (where, _, _) in TABLES.items()} | {
    "systemuser": "systemusers",
    "connection": "connections",
    "organization": "organizations",
    "stringmap": "stringmaps",
    "audit": "audits",
    "activitypointer": "activitypointers",
    "campaign": "campaigns",
}
TABLE_AT = {where: table for table, where in SETS_OF.items()}
LOOKUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "contact": {"ownerid": ("systemusers", "teams")},
    "lead": {"ownerid": ("systemusers", "teams")},
    "opportunity": {
        "ownerid": ("systemusers", "teams"),
        "parentcontactid": ("contacts",),
        "customerid_contact": ("contacts",),
        "transactioncurrencyid": ("transactioncurrencies",),
    },
    "annotation": {"objectid_contact": ("contacts",), "objectid_lead": ("leads",)},
}
"""Which other records a record is bound to, and where those are."""
LENGTHS = {
    "lastname": 50,
    "firstname": 50,
    "emailaddress1": 100,
    "companyname": 100,
    "subject": 500,
    "notetext": 100_000,
    "name": 300,
    "baton_next_step": 255,
}
BOUND = re.compile(r"/?(?P<where>[a-z]+)\((?P<id>[0-9a-fA-F-]{36})\)")
KEY = re.compile(r"(?P<name>\w+)='(?P<value>(?:[^']|'')*)'")
FETCH = re.compile(r"<fetch(?P<how>[^<>]*)>\s*<entity name=['\"](?P<table>\w+)['\"]")
CONDITION = re.compile(
    r"<condition attribute=['\"](\w+)['\"] operator=['\"]eq['\"] value=['\"]([^'\"]*)['\"]\s*/>"
)
CHOICES: Mapping[str, Mapping[int, str]] = {"leadqualitycode": {1: "Hot", 2: "Warm", 3: "Cold"}}
LABEL = "OData.Community.Display.V1.FormattedValue"
OF_TYPE = {"number": "Money", "datetime": "DateTime", "bool": "Boolean"}
FIRST_COLUMN = 40  # numbers of columns of opportunities begin there
OPPORTUNITY, CONTACT = 3, 2  # as Dataverse numbers them
OTHERS: Mapping[str, tuple[str, ...]] = {
    "systemuser": (
        *("systemuserid", "internalemailaddress", "fullname", "isdisabled", "accessmode"),
        *("applicationid", CREATED),
    ),
    "connection": (
        *("connectionid", "_record1id_value", "record1objecttypecode", "_record2id_value"),
        *("record2objecttypecode", "statecode", CREATED),
    ),
    "organization": ("organizationid", "name", "_basecurrencyid_value", CREATED),
    "stringmap": (
        *("stringmapid", "objecttypecode", "attributename", "attributevalue", "value"),
        *("displayorder", "langid"),
    ),
    "audit": (
        *("auditid", "_objectid_value", "objecttypecode", "operation", "attributemask", CREATED),
    ),
    "campaign": (
        *("campaignid", "name", "totalactualcost", "_transactioncurrencyid_value", CREATED),
    ),
    "activitypointer": (
        *("activityid", "activitytypecode", "_regardingobjectid_value", "subject", "statecode"),
        *("senton", "actualend", "scheduledend", "modifiedon", CREATED),
    ),
}
"""The columns of what may only be read."""
STATUSES = ((1, 2), (3,), (4, 5))
"""Which an opportunity may have that is open, won or lost; the first by itself.

https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity
"""
DEFINITION = re.compile(
    r"EntityDefinitions\((?:LogicalName='(?P<name>\w+)'|(?P<id>[0-9a-f-]{36}))\)"
)


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def body(self) -> Json:
        return {"error": {"code": self.code, "message": str(self)}}


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    base: str  # where the Web API is
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Json
    by: str = INTEGRATION  # the user for whom it is done

    def prefers(self, what: str) -> bool:
        return what in self.headers.get("Prefer", "")


class Dataverse:
    def __init__(self, records: Records, entra: Entra, faults: Faults) -> None:
        self._records = records
        self._entra = entra
        self._faults = faults
        self._pages: dict[str, tuple[str, list[Json]]] = {}
        self._over: set[str] = set()  # tokens that open nothing any more
        self._seen: set[str] = set()
        self.is_member = True  # whether the application is a user of the environment
        self.hidden: set[str] = set()  # tables that the application user may not read
        self.unwritable: set[str] = set()  # tables that it may only read
        self.acts_for_others = False  # whether it may do what is done for another user
        self.idle: set[str] = set()  # users who may write nothing
        self._writers: dict[str, tuple[datetime, str]] = {}  # who wrote a record last, and when
        self.read_only: set[str] = set()  # columns that it may not write
        self.only_on: dict[str, str] = {}  # own columns of leads, or of contacts, alone
        self.with_products: set[str] = set()  # opportunities of which the amount is their sum
        self.key_status = "Active"  # of the index by which a lead's key is unique
        self.detects_duplicates = False  # by a rule of the customer's: same name and company
        self.audits = True  # whether what is changed of opportunities is kept
        self.names_codes = True  # where a condition is not met; its page shows none
        self.has_bin = True  # whether what was deleted is kept for a while

    def expire(self) -> None:
        """Every token that was seen is over, as when an administrator revokes them."""
        self._over |= self._seen

    async def answer(
        self,
        method: str,
        parts: Sequence[str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        content: bytes,
    ) -> Answer:
        """Raises CutError where the connection is to be cut."""

        def done(_: Effect | None) -> Answer:
            try:
                self._signed_in(headers)
                self._within_limits()
                asked = _Asked(
                    method, self._base(headers), query, headers, _read(content), self._by(headers)
                )
                answer = self._route(asked, [unquote(one) for one in parts[2:]])
            except _RefusedError as refused:
                retry = {"Retry-After": "30"} if refused.status == 429 else {}
                body = refused.body()
                if refused.status in (404, 412) and not self.names_codes:
                    body["error"]["code"] = ""
                answer = Answer(status=refused.status, body=body, headers=retry)
            return self._counted(answer)

        return await answered(self._faults, method, parts, broken=_broken, done=done)

    @staticmethod
    def _base(headers: Mapping[str, str]) -> str:
        return f"https://{headers.get('Host', '')}/api/data/v9.2"

    # Who asks

    def _signed_in(self, headers: Mapping[str, str]) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            self._entra.dataverse_claims(token)
        except RefusedTokenError as error:
            raise _RefusedError(401, "", "Authentication failure") from error
        if token in self._over:
            raise _RefusedError(401, "", "Authentication failure")
        self._seen.add(token)
        if not self.is_member:
            words = "The user is not a member of the organization."
            raise _RefusedError(403, "0x80072560", words)

    def _by(self, headers: Mapping[str, str]) -> str:
        """The user for whom it is done; of its right, and of theirs, by the id of theirs.

        https://learn.microsoft.com/power-apps/developer/data-platform/impersonate-another-user
        """
        caller = headers.get("MSCRMCallerID", "").lower()
        if not caller:
            return INTEGRATION
        if not self.acts_for_others:
            words = (
                f"Principal user (Id={caller}, type=8, roleCount=1, privilegeCount=25, "
                "accessMode=4) is missing prvActOnBehalfOfAnotherUser privilege."
            )
            raise _RefusedError(403, "0x80040220", words)
        user = next((one for one in self._records.owners() if _guid(one.id) == caller), None)
        if user is None:
            raise _absent("systemuser", caller)
        if not user.active:
            raise _RefusedError(403, "0x80072561", "The user is disabled.")
        return user.id

    def _may_write(self, asked: _Asked, table: str, how: str) -> str:
        """As `_written_to`: both of them have to, who asks and for whom it is asked."""
        if table in self.unwritable or asked.by in self.idle:
            raise self._may(how, table, asked.by)
        return self._written_to(table, how)

    def _within_limits(self) -> None:
        limits = self._records.limits
        if limits.used >= limits.daily:
            words = (
                f"Number of requests exceeded the limit of {BURST} over time window of 300 seconds."
            )
            raise _RefusedError(429, "0x80072322", words)

    def _counted(self, answer: Answer) -> Answer:
        """https://learn.microsoft.com/power-apps/developer/data-platform/api-limits"""
        limits = self._records.limits
        limits.used += 1
        left = min(BURST, max(0, limits.daily - limits.used))
        told = {"x-ms-ratelimit-burst-remaining-xrm-requests": str(left), "OData-Version": "4.0"}
        return Answer(status=answer.status, body=answer.body, headers={**answer.headers, **told})

    def _route(self, asked: _Asked, parts: Sequence[str]) -> Answer:
        if not parts or not VERSION.fullmatch(parts[0]):
            raise _RefusedError(404, "0x8006088a", "Resource not found for the segment 'data'.")
        match (asked.method, *parts[1:]):
            case ("GET", "WhoAmI" | "WhoAmI()"):
                return Answer(status=200, body={"UserId": _guid(asked.by), "OrganizationId": ORG})
            case ("GET", "EntityDefinitions"):
                return self._definitions(asked)
            case ("GET", one, "Attributes", cast):
                return self._cast(one, cast)
            case ("GET", one, "Attributes" | "Keys" as what) if one.startswith("EntityDef"):
                return self._described(asked, one, what)
            case ("POST", "WinOpportunity" | "LoseOpportunity" as what):
                return self._close(asked, won=what.startswith("Win"))
            case ("GET", where) if where in TABLE_AT:
                return self._rows_of(asked, TABLE_AT[where])
            case ("POST", where) if where in TABLE_AT:
                return self._make(asked, self._may_write(asked, TABLE_AT[where], "Create"), {})
            case (_, one):
                return self._of_one(asked, one)
        raise self._nowhere(parts[-1])

    # What there is

    def _table(self, where: str) -> str:
        if where not in TABLE_AT:
            raise self._nowhere(where)
        return TABLE_AT[where]

    @staticmethod
    def _nowhere(segment: str) -> _RefusedError:
        words = f"Resource not found for the segment '{segment}'."
        return _RefusedError(404, "0x8006088a", words)

    def _may(self, how: str, table: str, by: str = INTEGRATION) -> _RefusedError:
        words = (
            f"Principal user (Id={_guid(by)}, type=8, roleCount=1, privilegeCount=25, "
            f"accessMode=4) is missing prv{how}{table.capitalize()} privilege for entity '{table}'."
        )
        return _RefusedError(403, "0x80040220", words)

    def _read_from(self, table: str) -> str:
        if table in self.hidden:
            raise self._may("Read", table)
        return table

    def _written_to(self, table: str, how: str) -> str:
        if table not in TABLES:
            raise self._may(how, table)
        if self._read_from(table) in self.unwritable:
            raise self._may(how, table)
        return table

    def _fields(self, table: str) -> dict[str, Field]:
        """What may be written of it, but lookups, by its name there."""
        _, kind, names = TABLES[table]
        found = {}
        for name, ours in names.items():
            if one := self._records.field(kind, ours):
                found[name] = one
        for one in self._records.fields(kind):
            if one.own and self.only_on.get(one.name, table) == table:
                found[one.name] = one
        return found

    def _columns(self, table: str) -> frozenset[str]:
        if table in OTHERS:
            return frozenset(OTHERS[table])
        always = {f"{table}id", "statecode", "statuscode", CREATED, "modifiedon"}
        owner = {"_ownerid_value", "_owninguser_value", "_owningteam_value"}
        merges = {"merged", "_masterid_value"}
        more = {
            "contact": {*owner, *merges, "_originatingleadid_value"},
            "lead": {
                *owner,
                *merges,
                *("_parentcontactid_value", "_transactioncurrencyid_value", "fullname"),
            },
            "opportunity": {
                *owner,
                *("actualvalue", "isrevenuesystemcalculated", "_transactioncurrencyid_value"),
                *("_parentcontactid_value", "_customerid_value"),
                *("_modifiedby_value", "_modifiedonbehalfby_value"),
            },
            "annotation": {*owner, "_objectid_value"},
        }
        return frozenset({*always, *more[table], *self._fields(table)})

    def _definitions(self, asked: _Asked) -> Answer:
        rows = [
            {
                "LogicalName": table,
                "EntitySetName": where,
                "PrimaryIdAttribute": f"{table}id",
                "SchemaName": table.capitalize(),
                "MetadataId": _metadata_id(n),
            }
            for n, (table, where) in enumerate(SETS_OF.items())
        ]
        found = _query(asked.query).of(rows)
        return Answer(status=200, body={"value": [dict(one) for one in found]})

    def _defined(self, definition: str) -> str:
        found = DEFINITION.fullmatch(definition)
        by = {_metadata_id(n): table for n, table in enumerate(SETS_OF)}
        table = (found["name"] or by.get(found["id"], "")) if found else ""
        if table not in TABLES:
            raise self._nowhere(definition)
        return table

    def _cast(self, definition: str, type: str) -> Answer:
        match type.rpartition(".")[2]:
            case "PicklistAttributeMetadata":
                return self._choices(definition)
            case "StateAttributeMetadata":
                return self._states(definition)
        raise self._nowhere(type)

    def _choices(self, definition: str) -> Answer:
        """The columns that are a choice, with what each is called."""
        is_deal = self._defined(definition) == "opportunity"
        options = [
            {"Value": n, "Label": {"LocalizedLabels": [{"Label": one.label, "LanguageCode": 1033}]}}
            for n, one in enumerate(self._open_stages())
        ]
        stage = {"LogicalName": "salesstage", "OptionSet": {"Options": options}}
        return Answer(status=200, body={"value": [stage] if is_deal else []})

    def _states(self, definition: str) -> Answer:
        """Of each state the status that it has by itself."""
        is_deal = self._defined(definition) == "opportunity"
        options = [
            {"Value": n, "DefaultStatus": statuses[0]} for n, statuses in enumerate(STATUSES)
        ]
        state = {"LogicalName": "statecode", "OptionSet": {"Options": options}}
        return Answer(status=200, body={"value": [state] if is_deal else []})

    def _described(self, asked: _Asked, definition: str, what: str) -> Answer:
        """https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api"""
        table = self._defined(definition)
        if what == "Keys":
            key = self._records.field(CONTACTS, "baton_key")
            has = table == "lead" and key is not None and key.unique
            rows: list[Json] = [
                {
                    "MetadataId": _metadata_id(999),
                    "LogicalName": "baton_key",
                    "SchemaName": "baton_Key",
                    "KeyAttributes": ["baton_key"],
                    "EntityKeyIndexStatus": self.key_status,
                }
            ]
            return Answer(status=200, body={"value": rows if has else []})
        rows = [
            {
                "LogicalName": name,
                "SchemaName": name,
                "AttributeType": "Picklist" if name in CHOICES else OF_TYPE.get(one.type, "String"),
                "IsCustomAttribute": one.own or name == "baton_next_step",
                "IsValidForUpdate": name not in self.read_only,
                "ColumnNumber": FIRST_COLUMN + n,
                "IsPrimaryId": False,
            }
            for n, (name, one) in enumerate(self._fields(table).items())
        ]
        query = _query(asked.query)
        shown = query.columns or tuple(rows[0] if rows else ())
        return Answer(
            status=200,
            body={"value": [{name: one[name] for name in shown} for one in query.of(rows)]},
        )

    # Queries

    def _rows_of(self, asked: _Asked, table: str) -> Answer:
        self._read_from(table)
        if "fetchXml" in asked.query:
            return Answer(status=200, body={"value": self._fetched(asked, table)})
        if cursor := asked.query.get("$skiptoken"):
            return self._page(asked, table, cursor)
        query = _query(asked.query)
        self._known(table, query.named)
        found = query.of(list(self._rows(table)))
        labels = asked.prefers(LABEL)
        rows = [
            self._shown(table, one, query.columns, query.expand, labels=labels) for one in found
        ]
        cursor = f"{len(self._pages):x}"
        self._pages[cursor] = table, rows
        return self._page(asked, table, f"{cursor}-0")

    def _known(self, table: str, names: frozenset[str]) -> None:
        columns = self._columns(table)
        for name in sorted(names):
            if name not in columns:
                words = (
                    f"Could not find a property named '{name}' on type "
                    f"'Microsoft.Dynamics.CRM.{table}'."
                )
                raise _RefusedError(400, "0x80060888", words)

    def _page(self, asked: _Asked, table: str, cursor: str) -> Answer:
        name, _, first = cursor.partition("-")
        if name not in self._pages or not first.isdecimal():
            raise _RefusedError(400, "0x80060888", "The paging cookie is not valid.")
        _, rows = self._pages[name]
        wanted = re.search(r"odata\.maxpagesize=(\d+)", asked.headers.get("Prefer", ""))
        size, start = int(wanted[1]) if wanted else PAGE, int(first)
        where = SETS_OF[table]
        body: Json = {
            "@odata.context": f"{asked.base}/$metadata#{where}",
            "value": rows[start : start + size],
        }
        if len(rows) > start + size:
            body["@odata.nextLink"] = f"{asked.base}/{where}?$skiptoken={name}-{start + size}"
        else:
            del self._pages[name]
        return Answer(status=200, body=body)

    def _fetched(self, asked: _Asked, table: str) -> list[Json]:
        """https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records"""
        fetch = FETCH.search(asked.query["fetchXml"])
        if fetch is None or fetch["table"] != table:
            raise _RefusedError(400, "0x80041103", "The FetchXML query is not valid.")
        in_bin = "datasource" in fetch["how"]
        conditions = CONDITION.findall(asked.query["fetchXml"])
        self._known(table, frozenset(name for name, _ in conditions))
        found = [
            one
            for one in self._rows(table, deleted=in_bin and self.has_bin)
            if all(str(one[name]).casefold() == value.casefold() for name, value in conditions)
        ]
        return [] if in_bin and not self.has_bin else [self._shown(table, o) for o in found]

    def _shown(
        self,
        table: str,
        row: Mapping[str, Any],
        columns: Sequence[str] = (),
        expand: Mapping[str, Sequence[str]] | None = None,
        *,
        labels: bool = False,
    ) -> Json:
        names = {*columns, f"{table}id"} if columns else row.keys()
        told: Json = {"@odata.etag": row["@odata.etag"]} if "@odata.etag" in row else {}
        told |= {name: row[name] for name in row if name in names}
        for name, options in CHOICES.items() if labels else ():
            if told.get(name) is not None:
                told[f"{name}@{LABEL}"] = options[told[name]]
        for name, of in (expand or {}).items():
            told[name] = self._expanded(table, name, row, of)
        return told

    def _expanded(
        self, table: str, name: str, row: Mapping[str, Any], columns: Sequence[str]
    ) -> Json | None:
        """Of currencies alone."""
        if name not in ("transactioncurrencyid", "basecurrencyid") or f"_{name}_value" not in row:
            words = (
                f"Could not find a property named '{name}' on type "
                f"'Microsoft.Dynamics.CRM.{table}'."
            )
            raise _RefusedError(400, "0x80060888", words)
        id = row[f"_{name}_value"]
        code = next((one for one, its in MONEY.items() if its == id), None)
        if code is None:
            return None
        one = {"transactioncurrencyid": id, "isocurrencycode": code}
        return {name: one[name] for name in (*columns, "transactioncurrencyid") if name in one}

    # Rows

    def _rows(self, table: str, *, deleted: bool = False) -> Iterator[Json]:
        if table in TABLES:
            for one in self._all(table):
                if (one.deleted_at is not None and one.merged_into is None) is deleted:
                    yield self._row(table, one)
            return
        yield from {
            "systemuser": self._users,
            "connection": self._connections,
            "organization": _organizations,
            "stringmap": self._names,
            "audit": self._audits,
            "activitypointer": self._activities,
            "campaign": self._campaigns,
        }[table]()

    def _all(self, table: str) -> Iterator[Record]:
        where, kind, _ = TABLES[table]
        return (one for one in self._records.every(kind) if one.id.startswith(f"{where}("))

    def _row(self, table: str, one: Record) -> Json:
        known = self._fields(table)
        row: Json = {name: _value(name, f, one.values.get(f.name)) for name, f in known.items()}
        owner = one.values.get(OWNER) or INTEGRATION
        is_team = owner.startswith("teams(")
        into = one.merged_into or ""
        converted = is_converted(one)
        row |= {
            "@odata.etag": _etag(one),
            f"{table}id": _guid(one.id),
            CREATED: _time(one.made_at),
            "modifiedon": _time(one.changed_at),
            "statecode": 1 if into else 0,
            "statuscode": 3 if converted else 2 if into else 1,
            "_ownerid_value": _guid(owner),
            "_owninguser_value": None if is_team else _guid(owner),
            "_owningteam_value": _guid(owner) if is_team else None,
        }
        if table in ("contact", "lead"):
            is_merged = bool(into) and not converted
            row |= {"merged": is_merged, "_masterid_value": _guid(into) if is_merged else None}
        if table == "lead":
            names = (one.values.get(name) for name in ("firstname", "lastname"))
            row |= {
                "_parentcontactid_value": _guid(into) if converted else None,
                "_transactioncurrencyid_value": MONEY[CURRENCY],
                "fullname": " ".join(filter(None, names)) or None,
            }
        if table == "contact":
            leads = (o for o in self._all("lead") if o.merged_into == one.id)
            row["_originatingleadid_value"] = next((_guid(o.id) for o in leads), None)
        if table == "annotation":
            row["_objectid_value"] = self._noted(one)
        if table == "opportunity":
            row |= self._of_deal(one)
        return row

    def _noted(self, note: Record) -> str | None:
        """Beside whom a note stands: it goes with a merge, and stays with a lead that is
        converted.
        """
        people = {one.id: one for one in self._records.every(CONTACTS)}
        for kind, id in sorted(note.links):
            at = people.get(id) if kind == CONTACTS else None
            while at and at.merged_into and not is_converted(at):
                at = people.get(at.merged_into)
            if at:
                return _guid(at.id)
        return None

    def _of_deal(self, one: Record) -> Json:
        stage = self._records.stage(one.values.get("dealstage", ""))
        won = stage is not None and stage.closed and stage.probability == 1
        first = next(iter(self._beside(one)), None)
        code = one.values.get("deal_currency_code") or CURRENCY
        by, behalf = self.modified_by(one.id)
        return {
            "_modifiedby_value": _guid(by) or None,
            "_modifiedonbehalfby_value": _guid(behalf) or None,
            "salesstage": self._number(stage) if stage and not stage.closed else None,
            "statecode": (1 if won else 2) if stage and stage.closed else 0,
            "statuscode": (3 if won else 4) if stage and stage.closed else 1,
            "actualvalue": float(one.values["amount"]) if won and "amount" in one.values else None,
            "isrevenuesystemcalculated": one.id in self.with_products,
            "_transactioncurrencyid_value": MONEY.get(code),
            "_parentcontactid_value": first,
            "_customerid_value": first,
        }

    def _beside(self, deal: Record) -> list[str]:
        """The contacts of a deal: the first is its own, the others are connected with it."""
        found = self._records.linked(deal, CONTACTS)
        return [_guid(one.id) for one in found if not is_lead(one)]

    def _connections(self) -> Iterator[Json]:
        """Each stands there from both of its ends."""
        for deal in self._records.all(DEALS):
            for n, contact in enumerate(self._beside(deal)[1:]):
                ends = (_guid(deal.id), OPPORTUNITY), (contact, CONTACT)
                for which, ((one, its), (other, of)) in enumerate((ends, ends[::-1])):
                    yield {
                        "connectionid": f"{_guid(deal.id)[:-4]}{n:03x}{which}",
                        "_record1id_value": one,
                        "record1objecttypecode": its,
                        "_record2id_value": other,
                        "record2objecttypecode": of,
                        "statecode": 0,
                        CREATED: _time(deal.made_at),
                    }

    def _users(self) -> Iterator[Json]:
        for n, one in enumerate(self._records.owners()):
            yield {
                "systemuserid": _guid(one.id),
                "internalemailaddress": one.mail,
                "fullname": f"{one.given} {one.surname}",
                "isdisabled": not one.active,
                "accessmode": 0,
                "applicationid": None,
                CREATED: f"2024-01-01T00:{n // 60 % 60:02d}:{n % 60:02d}Z",
            }
        yield {
            "systemuserid": _guid(INTEGRATION),
            "internalemailaddress": None,
            "fullname": "# Baton",
            "isdisabled": False,
            "accessmode": 4,
            "applicationid": self._entra.app.client_id,
            CREATED: "2025-01-01T00:00:00Z",
        }

    def _campaigns(self) -> Iterator[Json]:
        for one in self._records.campaigns:
            yield {
                "campaignid": _guid(one.id),
                "name": one.name,
                "totalactualcost": float(one.spent) if one.spent else None,
                "_transactioncurrencyid_value": MONEY.get(one.currency),
                CREATED: "2026-01-05T08:00:00Z",
            }

    def _activities(self) -> Iterator[Json]:
        """Calls and mails that are done, and appointments, which hardly anybody ever marks so."""
        for one in (*self._records.all(TASKS), *self._records.all(EVENTS)):
            beside = self._records.linked(one, CONTACTS)
            type = {"Call": "phonecall", "Email": "email"}.get(one.values.get("subtype", ""))
            at = one.values.get("completed") or one.values.get("end")
            over = _time(datetime.fromisoformat(at)) if at else None
            yield {
                "activityid": _guid(one.id),
                "activitytypecode": type or "appointment",
                "_regardingobjectid_value": _guid(beside[0].id) if beside else None,
                "subject": one.values.get("subject"),
                "statecode": 1 if type else 3,
                "senton": over if type == "email" else None,
                "actualend": over if type == "phonecall" else None,
                "scheduledend": None if type else over,
                "modifiedon": _time(one.changed_at),
                CREATED: _time(one.made_at),
            }

    def _audits(self) -> Iterator[Json]:
        """https://learn.microsoft.com/power-apps/developer/data-platform/auditing/retrieve-audit-data"""
        for table in ("opportunity", "lead") if self.audits else ():
            columns = {one.name: n for n, one in enumerate(self._fields(table).values())}
            for record in self._there(table):
                yield from self._audited(table, record, columns)

    @staticmethod
    def _audited(table: str, record: Record, columns: Mapping[str, int]) -> Iterator[Json]:
        was: Mapping[str, str] = {}
        states = [*reversed(record.before), (record.changed_at, record.values)]
        for n, (at, now) in enumerate(states):
            names = {*was, *now}
            changed = [columns[o] for o in names if o in columns and was.get(o) != now.get(o)]
            was = now
            yield {
                "auditid": f"{_guid(record.id)[:-4]}{0xA00 + n:04x}",
                "_objectid_value": _guid(record.id),
                "objecttypecode": table,
                "operation": 2 if n else 1,
                "attributemask": ",".join(f"{FIRST_COLUMN + one}" for one in sorted(changed)),
                CREATED: _time(at),
            }

    def _open_stages(self) -> list[Stage]:
        return [s for line in self._records.pipelines for s in line.stages if not s.closed]

    def _number(self, stage: Stage) -> int:
        return self._open_stages().index(stage)

    def _names(self) -> Iterator[Json]:
        """What choices are called."""
        stages = [("salesstage", n, one.label) for n, one in enumerate(self._open_stages())]
        states = [("statecode", n, name) for n, name in enumerate(("Open", "Won", "Lost"))]
        for n, (column, number, label) in enumerate((*stages, *states)):
            yield {
                "stringmapid": f"3f2a0000-0000-4000-8000-00000001{n:04x}",
                "objecttypecode": "opportunity",
                "attributename": column,
                "attributevalue": number,
                "value": label,
                "displayorder": number + 1,
                "langid": 1033,
            }

    # Records

    def _found(self, table: str, key: str) -> Record | None:
        """By its id, or by the key that is unique."""
        if by := KEY.fullmatch(key):
            known = self._fields(table).get(by["name"])
            if table != "lead" or known is None or not known.unique or self.key_status != "Active":
                words = f"The specified key attributes are not a defined key for the {table} entity"
                raise _RefusedError(400, "0x80060890", words)
            value = by["value"].replace("''", "'")
            return next((o for o in self._there(table) if o.values.get(known.name) == value), None)
        return next((o for o in self._there(table) if _guid(o.id) == key.lower()), None)

    def _there(self, table: str) -> Iterator[Record]:
        """Also what was merged, or converted: it is inactive."""
        return (o for o in self._all(table) if o.deleted_at is None or o.merged_into is not None)

    def _of_one(self, asked: _Asked, one: str) -> Answer:
        where, _, rest = one.partition("(")
        table, key = self._table(where), rest.removesuffix(")")
        if table not in TABLES:
            raise self._nowhere(one)
        match asked.method:
            case "GET":
                self._read_from(table)
                found = self._found(table, key)
                if found is None:
                    raise _absent(table, key)
                query = _query(asked.query)
                self._known(table, query.named)
                row = self._row(table, found)
                shown = self._shown(table, row, query.columns, query.expand)
                return Answer(status=200, body=shown, headers={"ETag": row["@odata.etag"]})
            case "PATCH":
                return self._patch(asked, table, key)
            case "DELETE":
                self._written_to(table, "Delete")
                found = self._found(table, key)
                if found is None:
                    raise _absent(table, key)
                self._records.delete(found.kind, found.id)
                return Answer(status=204)
        raise _RefusedError(405, "0x80060888", "The requested resource does not support it.")

    def _patch(self, asked: _Asked, table: str, key: str) -> Answer:
        """https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api"""
        self._read_from(table)
        found = self._found(table, key)
        match, none = asked.headers.get("If-Match"), asked.headers.get("If-None-Match")
        if found is None:
            if match:
                raise _absent(table, key)
            by = KEY.fullmatch(key)
            told = {by["name"]: by["value"]} if by else {}
            return self._make(asked, self._may_write(asked, table, "Create"), told)
        self._may_write(asked, table, "Write")
        if none == "*":
            words = "A record with matching key values already exists."
            raise _RefusedError(412, "0x80040237", words)
        if match not in (None, "*", _etag(found)):
            words = (
                "The version of the existing record doesn't match the RowVersion property provided."
            )
            raise _RefusedError(412, "0x80060882", words)
        body = dict(asked.body)
        if found.id in self.with_products:  # it is left out, and nothing is said
            body.pop("estimatedvalue", None)
        values, links = self._values(table, body)
        self._no_double(asked, table, values, found)
        changed = self._written(table, lambda: self._change(found, values))
        for one in links:
            self._records.link((changed.kind, changed.id), one)
        self._wrote(asked, changed)
        return self._told(asked, table, changed, 200)

    def _wrote(self, asked: _Asked, one: Record) -> None:
        """By whom, until somebody changes it otherwise."""
        self._writers[one.id] = one.changed_at, asked.by

    def modified_by(self, id: str) -> tuple[str, str]:
        """Who wrote the record last through the Web API, and who did it for them; both empty where
        somebody has changed it otherwise since.
        """
        one = next(one for one in self._records.every(DEALS) if one.id == id)
        at, by = self._writers.get(id, (None, ""))
        if at != one.changed_at:
            return "", ""
        return by, INTEGRATION if by != INTEGRATION else ""

    def _change(self, found: Record, values: Mapping[str, str]) -> Record:
        """What is inactive is changed as well; nobody's there but by the Web API."""
        if found.merged_into is not None:
            return self._records.change_inactive(found.kind, found.id, values)
        return self._records.change(found.kind, found.id, values)

    def _make(self, asked: _Asked, table: str, more: Mapping[str, str]) -> Answer:
        values, links = self._values(table, {**more, **asked.body})
        self._no_double(asked, table, values, None)
        kind = TABLES[table][1]
        made = self._written(
            table,
            lambda: self._records.add(kind, values, frozenset(links), lead=table == "lead"),
        )
        return self._told(asked, table, made, 201)

    def _told(self, asked: _Asked, table: str, one: Record, status: int) -> Answer:
        headers = {"OData-EntityId": f"{asked.base}/{one.id}"}
        if not asked.prefers("return=representation"):
            return Answer(status=204, headers=headers)
        row, query = self._row(table, one), _query(asked.query)
        shown = self._shown(table, row, query.columns, query.expand)
        return Answer(status=status, body=shown, headers={**headers, "ETag": row["@odata.etag"]})

    def _values(
        self, table: str, body: Mapping[str, Any]
    ) -> tuple[dict[str, str], set[tuple[str, str]]]:
        """What it says, by the store's names, and what it is bound to."""
        known, values, links = self._fields(table), dict[str, str](), set[tuple[str, str]]()
        for name, value in body.items():
            if name.endswith("@odata.bind"):
                self._bind(table, name.removesuffix("@odata.bind"), value, values, links)
                continue
            if name in ("@odata.type", f"{table}id"):
                continue
            if table == "opportunity" and name == "statecode":
                words = (
                    "This message can not be used to set the state of opportunity to Won. In order "
                    "to set state of opportunity to Won, use the WinOpportunityRequest message "
                    "instead."
                )
                raise _RefusedError(400, "0x80040203", words)
            if name not in known:
                raise _no_property(table, name)
            if name in self.read_only:
                words = (
                    f"Caller user with Id {_guid(INTEGRATION)} does not have update permissions to "
                    f"a secured field '{name}' on entity {table}"
                )
                raise _RefusedError(403, "0x8004f508", words)
            values[known[name].name] = self._said(table, name, known[name], value)
        return values, links

    def _said(self, table: str, name: str, known: Field, value: Any) -> str:
        said = "" if value is None else str(value)
        most = LENGTHS.get(name)
        if most is not None and len(said) > most:
            words = (
                f"A validation error occurred. The length of the '{name}' attribute of the "
                f"'{table}' entity exceeded the maximum allowed length of '{most}'."
            )
            raise _RefusedError(400, "0x80044331", words)
        if said and name == "salesstage":
            stages = self._open_stages()
            if not isinstance(value, int) or not 0 <= value < len(stages):
                words = (
                    f"A validation error occurred. The value {said} of 'salesstage' on record of "
                    "type 'opportunity' is outside the valid range."
                )
                raise _RefusedError(400, "0x80048408", words)
            return stages[value].id
        if said and known.name == "closedate" and len(said) != len("2026-03-31"):
            raise _no_value(f"Cannot convert the literal '{said}' to the expected type 'Edm.Date'.")
        return said

    def _bind(
        self,
        table: str,
        name: str,
        value: Any,
        values: dict[str, str],
        links: set[tuple[str, str]],
    ) -> None:
        bound = BOUND.fullmatch(str(value))
        if name not in LOOKUPS[table] or bound is None:
            words = (
                f"An undeclared property '{name}' which only has property annotations in the "
                "payload but no property value was found in the payload."
            )
            raise _no_value(words)
        if bound["where"] not in LOOKUPS[table][name]:
            raise _no_value(f"The property '{name}' does not lead to {bound['where']}.")
        id = f"{bound['where']}({bound['id'].lower()})"
        match bound["where"]:
            case "systemusers" | "teams":
                values[OWNER] = self._owner(id)
            case "transactioncurrencies":
                code = next((one for one, its in MONEY.items() if its == _guid(id)), None)
                if code is None:
                    raise _absent("transactioncurrency", _guid(id))
                values["deal_currency_code"] = code
            case where:
                try:
                    links.add((CONTACTS, self._records.get(CONTACTS, id).id))
                except NotThereError as error:
                    raise _absent(TABLE_AT[where], _guid(id)) from error

    def _owner(self, id: str) -> str:
        if id == INTEGRATION or id.startswith("teams("):
            return "" if id == INTEGRATION else id
        owner = next((one for one in self._records.owners() if one.id == id), None)
        if owner is None:
            raise _absent("systemuser", _guid(id))
        if not owner.active:
            words = (
                f"The specified user(Id = {_guid(id)}) is disabled. Consider enabling this user."
            )
            raise _RefusedError(403, "0x80040225", words)
        return id

    def _no_double(
        self, asked: _Asked, table: str, values: Mapping[str, str], of: Record | None
    ) -> None:
        """A rule counts for a program that asks for it alone.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
        """
        wants = asked.headers.get("MSCRM.SuppressDuplicateDetection", "").lower() == "false"
        if not (wants and self.detects_duplicates and table == "lead"):
            return
        same = [
            one
            for one in self._records.all(CONTACTS)
            if all(one.values.get(n) == values.get(n) for n in ("lastname", "company"))
        ]
        if any(of is None or one.id != of.id for one in same):
            words = (
                "A record was not created or updated because a duplicate of the current record "
                "already exists."
            )
            raise _RefusedError(412, "0x80040333", words)

    def _close(self, asked: _Asked, *, won: bool) -> Answer:
        """https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity"""
        table = self._may_write(asked, "opportunity", "Write")
        close = asked.body.get("OpportunityClose")
        bound = BOUND.fullmatch(str((close or {}).get("opportunityid@odata.bind")))
        if bound is None or not isinstance(asked.body.get("Status"), int):
            raise _no_value("The parameter 'OpportunityClose' is not valid.")
        if asked.body["Status"] not in STATUSES[1 if won else 2]:
            state = "Won" if won else "Lost"
            words = f"{asked.body['Status']} is not a valid status code for state code "
            raise _RefusedError(400, "0x80048408", f"{words}OpportunityState.{state}")
        found = self._found(table, bound["id"])
        if found is None:
            raise _absent(table, bound["id"])
        closed = (s for line in self._records.pipelines for s in line.stages if s.closed)
        stage = next(one for one in closed if (one.probability == 1) is won)
        closed_at = {"dealstage": stage.id}
        self._wrote(asked, self._written(table, lambda: self._change(found, closed_at)))
        return Answer(status=204)

    def _written(self, table: str, write: Callable[[], Record]) -> Record:
        try:
            return write()
        except TakenError as error:
            words = (
                "Entity Key Baton Key violated. A record with the same value for Baton Key already "
                "exists. A duplicate record cannot be created. Select one or more unique values "
                "and try again."
            )
            raise _RefusedError(412, "0x80060892", words) from error
        except InvalidError as error:
            if error.code == RULED:  # by a plug-in, which says what it likes and of no column
                raise _RefusedError(400, "0x80040265", error.words) from error
            names = {one.name: name for name, one in self._fields(table).items()}
            name = names.get(error.name, error.name)
            words = f"A validation error occurred. '{name}': {error.words}"
            raise _RefusedError(400, "0x80048408", words) from error


def _organizations() -> Iterator[Json]:
    yield {
        "organizationid": ORG,
        "name": "halden",
        "_basecurrencyid_value": MONEY[CURRENCY],
        CREATED: "2024-01-01T00:00:00Z",
    }


def _metadata_id(n: int) -> str:
    return f"3f2a0000-0000-4000-8000-00000002{n:04x}"


def _guid(id: str) -> str:
    found = BOUND.fullmatch(id)
    return found["id"] if found else id


def _etag(one: Record) -> str:
    said = (one.changed_at, sorted(one.values.items()), len(one.before), one.merged_into)
    return f'W/"{crc32(repr(said).encode())}"'


def _query(options: Mapping[str, str]) -> odata.Query:
    try:
        return odata.parse(options)
    except odata.MalformedError as error:
        raise _RefusedError(400, "0x80060888", str(error)) from error


def _absent(table: str, key: str) -> _RefusedError:
    if KEY.fullmatch(key):
        words = f"A record with the specified key values does not exist in {table} entity"
        return _RefusedError(404, "0x80060891", words)
    words = f"Entity '{table}' With Id = {key} Does Not Exist"
    return _RefusedError(404, "0x80040217", words)


def _no_value(words: str) -> _RefusedError:
    said = f"Error identified in Payload provided by the user for Entity :'', {words}"
    return _RefusedError(400, "0x80048d19", said)


def _no_property(table: str, name: str) -> _RefusedError:
    words = (
        f"Error identified in Payload provided by the user for Entity :'{SETS_OF[table]}', For "
        "more information on this error please follow this help link "
        "https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
        f"Microsoft.Crm.CrmException: Invalid property '{name}' was found in entity "
        f"'Microsoft.Dynamics.CRM.{table}'. ---> Microsoft.OData.ODataException: The property "
        f"'{name}' does not exist on type 'Microsoft.Dynamics.CRM.{table}'. Make sure to only use "
        "property names that are defined by the type.\r\n   at Microsoft.OData.JsonLight"
    )
    return _RefusedError(400, "0x80048d19", words)


def _value(name: str, known: Field, value: str | None) -> Any:
    if value is None or known.name == "dealstage":
        return None
    if name in CHOICES:
        return int(value) if value.isdecimal() else None
    if known.type == "number":
        return float(value)
    if known.name == "closedate":
        return value[:10]
    if known.type == "datetime":
        return _time(datetime.fromisoformat(value))
    return value


def _read(content: bytes) -> Json:
    try:
        body = json.loads(content) if content else {}
    except json.JSONDecodeError as error:
        raise _no_value("Invalid JSON.") from error
    if not isinstance(body, dict):
        raise _no_value("Invalid JSON.")
    return body


def _broken(effect: Status) -> Answer:
    headers = {"Retry-After": f"{effect.retry_after or 30:g}"} if effect.status == 429 else {}
    if effect.html:
        return Answer(status=effect.status, headers=headers)
    told = {"code": effect.code or "0x80040216", "message": effect.message or "An error occurred."}
    return Answer(status=effect.status, body={"error": told}, headers=headers)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
