"""What must be so before a process takes up work."""

import errno
import socket

from settings import BadSettingsError, Settings
from store.compatibility import compatibility


async def ready_for(settings: Settings, *, listens: bool) -> None:
    """Nothing that is known now keeps the process from its work.

    Raises BadSettingsError where the database is another's or of a version that does not go with
    this one, or where somebody else listens at the port. A database that is down is waited for.
    """
    problems = []
    stands = await compatibility(settings.database_url, settings.tenant_id, settings.client_id)
    if stands and (why := stands.why_not()):
        problems.append(why)
    if listens and _taken(settings.host, settings.port):
        problems.append(
            f"another process listens at port {settings.port}: is there a serve already? "
            "Give each its own PORT"
        )
    if problems:
        raise BadSettingsError(*problems)


def _taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False
