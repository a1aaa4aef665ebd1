"""The commands that need all settings, by name."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from rich.console import Console

from commands import installing, lead_files, lead_lists, personal_data, replaying, simulating
from commands.migrating import migrate_all
from commands.retrying import retry
from commands.starting import ready_for
from handoff.amounts import Style
from jobs.services import Services
from manifest import pack
from policy import reading
from running import Clock, on_loop, serve, with_services, work
from settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, now: Clock) -> int:
    """The exit status. Raises BadPolicyError and BadSettingsError."""
    return on_loop(do(arguments, settings, now)) or 0


async def do(arguments: argparse.Namespace, settings: Settings, now: Clock) -> int | None:
    """The exit status, or None for 0. Raises BadPolicyError and BadSettingsError."""
    match arguments.command:
        case "serve":
            await ready_for(settings, listens=True)
            await serve(settings, now)
        case "work":
            await ready_for(settings, listens=False)
            return await work(settings, now)
        case "migrate":
            await migrate_all(settings, now, take_over=arguments.take_over)
        case _:
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
            return partial(
                _replay, since=arguments.since, until=arguments.until, heads=arguments.head
            )
        case "simulate":
            text = arguments.policy.read_text(encoding="utf-8")
            draft = reading.read_new(text, arguments.policy.name)
            return partial(simulating.simulation, draft=draft, out=arguments.picture)
        case "person":
            return partial(personal_data.asked, arguments=arguments)
        case "leads":
            return partial(
                lead_lists.take_in,
                name=arguments.file.name,
                table=lead_files.read(arguments.file, arguments.encoding),
                qualifier=arguments.qualifier,
                style=Style(arguments.decimals) if arguments.decimals else None,
            )
    raise NotImplementedError(arguments.command)


async def _replay(
    services: Services,
    since: datetime | None,
    until: datetime | None,
    heads: Sequence[tuple[int, str]],
) -> int:
    return min(await replaying.replay(services, since, until, heads), 1)
