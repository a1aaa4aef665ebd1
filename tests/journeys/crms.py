"""What the same thing is called in each CRM, and how it is broken there; the journeys are the same
in both, with nothing changed but the setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from sandbox.crm.records import CONTACTS, HUBSPOT, SALESFORCE, Record
from tests.world import INES, World

STAGES = {
    "qualifiedtobuy": "Qualified To Buy",
    "decisionmakerboughtin": "Decision Maker Bought-In",
    "contractsent": "Contract Sent",
    "closedwon": "Closed Won",
    "closedlost": "Closed Lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    setting: str
    contacts: str  # to which they are posted
    notes: str
    limited: tuple[int, str]  # how a limit is told, and a lock
    locked: tuple[int, str]
    no_owner: str  # how it is said that one owns nothing any more
    lacking: str  # how an admin is told of one that lacks
    made: str  # and where it is made
    account: str
    users: str  # which right to read users lacks
    deals: str
    writing: str  # and which to write deals
    deal: str  # in the address of one
    a_day: str  # how one that was written stands there
    no_day: Mapping[str, str]  # of a deal whose close date is wanted, and how that is told
    lacks_day: str
    stages: Mapping[str, str] = field(default_factory=dict)

    def stage(self, id: str) -> str:
        return self.stages.get(id, id)


THERE = {
    HUBSPOT: There(
        setting="hubspot",
        contacts="/contacts",
        notes="/notes",
        limited=(429, "TEN_SECONDLY_ROLLING"),
        locked=(423, "LOCKED"),
        no_owner="Owner {} does not exist",
        lacking="baton_brief_internal (Multi-line text); baton_campaign (Single-line text)",
        made="Create property",
        account="account 148220017",
        users="crm.objects.owners.read",
        deals="crm.objects.deals.read",
        writing="crm.objects.deals.write",
        deal="/deals/",
        a_day="2026-03-31T10:00:00Z",
        no_day={},
        lacks_day="In HubSpot the close date of this deal is empty.",
    ),
    SALESFORCE: There(
        setting="salesforce",
        contacts="/sobjects/Lead",
        notes="/sobjects/Task",
        limited=(403, "REQUEST_LIMIT_EXCEEDED"),
        locked=(400, "UNABLE_TO_LOCK_ROW"),
        no_owner="operation performed with inactive user [{}] as owner",
        lacking="Baton_Brief_Internal__c (Text Area (Long), 32,768); Baton_Campaign__c (Text, 255)",
        made="Object Manager",
        account="account 00D",
        users="User",
        deals="read opportunities",
        writing="edit opportunities",
        deal="/Opportunity/",
        a_day="2026-03-31",
        no_day={"closedate": "2026-02-27"},  # Salesforce has none without
        lacks_day="In Salesforce the close date of this deal is past, and the deal is open.",
        stages=STAGES,
    ),
}
in_hubspot_alone = pytest.mark.parametrize("sold", [HUBSPOT], indirect=True)
in_salesforce_alone = pytest.mark.parametrize("sold", [SALESFORCE], indirect=True)


def there(world: World) -> There:
    return THERE[world.box.crm.make]


def contact(world: World, mail: str = INES) -> Record:
    [one] = [c for c in world.box.crm.all(CONTACTS) if c.values.get("email") == mail]
    return one


def may_not_read(world: World, what: str) -> None:
    """An administrator takes it away: users, or deals."""
    if world.box.crm.make == HUBSPOT:
        scopes = {"users": "crm.objects.owners.read", "deals": "crm.objects.deals.read"}
        world.box.hubspot.key.scopes.discard(scopes[what])
    else:
        world.box.salesforce.hidden.add({"users": "User", "deals": "Opportunity"}[what])


def may_not_write_deals(world: World) -> None:
    world.box.hubspot.key.scopes.discard("crm.objects.deals.write")
    world.box.salesforce.unwritable.add("Opportunity")


def may_write_deals(world: World) -> None:
    world.box.hubspot.key.scopes.add("crm.objects.deals.write")
    world.box.salesforce.unwritable.discard("Opportunity")


def may_read_all(world: World) -> None:
    world.box.hubspot.key.scopes.add("crm.objects.deals.read")
    world.box.hubspot.key.scopes.add("crm.objects.owners.read")
    world.box.salesforce.hidden.clear()


def knows_baton_no_more(world: World) -> None:
    if world.box.crm.make == HUBSPOT:
        world.box.hubspot.expire("another")
    else:
        world.box.salesforce.new_secret("another")
