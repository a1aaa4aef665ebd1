"""What the same thing is called in each CRM, and how it is broken there; the journeys are the same
in each, with nothing changed but the setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from sandbox.crm.records import CONTACTS, DATAVERSE, HUBSPOT, SALESFORCE, Record
from tests.thoroughness import dealt
from tests.world import INES, World

STAGES = {
    "qualifiedtobuy": "Qualified To Buy",
    "decisionmakerboughtin": "Decision Maker Bought-In",
    "contractsent": "Contract Sent",
    "closedwon": "Closed Won",
    "closedlost": "Closed Lost",
}


NUMBERS = {
    "qualifiedtobuy": "1",
    "presentationscheduled": "2",
    "decisionmakerboughtin": "3",
    "contractsent": "4",
    "closedwon": "won",
    "closedlost": "lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    setting: str
    contacts: str  # to which they are posted
    notes: str
    makes: str  # how a contact is made there
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
    counts_days: bool = True  # whether it says how many calls of a day are left
    unknown: str = "CRM_TOKEN"  # how an admin is told that Baton is not let in any more
    reads_deals: tuple[str, str]  # by which question
    won: str = "Closed Won"  # what that stage is called
    looks: int = 5  # questions at most of one look at the deals
    stages: Mapping[str, str] = field(default_factory=dict)

    def owns_nothing(self, id: str) -> str:
        return self.no_owner.format(id.rpartition("(")[2].rstrip(")"))

    def stage(self, id: str) -> str:
        return self.stages.get(id, id)


THERE = {
    HUBSPOT: There(
        setting="hubspot",
        contacts="/contacts",
        notes="/notes",
        makes="POST",
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
        reads_deals=("POST", "/deals/batch/read"),
        lacks_day="In HubSpot the close date of this deal is empty.",
    ),
    SALESFORCE: There(
        setting="salesforce",
        contacts="/sobjects/Lead",
        notes="/sobjects/Task",
        makes="POST",
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
        reads_deals=("GET", "/query"),
        lacks_day="In Salesforce the close date of this deal is past, and the deal is open.",
        stages=STAGES,
    ),
    DATAVERSE: There(
        setting="dataverse",
        contacts="/leads(",
        notes="/annotations",
        makes="PATCH",
        limited=(429, "0x80072322"),
        locked=(500, "0x80044151"),
        no_owner="The specified user(Id = {}) is disabled",
        lacking=(
            "baton_brief_internal (Multiple lines of text, 10,000); "
            "baton_campaign (Single line of text, 255)"
        ),
        made="Power Apps",
        account="account 3f2a0000",
        users="prvReadSystemuser",
        deals="read Opportunity",
        writing="write Opportunity",
        deal="/opportunities(",
        a_day="2026-03-31",
        no_day={},
        reads_deals=("GET", "/opportunities"),
        lacks_day="In Dynamics 365 the close date of this deal is empty.",
        counts_days=False,
        unknown="not a member of the organization",
        won="Won",
        looks=6,
        stages=NUMBERS,
    ),
}


def in_one_of_each(metafunc: pytest.Metafunc) -> None:
    """A journey is made with one of them, each of them by some; with all in `make thorough`."""
    marks = metafunc.definition.iter_markers("parametrize")
    if "sold" in metafunc.fixturenames and all(mark.args[0] != "sold" for mark in marks):
        name = metafunc.function.__name__
        each = [pytest.param(one, marks=pytest.mark.large) for one in dealt(tuple(THERE), name)]
        metafunc.parametrize("sold", each, indirect=True)


in_hubspot_alone = pytest.mark.parametrize("sold", [HUBSPOT], indirect=True)
in_salesforce_alone = pytest.mark.parametrize("sold", [SALESFORCE], indirect=True)
in_dataverse_alone = pytest.mark.parametrize("sold", [DATAVERSE], indirect=True)


def there(world: World) -> There:
    return THERE[world.box.crm.make]


def contact(world: World, mail: str = INES) -> Record:
    [one] = [c for c in world.box.crm.all(CONTACTS) if c.values.get("email") == mail]
    return one


def may_not_read(world: World, what: str) -> None:
    """An administrator takes it away: users, or deals."""
    box = world.box
    match box.crm.make:
        case "HubSpot":
            scopes = {"users": "crm.objects.owners.read", "deals": "crm.objects.deals.read"}
            box.hubspot.key.scopes.discard(scopes[what])
        case "Salesforce":
            box.salesforce.hidden.add({"users": "User", "deals": "Opportunity"}[what])
        case _:
            box.dataverse.hidden.add({"users": "systemuser", "deals": "opportunity"}[what])


def may_not_write_deals(world: World) -> None:
    world.box.hubspot.key.scopes.discard("crm.objects.deals.write")
    world.box.salesforce.unwritable.add("Opportunity")
    world.box.dataverse.unwritable.add("opportunity")


def may_write_deals(world: World) -> None:
    world.box.hubspot.key.scopes.add("crm.objects.deals.write")
    world.box.salesforce.unwritable.discard("Opportunity")
    world.box.dataverse.unwritable.discard("opportunity")


def may_read_all(world: World) -> None:
    world.box.hubspot.key.scopes.add("crm.objects.deals.read")
    world.box.hubspot.key.scopes.add("crm.objects.owners.read")
    world.box.salesforce.hidden.clear()
    world.box.dataverse.hidden.clear()


def knows_baton_no_more(world: World) -> None:
    match world.box.crm.make:
        case "HubSpot":
            world.box.hubspot.expire("another")
        case "Salesforce":
            world.box.salesforce.new_secret("another")
        case _:
            world.box.dataverse.is_member = False


def is_over(world: World) -> None:
    """Whoever was signed in is so no more, of which nobody is told before; HubSpot has none."""
    world.box.salesforce.expire()
    world.box.dataverse.expire()
