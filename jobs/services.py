"""What a job may reach. Built once, in running.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from procrastinate import JobContext

from bot.baton import Baton
from bot.messenger import Messenger
from cards.tab_link import TabLinks
from crm.port import Crm
from graph.outlook import Outlook
from handoff.model import Case
from store.links import MEETING
from store.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    stores: Stores
    outlook: Outlook
    messenger: Messenger
    crm: Crm | None  # where a CRM is to know of handoffs
    notification_url: str
    link_url: str  # links in mails begin with it
    notice_mailbox: str | None  # from which those are told whom Teams does not reach
    graph_token: Callable[[], Awaitable[str]]
    bot_token: Callable[[], Awaitable[str]]
    tab_token: Callable[[str], Awaitable[str]]  # by the app's own address in Entra
    tab: TabLinks  # by which cards lead to it
    certificate: Path | None  # that Baton signs in with
    now: Callable[[], datetime]

    async def pass_of(self, case: Case) -> str | None:
        """Where the prospect may change the meeting; None where the policy lets nobody."""
        if not case.policy.prospect_moves:
            return None
        mail, id = case.handoff.lead.contact_email, case.handoff.id
        async with self.stores.door.open() as tx:
            signed = await self.stores.links.make_pass(tx, id, mail, self.now())
        return f"{self.link_url}/{signed}/{MEETING}"

    @property
    def baton(self) -> Baton:
        """The cards as people see them."""
        return Baton(stores=self.stores, now=self.now, tab=self.tab)

    @classmethod
    def of(cls, context: JobContext) -> Self:
        return cast(Self, context.additional_context["services"])
