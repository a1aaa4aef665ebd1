"""Salesforce, by its REST API, as an external client app that signs in for a user of its own.

https://developer.salesforce.com/docs/platform/api-rest/guide/intro-rest.html
https://developer.salesforce.com/blogs/2024/02/invoke-rest-apis-with-the-salesforce-integration-user-and-oauth-client-credentials

A person is a contact there, or a lead until somebody converts it. Leads are made of those who are
neither; what was converted or merged leads on to what it is now. Queries read the records, and no
index.
"""

import hashlib
import re
import ssl
from asyncio import Lock
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

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
from crm.wire import Heard, Wire, listed, moment
from handoff import addresses
from handoff.model import Contacted, DealState
from handoff.policy import DealField

VERSION = "64.0"  # Summer '25; one is supported for three years at least
DATA = f"/services/data/v{VERSION}"
SIGN_IN = "/services/oauth2/token"
SOAP = f"/services/Soap/u/{VERSION}"
LEAD, CONTACT, TASK, OPPORTUNITY = "Lead", "Contact", "Task", "Opportunity"
EVENT = "Event"
SUBTYPES: Mapping[str, Contacted] = {"Call": Contacted.CALL, "Email": Contacted.MAIL}
DEAL = "006"  # how the ids of opportunities begin
OF_DEAL = (
    "Id, Name, StageName, Amount, CloseDate, NextStep, OwnerId, IsDeleted, CreatedDate, "
    "LastModifiedDate, SystemModstamp"
)
DEAL_FIELDS: Mapping[DealField, str] = {
    DealField.AMOUNT: "Amount",
    DealField.CLOSE_DATE: "CloseDate",
    DealField.STAGE: "StageName",
    DealField.NEXT_STEP: "NextStep",
}
"""https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm"""
ALWAYS_KEPT = (DealField.AMOUNT, DealField.CLOSE_DATE, DealField.STAGE)
"""Of these each org keeps the history; of the next step one whose administrator tracks it."""
OBJECTS = {"00Q": LEAD, "003": CONTACT}
"""By how their ids begin: https://help.salesforce.com/s/articleView?id=000385203&type=1"""
ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
KEY = "Baton_Key__c"
"""The lead's field that is its address as nobody can read it, and of which there is no second: of
two who make the same lead at once, or of one who asks again, only the first makes it. An address
itself may stand at many.
"""
STILL: Mapping[str, Sequence[str]] = {LEAD: ("IsConverted = false",), CONTACT: ()}
"""By what each is one still."""
UNKNOWN = "[not provided]"  # as Salesforce's own programs fill what it demands
LONGEST = {"FirstName": 40, "LastName": 80, "Company": 255, "Subject": 255, "Description": 32_000}
"""Characters of each: https://developer.salesforce.com/docs/platform/field-reference/references"""
AT_ONCE = 60  # ids in a query, so that its address has no more than some 2,000 characters
# https://help.salesforce.com/s/articleView?id=000386264&type=1
LEADS = 200  # that are read at once
NOTES = 200  # that are looked through, from the last: one that was not heard of is among them
HOPS = 10  # of records that lead on to another
OURS = {"Sforce-Auto-Assign": "FALSE"}
"""Unless this is said, the customer's rule assigns the lead anew at each change of any field.

https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.md
"""
A_DAY, CONCURRENT, LOCKED, ANEW = 3600.0, 10.0, 2.0, 1.0
"""Seconds until it is asked again. Salesforce says of no limit how long it takes: that of a day is
counted over the last 24 hours. https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md
"""
PASSES = frozenset(
    {
        "CANNOT_UPDATE_CONVERTED_LEAD",  # it leads on to the contact, next time
        "QUERY_TIMEOUT",
        "INVALID_QUERY_LOCATOR",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
    }
)
UNSEEN = frozenset(
    {"INVALID_TYPE", "INVALID_FIELD"}
)  # what a query names may not be read, or is not
USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
CURRENCY = re.compile(r"<(?:org|user)DefaultCurrencyIsoCode>([A-Z]{3})<")
FAULT = re.compile(r"<faultcode>(?:\w+:)?(\w+)<")
CLOSED = frozenset(
    {
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "FUNCTIONALITY_NOT_ENABLED",
        "INSUFFICIENT_ACCESS",
        "UNSUPPORTED_API_VERSION",
    }
)
"""Faults of SOAP that waiting does not mend; no more is said by it then."""
FORGET = "Individual.ShouldForget = true"
COLUMN = re.compile(r"No such column '(\w+)'")
GUIDE = Guide(
    let_in=(
        "make an external client app as docs/crm.md says, put its address, consumer key and secret "
        "into CRM_URL, CRM_CLIENT_ID and CRM_TOKEN, start anew"
    ),
    fields=(
        "make them in Salesforce: Setup, Object Manager, Fields & Relationships, New, with that "
        "API name, of Lead and of Contact, and let the app's user edit them"
    ),
    line="Text, 255",
    lines="Text Area (Long), 32,768",
    moment="Date/Time",
    deals=(
        "let the app's user read opportunities and their stage, amount, close date, next step and "
        "owner"
    ),
    writing=(
        "let the app's user edit opportunities, all of them, and their stage, amount, close date "
        "and next step"
    ),
    activity="let the app's user read all tasks and events of leads and contacts",
    currency=(
        "give each opportunity its currency there, or let the app's user ask the SOAP API who it is"
    ),
    spending="let the app's user read Campaign and its Actual Cost",
    forgetting=(
        "switch on Setup, Data Protection and Privacy, and let the app's user read Individual and "
        "the field Individual of Lead and of Contact"
    ),
    acting="",
)
WHO_AM_I = (
    '<?xml version="1.0" encoding="utf-8"?><e:Envelope '
    'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com">'
    "<e:Header><u:SessionHeader><u:sessionId>{}</u:sessionId></u:SessionHeader></e:Header>"
    "<e:Body><u:getUserInfo/></e:Body></e:Envelope>"
)


