"""HubSpot, by its date-based API of March 2026, with a service key.

https://developers.hubspot.com/docs/api-reference/latest/overview
https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/account-service-keys
"""

import html
import re
import ssl
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

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
from crm.wire import Wire, is_gone, listed, moment
from handoff.model import Contacted, DealState
from handoff.policy import DealField
from received import received

V = "2026-03"
PAGE = 100
LINKED = 1000  # records of which the links are read in one request
# https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api
OWNER = "hubspot_owner_id"
LIMITS = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}
"""Seconds after which each limit may have passed: HubSpot says which it is, and not how long. The
day ends at the account's own midnight: it is asked again each hour.
https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""
LOCKED = 2.0  # seconds: https://developers.hubspot.com/docs/api-reference/latest/error-handling
PASSES = frozenset({408, 423, 429, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524})
EXISTING = re.compile(r"Existing ID: (\d+)")
NOTE_OF_CONTACT = 202  # .../docs/api-reference/latest/crm/associations/overview
LONGEST_NOTE = 65_536  # .../docs/api-reference/2026-03/crm/activities/notes/guide
LONGEST_VALUE = 65_536  # of one field of text
CHANGED, MERGED = "lastmodifieddate", "hs_merged_object_ids"
LAST = "notes_last_contacted"
WHEN: Mapping[str, Contacted] = {
    "hs_last_logged_call_date": Contacted.CALL,
    "hs_last_logged_outgoing_email_date": Contacted.MAIL,
    "hs_sales_email_last_replied": Contacted.MAIL,
    "hs_latest_meeting_activity": Contacted.MEETING,
}
OF_THE_SAME = timedelta(minutes=1)
CONTACTS, DEALS = "contacts", "deals"
OF_DEAL = ("dealname", "dealstage", "amount", "deal_currency_code", OWNER)
DEAL_FIELDS: Mapping[DealField, str] = {
    DealField.AMOUNT: "amount",
    DealField.CLOSE_DATE: "closedate",
    DealField.STAGE: "dealstage",
    DealField.NEXT_STEP: "hs_next_step",
}
"""https://knowledge.hubspot.com/properties/hubspots-default-deal-properties"""
OF_CAMPAIGN = ("hs_name", "hs_spend_items_sum_amount", "hs_currency_code")
WITH_HISTORY = 50  # records of which the history of fields is read at once: fewer, no page says
OF_THE_DAY = "T10:00:00Z"  # is of that day from Honolulu to Auckland; midnight is not
ABSENT = "OBJECT_NOT_FOUND"  # of one in a batch: it is not there, or nothing is linked with it
LEFT = "X-HubSpot-RateLimit-Daily-Remaining"
ID = re.compile(r"[0-9]{1,20}", re.ASCII)
TAG = re.compile(r"<[^<>]*>")
GUIDE = Guide(
    let_in=("make a service key with the scopes of docs/crm.md, put it into CRM_TOKEN, start anew"),
    fields=(
        "make them in HubSpot: Settings, Properties, Contact properties, Create property, with "
        "that internal name"
    ),
    line="Single-line text",
    lines="Multi-line text",
    moment="Date and time picker",
    deals="give the key the scope crm.objects.deals.read",
    writing="give the key the scope crm.objects.deals.write",
    activity="give the key the scope crm.objects.contacts.read",
    currency=(
        "give each deal its currency there (its field deal_currency_code), or let the key read the "
        "account's details"
    ),
    spending="give the key the scope marketing.campaigns.read",
    forgetting=(
        "make an app there with a webhook for contact.privacyDeletion, as docs/crm.md says, and "
        "put its client secret into CRM_WEBHOOK_SECRET"
    ),
    acting="",
)


