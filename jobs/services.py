"""What a job may reach. Built once, in running.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, cast

from procrastinate import JobContext

from bot.baton import Baton
from bot.messenger import Messenger
from graph.outlook import Outlook
from store.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    stores: Stores
    outlook: Outlook
    messenger: Messenger
    notification_url: str
    link_url: str  # links in mails begin with it
    notice_mailbox: str | None  # from which those are told whom Teams does not reach
    graph_token: Callable[[], Awaitable[str]]
    bot_token: Callable[[], Awaitable[str]]
    certificate: Path | None  # that Baton signs in with
    now: Callable[[], datetime]

    @property
    def baton(self) -> Baton:
        """The cards as people see them."""
        return Baton(stores=self.stores, now=self.now)

    @classmethod
    def of(cls, context: JobContext) -> Self:
        return cast(Self, context.additional_context["services"])
