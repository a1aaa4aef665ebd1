"""Dynamics 365 Sales, by Dataverse's Web API, as an application user of the environment.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
https://learn.microsoft.com/power-apps/developer/data-platform/use-single-tenant-server-server-authentication

A person is a contact there, or a lead until somebody qualifies it. Leads are made of those who are
neither; what was qualified or merged leads on to what it is now. An id is where the record is in
the Web API, so that it says of which table it is: leads(3f2a0000-0000-4000-8000-000956a1b2cd).
"""

import hashlib
import re
import ssl
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from xml.sax.saxutils import quoteattr

from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.port import (
    Account,
    Activity,
    Batch,
    Contact,
    Deal,
    Guide,
    LeadsPage,
    LeadsWanted,
    LeadThere,
    Spent,
    Stage,
    User,
)
from crm.wire import Heard, Wire, is_gone, listed, moment
from handoff import addresses
from handoff.lead_list import CURRENCY as CURRENCY_OF_LEAD
from handoff.model import Contacted, DealState
from handoff.policy import DealField

API = "/api/data/v9.2"
CONTACT, LEAD, OPPORTUNITY = "contact", "lead", "opportunity"
CONTACTS, LEADS, DEALS, NOTES = "contacts", "leads", "opportunities", "annotations"
USERS, TEAMS, CONNECTIONS = "systemusers", "teams", "connections"
TABLES: Mapping[str, str] = {CONTACTS: CONTACT, LEADS: LEAD, DEALS: OPPORTUNITY}
ID = re.compile(
    r"(?P<where>contacts|leads|opportunities|annotations|systemusers|teams)"
    r"\((?P<guid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)",
    re.ASCII,
)
KEY = "baton_key"
"""The lead's column that is its address as nobody can read it, and alone in an alternate key, so
that there is no second of it. An address itself may stand at many.

https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity
"""
STEP = "baton_next_step"
"""The opportunity's column for the next step, which is the customer's own: it comes with none.

https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity
"""
DEAL_FIELDS: Mapping[DealField, str] = {
    DealField.AMOUNT: "estimatedvalue",
    DealField.CLOSE_DATE: "estimatedclosedate",
    DealField.STAGE: "salesstage",
    DealField.NEXT_STEP: STEP,
}
OF_DEAL = (
    "opportunityid,name,statecode,salesstage,estimatedvalue,actualvalue,estimatedclosedate,"
    "_ownerid_value,_owninguser_value,_owningteam_value,_parentcontactid_value,_customerid_value,"
    "createdon,modifiedon"
)
CURRENCY = "transactioncurrencyid($select=isocurrencycode)"
CLOSED: Mapping[int, DealState] = {1: DealState.WON, 2: DealState.LOST}
ACTIONS: Mapping[str, tuple[str, int]] = {
    "won": ("WinOpportunity", 1),
    "lost": ("LoseOpportunity", 2),
}
"""By which an opportunity is closed, and its state then: to change that is refused."""
ACTIVITIES: Mapping[str, Contacted] = {
    "phonecall": Contacted.CALL,
    "email": Contacted.MAIL,
    "appointment": Contacted.MEETING,
}
DONE, CANCELED = 1, 2  # states of an activity
ACTIVE, QUALIFIED = 0, 1  # states of a lead
OWNED = "_owninguser_value,_owningteam_value"
LONGEST = {
    "firstname": 50,
    "lastname": 50,
    "companyname": 100,
    "emailaddress1": 100,
    "subject": 300,
    "notetext": 100_000,
}
"""Characters of each."""
AT_ONCE = 30  # ids in a query, so that its address has no more than some 6,000 characters
PAGE = 1_000
LEADS_READ = 200  # at once
NOTES_READ = 200  # that are looked through, from the last: one that was not heard of is among them
HOPS = 10  # of records that lead on to another
MADE = {"If-None-Match": "*", "Prefer": "return=representation"}
"""Nothing is written over where the key is there already.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
"""
BY_RULES = {"MSCRM.SuppressDuplicateDetection": "false"}
"""Unless this is said, no rule of the customer's against doubles counts.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
"""
ALWAYS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
}
LIMITS = {"0x80072322": 60.0, "0x80072321": 60.0, "0x80072326": 10.0}
"""Seconds until it is asked again where it is not said: of requests and of time in five minutes, of
requests at once. https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
"""
ANEW = 1.0  # seconds
CHANGED = "0x80060882"  # since it was read
TAKEN = frozenset({"0x80040237", "0x80060892"})  # by another record, or its key
DOUBLE = "0x80040333"  # by a rule of the customer's; an answer of 412, of 500 on its page
ABSENT = frozenset({"0x80040217", "0x80060891"})  # that record, or one with that key
STRANGER = frozenset({"0x80072560", "0x80072561"})  # who asks is no user there, or a disabled one
UNKNOWN_NAME = frozenset({"0x80060888", "0x8006088a"})  # of a column, or of a table
NO_KEY = "0x80060890"
UNCODED: Mapping[str, str] = {
    "matching key values already exists": "0x80040237",
    "does not exist": "0x80040217",
    "doesn't match the rowversion": CHANGED,
}
"""What is said where the page of conditional operations shows no code, and which it is.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/perform-conditional-operations-using-web-api
"""
PASSES = frozenset({"0x80044151", "0x80040255"})  # a database that is busy
LABEL = "OData.Community.Display.V1.FormattedValue"
"""What people read of a value, where it is asked for.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/select-columns
"""
LOOKUPS = frozenset({"Lookup", "Customer", "Owner"})
CHOICES = frozenset({"Picklist", "State", "Status"})
NUMBERS = frozenset({"Integer", "BigInt", "Decimal", "Double", "Money"})
LACKS = "is missing prv"  # in what is said of a right that lacks altogether
CALLER = "MSCRMCallerID"
"""For which user something is done, by the id that they have there.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/impersonate-another-user-web-api
"""
ACTING = "prvActOnBehalfOfAnotherUser"  # by which that may be done at all
INNER = re.compile(r"InnerException ?: ?(?:[\w.]+Exception: )?")
ISO = re.compile(r"[A-Z]{3}")
GUIDE = Guide(
    let_in=(
        "make Baton's app registration an application user of the environment with the security "
        "role of docs/crm.md, and put the environment's address into CRM_URL"
    ),
    fields=(
        "make them in Power Apps, in a solution of which the publisher has the prefix baton: "
        "Tables, Columns, New column, with that name, of Lead and of Contact"
    ),
    line="Single line of text, 255",
    lines="Multiple lines of text, 10,000",
    moment="Date and time",
    deals="let the role read Opportunity and Connection, of the whole organization",
    writing=(
        "let the role write Opportunity, of the whole organization, and make the column "
        f"{STEP} of it where the policy wants a next step"
    ),
    currency="let the role read Organization and Currency",
    activity="let the role read Activity, of the whole organization",
    spending="let the role read Campaign, of the whole organization",
    forgetting="",
    acting="give the role Act on Behalf of Another User, under Business Management",
)


