"""What a job may reach. Built once, in app.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

from procrastinate import JobContext

from bot.baton import Baton
from bot.messenger import Messenger
from graph.apps import Apps
from graph.attendance import Attendances
from graph.calendar import Calendar
from graph.leavers import Leavers
from graph.mail import Mail
from graph.people import Directory
from graph.permissions import Trying
from graph.schedule import Schedules
from graph.subscriptions import Subscribing
from graph.views import Views
from store.about import About
from store.conversations import Conversations
from store.delivery import Delivery
from store.examinations import Examinations
from store.fairness import Fairness
from store.handoffs import Handoffs
from store.keeping import Keeping
from store.links import Links
from store.pace import Pace
from store.people import People
from store.policies import Policies
from store.queue import Queue
from store.routing import Routing
from store.subscriptions import Subscriptions
from store.weeks import Weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    baton: Baton
    handoffs: Handoffs
    people: People
    policies: Policies
    weeks: Weeks
    conversations: Conversations
    subscriptions: Subscriptions
    examinations: Examinations
    routing: Routing
    fairness: Fairness
    keeping: Keeping
    about: About
    delivery: Delivery
    links: Links
    queue: Queue
    pace: Pace
    messenger: Messenger
    calendar: Calendar
    mail: Mail
    attendances: Attendances
    apps: Apps
    schedules: Schedules
    views: Views
    leavers: Leavers
    directory: Directory
    subscribing: Subscribing
    trying: Trying
    notification_url: str
    link_url: str  # links in mails begin with it
    notice_mailbox: str | None  # from which those are told whom Teams does not reach
    graph_token: Callable[[], Awaitable[str]]
    bot_token: Callable[[], Awaitable[str]]
    now: Callable[[], datetime]

    @classmethod
    def of(cls, context: JobContext) -> Self:
        return cast(Self, context.additional_context["services"])
