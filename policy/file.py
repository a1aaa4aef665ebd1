"""The whole policy file. Every key says in its description what it is for; `docs/policy.md` is
made from them.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from handoff.amounts import own_code
from policy.brief import AttendanceTable, BriefTable, MeetingTable, PrepTable
from policy.calendar import CalendarTable, OutlookTable
from policy.clocks import ClocksTable, EscalationTable, QuickActionTable
from policy.crm import CrmTable
from policy.figures import FiguresTable
from policy.incoming import IncomingTable
from policy.mail import MailTable
from policy.qualification import QualificationTable
from policy.retention import RetentionTable
from policy.routing import (
    LeaderTable,
    PairTable,
    PoolTable,
    RepTable,
    RoutingTable,
    RuleTable,
    TraitTable,
)
from policy.table import Code, Table, Words, distinct
from policy.weekly import WeeklyTable
from policy.wins import WinsTable


def _code(written: str) -> str:
    """The code of a sign, which versions of a policy before had. What is none stays as it is, for
    a version once published can always be read; no new one comes into force with it.
    """
    return own_code(written)


class People(Table):
    """Who is who. Each entry is "group:<name or object id>" or a person's sign-in name."""

    qualifiers: list[Words] = Field(min_length=1, description="Who hands leads over.")
    marketers: list[Words] = Field(default=[], description="Who owns campaigns.")
    admins: list[Words] = Field(default=[], description="Who looks after Baton.")


class PolicyFile(Table):
    """The whole file."""

    name: Words = Field(description="How cards name the policy: EMEA. The version is added to it.")
    company: Words = Field(description="Your company, as prospects know it.")
    currency: Annotated[str, Field(min_length=1, max_length=5), AfterValidator(_code)] = Field(
        default="EUR",
        description=(
            "ISO code of your currency: EUR. Every amount in this file is in it, and each "
            "lead's worth that names no other."
        ),
    )
    people: People = Field(description="Who is who.")
    pools: list[PoolTable] = Field(min_length=1, description="The rotations.")
    brief: BriefTable = Field(description="What must be known of a lead.")
    meeting: MeetingTable = Field(default=MeetingTable(), description="How meetings are booked.")
    prep: PrepTable = Field(default=PrepTable(), description="Time to prepare a meeting.")
    mail: MailTable = Field(default=MailTable(), description="Mails in people's names.")
    attendance: AttendanceTable = Field(
        default=AttendanceTable(), description="Whether the prospect comes."
    )
    clocks: ClocksTable = Field(default=ClocksTable(), description="How long each promise takes.")
    escalation: EscalationTable = Field(
        default=EscalationTable(), description="What happens when it takes longer."
    )
    calendar: CalendarTable = Field(default=CalendarTable(), description="How calendars are read.")
    outlook: OutlookTable = Field(default=OutlookTable(), description="How often Outlook is asked.")
    retention: RetentionTable = Field(
        default=RetentionTable(), description="How long what is stored is kept."
    )
    figures: FiguresTable = Field(
        default=FiguresTable(), description="How figures are made, and who sees them."
    )
    crm: CrmTable = Field(
        default=CrmTable(), description="What the CRM is told of handoffs, where there is one."
    )
    weekly: WeeklyTable = Field(
        default=WeeklyTable(), description="The report of each week, and alarms on trends."
    )
    wins: WinsTable = Field(
        default=WinsTable(), description="A deal that is won, told to those who brought it."
    )
    qualification: QualificationTable = Field(
        default=QualificationTable(), description="What those who qualify leads cost."
    )
    incoming: IncomingTable = Field(
        default=IncomingTable(), description="What is held of leads that come in by themselves."
    )
    reasons: dict[Code, Words] = Field(
        min_length=1, description="Why a lead may be sent back: code = words."
    )
    lost: dict[Code, Words] = Field(
        default={
            "price": "Price",
            "competitor": "Another supplier",
            "no_budget": "No budget",
            "no_fit": "It does not do what they need",
        },
        min_length=1,
        description="Why a lead that was met may be lost: code = words.",
    )
    quick_actions: list[QuickActionTable] = Field(
        default=[], max_length=5, description="Follow-ups in one click."
    )

    routing: RoutingTable = Field(default=RoutingTable(), description="What holds in every pool.")
    traits: list[TraitTable] = Field(default=[], description="What leads can be.")
    reps: list[RepTable] = Field(default=[], description="What differs for one rep.")
    pairs: list[PairTable] = Field(default=[], description="Who works with whom.")
    leaders: list[LeaderTable] = Field(
        default=[], description="Who is invited to meetings worth so much."
    )
    rules: list[RuleTable] = Field(
        default=[],
        description=(
            "Which leads go to which pool; keep them at the end of the file, so that one half "
            "saved is seen to be."
        ),
    )

    _pool_codes = field_validator("pools", "quick_actions")(distinct)