class Tokens(Protocol):
    async def token(self) -> str:
        """What opens the environment. Raises CrmBusyError, CrmSignInError."""

    def forget(self) -> None:
        """It was refused: another is asked for next time."""


class Dataverse:
    name = "Dynamics 365"
    guide = GUIDE

    def __init__(self, *, url: str, tokens: Tokens, trust: ssl.SSLContext) -> None:
        """*url* is the environment's own: https://halden.crm4.dynamics.com."""
        self._wire = Wire(self.name, url, trust)
        self._url = url
        self._tokens = tokens
        self._refused = ""  # a token that was, until another is good
        self._has_step: bool | None = None
        self._numbers: dict[tuple[str, ...], Mapping[str, str]] = {}  # of columns, once read

    def called(self, field: str) -> str:
        return field

    async def close(self) -> None:
        await self._wire.close()

    async def account(self) -> Account:
        """How much of five minutes is left says nothing of a day.

        https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/organization
        """
        found = await self._rows(
            "organizations",
            "organizationid,name",
            expand="basecurrencyid($select=isocurrencycode)",
            top=1,
        )
        org = found[0] if found else {}
        return Account(
            id=str(org.get("organizationid") or ""),
            kind=str(org.get("name") or ""),
            calls_left=None,
            currency=_currency(org, "basecurrencyid"),
        )

    async def users(self) -> Sequence[User]:
        """People who can work there, and no application. Of two with one address the one that was
        there first comes last.

        https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/systemuser
        """
        works = "isdisabled eq false and accessmode eq 0 and applicationid eq null"
        columns = "systemuserid,internalemailaddress"
        rows = await self._rows(USERS, columns, works, order="createdon desc")
        return [
            User(id=_at(USERS, one, "systemuserid"), mail=str(one["internalemailaddress"]))
            for one in rows
            if one.get("internalemailaddress")
        ]

    async def fields(self) -> Collection[str]:
        """Those of the customer's own that may be written both of leads and of contacts, for a lead
        becomes one of them.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
        """
        keys = await self._definition(
            LEAD, "Keys", {"$select": "KeyAttributes,EntityKeyIndexStatus"}
        )
        if not any(
            one.get("KeyAttributes") == [KEY] and one.get("EntityKeyIndexStatus") == "Active"
            for one in keys
        ):
            raise CrmSignInError(_lacks_key())
        self._has_step = STEP in await self._columns(OPPORTUNITY)
        return await self._columns(LEAD) & await self._columns(CONTACT)

    async def _columns(self, table: str) -> frozenset[str]:
        """The customer's own, that may be written."""
        query = {
            "$select": "LogicalName,IsValidForUpdate",
            "$filter": "IsCustomAttribute eq true",
        }
        rows = await self._definition(table, "Attributes", query)
        return frozenset(str(one.get("LogicalName")) for one in rows if one.get("IsValidForUpdate"))

    async def _definition(
        self, table: str, what: str, query: Mapping[str, str]
    ) -> list[Mapping[str, Any]]:
        path = f"{API}/EntityDefinitions(LogicalName='{table}')/{what}"
        return _listed(_object(await self._ask("GET", path, query=query, reads=True)))

    async def contact(self, id: str) -> Contact:
        """What was merged is inactive and names its master; a lead that was qualified has become
        the contact that names it, or the one that it was given. What was deleted can be restored
        where the environment keeps it.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/merge-entity-using-web-api
        https://learn.microsoft.com/dynamics365/sales/developer/entities/lead
        """
        for _ in range(HOPS):
            where, guid = _parts(id, CONTACTS, LEADS)
            table, is_lead = TABLES[where], where == LEADS
            more = ",statecode,_parentcontactid_value" if is_lead else ""
            columns = f"{table}id,{OWNED},merged,_masterid_value{more}"
            try:
                query = {"$select": columns}
                one = _object(await self._ask("GET", f"{API}/{id}", query=query, reads=True))
            except CrmGoneError as error:
                words = str(error)
                raise CrmGoneError(words, may_return=await self._in_bin(where, guid)) from error
            onward = None
            if one.get("merged") and one.get("_masterid_value"):
                onward = f"{where}({one['_masterid_value']})"
            elif is_lead and one.get("statecode") == QUALIFIED:
                onward = await self._became(guid, one)
            if onward is None:
                return _contact(where, one)
            id = onward.lower()
        raise CrmBusyError("a record leads to itself")

    async def _became(self, lead: str, one: Mapping[str, Any]) -> str | None:
        """The contact; None where the lead was qualified without one, and stays who they are."""
        origin = f"_originatingleadid_value eq {lead}"
        made = await self._rows(CONTACTS, "contactid", origin, order="createdon", top=1)
        if made:
            return _at(CONTACTS, made[0], "contactid")
        given = one.get("_parentcontactid_value")
        return f"{CONTACTS}({given})" if given else None

    async def _in_bin(self, where: str, guid: str) -> bool:
        """Whether it can be restored, as far as that may be asked: what was deleted is read by
        FetchXML alone.

        https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
        """
        id = f"{TABLES[where]}id"
        fetch = (
            f"<fetch top='1' datasource='bin'><entity name='{TABLES[where]}'>"
            f"<attribute name='{id}'/><filter><condition attribute='{id}' operator='eq' "
            f"value={quoteattr(guid)}/></filter></entity></fetch>"
        )
        try:
            query = {"fetchXml": fetch}
            return bool(_listed(_object(await self._ask("GET", f"{API}/{where}", query=query))))
        except (CrmRefusedError, CrmSignInError, CrmError):
            return False

    async def contact_of(self, mail: str, name: str, company: str) -> Contact:
        """Of several with that address, a contact goes before a lead, and the oldest before others.
        A new one is a lead, made by its key and only where that is free: of two who make it at once
        the second reads the first.

        https://learn.microsoft.com/power-apps/developer/data-platform/use-upsert-insert-update-record
        """
        for where, table in ((CONTACTS, CONTACT), (LEADS, LEAD)):
            there = await self._rows(
                where,
                f"{table}id,{OWNED}",
                f"emailaddress1 eq {_quoted(mail)} and statecode eq {ACTIVE}",
                order="createdon",
                top=1,
            )
            if there:
                return _contact(where, there[0])
        given, _, surname = name.strip().rpartition(" ")
        key = hashlib.sha256(f"baton {addresses.one(mail)}".encode()).hexdigest()
        values = {
            "firstname": given,
            "lastname": surname,
            "companyname": company.strip(),
            "emailaddress1": mail,
            "subject": f"{name.strip() or mail}, {company.strip()}".strip(", "),
        }
        path, query = f"{API}/{LEADS}({KEY}='{key}')", {"$select": f"leadid,{OWNED}"}
        body = {name: said for name, said in _short(values).items() if said}
        try:
            heard = await self._ask(
                "PATCH", path, query=query, body=body, headers={**MADE, **BY_RULES}
            )
        except _TakenError:
            query = {"$select": "leadid"}
            found = _object(await self._ask("GET", path, query=query, reads=True))
            return await self.contact(_at(LEADS, found, "leadid"))
        return _contact(LEADS, _object(heard))

    async def write(
        self,
        contact: str,
        values: Mapping[str, str],
        owner: str | None = None,
        *,
        version: str = "",
    ) -> None:
        """What is too long for its column is refused, as anything that the column does not take. An
        owner who may not read such records is refused as well.

        https://learn.microsoft.com/power-apps/developer/data-platform/security-sharing-assigning
        """
        _parts(contact, CONTACTS, LEADS)
        body: dict[str, Any] = {name: said or None for name, said in values.items()}
        if owner:  # nothing there is nobody's
            _parts(owner, USERS, TEAMS)
            body["ownerid@odata.bind"] = f"/{owner}"
        if not body:
            return
        # Without it, one that is gone would be made anew.
        match = {"If-Match": version or "*"}
        try:
            await self._ask("PATCH", f"{API}/{contact}", body=body, headers=match)
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken
        except CrmRefusedError as refused:
            fields = {one for one in values if f"'{one}'" in str(refused)}
            raise CrmRefusedError(str(refused), fields) from refused
        except CrmSignInError as lacking:
            if owner and ID.fullmatch(owner) and _guid(owner) in str(lacking).lower():
                raise CrmRefusedError(str(lacking)) from lacking
            raise

    async def add_note(self, contact: str, text: str, at: str) -> str:  # noqa: ARG002
        """It is of when it is made, for a note there has no other time.

        https://learn.microsoft.com/power-apps/developer/data-platform/annotation-note-entity
        """
        where, _ = _parts(contact, CONTACTS, LEADS)
        bound = {f"objectid_{TABLES[where]}@odata.bind": f"/{contact}"}
        heard = await self._ask(
            "POST",
            f"{API}/{NOTES}",
            query={"$select": "annotationid"},
            body={**_note(text), **bound},
            headers={"Prefer": "return=representation"},
        )
        return _at(NOTES, _object(heard), "annotationid")

    async def notes(self, contact: str) -> Mapping[str, str]:
        _, guid = _parts(contact, CONTACTS, LEADS)
        rows = await self._rows(
            NOTES,
            "annotationid,notetext",
            f"_objectid_value eq {guid}",
            order="createdon desc",
            top=NOTES_READ,
        )
        return {_at(NOTES, one, "annotationid"): str(one.get("notetext") or "") for one in rows}

    async def rewrite_note(self, note: str, text: str) -> None:
        _parts(note, NOTES)
        match = {"If-Match": "*"}
        await self._ask("PATCH", f"{API}/{note}", body=_note(text), headers=match)

    async def present(self, contacts: Collection[str]) -> Batch[str]:
        """Who was merged is inactive, and so is a lead that was qualified or closed: a contact that
        somebody has made inactive is there.
        """
        found: set[str] = set()
        for where, table in ((CONTACTS, CONTACT), (LEADS, LEAD)):
            for some in _batches(contacts, where):
                still = "merged ne true"
                if where == LEADS:
                    still += f" and statecode ne {QUALIFIED}"
                by = _any((f"{table}id",), some)
                rows = await self._rows(where, f"{table}id", f"{still} and {by}")
                found |= {_at(where, one, f"{table}id") for one in rows}
        return Batch(found=found & set(contacts), unread={})

    async def known_of(self, mail: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Columns are those of a lead; a contact that has them as well goes before it."""
        types = await self._types({*fields.values()})
        columns = ",".join(sorted({_column(name, types[name]) for name in fields.values()}))
        found: dict[str, str] = {}
        for where in (CONTACTS, LEADS):
            query = {
                "$select": columns,
                "$filter": f"emailaddress1 eq {_quoted(mail)} and statecode eq {ACTIVE}",
                "$orderby": "createdon",
                "$top": "1",
            }
            prefer = {"Prefer": f'odata.include-annotations="{LABEL}"'}
            path = f"{API}/{where}"
            try:
                heard = await self._ask("GET", path, query=query, headers=prefer, reads=True)
            except CrmSignInError:
                if where == LEADS:
                    raise
                continue  # contacts have no such columns
            for one in _listed(_object(heard)):
                said = {ours: _said(one, theirs, types[theirs]) for ours, theirs in fields.items()}
                found = {**{ours: words for ours, words in said.items() if words}, **found}
        return found

    async def lacks(self, fields: Collection[str]) -> Collection[str]:
        try:
            await self._types(fields)
        except CrmRefusedError as refused:
            return refused.fields
        return ()

    async def spending(self) -> Sequence[Spent]:
        """The total, with what its activities have cost.

        https://learn.microsoft.com/dynamics365/sales/developer/entities/campaign
        """
        rows = await self._rows(
            "campaigns",
            "campaignid,name,totalactualcost",
            "totalactualcost ne null",
            expand=CURRENCY,
        )
        return [
            Spent(
                campaign=str(one.get("name") or ""),
                amount=_written(one.get("totalactualcost")),
                currency=_currency(one, "transactioncurrencyid"),
            )
            for one in rows
        ]

    async def to_forget(self) -> Collection[str]:
        """A row that is deleted for privacy is deleted like any other:
        https://learn.microsoft.com/dynamics365/customer-insights/journeys/dsr-handling
        """
        return ()

    async def forgets(self, id: str) -> bool:
        """It is there no more."""
        return await is_gone(self.contact(id))

    async def leads(self, wanted: LeadsWanted, since: datetime, after: str = "") -> LeadsPage:
        """Leads that are open, by their last change, a page after the other as Dynamics 365 itself
        leads on: many may have one second. A row that is being written may be seen later than one
        that was changed after it.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
        """
        types = await self._types({wanted.field, *wanted.fields.values()})
        prefer = f'odata.maxpagesize={LEADS_READ},odata.include-annotations="{LABEL}"'
        where, query = f"{API}/{LEADS}", None
        if after and not after.startswith(f"{where}?"):
            raise CrmBusyError("Dynamics 365 leads to no next page")
        if not after:
            named = {_column(name, types[name]) for name in wanted.fields.values()}
            of_each = {"leadid", "fullname", "emailaddress1", "companyname"}
            is_one = " or ".join(
                f"{wanted.field} eq {_literal(wanted.field, types[wanted.field], value)}"
                for value in sorted(wanted.values)
            )
            query = {
                "$select": ",".join(sorted({*named, *of_each, "createdon", "modifiedon"})),
                "$expand": CURRENCY,
                "$filter": f"statecode eq {ACTIVE} and ({is_one}) and "
                f"modifiedon ge {_at_utc(since)}",
                "$orderby": "modifiedon,leadid",
            }
        path = after or where
        heard = await self._ask("GET", path, query=query, headers={"Prefer": prefer}, reads=True)
        body = _object(heard)
        rows = _listed(body)
        guids = [_id(one, "leadid") for one in rows]
        became = await self._times(guids, LEAD, (wanted.field,))
        former = await self._former(guids)
        return LeadsPage(
            found=[
                _lead(one, wanted, types, became[id].get(wanted.field), former[id])
                for id, one in zip(guids, rows, strict=True)
            ],
            unread={},
            until=max((_moment(one.get("modifiedon")) for one in rows), default=None),
            after=self._here(str(body.get("@odata.nextLink") or "")),
        )

    async def _types(self, names: Collection[str]) -> Mapping[str, str]:
        """Of what type each of these columns of a lead is. Raises CrmRefusedError where there is no
        such column.
        """
        asked = sorted(names)
        query = {
            "$select": "LogicalName,AttributeType",
            "$filter": " or ".join(f"LogicalName eq {_quoted(name)}" for name in asked),
        }
        rows = await self._definition(LEAD, "Attributes", query)
        types = {str(one.get("LogicalName")): str(one.get("AttributeType")) for one in rows}
        if lacking := [name for name in asked if name not in types]:
            raise CrmRefusedError(f"Lead has no column {', '.join(lacking)}", lacking)
        return types

    async def _former(self, guids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The leads that were merged into each of these."""
        found: dict[str, frozenset[str]] = defaultdict(frozenset)
        for some in _in_parts(guids):
            by = f"merged eq true and {_any(('_masterid_value',), some)}"
            for one in await self._rows(LEADS, "leadid,_masterid_value", by):
                found[_id(one, "_masterid_value")] |= {_at(LEADS, one, "leadid")}
        return found

    async def activities(
        self, contacts: Collection[str], since: datetime, until: datetime
    ) -> Batch[Activity]:
        """Calls and mails that are done, and appointments that are over and were not called off:
        those that *regard* the contact or the lead. One that is over was changed since then, or
        planned.

        https://learn.microsoft.com/power-apps/developer/data-platform/activity-entities
        """
        found: dict[tuple[str, Contacted], datetime] = {}
        asked = {_guid(one): one for one in contacts if _is_person(one)}
        then, now = _at_utc(since), _at_utc(until)
        for some in _in_parts(sorted(asked)):
            rows = await self._rows(
                "activitypointers",
                "activityid,activitytypecode,_regardingobjectid_value,senton,actualend,scheduledend,"
                "modifiedon",
                f"(((activitytypecode eq 'phonecall' or activitytypecode eq 'email') and "
                f"statecode eq {DONE} and modifiedon ge {then}) or "
                f"(activitytypecode eq 'appointment' and statecode ne {CANCELED} and "
                f"scheduledend ge {then} and scheduledend le {now})) and "
                f"{_any(('_regardingobjectid_value',), some)}",
            )
            for one in rows:
                how = ACTIVITIES[str(one.get("activitytypecode"))]
                id, at = _id(one, "_regardingobjectid_value"), _when(one, how)
                if id in asked and since <= at <= until:
                    found[id, how] = max(at, found.get((id, how), at))
        return Batch(
            found=[Activity(contact=asked[id], how=how, at=at) for (id, how), at in found.items()],
            unread={},
        )

    async def reads_deals(self) -> None:
        await self._rows(DEALS, OF_DEAL, top=1)
        await self._rows(CONNECTIONS, "connectionid", top=1)

    async def stages(self) -> Mapping[str, Stage]:
        """An open deal is at its sales stage, by that choice's number; a closed one is won or lost.
        Where it is in a business process flow is not read: each flow has a table of its own.

        https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/stringmap
        """
        rows = await self._rows(
            "stringmaps",
            "attributename,attributevalue,value",
            f"objecttypecode eq '{OPPORTUNITY}' and "
            "(attributename eq 'salesstage' or attributename eq 'statecode')",
            order="displayorder",
        )
        found: dict[str, Stage] = {}
        for one in rows:
            number, label = one.get("attributevalue"), str(one.get("value") or "")
            if not isinstance(number, int):
                continue
            if one.get("attributename") == "salesstage":
                stage = Stage(id=f"{number}", name=label, state=DealState.OPEN)
            elif number in CLOSED:
                state = CLOSED[number]
                stage = Stage(id=str(state), name=label, state=state)
            else:
                continue
            found.setdefault(stage.id, stage)  # of several languages the first
        return found

    async def deals(self, contacts: Collection[str], *, dated: bool = False) -> Batch[Deal]:
        """Beside an opportunity stand its contact, its customer where that is one, and whoever is
        connected with it. Each connection is kept from both of its ends.

        https://learn.microsoft.com/power-apps/developer/data-platform/connection-entities
        """
        rows: dict[str, Mapping[str, Any]] = {}
        whose: dict[str, set[str]] = defaultdict(set)
        connected: set[str] = set()
        its = ("_parentcontactid_value", "_customerid_value")
        for some in _batches(contacts, CONTACTS):
            for one in await self._deals(_any(its, some)):
                rows[_id(one, "opportunityid")] = one
            connected |= {deal for deal, _ in await self._connected("_record2id_value", some)}
        for some in _in_parts(sorted(connected - rows.keys())):
            for one in await self._deals(_any(("opportunityid",), some)):
                rows[_id(one, "opportunityid")] = one
        for some in _in_parts(sorted(rows)):
            for deal, contact in await self._connected("_record1id_value", some):
                whose[deal].add(contact)
        columns = tuple(DEAL_FIELDS.values())
        times = await self._times(sorted(rows), OPPORTUNITY, columns) if dated else None
        found = []
        for id, one in rows.items():
            beside = {str(one[name]) for name in its if one.get(name)} | whose[id]
            set_at = times[id] if times is not None else None
            found.append(_deal(one, {f"{CONTACTS}({guid})" for guid in beside}, set_at))
        return Batch(found=found, unread={})

    async def _times(
        self, guids: Sequence[str], table: str, columns: Collection[str]
    ) -> Mapping[str, Mapping[str, datetime]]:
        """When the columns of these were last changed, as far as the environment audits that and
        lets it be read: nothing is lost without.

        https://learn.microsoft.com/power-apps/developer/data-platform/auditing/retrieve-audit-data
        """
        found: dict[str, dict[str, datetime]] = defaultdict(dict)
        if not guids:
            return found
        try:
            numbers = await self._numbers_of(table, columns)
            for some in _in_parts(guids):
                rows = await self._rows(
                    "audits",
                    "_objectid_value,createdon,attributemask",
                    f"objecttypecode eq '{table}' and {_any(('_objectid_value',), some)}",
                    order="createdon desc",
                )
                for one in rows:
                    of, at = found[_id(one, "_objectid_value")], _moment(one.get("createdon"))
                    for number in str(one.get("attributemask") or "").split(","):
                        if name := numbers.get(number.strip()):
                            of.setdefault(name, at)
        except (CrmSignInError, CrmRefusedError, CrmError):
            return defaultdict(dict)
        return found

    async def _numbers_of(self, table: str, columns: Collection[str]) -> Mapping[str, str]:
        """The columns by the numbers by which the audit names them."""
        key = (table, *sorted(columns))
        if key not in self._numbers:
            names = " or ".join(f"LogicalName eq '{name}'" for name in key[1:])
            query = {"$select": "LogicalName,ColumnNumber", "$filter": names}
            self._numbers[key] = {
                str(one.get("ColumnNumber")): str(one.get("LogicalName"))
                for one in await self._definition(table, "Attributes", query)
            }
        return self._numbers[key]

    async def _connected(self, by: str, guids: Sequence[str]) -> set[tuple[str, str]]:
        """Opportunity and contact of each connection; 3 and 2 are what Dataverse numbers them."""
        rows = await self._rows(
            CONNECTIONS,
            "_record1id_value,_record2id_value",
            f"record1objecttypecode eq 3 and record2objecttypecode eq 2 and statecode eq {ACTIVE} "
            f"and {_any((by,), guids)}",
        )
        return {(_id(one, "_record1id_value"), _id(one, "_record2id_value")) for one in rows}

    async def _deals(self, condition: str) -> list[Mapping[str, Any]]:
        return await self._rows(DEALS, await self._of_deal(), condition, expand=CURRENCY)

    async def _of_deal(self) -> str:
        if self._has_step is None:
            self._has_step = STEP in await self._columns(OPPORTUNITY)
        return f"{OF_DEAL},{STEP}" if self._has_step else OF_DEAL

    async def deal(self, id: str) -> Deal:
        where, guid = _parts(id, DEALS)
        query = {"$select": await self._of_deal(), "$expand": CURRENCY}
        try:
            one = _object(await self._ask("GET", f"{API}/{id}", query=query, reads=True))
        except CrmGoneError as error:
            back = await self._in_bin(where, guid)
            raise CrmGoneError(str(error), may_return=back) from error
        return _deal(one, ())

    async def writes_for(self, user: str) -> None:
        """Whether the right counts where nothing is written stands on no page."""
        try:
            await self._ask("GET", f"{API}/WhoAmI", headers={CALLER: _parts(user, USERS)[1]})
        except (CrmGoneError, CrmSignInError) as lacking:
            raise _of_caller(lacking, user) from lacking

    async def write_deal(
        self, id: str, field: DealField, value: str, *, version: str = "", by: str = ""
    ) -> None:
        """An amount that Dynamics 365 makes of products it would leave as it is, and say nothing. A
        deal that is to be won or lost is closed, which is no change of a column.

        https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunity
        """
        _parts(id, DEALS)
        name = DEAL_FIELDS[field]
        if field is DealField.NEXT_STEP and STEP not in await self._columns(OPPORTUNITY):
            raise CrmSignInError(f"Opportunity lacks the column {STEP}")
        said: str | float | None = value
        if field is DealField.AMOUNT:
            said = float(value) if "." in value else int(value)
            columns = {"$select": "isrevenuesystemcalculated"}
            one = _object(await self._ask("GET", f"{API}/{id}", query=columns, reads=True))
            if one.get("isrevenuesystemcalculated") is True:
                raise CrmRefusedError("It is the sum of the deal's products.", (name,))
        if field is DealField.STAGE:
            if value in ACTIONS:
                await self._close(id, value, version, by)
                return
            if not value.isdecimal():
                raise CrmRefusedError(f"There is no stage {value}.", (name,))
            said = int(value)
        await self._changed(id, {name: said}, {"If-Match": version or "*"}, by)

    async def _close(self, id: str, how: str, version: str, by: str) -> None:
        """With what it is worth, which would else be nothing, and with the status that an
        administrator chose for that state. An action knows no version: between look and word there
        is a moment.

        https://learn.microsoft.com/dynamics365/sales/developer/entities/opportunityclose
        """
        action, state = ACTIONS[how]
        columns = {"$select": "estimatedvalue"}
        one = _object(await self._ask("GET", f"{API}/{id}", query=columns, reads=True))
        if version and one.get("@odata.etag") != version:
            raise CrmBusyError("somebody has just changed it", ANEW)
        close = {
            "@odata.type": "Microsoft.Dynamics.CRM.opportunityclose",
            "opportunityid@odata.bind": f"/{id}",
        }
        if how == "won" and one.get("estimatedvalue") is not None:
            close["actualrevenue"] = one["estimatedvalue"]
        status = await self._status(state)
        await self._changed(action, {"Status": status, "OpportunityClose": close}, None, by)

    async def _status(self, state: int) -> int:
        """Which status an opportunity of that state has by itself.

        https://learn.microsoft.com/dotnet/api/microsoft.xrm.sdk.metadata.stateoptionmetadata
        """
        rows = await self._definition(
            OPPORTUNITY,
            "Attributes/Microsoft.Dynamics.CRM.StateAttributeMetadata",
            {"$select": "LogicalName", "$expand": "OptionSet"},
        )
        for one in rows:
            for option in (one.get("OptionSet") or {}).get("Options") or ():
                if option.get("Value") == state and isinstance(option.get("DefaultStatus"), int):
                    return int(option["DefaultStatus"])
        raise CrmRefusedError(f"Opportunity has no status for the state {state}")

    async def _changed(
        self, path: str, body: Mapping[str, Any], match: Mapping[str, str] | None, by: str
    ) -> None:
        method = "PATCH" if match else "POST"
        caller = {CALLER: _parts(by, USERS)[1]} if by else {}
        try:
            await self._ask(method, f"{API}/{path}", body=body, headers={**(match or {}), **caller})
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken
        except (CrmGoneError, CrmSignInError) as lacking:
            raise _of_caller(lacking, by) from lacking

    # The wire

    async def _rows(
        self,
        where: str,
        columns: str,
        condition: str = "",
        *,
        expand: str = "",
        order: str = "",
        top: int | None = None,
    ) -> list[Mapping[str, Any]]:
        """https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview"""
        query = {"$select": columns}
        query |= {"$filter": condition} if condition else {}
        query |= {"$expand": expand} if expand else {}
        query |= {"$orderby": order} if order else {}
        query |= {"$top": str(top)} if top else {}
        page = {"Prefer": f"odata.maxpagesize={PAGE}"} if top is None else {}
        path = f"{API}/{where}"
        found = _object(await self._ask("GET", path, query=query, headers=page, reads=True))
        rows, read = _listed(found), {""}
        while onward := found.get("@odata.nextLink"):
            # Only at this address, and a page that leads to itself would be followed for ever.
            after = self._here(str(onward))
            if after in read or not after.startswith(f"{path}?"):
                raise CrmBusyError("Dynamics 365 leads to no next page")
            read.add(after)
            found = _object(await self._ask("GET", after, headers=page, reads=True))
            rows += _listed(found)
        return rows

    def _here(self, link: str) -> str:
        """What comes after this address, in whichever letters Dynamics 365 writes that."""
        return link[len(self._url) :] if link.lower().startswith(self._url.lower()) else link

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        reads: bool = False,
    ) -> Heard:
        """A request whose token is refused was not done. With the first another is asked for, and
        it is known whether that is any better with the next.
        """
        token = await self._tokens.token()
        bearer = {**ALWAYS, "Authorization": f"Bearer {token}", **(headers or {})}
        heard = await self._wire.ask(method, path, query=query, body=body, headers=bearer)
        if heard.status == 401:
            if self._refused in ("", token):
                self._refused = token
                self._tokens.forget()
                raise CrmBusyError("Dynamics 365 does not take the token any more", ANEW)
            words = "Dynamics 365 lets in nobody who has just signed in: is CRM_URL the environment"
            raise CrmSignInError(f"{words}'s own? {_told(heard)[1]}")
        self._refused = ""
        if heard.status in (200, 201, 204):
            return heard
        raise _refusal(heard, reads=reads)