class HubSpot:
    name = "HubSpot"
    guide = GUIDE

    def __init__(self, *, url: str, token: str, trust: ssl.SSLContext) -> None:
        self._wire = Wire(self.name, url, trust)
        self._headers = {"Authorization": f"Bearer {token}"}

    def called(self, field: str) -> str:
        return field

    async def close(self) -> None:
        await self._wire.close()

    async def account(self) -> Account:
        """https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide"""
        body, headers = await self._answer("GET", f"/account-info/{V}/details")
        left = headers.get(LEFT, "")
        return Account(
            id=str(body.get("portalId", "")),
            kind=str(body.get("accountType", "")),
            calls_left=int(left) if left.isdecimal() else None,
            currency=str(body.get("companyCurrency") or ""),
        )

    async def users(self) -> Sequence[User]:
        """https://developers.hubspot.com/docs/api-reference/2026-03/crm/owners/get-owners"""
        found: list[User] = []
        after: str | None = ""
        while after is not None:
            query = {"limit": str(PAGE)} | ({"after": after} if after else {})
            body = await self._ask("GET", f"/crm/owners/{V}", query=query)
            found += [
                User(id=_id(one), mail=str(one["email"]))
                for one in _listed(body)
                if one.get("email") and not one.get("archived")
            ]
            following = ((body.get("paging") or {}).get("next") or {}).get("after")
            # A page that leads to itself would be followed for ever.
            after = str(following) if following and str(following) != after else None
        return found

    async def fields(self) -> Collection[str]:
        """https://developers.hubspot.com/docs/api-reference/2026-03/crm/properties/get-properties"""
        body = await self._ask("GET", f"/crm/properties/{V}/contacts")
        return frozenset(str(one.get("name")) for one in _listed(body))

    async def contact(self, id: str) -> Contact:
        """An id of before a merge leads to the new record.

        https://developers.hubspot.com/changelog/updated-merge-functionality-for-contacts-and-companies
        """
        if not _ours([id]):
            raise CrmGoneError("no id of HubSpot")
        path = f"/crm/objects/{V}/contacts/{quote(id, safe='')}"
        try:
            return _contact(await self._ask("GET", path, query={"properties": OWNER}))
        except CrmGoneError as error:
            try:
                await self._ask("GET", path, query={"archived": "true"})
            except CrmGoneError:
                raise error from None
            raise CrmGoneError(str(error), may_return=True) from error

    async def contact_of(self, mail: str, name: str, company: str) -> Contact:
        """By its address it is read from the records themselves, and not from the index, in which
        what is new is missing. Where two make it at once, the second is told of the first.

        https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide
        """
        there = await self._by(mail)
        if there:
            return there
        given, _, surname = name.strip().rpartition(" ")
        values = {
            "email": mail,
            "firstname": given or surname,
            "lastname": surname if given else "",
            "company": company,
        }
        try:
            made = await self._ask(
                "POST",
                f"/crm/objects/{V}/contacts",
                body={"properties": values, "associations": []},
            )
        except _TakenError as taken:
            if found := EXISTING.search(str(taken)):
                return await self.contact(found[1])
            there = await self._by(mail)
            if there is None:
                words = "a contact with that address is there, and cannot be read"
                raise CrmBusyError(words) from taken
            return there
        return _contact(made)

    async def _by(self, mail: str) -> Contact | None:
        path = f"/crm/objects/{V}/contacts/{quote(mail, safe='')}"
        try:
            found = await self._ask("GET", path, query={"idProperty": "email", "properties": OWNER})
        except CrmGoneError:
            return None
        return _contact(found)

    async def write(
        self,
        contact: str,
        values: Mapping[str, str],
        owner: str | None = None,
        *,
        version: str = "",  # noqa: ARG002
    ) -> None:
        """https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide"""
        properties = {name: value[:LONGEST_VALUE] for name, value in values.items()}
        if owner is not None:
            properties[OWNER] = owner
        try:
            await self._ask(
                "PATCH",
                f"/crm/objects/{V}/contacts/{quote(contact, safe='')}",
                body={"properties": properties},
            )
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken

    async def add_note(self, contact: str, text: str, at: str) -> str:
        """https://developers.hubspot.com/docs/api-reference/2026-03/crm/activities/notes/guide"""
        made = await self._ask(
            "POST",
            f"/crm/objects/{V}/notes",
            body={
                "properties": {"hs_timestamp": at, "hs_note_body": _rich(text)},
                "associations": [
                    {
                        "to": {"id": contact},
                        "types": [
                            {
                                "associationCategory": "HUBSPOT_DEFINED",
                                "associationTypeId": NOTE_OF_CONTACT,
                            }
                        ],
                    }
                ],
            },
        )
        return _id(made)

    async def notes(self, contact: str) -> Mapping[str, str]:
        """https://developers.hubspot.com/docs/api-reference/latest/crm/associations/overview"""
        path = f"/crm/objects/{V}/contacts/{quote(contact, safe='')}/associations/notes"
        ids: list[str] = []
        after: str | None = ""
        while after is not None:
            query = {"limit": "500"} | ({"after": after} if after else {})
            body = await self._ask("GET", path, query=query)
            ids += [str(one.get("toObjectId")) for one in _listed(body)]
            following = ((body.get("paging") or {}).get("next") or {}).get("after")
            after = str(following) if following and str(following) != after else None
        found: dict[str, str] = {}
        for first in range(0, len(ids), PAGE):
            read = await self._ask(
                "POST",
                f"/crm/objects/{V}/notes/batch/read",
                body={
                    "properties": ["hs_note_body"],
                    "propertiesWithHistory": [],
                    "inputs": [{"id": id} for id in ids[first : first + PAGE]],
                },
            )
            for one in _listed(read):
                said = (one.get("properties") or {}).get("hs_note_body") or ""
                found[_id(one)] = html.unescape(TAG.sub("\n", str(said)))
        return found

    async def rewrite_note(self, note: str, text: str) -> None:
        await self._ask(
            "PATCH",
            f"/crm/objects/{V}/notes/{quote(note, safe='')}",
            body={"properties": {"hs_note_body": _rich(text)}},
        )

    async def present(self, contacts: Collection[str]) -> Batch[str]:
        """Whether an id of before a merge is answered with the other record or with none stands on
        no page: by either it is not there.
        """
        asked = _ours(contacts)
        found: set[str] = set()
        unread: dict[str, str] = {}
        for first in range(0, len(asked), PAGE):
            there, not_read = await self._read(CONTACTS, asked[first : first + PAGE], (OWNER,))
            found |= there.keys()
            unread |= not_read
        return Batch(found=found & set(asked), unread=unread)

    async def known_of(self, mail: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        path = f"/crm/objects/{V}/contacts/{quote(mail, safe='')}"
        query = {"idProperty": "email", "properties": ",".join(sorted(set(fields.values())))}
        try:
            found = await self._ask("GET", path, query=query)
        except CrmGoneError:
            return {}
        said = found.get("properties") or {}
        return {ours: str(said.get(theirs) or "") for ours, theirs in fields.items()}

    async def lacks(self, fields: Collection[str]) -> Collection[str]:
        """A name that there is not it leaves out in silence where a contact is read."""
        return {*fields} - {*await self.fields()}

    async def spending(self) -> Sequence[Spent]:
        """HubSpot adds up the items of each.

        https://developers.hubspot.com/docs/api-reference/latest/marketing/campaigns/guide
        """
        found: list[Spent] = []
        after: str | None = ""
        while after is not None:
            query = {"limit": str(PAGE), "properties": ",".join(OF_CAMPAIGN)}
            query |= {"after": after} if after else {}
            body = await self._ask("GET", f"/marketing/campaigns/{V}", query=query)
            for one in _listed(body):
                name, spent, currency = (
                    str((one.get("properties") or {}).get(said) or "") for said in OF_CAMPAIGN
                )
                if name and spent:
                    found.append(Spent(campaign=name, amount=spent, currency=currency))
            following = ((body.get("paging") or {}).get("next") or {}).get("after")
            after = str(following) if following and str(following) != after else None
        return found

    async def to_forget(self) -> Collection[str]:
        """It tells of each by itself, and of none to whoever asks."""
        return ()

    async def forgets(self, id: str) -> bool:
        """It is there no more: https://developers.hubspot.com/changelog/gdpr-deletion"""
        return await is_gone(self.contact(id))

    async def leads(self, wanted: LeadsWanted, since: datetime, after: str = "") -> LeadsPage:
        """Found in the index, in the order of their change, and read from the records themselves.
        A page is asked for by the time of the last change, so that the 10,000 at which a search
        ends are never reached; only within one millisecond it is counted on. Each value has a group
        of filters: which of *IN*'s values have to be written small differs by the field's type.

        https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
        """
        begin, _, passed = after.partition(" ")
        first = int(begin) if begin else int(since.timestamp() * 1000)
        skip = int(passed or 0)
        changed = {"propertyName": CHANGED, "operator": "GTE", "value": str(first)}
        of = [
            {"filters": [{"propertyName": wanted.field, "operator": "EQ", "value": one}, changed]}
            for one in wanted.values
        ]
        body = await self._ask(
            "POST",
            f"/crm/objects/{V}/{CONTACTS}/search",
            body={
                "filterGroups": of,
                "sorts": [{"propertyName": CHANGED, "direction": "ASCENDING"}],
                "properties": [CHANGED],
                "limit": WITH_HISTORY,
                "after": skip,
            },
        )
        rows = _listed(body)
        times = [_moment((one.get("properties") or {}).get(CHANGED)) for one in rows]
        there: Mapping[str, Mapping[str, Any]] = {}
        unread: dict[str, str] = {}
        if rows:
            names = {CHANGED, "email", "firstname", "lastname", "company", MERGED, wanted.field}
            names |= {*wanted.fields.values()}
            ids = list(dict.fromkeys(map(_id, rows)))
            there, unread = await self._read(CONTACTS, ids, names, (wanted.field,))
        following = ""
        if ((body.get("paging") or {}).get("next") or {}).get("after") and rows:
            last = int(times[-1].timestamp() * 1000)
            following = f"{last} 0" if last > first else f"{first} {skip + len(rows)}"
        return LeadsPage(
            found=[lead for one in there.values() for lead in _lead(one, wanted)],
            unread=unread,
            until=max(times, default=None),
            after=following,
        )

    async def activities(
        self, contacts: Collection[str], since: datetime, until: datetime
    ) -> Batch[Activity]:
        """As HubSpot itself reckons them and keeps them with the contact, so that no call and no
        mail is read. A meeting that is ahead may stand where the last was: then that is not known.

        https://knowledge.hubspot.com/properties/hubspots-default-contact-properties
        """
        asked, found, unread = _ours(contacts), list[Activity](), dict[str, str]()
        for first in range(0, len(asked), PAGE):
            some = asked[first : first + PAGE]
            there, not_read = await self._read(CONTACTS, some, {*WHEN, LAST})
            unread |= not_read
            for id, one in there.items():
                found += [a for a in _activities(id, one, since) if a.at <= until]
        return Batch(found=found, unread=unread)

    async def reads_deals(self) -> None:
        """Links and stages may be read by other scopes as well: by these it is not known.

        https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide
        """
        await self._ask("GET", f"/crm/objects/{V}/{DEALS}", query={"limit": "1"})

    async def stages(self) -> Mapping[str, Stage]:
        """Whether a stage is won or lost is in what HubSpot keeps with it, never in its name.

        https://developers.hubspot.com/docs/api-reference/latest/crm/pipelines/guide
        """
        body = await self._ask("GET", f"/crm/pipelines/{V}/{DEALS}")
        return {
            _id(one): Stage(
                id=_id(one),
                name=str(one.get("label") or _id(one)),
                state=_state(one.get("metadata")),
                pipeline=_id(pipeline),
            )
            for pipeline in _listed(body)
            for one in _list(pipeline.get("stages"))
            if isinstance(one, Mapping)
        }

    async def deals(self, contacts: Collection[str], *, dated: bool = False) -> Batch[Deal]:
        """Read from the records themselves: the index that is searched lags behind, ends after
        10,000 and knows neither what was deleted nor what was taken off a contact.

        https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/batch/get-associations
        """
        beside, unread = await self._linked(CONTACTS, DEALS, _ours(contacts))
        ids = sorted({deal for deals in beside.values() for deal in deals})
        whose, lost = await self._linked(DEALS, CONTACTS, ids)
        found: list[Deal] = []
        page, dates = (WITH_HISTORY, DEAL_FIELDS.values()) if dated else (PAGE, ())
        names = {*OF_DEAL, *DEAL_FIELDS.values()}
        for first in range(0, len(ids), page):
            some = ids[first : first + page]
            there, not_read = await self._read(DEALS, some, names, dates)
            lost |= not_read
            found += [_deal(one, whose.get(id, ())) for id, one in there.items()]
        unread |= {one: lost[deal] for one, its in beside.items() for deal in its & lost.keys()}
        return Batch(found=[one for one in found if one.id not in lost], unread=unread)

    async def deal(self, id: str) -> Deal:
        """https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide"""
        if not _ours([id]):
            raise CrmGoneError("no id of HubSpot")
        names = sorted({*OF_DEAL, *DEAL_FIELDS.values()})
        path = f"/crm/objects/{V}/{DEALS}/{quote(id, safe='')}"
        return _deal(await self._ask("GET", path, query={"properties": ",".join(names)}), ())

    async def writes_for(self, user: str) -> None:  # noqa: ARG002
        raise CrmSignInError("HubSpot lets no key write for a user")

    async def write_deal(
        self,
        id: str,
        field: DealField,
        value: str,
        *,
        version: str = "",  # noqa: ARG002
        by: str = "",  # noqa: ARG002
    ) -> None:
        """https://developers.hubspot.com/docs/api-reference/latest/crm/objects/deals/guide"""
        said = f"{value}{OF_THE_DAY}" if field is DealField.CLOSE_DATE else value[:LONGEST_VALUE]
        try:
            await self._ask(
                "PATCH",
                f"/crm/objects/{V}/{DEALS}/{quote(id, safe='')}",
                body={"properties": {DEAL_FIELDS[field]: said}},
            )
        except _TakenError as taken:
            raise CrmRefusedError(str(taken)) from taken

    async def _read(
        self,
        kind: str,
        ids: Sequence[str],
        properties: Collection[str],
        dated: Collection[str] = (),
    ) -> tuple[Mapping[str, Mapping[str, Any]], dict[str, str]]:
        """Records by their ids, of *dated* fields with what they said before, and which of *ids*
        could not be read, with the reason.
        """
        body = await self._ask(
            "POST",
            f"/crm/objects/{V}/{kind}/batch/read",
            body={
                "properties": sorted(properties),
                "propertiesWithHistory": sorted(dated),
                "inputs": [{"id": id} for id in ids],
            },
        )
        found = {_id(one): one for one in _listed(body)}
        return found, _unread(body, ids, found)

    async def _linked(
        self, kind: str, other: str, ids: Iterable[str]
    ) -> tuple[Mapping[str, set[str]], dict[str, str]]:
        """Of each of *ids* what of the *other* kind is linked with it, those with nothing left out;
        and of which of them that could not be read, with the reason.
        """
        found: dict[str, set[str]] = defaultdict(set)
        unread: dict[str, str] = {}
        asked = [{"id": id} for id in ids]
        while asked:
            batch, asked = asked[:LINKED], asked[LINKED:]
            path = f"/crm/associations/{V}/{kind}/{other}/batch/read"
            body = await self._ask("POST", path, body={"inputs": batch})
            answered = {_id(one.get("from") or {}): one for one in _listed(body)}
            unread |= _unread(body, [one["id"] for one in batch], answered)
            for whose, one in answered.items():
                more = {str(to.get("toObjectId")) for to in _list(one.get("to"))} - found[whose]
                found[whose] |= more
                after = ((one.get("paging") or {}).get("next") or {}).get("after")
                if after and more:  # a page that leads to itself would be followed for ever
                    asked.append({"id": whose, "after": str(after)})
        return found, unread

    # The wire

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        answer, _ = await self._answer(method, path, query=query, body=body)
        return answer

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        heard = await self._wire.ask(method, path, query=query, body=body, headers=self._headers)
        said = heard.said if isinstance(heard.said, dict) else None
        if heard.status in (200, 201, 207) and said is not None:
            return said, heard.headers
        if heard.status == 204:
            return {}, heard.headers
        raise _refusal(heard.status, said or {}, heard.headers)


class _TakenError(Exception):
    """409: what has to be unique is another record's."""


def _refusal(status: int, said: Mapping[str, Any], headers: Mapping[str, str]) -> Exception:
    """One of ours. Every field of a refusal may be missing.

    https://developers.hubspot.com/docs/api-reference/latest/error-handling
    """
    category = str(said.get("category") or "")
    words = f"{status} {category}".strip()
    if asked := said.get("correlationId"):  # which HubSpot's support asks for
        words = f"{words} ({asked})"
    if status in PASSES or 200 <= status < 400:
        return CrmBusyError(words, _wait(status, said, headers))
    match status:
        case 401:
            return CrmSignInError(f"HubSpot does not know CRM_TOKEN: {words}")
        case 403:
            lacking = ", ".join(sorted(_scopes(said))) or words
            return CrmSignInError(f"the service key lacks a scope: {lacking}")
        case 404 if not said:
            return CrmSignInError("what answers at CRM_URL is no HubSpot")
        case 404:
            return CrmGoneError(words)
        case 409:
            return _TakenError(str(said.get("message") or words))
        case 400 | 422:
            told, fields = _told(said)
            return CrmRefusedError(told or words, fields)
    return CrmError(words)


def _wait(status: int, said: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    """Seconds until it is worth asking again, as far as that is known."""
    if status == 429:
        return LIMITS.get(str(said.get("policyName")), LIMITS["TEN_SECONDLY_ROLLING"])
    if status == 423:
        return LOCKED
    advice = headers.get("Retry-After", "")
    return float(advice) if advice.isdecimal() else None


def _told(said: Mapping[str, Any]) -> tuple[str, set[str]]:
    """What a person reads, and of which fields: a refused value is told as JSON inside the words,
    or one by one beside them.
    """
    found, fields = list[str](), set[str]()
    for one in (one for one in _list(said.get("errors")) if isinstance(one, Mapping)):
        found.append(str(one.get("message") or ""))
        context = one.get("context")
        if isinstance(context, Mapping):
            fields |= {str(name) for name in _list(context.get("propertyName"))}
    message = str(said.get("message") or "")
    inside = _json(f'{{"all": {message.partition(": ")[2] or "[]"}}}'.encode()) or {}
    for one in (one for one in _list(inside.get("all")) if isinstance(one, Mapping)):
        found.append(str(one.get("message") or ""))
        fields |= {str(one["name"])} if one.get("name") else set()
    words = list(dict.fromkeys(filter(None, found))) or [message]
    return "; ".join(words), fields


def _scopes(said: Mapping[str, Any]) -> Iterator[str]:
    for one in _list(said.get("errors")):
        context = one.get("context") if isinstance(one, Mapping) else None
        if isinstance(context, Mapping):
            for names in context.values():
                yield from (str(name) for name in _list(names))


def _ours(ids: Iterable[str]) -> list[str]:
    """Those that can be HubSpot's: another CRM's are nobody's here, and one of them in a batch may
    be held against all of it.
    """
    return sorted(one for one in ids if ID.fullmatch(one))


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _json(content: bytes) -> Mapping[str, Any] | None:
    """None where it is no object. Every text in it can be kept."""
    try:
        found = received(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _listed(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return listed(body, "results", HubSpot.name)


def _id(one: Mapping[str, Any]) -> str:
    id = one.get("id")
    if not id:
        raise CrmBusyError("HubSpot answers without an id")
    return str(id)


def _contact(one: Mapping[str, Any]) -> Contact:
    properties = one.get("properties")
    owner = properties.get(OWNER) if isinstance(properties, Mapping) else None
    return Contact(id=_id(one), owner=str(owner or ""))


def _unread(
    body: Mapping[str, Any], asked: Collection[str], answered: Collection[str]
) -> dict[str, str]:
    """Which of those that were *asked* for in a batch could not be read, though they may be there,
    and why. Where an error names none of them, it may be about any that was not *answered* and is
    not named as absent. Which errors but that HubSpot has for one of many stands on no page.

    https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/batch/get-objects
    """
    absent = set[str]()
    others: list[tuple[str, set[str]]] = []
    for one in _list(body.get("errors")):
        error = one if isinstance(one, Mapping) else {}
        category, named = str(error.get("category") or "no reason"), _named(error) & {*asked}
        if category == ABSENT:
            absent |= named
        else:
            others.append((category, named))
    left = {*asked} - {*answered} - absent
    return {id: category for category, named in others for id in named or left}


def _named(error: Mapping[str, Any]) -> set[str]:
    """The ids that an error of a batch is about: of records, or of those whose links were asked."""
    context = error.get("context")
    said = context if isinstance(context, Mapping) else {}
    return {str(id) for name in ("ids", "fromObjectId") for id in _list(said.get(name))}


def _state(metadata: Any) -> DealState:
    """A stage that is closed is won at the probability of one, and lost at that of nothing."""
    if not isinstance(metadata, Mapping) or str(metadata.get("isClosed")).lower() != "true":
        return DealState.OPEN
    try:
        certain = float(metadata.get("probability") or 0)
    except ValueError:
        return DealState.OPEN
    return DealState.WON if certain >= 1 else DealState.LOST


def _deal(one: Mapping[str, Any], contacts: Collection[str]) -> Deal:
    properties = one.get("properties")
    said = properties if isinstance(properties, Mapping) else {}
    name, stage, amount, currency, owner = (str(said.get(name) or "") for name in OF_DEAL)
    return Deal(
        id=_id(one),
        name=name,
        contacts=frozenset(contacts),
        stage=stage,
        amount=amount,
        currency=currency,
        owner=owner,
        made_at=_moment(one.get("createdAt")),
        changed_at=_moment(one.get("updatedAt")),
        fields={field: str(said.get(name) or "") for field, name in DEAL_FIELDS.items()},
        set_at=dict(_set_at(one)),
    )


def _activities(contact: str, one: Mapping[str, Any], since: datetime) -> Iterator[Activity]:
    """Where HubSpot knows of a later one than those whose kind it says, that is another."""
    properties = one.get("properties")
    said = properties if isinstance(properties, Mapping) else {}
    last = _moment(said[LAST]) if said.get(LAST) else None
    times: dict[Contacted, datetime] = {}
    for name, how in WHEN.items():
        if said.get(name):
            times[how] = max(_moment(said[name]), times.get(how, since))
    if last and last > max(times.values(), default=since) + OF_THE_SAME:
        times[Contacted.OTHER] = last
    for how, at in times.items():
        if at >= since:
            yield Activity(contact=contact, how=how, at=at)


def _lead(one: Mapping[str, Any], wanted: LeadsWanted) -> Iterator[LeadThere]:
    """Nothing, where it is none any more."""
    properties = one.get("properties")
    said = {
        name: str(value)
        for name, value in (properties if isinstance(properties, Mapping) else {}).items()
        if value is not None
    }
    values = {value.casefold() for value in wanted.values}
    if said.get(wanted.field, "").casefold() not in values:
        return
    history = one.get("propertiesWithHistory")
    were = _list(history.get(wanted.field)) if isinstance(history, Mapping) else []
    dated = [(_moment(was.get("timestamp")), was) for was in were if isinstance(was, Mapping)]
    since: datetime | None = None
    for at, was in sorted(dated, key=lambda one: one[0]):
        is_one = str(was.get("value")).casefold() in values
        since = (since or at) if is_one else None
    yield LeadThere(
        id=_id(one),
        former=frozenset(filter(None, said.get(MERGED, "").split(";"))),
        values={
            "contact_name": f"{said.get('firstname', '')} {said.get('lastname', '')}".strip(),
            "contact_email": said.get("email", ""),
            "company": said.get("company", ""),
            **{ours: said.get(theirs, "") for ours, theirs in wanted.fields.items()},
        },
        since=since or _moment(one.get("createdAt")),
    )


def _set_at(one: Mapping[str, Any]) -> Iterator[tuple[DealField, datetime]]:
    """When each field came to say what it says: the newest of its history."""
    history = one.get("propertiesWithHistory")
    for field, name in DEAL_FIELDS.items():
        found = _list(history.get(name)) if isinstance(history, Mapping) else []
        times = [_moment(was.get("timestamp")) for was in found if isinstance(was, Mapping)]
        if times:
            yield field, max(times)


def _moment(written: Any) -> datetime:
    return moment(written, HubSpot.name)


def _rich(text: str) -> str:
    """As a note shows it: its body is HTML. One that is too long ends with the marker still there,
    for that stands first.
    """
    written = html.escape(text, quote=False)
    while len(written) + 5 * written.count("\n") > LONGEST_NOTE:
        text = text[: len(text) * 9 // 10]
        written = html.escape(text, quote=False)
    return written.replace("\n", "<br>")
