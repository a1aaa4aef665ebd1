"""All that Microsoft Graph is asked, in one value."""

from dataclasses import dataclass
from typing import Self

from graph.apps import Apps
from graph.attendance import Attendances
from graph.calendar import Calendar
from graph.client import Graph
from graph.leavers import Leavers
from graph.mail import Mail
from graph.people import Directory
from graph.permissions import Trying
from graph.schedule import Schedules
from graph.subscriptions import Subscribing
from graph.views import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    apps: Apps
    attendances: Attendances
    calendar: Calendar
    directory: Directory
    leavers: Leavers
    mail: Mail
    schedules: Schedules
    subscribing: Subscribing
    trying: Trying
    views: Views

    @classmethod
    def over(cls, graph: Graph) -> Self:
        return cls(
            apps=Apps(graph),
            attendances=Attendances(graph),
            calendar=Calendar(graph),
            directory=Directory(graph),
            leavers=Leavers(graph),
            mail=Mail(graph),
            schedules=Schedules(graph),
            subscribing=Subscribing(graph),
            trying=Trying(graph),
            views=Views(graph),
        )