class _TakenError(Exception):
    """What has to be unique is another record's."""


class _StrangerError(CrmSignInError):
    """Whoever asks, or for whom it is asked, is no user there, or a disabled one."""


def _of_caller(lacking: Exception, by: str) -> Exception:
    """What the user *by* lacks, for whom something was asked, is theirs to know and no
    administrator's of Baton. Whose right lacks is told by their id, also where it is Baton's own:
    https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/issues/100
    """
    words = str(lacking)
    is_theirs = isinstance(lacking, _StrangerError) or _guid(by) in words.lower()
    if by and is_theirs and ACTING not in words:
        return CrmRefusedError(words)
    return lacking


def _refusal(heard: Heard, *, reads: bool) -> Exception:
    """One of ours, of a request that *reads* or writes. The code says more than the status.

    https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
    https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes
    """
    code, words = _told(heard)
    if not code and heard.status in (404, 412):
        code = next((its for said, its in UNCODED.items() if said in words.lower()), "")
    known = {CHANGED: CrmBusyError(words, ANEW), NO_KEY: CrmSignInError(_lacks_key())}
    known |= dict.fromkeys(TAKEN, _TakenError(words)) | dict.fromkeys(ABSENT, CrmGoneError(words))
    known |= dict.fromkeys(STRANGER, _StrangerError(words)) | {DOUBLE: CrmRefusedError(words)}
    if code in known:
        return known[code]
    if code in LIMITS or code in PASSES or heard.status in (408, 412, 429) or heard.status >= 500:
        return CrmBusyError(f"{heard.status} {code} {words}".strip(), _wait(heard, code))
    match heard.status:
        case 404 if not _error(heard):
            return CrmSignInError("what answers at CRM_URL is no Dynamics 365")
        case 403 if reads or LACKS in words:
            return CrmSignInError(words)
        case 404 | 400 if heard.status == 404 or (reads and code in UNKNOWN_NAME):
            return CrmSignInError(f"it is not there, or may not be read: {words}")
        case 400 | 403:
            return CrmRefusedError(words)
    return CrmBusyError(f"{heard.status}") if heard.status < 400 else CrmError(words)


