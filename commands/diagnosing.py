"""`python app.py doctor`: every part examined with the app open."""

import logging
from collections.abc import Mapping

from doctor import command
from doctor.check import Examined
from doctor.reach import web as plain_web
from running import Clock, on_loop, running, trust_of
from settings import BadSettingsError, Settings
from telemetry import configure_logging
from web import health


def diagnose(env: Mapping[str, str], wish: command.Wish, now: Clock, machine: Clock) -> int:
    """What is well and what is not, said. Returns 0 when all is well.

    *machine* is this machine's own clock, which is examined too.
    """
    try:
        settings = Settings.read(env)
    except BadSettingsError as error:
        return command.refuse(error.problems, wish, machine())
    configure_logging(settings.log_format)
    return on_loop(_examine(settings, wish, now, machine))


async def _examine(settings: Settings, wish: command.Wish, now: Clock, machine: Clock) -> int:
    logging.disable(logging.WARNING)  # of a database that is down the doctor has better words
    async with running(settings, now) as app, plain_web(trust_of(settings)) as web_:
        of = Examined(settings=settings, services=app.services, web=web_, machine=machine)
        return await command.diagnose(of, wish, f"{settings.public_url}{health.PATH}")