class Salesforce:
    name = "Salesforce"
    guide = GUIDE

    def __init__(self, *, url: str, key: str, secret: str, trust: ssl.SSLContext) -> None:
        """*url* is the org's own, its My Domain: no other answers this way of signing in."""
        self._wire = Wire(self.name, url, trust)
        self._credentials = {"client_id": key, "client_secret": secret}
        self._session = ""  # until it is over, of which nobody is told before
        self._signing_in = Lock()
        self._calls_left: int | None = None
        self._closed: str | None = None  # what a task that is done is called there
        self._names_currency: bool | None = None

    def called(self, field: str) -> str:
        """baton_next_step is Baton_Next_Step__c, as Salesforce itself makes it of such a label."""
        return "_".join(part.capitalize() for part in field.split("_")) + "__c"

    async def close(self) -> None:
        await self._wire.close()

    async def account(self) -> Account:
        """In which currency an amount is that names none is said by SOAP alone, where an org has
        but one.

        https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_getuserinfo_getuserinforesult.htm
        """
        found = await self._rows("Id, OrganizationType, IsSandbox", "Organization", most=1)
        org = found[0] if found else {}
        kind = str(org.get("OrganizationType") or "")
        return Account(
            id=str(org.get("Id") or ""),
            kind=f"sandbox of {kind}" if org.get("IsSandbox") else kind,
            calls_left=self._calls_left,
            currency=await self._currency(),
        )

    async def _currency(self) -> str:
        heard = await self._wire.ask(
            "POST",
            SOAP,
            data=WHO_AM_I.format(escape(self._session)),
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
        )
        text = heard.content.decode(errors="replace")
        if heard.status == 200:
            found = CURRENCY.search(text)
            return found[1] if found else ""
        fault = FAULT.search(text)
        code = fault[1] if fault else ""
        if code == "INVALID_SESSION_ID":
            self._session = ""
            raise CrmBusyError(code, ANEW)
        if heard.status == 403 or code in CLOSED:
            return ""
        raise CrmBusyError(f"{heard.status} {code}".strip(), _wait(code, ""))

    async def users(self) -> Sequence[User]:
        """Of two with one address the one that was there first comes last."""
        who = ("IsActive = true", "UserType = 'Standard'")
        rows = await self._rows("Id, Email", "User", *who, order="CreatedDate DESC")
        return [User(id=_id(one), mail=str(one["Email"])) for one in rows if one.get("Email")]

    async def fields(self) -> Collection[str]:
        """Those of the customer's own that may be written both of leads and of contacts, for a lead
        becomes one of them.
        """
        lead = await self._described(LEAD)
        key = lead.get(KEY, {})
        if not (key.get("externalId") and key.get("unique") and key.get("createable")):
            raise CrmSignInError(_lacks_key())
        both = lead.keys() & (await self._described(CONTACT)).keys()
        ours = {one.removesuffix("__c").lower(): one for one in both if lead[one].get("updateable")}
        return frozenset(name for name, one in ours.items() if self.called(name) == one)

    async def _described(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The object's fields that the app's user sees, by name."""
        return _by_name(await self._description(object))

    async def _may_write(self, object: str, field: str) -> bool:
        """Whether the app's user may write that field of any record at all."""
        of = await self._description(object)
        return bool(of.get("updateable") and _by_name(of).get(field, {}).get("updateable"))

    async def _description(self, object: str) -> Mapping[str, Any]:
        return _object(await self._ask("GET", f"{DATA}/sobjects/{object}/describe", reads=True))

    async def contact(self, id: str) -> Contact:
        """Whatever was deleted is in the recycle bin for 15 days, and says of what it was merged
        into. From there, one that is gone leads nowhere.

        https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_merge.htm
        """
        for _ in range(HOPS):
            object = _object_of(id)
            more = ", IsConverted, ConvertedContactId" if object == LEAD else ""
            fields = f"Id, OwnerId, IsDeleted, MasterRecordId{more}"
            rows = await self._rows(fields, object, _is("Id", id), gone=True)
            if not rows:
                raise CrmGoneError("no such record")
            [one] = rows
            onward = one.get("MasterRecordId") or one.get("ConvertedContactId")
            if onward:
                id = str(onward)
            elif one.get("IsDeleted"):
                raise CrmGoneError("entity is deleted", may_return=True)
            elif one.get("IsConverted"):
                raise CrmGoneError("it was converted, and the contact cannot be read")
            else:
                return Contact(id=_id(one), owner=str(one.get("OwnerId") or ""))
        raise CrmBusyError("a record leads to itself")

    async def contact_of(self, mail: str, name: str, company: str) -> Contact:
        """Of several with that address, a contact goes before a lead, and the oldest before others.
        A new one is a lead: whether a rule of the customer's assigns it is theirs.
        """
        for object in (CONTACT, LEAD):
            there = await self._rows(
                *("Id, OwnerId", object, _is("Email", mail), *STILL[object]),
                order="CreatedDate, Id",
                most=1,
            )
            if there:
                return Contact(id=_id(there[0]), owner=str(there[0].get("OwnerId") or ""))
        given, _, surname = name.strip().rpartition(" ")
        key = hashlib.sha256(f"baton {addresses.one(mail)}".encode()).hexdigest()
        values = {
            "FirstName": given,
            "LastName": surname or UNKNOWN,
            "Company": company.strip() or UNKNOWN,
            "Email": mail,
        }
        try:
            body = {**_short(values), KEY: key}
            heard = await self._ask("POST", f"{DATA}/sobjects/{LEAD}", body=body)
        except _TakenError as taken:
            # One in the recycle bin may keep its key, which stands on no page, and leads on too.
            held = await self._rows("Id, IsDeleted", LEAD, _is(KEY, key), gone=True)
            if not held:
                words = "a lead with that address is there, and cannot be read"
                raise CrmBusyError(words) from taken
            one = min(held, key=lambda one: one.get("IsDeleted") is True)
            return await self.contact(_id(one))
        except CrmRefusedError as refused:
            if KEY in refused.fields:
                raise CrmSignInError(_lacks_key()) from refused
            raise
        return await self.contact(_id(_object(heard), "id"))

    async def write(
        self,
        contact: str,
        values: Mapping[str, str],
        owner: str | None = None,
        *,
        version: str = "",  # noqa: ARG002
    ) -> None:
        """What is too long for its field is refused, as anything that the field does not take."""
        body: dict[str, Any] = {self.called(name): said or None for name, said in values.items()}
        if owner:  # nothing there is nobody's
            body["OwnerId"] = owner
        if not body:
            return
        path = f"{DATA}/sobjects/{_object_of(contact)}/{contact}"
        names = {self.called(name): name for name in values}
        try:
            await self._ask("PATCH", path, body=body, headers=OURS)
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken
        except CrmRefusedError as refused:
            fields = {names[one] for one in refused.fields if one in names}
            raise CrmRefusedError(str(refused), fields) from refused

    async def add_note(self, contact: str, text: str, at: str) -> str:
        """A task that is done: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-task.html"""
        status = await self._done()
        body = {"WhoId": contact, "ActivityDate": at[:10], **({"Status": status} if status else {})}
        heard = await self._ask("POST", f"{DATA}/sobjects/{TASK}", body={**body, **_note(text)})
        return _id(_object(heard), "id")

    async def _done(self) -> str:
        if self._closed is None:
            closed = ("ApiName", "TaskStatus", "IsClosed = true")
            rows = await self._rows(*closed, order="SortOrder", most=1)
            self._closed = str(rows[0].get("ApiName") or "") if rows else ""
        return self._closed

    async def notes(self, contact: str) -> Mapping[str, str]:
        _object_of(contact)
        beside = ("Id, Description", TASK, _is("WhoId", contact))
        rows = await self._rows(*beside, order="CreatedDate DESC", most=NOTES)
        return {_id(one): str(one.get("Description") or "") for one in rows}

    async def rewrite_note(self, note: str, text: str) -> None:
        if not ID.fullmatch(note):
            raise CrmGoneError("no id of Salesforce")
        await self._ask("PATCH", f"{DATA}/sobjects/{TASK}/{note}", body=_note(text))

    async def present(self, contacts: Collection[str]) -> Batch[str]:
        found: set[str] = set()
        for object, still in STILL.items():
            for some in _batches(contacts, object):
                rows = await self._rows("Id", object, _in("Id", some), *still)
                found |= {_id(one) for one in rows}
        return Batch(found=found & set(contacts), unread={})

    async def known_of(self, mail: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """A contact goes before a lead; fields that one of them lacks are asked of the other."""
        found: dict[str, str] = {}
        for object in (CONTACT, LEAD):
            try:
                rows = await self._of_mail(object, mail, fields.values())
            except CrmSignInError:  # which names no more than one of those that it lacks
                there = await self._described(object)
                rows = await self._of_mail(object, mail, there.keys() & {*fields.values()})
            for one in rows:
                said = {ours: one.get(theirs) for ours, theirs in fields.items()}
                new = {ours: str(value) for ours, value in said.items() if value is not None}
                found = {**new, **found}
        return found

    async def _of_mail(
        self, object: str, mail: str, fields: Iterable[str]
    ) -> list[Mapping[str, Any]]:
        """The oldest with that address."""
        names = ", ".join(sorted({"Id", *fields}))
        where = (_is("Email", mail), *STILL[object])
        return await self._rows(names, object, *where, order="CreatedDate, Id", most=1)

    async def lacks(self, fields: Collection[str]) -> Collection[str]:
        there = {*await self._described(LEAD), *await self._described(CONTACT)}
        return {*fields} - there

    async def spending(self) -> Sequence[Spent]:
        """https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_campaign.htm"""
        fields = "Name, ActualCost"
        if "CurrencyIsoCode" in await self._of_deal():
            fields += ", CurrencyIsoCode"
        return [
            Spent(
                campaign=str(one.get("Name") or ""),
                amount=str(one.get("ActualCost")),
                currency=str(one.get("CurrencyIsoCode") or ""),
            )
            for one in await self._rows(fields, "Campaign", "ActualCost != null")
        ]

    async def to_forget(self) -> Collection[str]:
        """*Forget this individual*, of the data privacy record of a lead or a contact:
        https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_individual.htm
        """
        found = []
        for object in (CONTACT, LEAD):
            found += [_id(one) for one in await self._rows("Id", object, FORGET)]
        return found

    async def forgets(self, id: str) -> bool:
        """Also where it is there no more: whoever is to be forgotten is deleted soon."""
        try:
            now = await self.contact(id)
        except CrmGoneError:
            return True
        one = _is("Id", now.id)
        return bool(await self._rows("Id", _object_of(now.id), one, FORGET, most=1))

    async def leads(self, wanted: LeadsWanted, since: datetime, after: str = "") -> LeadsPage:
        """Leads that nobody has converted, by stamp and id: a page goes on after the last of both,
        for many may have one stamp. A commit may be seen later than one of a later stamp.

        https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_dateformats.htm
        """
        read = {"contact_email": "Email", "company": "Company", **wanted.fields}
        names = {"Id", "FirstName", "LastName", "CreatedDate", "SystemModstamp", wanted.field}
        fields = ", ".join(sorted(names | {*read.values()}))
        these = (*STILL[LEAD], _in(wanted.field, wanted.values))
        rows: list[Mapping[str, Any]] = []
        stamp, _, last = after.partition(" ")
        if last:
            beside = (f"SystemModstamp = {stamp}", f"Id > {_quoted(last)}")
            rows = await self._rows(fields, LEAD, *these, *beside, order="Id", most=LEADS)
        if len(rows) < LEADS:
            when = (
                f"SystemModstamp > {stamp}" if last else f"SystemModstamp >= {_written_at(since)}"
            )
            rows += await self._rows(
                fields, LEAD, *these, when, order="SystemModstamp, Id", most=LEADS - len(rows)
            )
        times = [_moment(one.get("SystemModstamp")) for one in rows]
        since_when = await self._became(wanted, [_id(one) for one in rows])
        full = len(rows) == LEADS
        return LeadsPage(
            found=[_lead(one, read, since_when.get(_id(one))) for one in rows],
            unread={},
            until=max(times, default=None),
            after=f"{_written_at(times[-1])} {_id(rows[-1])}" if full else "",
        )

    async def _became(self, wanted: LeadsWanted, ids: Sequence[str]) -> Mapping[str, datetime]:
        """When these leads came to be wanted, of those that were changed to it: an org keeps that
        where it tracks the field; what one that tracks none answers stands on no page.

        https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/sforce_api_objects_leadhistory.html
        """
        values = {one.casefold() for one in wanted.values}
        found: dict[str, datetime] = {}
        over: set[str] = set()
        for some in _parts(ids):
            tracked = (_in("LeadId", some), _is("Field", wanted.field))
            newest = "LeadId, CreatedDate, NewValue"
            try:
                rows = await self._rows(newest, "LeadHistory", *tracked, order="CreatedDate DESC")
            except CrmSignInError:
                return found
            for one in rows:
                id = _id(one, "LeadId")
                if id in over:
                    continue
                if str(one.get("NewValue")).casefold() in values:
                    found[id] = _moment(one.get("CreatedDate"))
                else:
                    over.add(id)
        return found

    async def activities(
        self, contacts: Collection[str], since: datetime, until: datetime
    ) -> Batch[Activity]:
        """Tasks that are done and were a call or a mail, and events that are over. Baton's own
        notes are neither.

        https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-task.html
        """
        found: dict[tuple[str, Contacted], datetime] = {}
        of = sorted(one for one in contacts if ID.fullmatch(one) and one[:3] in OBJECTS)
        then, now = _written_at(since), _written_at(until)
        for some in _parts(of):
            who = _in("WhoId", some)
            done = ("IsClosed = true", _in("TaskSubtype", SUBTYPES), f"CompletedDateTime >= {then}")
            fields = "WhoId, TaskSubtype, CompletedDateTime"
            for one in await self._rows(fields, TASK, who, *done):
                how = SUBTYPES[str(one.get("TaskSubtype"))]
                _later(found, _id(one, "WhoId"), how, one.get("CompletedDateTime"))
            over = (f"EndDateTime >= {then}", f"EndDateTime <= {now}")
            for one in await self._rows("WhoId, EndDateTime", EVENT, who, *over):
                _later(found, _id(one, "WhoId"), Contacted.MEETING, one.get("EndDateTime"))
        return Batch(
            found=[Activity(contact=id, how=how, at=at) for (id, how), at in found.items()],
            unread={},
        )

    async def reads_deals(self) -> None:
        for fields, object in ((OF_DEAL, OPPORTUNITY), ("Id", "OpportunityContactRole")):
            await self._rows(fields, object, most=1)

    async def stages(self) -> Mapping[str, Stage]:
        """Also those in which no deal can be put any more. Which of them a sales process of the
        customer's has is not read.

        https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-opportunitystage.html
        """
        fields = "ApiName, MasterLabel, IsActive, IsClosed, IsWon"
        rows = await self._rows(fields, "OpportunityStage", order="SortOrder")
        return {
            _id(one, "ApiName"): Stage(
                id=_id(one, "ApiName"),
                name=str(one.get("MasterLabel") or _id(one, "ApiName")),
                state=_state(one),
                in_use=one.get("IsActive") is not False,
            )
            for one in rows
        }

    async def deals(self, contacts: Collection[str], *, dated: bool = False) -> Batch[Deal]:
        """Beside an opportunity stands who has a role in it, which a lead gets as it is converted;
        one without a role is nobody's here.

        https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-opportunitycontactrole.html
        """
        beside = await self._roles("ContactId", list(_batches(contacts, CONTACT)))
        ids = sorted({deal for deal, _ in beside})
        whose: dict[str, set[str]] = defaultdict(set)
        for deal, contact in await self._roles("OpportunityId", list(_parts(ids))):
            whose[deal].add(contact)
        found: list[Deal] = []
        fields = await self._of_deal() if ids else ""
        for some in _parts(ids):
            rows = await self._rows(fields, OPPORTUNITY, _in("Id", some))
            times = await self._times(some) if dated else None
            found += [_deal(one, whose[_id(one)], times) for one in rows]
        return Batch(found=found, unread={})

    async def deal(self, id: str) -> Deal:
        path = (await self._of_deal(), OPPORTUNITY, _is("Id", _of_deals(id)))
        rows = await self._rows(*path, gone=True)
        if not rows:
            raise CrmGoneError("no such record")
        if rows[0].get("IsDeleted"):
            raise CrmGoneError("entity is deleted", may_return=True)
        return _deal(rows[0], ())

    async def writes_for(self, user: str) -> None:  # noqa: ARG002
        raise CrmSignInError("Salesforce lets the app's user write as nobody else")

    async def write_deal(
        self,
        id: str,
        field: DealField,
        value: str,
        *,
        version: str = "",  # noqa: ARG002
        by: str = "",  # noqa: ARG002
    ) -> None:
        """An amount that is the sum of products Salesforce would leave as it is, and say nothing.
        Where the app's user may write none of it an administrator must act; one record may be
        closed to it as well, of which whoever enters it has to know.

        https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunity.htm
        """
        path, name = f"{DATA}/sobjects/{OPPORTUNITY}/{_of_deals(id)}", DEAL_FIELDS[field]
        said: str | float = value
        if field is DealField.AMOUNT:
            said = float(value) if "." in value else int(value)
            products = ("HasOpportunityLineItem = true", _is("Id", id))
            if await self._rows("Id", OPPORTUNITY, *products):
                raise CrmRefusedError("It is the sum of the deal's products.", (name,))
        try:
            await self._ask("PATCH", path, body={name: said}, headers=OURS)
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken
        except CrmRefusedError as refused:
            if not await self._may_write(OPPORTUNITY, name):
                words = f"the app's user may not write {name} of {OPPORTUNITY}: {refused}"
                raise CrmSignInError(words) from refused
            raise

    async def _times(self, ids: Sequence[str]) -> "_Times":
        """What is known of when the fields of these were set. An org that tracks no field of
        opportunities may have no history of fields; what it answers then stands on no page.

        https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_objects_opportunityhistory.htm
        https://developer.salesforce.com/docs/atlas.en-us.264.0.object_reference.meta/object_reference/sforce_api_objects_opportunityfieldhistory.htm
        """
        these, newest = _in("OpportunityId", ids), "CreatedDate DESC, Id DESC"
        kept = "OpportunityId, CreatedDate, StageName, Amount, CloseDate"
        were: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for one in await self._rows(kept, "OpportunityHistory", these, order=newest):
            were[_id(one, "OpportunityId")].append(one)
        step = _is("Field", DEAL_FIELDS[DealField.NEXT_STEP])
        tracked = ("OpportunityId, CreatedDate", "OpportunityFieldHistory", these, step)
        steps: dict[str, datetime] = {}
        try:
            for one in await self._rows(*tracked, order=newest):
                steps.setdefault(_id(one, "OpportunityId"), _moment(one.get("CreatedDate")))
        except CrmSignInError:
            pass
        return _Times(were, steps)

    async def _roles(self, by: str, batches: Iterable[Sequence[str]]) -> set[tuple[str, str]]:
        """Opportunity and contact of each role."""
        found: set[tuple[str, str]] = set()
        for some in batches:
            role = ("OpportunityId, ContactId", "OpportunityContactRole")
            rows = await self._rows(*role, _in(by, some))
            found |= {(_id(one, "OpportunityId"), _id(one, "ContactId")) for one in rows}
        return found

    async def _of_deal(self) -> str:
        """Only an org with several currencies has a field for them, and one that has them keeps
        them.
        """
        if self._names_currency is None:
            self._names_currency = "CurrencyIsoCode" in await self._described(OPPORTUNITY)
        return f"{OF_DEAL}, CurrencyIsoCode" if self._names_currency else OF_DEAL

    # The wire

    async def _rows(
        self,
        fields: str,
        object: str,
        *conditions: str,
        order: str = "",
        most: int | None = None,
        gone: bool = False,
    ) -> list[Mapping[str, Any]]:
        """All that are so, with *gone* what is in the recycle bin as well."""
        soql = f"SELECT {fields} FROM {object}"  # noqa: S608  # names of ours; values by _quoted
        soql += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        soql += f" ORDER BY {order}" if order else ""
        soql += f" LIMIT {most}" if most else ""
        path, query = f"{DATA}/{'queryAll' if gone else 'query'}", {"q": soql}
        heard = await self._ask("GET", path, query=query, reads=True)
        found, read = _object(heard), {""}
        rows = _listed(found, "records")
        while not found.get("done", True):
            # Only at this address, and a page that leads to itself would be followed for ever.
            path = str(found.get("nextRecordsUrl") or "")
            if path in read or not path.startswith(f"{DATA}/query"):
                raise CrmBusyError("Salesforce leads to no next page")
            read.add(path)
            found = _object(await self._ask("GET", path, reads=True))
            rows += _listed(found, "records")
        return rows

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
        """A request that is refused because the session is over was not done."""
        session, is_new = await self._signed_in()
        bearer = {"Authorization": f"Bearer {session}", **(headers or {})}
        heard = await self._wire.ask(method, path, query=query, body=body, headers=bearer)
        if usage := USAGE.search(heard.headers.get("Sforce-Limit-Info", "")):
            self._calls_left = max(0, int(usage[2]) - int(usage[1]))
        if heard.status in (200, 201, 204):
            return heard
        if heard.status == 401:
            if self._session == session:
                self._session = ""
            words = _told(heard)[1]
            if is_new:
                raise CrmSignInError(f"Salesforce lets in nobody who has just signed in: {words}")
            raise CrmBusyError(words, ANEW)
        raise _refusal(heard, reads=reads)

    async def _signed_in(self) -> tuple[str, bool]:
        """The session, and whether it is a new one."""
        async with self._signing_in:
            if self._session:
                return self._session, False
            form = {"grant_type": "client_credentials", **self._credentials}
            heard = await self._wire.ask("POST", SIGN_IN, data=form, headers={})
            said = heard.said if isinstance(heard.said, dict) else {}
            if heard.status == 200 and said.get("access_token"):
                self._session = str(said["access_token"])
                return self._session, True
            if heard.status in (200, 408, 429) or heard.status >= 500 or 300 <= heard.status < 400:
                raise CrmBusyError(f"Salesforce signs nobody in: {heard.status}")
            if "error" not in said:
                raise CrmSignInError("what answers at CRM_URL is no Salesforce")
            why = f"{said['error']} {said.get('error_description') or ''}".strip()
            words = "Salesforce signs nobody in by CRM_URL, CRM_CLIENT_ID and CRM_TOKEN as they are"
            raise CrmSignInError(f"{words}: {why}")


@dataclass(frozen=True, slots=True)
class _Times:
    """When fields of opportunities were set, as far as their history says."""

    were: Mapping[str, Sequence[Mapping[str, Any]]]  # stage, amount and close date, newest first
    steps: Mapping[str, datetime]  # when the next step was set

    def of(self, one: Mapping[str, Any]) -> Iterator[tuple[DealField, datetime]]:
        """Of that record, each field that says something. What was never changed was set as it was
        made; of a next step that is not tracked it is known that nobody has set it since the record
        was changed at all.
        """
        id, made = _id(one), _moment(one.get("CreatedDate"))
        for field in ALWAYS_KEPT:
            name, since = DEAL_FIELDS[field], made
            for was in self.were.get(id, ()):
                if was.get(name) != one.get(name):
                    break
                since = _moment(was.get("CreatedDate"))
            if one.get(name) is not None:
                yield field, since
        if one.get(DEAL_FIELDS[DealField.NEXT_STEP]):
            since = self.steps.get(id) or _moment(one.get("LastModifiedDate"))
            yield DealField.NEXT_STEP, since


class _TakenError(Exception):
    """What has to be unique is another record's."""


def _refusal(heard: Heard, *, reads: bool) -> Exception:
    """One of ours, of a request that *reads* or writes.

    https://developer.salesforce.com/docs/platform/api-rest/guide/errorcodes.md
    """
    code, words, fields = _told(heard)
    if (wait := _wait(code, words)) is not None:
        return CrmBusyError(words, wait)
    if code in PASSES or heard.status in (408, 429) or heard.status >= 500 or heard.status < 400:
        return CrmBusyError(f"{heard.status} {code} {words}".strip())
    if heard.status == 404 and not code:
        return CrmSignInError("what answers at CRM_URL is no Salesforce")
    if reads and (code in UNSEEN or heard.status in (403, 404)):
        return CrmSignInError(f"the app's user may not read it: {words}")
    match heard.status, code:
        case _, "DUPLICATE_VALUE":
            return _TakenError(words)
        case _, "ENTITY_IS_DELETED":
            return CrmGoneError(words, may_return=True)
        case 404, _:
            return CrmGoneError(words)
        case 403, _ if not code.startswith("INSUFFICIENT_ACCESS"):
            return CrmSignInError(f"{code} {words}".strip())
        case ((400 | 403), _):
            return CrmRefusedError(words, fields)
    return CrmError(f"{heard.status} {code}".strip())


def _wait(code: str, words: str) -> float | None:
    """Seconds until it is worth asking again, where that is known, or assumed."""
    if code == "REQUEST_LIMIT_EXCEEDED":
        return CONCURRENT if words.startswith("Concurrent") else A_DAY
    return LOCKED if code == "UNABLE_TO_LOCK_ROW" else None


def _told(heard: Heard) -> tuple[str, str, set[str]]:
    """The first code, what a person reads, and of which fields. Of a double it is said of what: a
    rule of the customer's keeps it away, and nobody here overrides that.

    https://developer.salesforce.com/docs/platform/api/guide/sforce-api-objects-duplicateresult.html
    """
    said = heard.said
    errors = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    code, words, fields = "", list[str](), set[str]()
    for one in errors:
        code = code or str(one.get("errorCode") or "")
        message = str(one.get("message") or "").strip().splitlines()
        words += message[-1:] if one.get("errorCode") in UNSEEN else [" ".join(message)]
        fields |= {str(name) for name in _list(one.get("fields"))}
        fields |= set(COLUMN.findall(str(one.get("message"))))
        if doubles := sorted(_doubles(one)):
            words.append(f"({', '.join(doubles)})")
    return code, " ".join(filter(None, words)) or f"{heard.status} {code}".strip(), fields


def _doubles(error: Mapping[str, Any]) -> Iterator[str]:
    """The ids of records that the new one is like. The name is spelled so in the answers that are
    told of, and as the page has it in others.
    """
    result = error.get("duplicateResut") or error.get("duplicateResult")
    for match in _maps(result.get("matchResults") if isinstance(result, Mapping) else None):
        for one in _maps(match.get("matchRecords")):
            record = one.get("record")
            if isinstance(record, Mapping) and record.get("Id"):
                yield str(record["Id"])


def _lacks_key() -> str:
    return f"Lead lacks the field {KEY}, which is a text of 64, unique and an external ID"


def _object_of(id: str) -> str:
    """Which of both it is. Raises CrmGoneError: another CRM's are nobody's here."""
    object = OBJECTS.get(id[:3])
    if object is None or not ID.fullmatch(id):
        raise CrmGoneError("no id of a lead or contact of Salesforce")
    return object


def _of_deals(id: str) -> str:
    """That id. Raises CrmGoneError: another CRM's are nobody's here."""
    if not (id.startswith(DEAL) and ID.fullmatch(id)):
        raise CrmGoneError("no id of an opportunity of Salesforce")
    return id


def _batches(contacts: Iterable[str], object: str) -> Iterator[list[str]]:
    return _parts(sorted(o for o in contacts if ID.fullmatch(o) and OBJECTS.get(o[:3]) == object))


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), AT_ONCE):
        yield list(ids[first : first + AT_ONCE])