def _wait(heard: Heard, code: str) -> float | None:
    """Seconds until it is worth asking again, as it says, or as is assumed."""
    advice = heard.headers.get("Retry-After", "")
    if advice.isdecimal():
        return float(advice)
    return LIMITS.get(code)


def _error(heard: Heard) -> Mapping[str, Any]:
    said = heard.said
    error = said.get("error") if isinstance(said, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _told(heard: Heard) -> tuple[str, str]:
    """The code, and what a person reads: of an error that is told with all its causes the first,
    and no line of the program.
    """
    error = _error(heard)
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    inner = INNER.split(message)[-1]
    words = inner.partition(" ---> ")[0].strip().splitlines()
    return code, (words[0].strip() if words else "") or f"{heard.status} {code}".strip()


def _lacks_key() -> str:
    return (
        f"Lead lacks the alternate key of the column {KEY}, a text of 64, or its index is not "
        "Active yet"
    )


def _parts(id: str, *tables: str) -> tuple[str, str]:
    """Where it is, and its own id. Raises CrmGoneError: another CRM's are nobody's here."""
    found = ID.fullmatch(id)
    if found is None or found["where"] not in tables:
        raise CrmGoneError("no id of Dynamics 365")
    return found["where"], found["guid"]


def _guid(id: str) -> str:
    found = ID.fullmatch(id)
    return found["guid"] if found else id


def _is_person(id: str) -> bool:
    found = ID.fullmatch(id)
    return found is not None and found["where"] in (CONTACTS, LEADS)


def _when(activity: Mapping[str, Any], how: Contacted) -> datetime:
    """When it was: a mail when it was sent, a meeting until when it was planned."""
    names = ("actualend", "senton", "modifiedon")
    if how is Contacted.MAIL:
        names = ("senton", "actualend", "modifiedon")
    if how is Contacted.MEETING:
        names = ("scheduledend", "actualend", "modifiedon")
    return _moment(next((activity[name] for name in names if activity.get(name)), None))


def _batches(contacts: Iterable[str], where: str) -> Iterator[list[str]]:
    """Their own ids."""
    ids = sorted(contacts)
    return _in_parts([_guid(o) for o in ids if ID.fullmatch(o) and o.startswith(f"{where}(")])


def _in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), AT_ONCE):
        yield list(ids[first : first + AT_ONCE])


