"""What must be so before a process takes up work, or a command begins."""

import errno
import socket

import structlog

from settings import BadSettingsError, Settings
from store.compatibility import compatibility
from store.database import START, UNREAD, readable, why_not

log = structlog.get_logger()


async def answering(database_url: str) -> None:
    """The database answers. Raises BadSettingsError where it does not."""
    if not readable(database_url):
        raise BadSettingsError(UNREAD)
    if why := await why_not(database_url):
        raise BadSettingsError(f"the database does not answer ({why}): {START}")


async def waits_for(database_url: str) -> None:
    """Where the database does not answer, a line says why and what to do: it is waited for."""
    if why := await why_not(database_url):
        log.warning(f"the database does not answer: {START}; it is waited for", why=why)  # noqa: G004


async def ready_for(settings: Settings, *, listens: bool = False, metered: bool = False) -> None:
    """Nothing that is known now keeps the process from its work.

    Raises BadSettingsError where the database is another's or of a version that does not go with
    this one, or where nobody can listen at the address. A database that is down is waited for.
    """
    if not readable(settings.database_url):
        raise BadSettingsError(UNREAD)
    problems = []
    stands = await compatibility(settings.database_url, settings.tenant_id, settings.client_id)
    if stands and (why := stands.why_not()):
        problems.append(why)
    if listens and (why := _closed("HOST", settings.host, "PORT", settings.port)):
        problems.append(why)
    if metered and settings.metrics_port:
        where = ("METRICS_HOST", settings.metrics_host, "METRICS_PORT", settings.metrics_port)
        if why := _closed(*where):
            problems.append(why)
    if problems:
        raise BadSettingsError(*problems)


def _closed(host: str, address: str, name: str, port: int) -> str | None:
    """Why nobody can listen there, and what to do; *host* and *name* are the two settings."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, port))
    except socket.gaierror:
        return f"{host} {address} is no address: name one of this machine, or 0.0.0.0 for all"
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                return (
                    f"another process listens at port {port}: is there a serve already? "
                    f"Give each its own {name}"
                )
            case errno.EADDRNOTAVAIL:
                return f"{host} {address} is not of this machine: name one that is, or 0.0.0.0"
            case errno.EACCES:
                return f"{name} {port} is for root alone: take one above 1023, behind a proxy"
    return None
