"""Prospects that a qualifier can hand over in a trial. Values only; nothing depends on them."""

import csv
import io
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One row of a list of leads, under the names of its columns."""

    company: str
    contact_name: str
    contact_email: str
    time_zone: str
    needs: str
    pains: str
    current_solution: str
    request: str
    value: str
    campaign: str


COLUMNS = tuple(field.name for field in fields(Lead))

LEADS = (
    Lead(
        company="Contoso Logistics",
        contact_name="Ines Prado",
        contact_email="ines.prado@contoso-logistics.example",
        time_zone="Europe/Lisbon",
        needs="Live customs status for 3 warehouses",
        pains="Two late shipments a week; nobody knows which paper is missing",
        current_solution="Spreadsheets and the broker's portal",
        request="See the tracking of one real shipment",
        value="€48,000.00",
        campaign="Webinar: ports and brokers",
    ),
    Lead(
        company="Nordhafen Spedition",
        contact_name="Jonas Weber",
        contact_email="j.weber@nordhafen.example",
        time_zone="Europe/Berlin",
        needs="One view over Hamburg and Rotterdam",
        pains="Demurrage of 9000 EUR last quarter",
        current_solution="In-house tool from 2009",
        request="Compare with the tool they have",
        value="72000 EUR a year",
        campaign="Hannover fair",
    ),
    Lead(
        company="Lakeside Freight",
        contact_name="Tom Baker",
        contact_email="tbaker@lakesidefreight.example",
        time_zone="America/Chicago",
        needs="ACE filing status in their own system",
        pains="Three people retype entry numbers",
        current_solution="E-mail and two brokers",
        request="Talk about the interface with their developer",
        value="36000 USD",
        campaign="Referral",
    ),
    Lead(
        company="Pacific Bridge",
        contact_name="Aiko Mori",
        contact_email="a.mori@pacificbridge.example",
        time_zone="America/Los_Angeles",
        needs="Tracking across the Pacific for 40 lanes",
        pains="Customers ask by phone where their goods are",
        current_solution="A competitor's product, contract ends in June",
        request="Price for 40 lanes",
        value="120000 USD a year",
        campaign="Web: price request",
    ),
    Lead(
        company="Puerto Sur",
        contact_name="Luis Serrano",
        contact_email="lserrano@puertosur.example",
        time_zone="America/Argentina/Buenos_Aires",
        needs="Alerts before containers are held",
        pains="Holds are noticed two days late",
        current_solution="None",
        request="A demo in Spanish",
        value="25000 USD a year",
        campaign="Web: guide to customs holds",
    ),
    Lead(
        company="Deccan Exports",
        contact_name="Meera Iyer",
        contact_email="meera.iyer@deccanexports.example",
        time_zone="Asia/Kolkata",
        needs="Shipping bill status for textile exports",
        pains="Refunds wait for papers that were filed",
        current_solution="Consultant and spreadsheets",
        request="Whether refunds can be followed",
        value="18000 USD p.a.",
        campaign="Trade newsletter",
    ),
    Lead(
        company="Fjord Cargo",
        contact_name="Emil Berg",
        contact_email="emil.berg@fjordcargo.example",
        time_zone="Europe/Oslo",
        needs="Transit papers between Norway and the EU",
        pains="Trucks wait at the border for a stamp",
        current_solution="Paper",
        request="References in the Nordics",
        value="54000 EUR a year",
        campaign="Webinar: ports and brokers",
    ),
    Lead(
        company="Cape Fruit Union",
        contact_name="Naledi Dube",
        contact_email="naledi@capefruit.example",
        time_zone="Africa/Johannesburg",
        needs="Temperature and customs in one place",
        pains="Fruit spoils while a certificate is looked for",
        current_solution="Two systems that do not talk",
        request="Whether their sensors can be read",
        value="64k EUR",
        campaign="Fruit Logistica fair",
    ),
)


def as_csv(leads: tuple[Lead, ...] = LEADS) -> str:
    """With a line of column names; fields are quoted where they have to be."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(lead) for lead in leads)
    return out.getvalue()