def _any(columns: Sequence[str], guids: Sequence[str]) -> str:
    """That one of the columns is one of these."""
    return f"({' or '.join(f'{name} eq {one}' for one in guids for name in columns)})"


def _quoted(text: str) -> str:
    """As a query has it; nothing in it ends the text.

    https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows
    """
    return "'" + text.replace("'", "''") + "'"


def _note(text: str) -> Mapping[str, str]:
    """The first line is what it is about."""
    return _short({"subject": text.partition("\n")[0], "notetext": text})


def _short(values: Mapping[str, str]) -> dict[str, str]:
    return {name: said[: LONGEST.get(name)] for name, said in values.items()}


def _object(heard: Heard) -> Mapping[str, Any]:
    said = heard.said
    if not isinstance(said, dict):
        raise CrmBusyError("Dynamics 365 answers what cannot be read")
    return said


def _listed(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return listed(body, "value", Dataverse.name)


def _id(one: Mapping[str, Any], name: str) -> str:
    id = one.get(name)
    if not isinstance(id, str) or not id:
        raise CrmBusyError(f"Dynamics 365 answers without {name}")
    return id.lower()


def _at(where: str, one: Mapping[str, Any], name: str) -> str:
    return f"{where}({_id(one, name)})"


def _owner(one: Mapping[str, Any]) -> str:
    """A user, or a team, which is nobody's own."""
    for where, name in ((USERS, "_owninguser_value"), (TEAMS, "_owningteam_value")):
        if one.get(name):
            return _at(where, one, name)
    return ""


def _contact(where: str, one: Mapping[str, Any]) -> Contact:
    version = str(one.get("@odata.etag") or "")
    return Contact(id=_at(where, one, f"{TABLES[where]}id"), owner=_owner(one), version=version)


def _currency(one: Mapping[str, Any], name: str) -> str:
    money = one.get(name)
    code = str(money.get("isocurrencycode") or "") if isinstance(money, Mapping) else ""
    return code if ISO.fullmatch(code) else ""


def _deal(
    one: Mapping[str, Any], contacts: Collection[str], times: Mapping[str, datetime] | None = None
) -> Deal:
    """What a won deal was won for goes before what was thought. Of a field of which it is not kept
    when it was set, what is certain is since when nobody has changed anything of the record.
    """
    state = CLOSED.get(one.get("statecode") or 0, DealState.OPEN)
    number = one.get("salesstage")
    stage = "" if number is None else f"{number}"
    if state is not DealState.OPEN:
        stage = str(state)
    fields = {field: _written(one.get(name)) for field, name in DEAL_FIELDS.items()}
    fields[DealField.STAGE] = stage
    amount = fields[DealField.AMOUNT]
    if state is DealState.WON and one.get("actualvalue") is not None:
        amount = _written(one["actualvalue"])
    changed = _moment(one.get("modifiedon"))
    return Deal(
        id=_at(DEALS, one, "opportunityid"),
        name=str(one.get("name") or ""),
        contacts=frozenset(contacts),
        stage=stage,
        amount=amount,
        currency=_currency(one, "transactioncurrencyid"),
        owner=_owner(one),
        made_at=_moment(one.get("createdon")),
        changed_at=changed,
        fields=fields,
        set_at={
            field: times.get(name, changed)
            for field, name in DEAL_FIELDS.items()
            if times is not None and fields[field]
        },
        version=str(one.get("@odata.etag") or ""),
    )


def _column(name: str, type: str) -> str:
    return f"_{name}_value" if type in LOOKUPS else name


def _literal(name: str, type: str, value: str) -> str:
    """As a condition has it. Raises CrmRefusedError where it is no value of such a column."""
    if type not in CHOICES | NUMBERS | {"Boolean"}:
        return _quoted(value)
    if value.lstrip("-").isdecimal() or (type == "Boolean" and value in ("true", "false")):
        return value
    words = f"{name} is a choice of Lead, of which the policy has to name the number, not {value!r}"
    raise CrmRefusedError(words, (name,))


def _at_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _said(one: Mapping[str, Any], name: str, type: str) -> str:
    """What a row says of that column; of a choice or a lookup what people read there."""
    column = _column(name, type)
    reads = column if type in NUMBERS or type == "String" else f"{column}@{LABEL}"
    return _written(one.get(reads, one.get(column)))


def _lead(
    one: Mapping[str, Any],
    wanted: LeadsWanted,
    types: Mapping[str, str],
    became: datetime | None,
    former: frozenset[str],
) -> LeadThere:
    """Of a choice or a lookup what people read of it."""
    values = {
        "contact_name": _written(one.get("fullname")),
        "contact_email": _written(one.get("emailaddress1")),
        "company": _written(one.get("companyname")),
    }
    if code := _currency(one, "transactioncurrencyid"):
        values[CURRENCY_OF_LEAD] = code
    for ours, theirs in wanted.fields.items():
        values[ours] = _said(one, theirs, types[theirs])
    return LeadThere(
        id=_at(LEADS, one, "leadid"),
        former=former,
        values=values,
        since=became or _moment(one.get("createdon")),
    )


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _moment(written: Any) -> datetime:
    return moment(written, Dataverse.name)