def _quoted(text: str) -> str:
    """As a query has it; nothing in it ends the text.

    https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
    """
    for one, written in ESCAPES.items():
        text = text.replace(one, written)
    return f"'{text}'"


ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


def _is(field: str, value: str) -> str:
    return f"{field} = {_quoted(value)}"


def _in(field: str, values: Iterable[str]) -> str:
    return f"{field} IN ({','.join(map(_quoted, values))})"


def _note(text: str) -> Mapping[str, str]:
    """The first line is what it is about."""
    return _short({"Subject": text.partition("\n")[0], "Description": text})


def _short(values: Mapping[str, str]) -> dict[str, str]:
    return {name: said[: LONGEST.get(name)] for name, said in values.items()}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _maps(found: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in _list(found) if isinstance(one, Mapping))


def _object(heard: Heard) -> Mapping[str, Any]:
    said = heard.said
    if not isinstance(said, dict):
        raise CrmBusyError("Salesforce answers what cannot be read")
    return said


def _listed(body: Mapping[str, Any], under: str) -> list[Mapping[str, Any]]:
    return listed(body, under, Salesforce.name)


def _by_name(description: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    return {str(one.get("name")): one for one in _listed(description, "fields")}


def _id(one: Mapping[str, Any], name: str = "Id") -> str:
    id = one.get(name)
    if not isinstance(id, str) or not id:
        raise CrmBusyError(f"Salesforce answers without {name}")
    return id


def _state(one: Mapping[str, Any]) -> DealState:
    if one.get("IsClosed") is not True:
        return DealState.OPEN
    return DealState.WON if one.get("IsWon") is True else DealState.LOST


def _deal(one: Mapping[str, Any], contacts: Collection[str], times: _Times | None = None) -> Deal:
    fields = {field: _written(one.get(name)) for field, name in DEAL_FIELDS.items()}
    name, stage, currency, owner = (
        str(one.get(of) or "") for of in ("Name", "StageName", "CurrencyIsoCode", "OwnerId")
    )
    return Deal(
        id=_id(one),
        name=name,
        contacts=frozenset(contacts),
        stage=stage,
        amount=fields[DealField.AMOUNT],
        currency=currency,
        owner=owner,
        made_at=_moment(one.get("CreatedDate")),
        changed_at=_moment(one.get("SystemModstamp")),
        fields=fields,
        set_at=dict(times.of(one)) if times else {},
    )


def _later(
    found: dict[tuple[str, Contacted], datetime], contact: str, how: Contacted, at: Any
) -> None:
    """The last of a kind is kept."""
    if at:
        found[contact, how] = max(_moment(at), found.get((contact, how), _moment(at)))


def _lead(one: Mapping[str, Any], read: Mapping[str, str], since: datetime | None) -> LeadThere:
    given, surname = (_written(one.get(name)) for name in ("FirstName", "LastName"))
    company = _written(one.get("Company"))
    return LeadThere(
        id=_id(one),
        former=frozenset(),  # the one that stays keeps its id
        values={
            **{ours: _written(one.get(theirs)) for ours, theirs in read.items()},
            "contact_name": f"{given} {surname}".strip().replace(UNKNOWN, ""),
            **({"company": ""} if company == UNKNOWN else {}),
        },
        since=since or _moment(one.get("CreatedDate")),
    )


def _written_at(at: datetime) -> str:
    """As a query has it, which no quotes surround."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _moment(written: Any) -> datetime:
    return moment(written, Salesforce.name)
