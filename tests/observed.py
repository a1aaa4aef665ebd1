"""What was asked of Graph while a test ran, held against the table in docs/permissions.md."""

import re
from collections.abc import Iterable

from graph import permissions
from sandbox.request_log import LoggedRequest

CLOCK = "GET /"  # what time it is there, as the doctor asks: no permission is needed for it
LISTED = frozenset(ask for call in permissions.CALLS for ask in call.asks)


def template(asked: LoggedRequest) -> str:
    """A request as the table has it: no id of anything."""
    path = asked.path.removeprefix("/v1.0").removeprefix("/")
    path = re.sub(r"(?<=users/)[^/]+", "{id}", path)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/events/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/messages/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/onlineMeetings/)[^/]+|(?<=/attendanceReports/)[^/]+", "{id}", path)
    path = re.sub(r"(?<=/installedApps/)[^/]+", "{id}", path)
    path = path.replace("/graph.", "/microsoft.graph.").removesuffix("()")
    path = re.sub(r"/microsoft\.graph\.(?!user)", "/", path)
    return f"{asked.method} /{path}"


def not_listed(asked: Iterable[LoggedRequest]) -> set[str]:
    """Calls that no row of the table tells of."""
    return {template(one) for one in asked} - LISTED - {CLOCK}
