"""The company's CRM beside Outlook on the desk: what people see there, and change as themselves."""

from sandbox.crm.records import CONTACTS, DATAVERSE, DEALS, NOTES, SALESFORCE, Rule
from sandbox.m365 import Sandbox
from tests.sandbox.test_desk import (
    Caller,
    at,  # noqa: F401  # a fixture
)


async def test_without_a_crm_there_is_none_on_the_desk(at: Caller) -> None:  # noqa: F811
    assert (await at.column("rita"))["crm"] is None
    status, said = await at.post("api/people/rita/crm/new", {"lead": 0})
    assert (status, said["error"]) == (400, "The company has no CRM.")


async def test_whoever_sits_there_sees_contacts_and_deals_and_changes_them(
    at: Caller,  # noqa: F811
    box: Sandbox,
) -> None:
    for make in (box.crm.make, SALESFORCE, DATAVERSE):
        box.crm_env(make)
        at.desk.has_crm = True
        await at.done("api/people/quinn/crm/new", {"lead": 0})
        [there] = (await at.column("rita"))["crm"]["contacts"]
        assert (there["name"], there["mine"], there["deals"]) == ("Ines Prado", False, [])
        rita = box.crm.owner(box.person("rita").mail)
        owned = {"kind": CONTACTS, "id": there["id"], "name": "hubspot_owner_id", "value": rita.id}
        await at.done("api/people/rita/crm", owned)
        note = {"hs_note_body": "Baton, no. 1<br>Needs: <b>", "hs_timestamp": "2026-03-02"}
        box.crm.add(NOTES, note, frozenset({(CONTACTS, there["id"])}))
        await at.done("api/people/rita/crm/new", {"deal": there["id"]})

        [mine] = (await at.column("rita"))["crm"]["contacts"]
        assert mine["mine"]
        assert not (await at.column("quinn"))["crm"]["contacts"][0]["mine"]
        stays = make == DATAVERSE  # with the lead that was converted
        assert mine["notes"] == ([] if stays else ["Baton, no. 1\nNeeds: <b>"])
        [deal] = mine["deals"]
        assert (deal["stage"], deal["amount"]) == ("contractsent", "")
        won = {"kind": DEALS, "id": deal["id"], "name": "dealstage", "value": "closedwon"}
        await at.done("api/people/rita/crm", won)
        assert box.crm.get(DEALS, deal["id"]).values["dealstage"] == "closedwon"

        box.crm.rules.append(Rule(kind=DEALS, name="amount", words="Ask RevOps first"))
        status, said = await at.post("api/people/rita/crm", {**won, "name": "amount", "value": "1"})
        assert (status, said["error"]) == (400, "Ask RevOps first")
        for wrong in ({**won, "id": "0"}, {**owned, "name": "amount"}):
            assert (await at.post("api/people/rita/crm", wrong))[0] == 400
