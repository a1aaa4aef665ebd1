"""The company's CRM as each person has it beside Outlook: contacts with their fields, notes and
deals. What somebody changes there is changed as people do it in the CRM itself.
"""

from datetime import timedelta
from typing import Any, Literal

from sandbox.company import Person
from sandbox.crm.records import (
    CONTACTS,
    DATAVERSE,
    DEALS,
    NOTES,
    InvalidError,
    NotThereError,
    Record,
    TakenError,
)
from sandbox.desk.acts import Asked, AskedWronglyError
from sandbox.leads import LEADS
from sandbox.m365 import Sandbox

Json = dict[str, Any]

MOST = 30  # contacts that are shown, whatever was changed last first
MONTH = timedelta(days=30)
OWNER, STAGE, AMOUNT, LIFECYCLE = "hubspot_owner_id", "dealstage", "amount", "lifecyclestage"
QUALIFIED = {LIFECYCLE: "marketingqualifiedlead", "hs_lead_status": "Working"}
WARM = {"hs_lead_status": "2"}  # as Dynamics 365 rates a lead
NOT_SHOWN = {OWNER, "firstname", "lastname", "company", "email", "baton_key"}


class Change(Asked):
    """Somebody chooses another owner of a contact or deal, or another stage or amount of a deal."""

    kind: Literal["contacts", "deals"]
    id: str
    name: Literal["hubspot_owner_id", "dealstage", "amount"]
    value: str


class Add(Asked):
    """A prospect of sandbox/leads.py becomes a lead there, by their place in it; or a deal is made
    beside a contact.
    """

    lead: int | None = None
    deal: str | None = None


def shown(box: Sandbox, who: Person) -> Json:
    """What *who* has first, then what others have."""
    owners = {one.id: one for one in box.crm.owners()}
    mine = next((one.id for one in owners.values() if one.mail == who.mail), "")
    found = sorted(box.crm.all(CONTACTS), key=lambda one: one.changed_at, reverse=True)
    found.sort(key=lambda one: one.values.get(OWNER) != mine)
    stages = [stage for line in box.crm.pipelines for stage in line.stages]
    return {
        "name": box.crm.make,
        "owners": [{"id": o.id, "name": f"{o.given} {o.surname}"} for o in owners.values()],
        "stages": [{"id": one.id, "name": one.label} for one in stages],
        "prospects": [one.contact_name for one in LEADS],
        "contacts": [_contact(box, one, mine) for one in found[:MOST]],
    }


def _contact(box: Sandbox, one: Record, mine: str) -> Json:
    said = one.values
    labels = {field.name: field.label for field in box.crm.fields(CONTACTS)}
    return {
        "id": one.id,
        "name": f"{said.get('firstname', '')} {said.get('lastname', '')}".strip(),
        "company": said.get("company", ""),
        "mail": said.get("email", ""),
        "owner": said.get(OWNER, ""),
        "mine": bool(mine) and said.get(OWNER) == mine,
        "fields": [
            {"label": labels.get(name, name), "value": value}
            for name, value in sorted(said.items())
            if name not in NOT_SHOWN
        ],
        "notes": [
            note.values.get("hs_note_body", "").replace("<br>", "\n")
            for note in box.crm.linked(one, NOTES)
        ],
        "deals": [
            {
                "id": deal.id,
                "name": deal.values.get("dealname", ""),
                "stage": deal.values.get(STAGE, ""),
                "amount": deal.values.get(AMOUNT, ""),
                "owner": deal.values.get(OWNER, ""),
            }
            for deal in box.crm.linked(one, DEALS)
        ],
    }


def change(box: Sandbox, asked: Change) -> None:
    """Raises AskedWronglyError with the CRM's own words."""
    if asked.kind == CONTACTS and asked.name != OWNER:
        raise AskedWronglyError("Of a contact only the owner is chosen here.")
    try:
        box.crm.change(asked.kind, asked.id, {asked.name: asked.value})
    except NotThereError as problem:
        raise AskedWronglyError("That is not in the CRM any more.") from problem
    except InvalidError as problem:
        raise AskedWronglyError(problem.words) from problem


def add(box: Sandbox, asked: Add) -> None:
    """As a form or a list of the CRM's own brings a lead, and as a rep makes a deal: where
    there are leads, one is converted for it. Raises AskedWronglyError.
    """
    try:
        if asked.lead is not None:
            _lead(box, asked.lead)
        elif asked.deal is not None:
            _deal(box, asked.deal)
    except NotThereError as problem:
        raise AskedWronglyError("That is not in the CRM any more.") from problem
    except TakenError as problem:
        raise AskedWronglyError("They are in the CRM already.") from problem
    except InvalidError as problem:
        raise AskedWronglyError(problem.words) from problem


def _lead(box: Sandbox, place: int) -> None:
    if not 0 <= place < len(LEADS):
        raise AskedWronglyError("There is no such prospect.")
    one = LEADS[place]
    given, _, surname = one.contact_name.rpartition(" ")
    own = {field.name for field in box.crm.fields(CONTACTS) if field.own}
    said = {
        "firstname": given,
        "lastname": surname,
        "email": one.contact_email,
        "company": one.company,
        **{name: str(getattr(one, name)) for name in own if getattr(one, name, "")},
        **QUALIFIED,
        **(WARM if box.crm.make == DATAVERSE else {}),
    }
    box.crm.add(CONTACTS, said, lead=box.crm.make != "HubSpot")


def _deal(box: Sandbox, contact: str) -> None:
    one = box.crm.convert(contact)
    said = {
        "dealname": f"{one.values.get('company', 'A deal')}, first order",
        STAGE: "contractsent",
    }
    if box.crm.make != "HubSpot":
        said["closedate"] = f"{box.clock() + MONTH:%Y-%m-%d}"
    box.crm.add(DEALS, said, frozenset({(CONTACTS, one.id)}))
