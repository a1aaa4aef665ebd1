"""`python app.py migrate`: the database as this version needs it, and the policy in force."""

import asyncio
from dataclasses import replace
from pathlib import Path

from commands import policy_file
from commands.starting import answering
from graph.errors import BusyError, SignInError
from handoff.effects import CountEarlier
from jobs.services import Services
from policy import reading
from running import Clock, policy_of, with_services
from settings import BadSettingsError, Settings
from store import worths
from store.compatibility import claim, compatibility
from store.migrate import migrate


async def migrate_all(settings: Settings, now: Clock, *, take_over: bool) -> None:
    """The database is as this version needs it, and the policy in the file is in force.

    Raises BadPolicyError; then the policy in force stays in force. Raises BadSettingsError where
    the policy cannot be read or no database answers, where it is another's, unless it is to *take
    over*, or of a version that bars this one; then nothing is changed.
    """
    text = await asyncio.to_thread(_text, settings.policy_file)
    await answering(settings.database_url)
    mine = (settings.tenant_id, settings.client_id)
    stands = await compatibility(settings.database_url, *mine)
    if stands:
        other = None if take_over else stands.other
        # A trial takes the database as this machine makes it.
        capitals = stands.capitals or take_over
        if why := replace(stands, missing=(), other=other, capitals=capitals).why_not():
            raise BadSettingsError(why)
    applied = await migrate(settings.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    if stands and stands.newer:
        print(f"it knows more, of a newer version: {', '.join(stands.newer)}")
    name = settings.policy_file.name
    file = reading.read_new(text, name)
    policy_file.refuse_example(settings, file, name, text)

    async def publish(services: Services) -> int:
        await policy_file.check_new(services, file, name, text)
        claims = not (stands and stands.claimed) and await _known(services, take_over=take_over)
        async with services.stores.door.open() as tx:
            if claims:
                await claim(tx, *mine)
            version = await services.stores.policies.publish(tx, text, now())
        read = 1
        while read:  # what a version before wrote of leads' worth as text
            async with services.stores.door.open() as tx:
                read = await worths.convert(tx)
        await services.stores.door.follow(CountEarlier())
        return version

    version = await with_services(settings, now, publish)
    print(f"policy in force: {policy_of(text, version).label()}")


async def _known(services: Services, *, take_over: bool) -> bool:
    """Whether Entra does not say no to what the settings say that this Baton is: with a TENANT_ID
    or CLIENT_ID that was mistyped no database becomes its own, so that it need not be given back.

    Where Entra is not reached, they are believed. Raises BadSettingsError where one is to be taken
    over.
    """
    try:
        await services.graph_token()
    except SignInError as error:
        if take_over:
            raise BadSettingsError(f"nothing is taken over: {error}") from error
        return False
    except BusyError:
        pass
    return True


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")  # as Notepad saves it
    except OSError as error:
        why = f"{file}: {error.strerror}"
        raise BadSettingsError(f"POLICY_FILE must name the file with the policy; {why}") from error
    except UnicodeDecodeError as error:
        raise BadSettingsError(f"the policy must be saved as UTF-8; {file} is not") from error
