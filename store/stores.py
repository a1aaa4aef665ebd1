"""All that is kept, in one value: what reads, and the door through which anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from store.about import About
from store.beats import Beats
from store.campaigns import Campaigns
from store.conversations import Conversations
from store.crm import CrmLinks
from store.crm_asks import CrmAsks
from store.crm_leads import CrmLeads
from store.database import Pool, Reads
from store.delivery import Delivery
from store.door import Door
from store.examinations import Examinations
from store.fairness import Fairness
from store.figure_keys import FigureKeys
from store.figures import Figures
from store.goals import Goals
from store.handoffs import Handoffs
from store.heard import Heard
from store.invitations import Invitations
from store.keeping import Keeping
from store.lead_sources import LeadSources
from store.links import Links
from store.lookups import Lookups
from store.objections import Objections
from store.pace import Pace
from store.people import People
from store.pledges import Pledges
from store.policies import Policies, Reader
from store.queue import Queue
from store.read_audit import ReadAudit
from store.returns import Returns
from store.rings import Rings
from store.routing import Routing
from store.subscriptions import Subscriptions
from store.trends import Trends
from store.weekly_reports import WeeklyReports
from store.weeks import Weeks
from store.wins import Wins


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    door: Door
    reads: Reads
    about: About
    beats: Beats
    campaigns: Campaigns
    conversations: Conversations
    crm: CrmLinks
    crm_asks: CrmAsks
    crm_leads: CrmLeads
    delivery: Delivery
    examinations: Examinations
    fairness: Fairness
    figures: Figures
    figure_keys: FigureKeys
    goals: Goals
    handoffs: Handoffs
    heard: Heard
    invitations: Invitations
    keeping: Keeping
    lead_sources: LeadSources
    links: Links
    lookups: Lookups
    pace: Pace
    objections: Objections
    people: People
    pledges: Pledges
    policies: Policies
    queue: Queue
    read_audit: ReadAudit
    returns: Returns
    rings: Rings
    routing: Routing
    subscriptions: Subscriptions
    trends: Trends
    weekly: WeeklyReports
    weeks: Weeks
    wins: Wins

    @classmethod
    def over(
        cls,
        pool: Pool,
        reader: Reader,
        *,
        per_conversation: Sequence[tuple[int, int]],
        per_second: int,
        crm: bool = False,
    ) -> Self:
        """*reader* reads policies; the next two are the pace of messages, as `Pace` has it. With
        *crm* each change of a handoff that is handed over is told there.
        """
        door, reads = Door(pool), Reads(pool)
        policies = Policies(reads, reader)
        routing = Routing(reads, policies)
        heard = Heard(reads)
        people, audit = People(reads), ReadAudit(reads)
        figures = Figures(reads, door, people, audit)
        return cls(
            door=door,
            reads=reads,
            about=About(reads, door),
            beats=Beats(reads),
            campaigns=Campaigns(reads),
            conversations=Conversations(reads),
            crm=CrmLinks(reads),
            crm_asks=CrmAsks(reads),
            crm_leads=CrmLeads(reads),
            delivery=Delivery(reads),
            examinations=Examinations(reads),
            fairness=Fairness(reads, policies),
            figures=figures,
            figure_keys=FigureKeys(reads, door),
            goals=Goals(reads, figures),
            handoffs=Handoffs(reads, door, policies, routing, crm=crm),
            heard=heard,
            invitations=Invitations(),
            keeping=Keeping(door),
            lead_sources=LeadSources(reads),
            links=Links(reads),
            lookups=Lookups(reads),
            pace=Pace(door, per_conversation=per_conversation, per_second=per_second),
            people=people,
            objections=Objections(),
            pledges=Pledges(reads, policies),
            policies=policies,
            queue=Queue(reads),
            read_audit=audit,
            returns=Returns(reads),
            rings=Rings(reads),
            routing=routing,
            subscriptions=Subscriptions(reads),
            trends=Trends(reads),
            weekly=WeeklyReports(reads, figures, people, audit),
            weeks=Weeks(reads, door, heard),
            wins=Wins(reads),
        )
