"""The commands that need all settings, by name."""

import argparse
from collections.abc import Awaitable, Callable
from functools import partial

from rich.console import Console

from commands import (
    campaign_lists,
    goal_lists,
    installing,
    lead_files,
    lead_lists,
    lead_sources,
    personal_data,
    replaying,
    simulating,
    spend_lists,
)
from commands.migrating import migrate_all
from commands.retrying import retry
from commands.starting import answering, ready_for, waits_for
from commands.writing import NotWrittenError
from graph.errors import BusyError, GraphError, SignInError
from handoff import campaigns, goals, returns
from handoff.amounts import Style
from jobs.services import Services
from manifest import pack
from policy import reading
from running import Clock, on_loop, serve, with_services, work
from settings import Settings
from store.database import UNANSWERED, what_to_do
from store.policies import NoPolicyError

SHORT_LISTS = {
    "campaigns": (campaign_lists.take_in, campaigns.COLUMNS),
    "spend": (spend_lists.take_in, returns.COLUMNS),
    "goals": (goal_lists.take_in, goals.COLUMNS),
}
"""By which command each is taken in, and its columns."""


class BrokenOffError(Exception):
    """What was asked for has begun and cannot be ended. The message says what to do."""


def run(arguments: argparse.Namespace, settings: Settings, now: Clock) -> int:
    """The exit status. Raises BadPolicyError, BadSettingsError and BrokenOffError."""
    try:
        return on_loop(do(arguments, settings, now)) or 0
    except UNANSWERED as error:
        raise BrokenOffError(what_to_do(error)) from error
    except NoPolicyError as error:
        raise BrokenOffError("no policy is in force: run python app.py migrate") from error
    except (BusyError, GraphError, SignInError) as error:
        raise BrokenOffError(f"{error}. What to do says: python app.py doctor") from error
    except NotWrittenError as error:
        raise BrokenOffError(str(error)) from error


async def do(arguments: argparse.Namespace, settings: Settings, now: Clock) -> int | None:
    """The exit status, or None for 0. Raises BadPolicyError and BadSettingsError."""
    match arguments.command:
        case "serve":
            await ready_for(settings, listens=True, metered=True)
            await waits_for(settings.database_url)
            await serve(settings, now)
        case "work":
            await ready_for(settings, metered=True)
            return await work(settings, now)
        case "migrate":
            await migrate_all(settings, now, take_over=arguments.take_over)
        case _:
            await answering(settings.database_url)
            await ready_for(settings)
            return await with_services(settings, now, _with_services(arguments, settings))
    return None


def _with_services(
    arguments: argparse.Namespace, settings: Settings
) -> Callable[[Services], Awaitable[int | None]]:
    match arguments.command:
        case "retry":
            return partial(retry, forget=arguments.forget)
        case "install":
            id, console = pack.app_id(settings.client_id), Console(highlight=False)
            return partial(installing.install, manifest_id=id, console=console)
        case "replay":
            return _counting(
                partial(
                    replaying.replay,
                    since=arguments.since,
                    until=arguments.until,
                    heads=arguments.head,
                )
            )
        case "simulate":
            text = arguments.policy.read_text(encoding="utf-8-sig")
            draft = reading.read_new(text, arguments.policy.name)
            return partial(simulating.simulation, draft=draft, out=arguments.picture)
        case "person":
            return partial(personal_data.asked, arguments=arguments)
        case "sources":
            return partial(lead_sources.asked, arguments=arguments, address=settings.public_url)
        case "leads":
            return _counting(
                partial(
                    lead_lists.take_in,
                    name=arguments.file.name,
                    table=lead_files.read(arguments.file, arguments.encoding),
                    qualifier=arguments.qualifier,
                    style=Style(arguments.decimals) if arguments.decimals else None,
                )
            )
        case "campaigns" | "spend" | "goals":
            take_in, columns = SHORT_LISTS[arguments.command]
            return _counting(
                partial(
                    take_in,
                    name=arguments.file.name,
                    table=lead_files.read(arguments.file, arguments.encoding, columns),
                )
            )
    raise NotImplementedError(arguments.command)


def _counting(
    command: Callable[[Services], Awaitable[int]],
) -> Callable[[Services], Awaitable[int]]:
    """*command* tells how much is wrong, which no exit status can hold: that of 256 things is 0."""

    async def counted(services: Services) -> int:
        return min(await command(services), 1)

    return counted
