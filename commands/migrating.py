"""`python app.py migrate`: the database as this version needs it, and the policy in force."""

from dataclasses import replace

from commands import policy_file
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
    the database is another's, unless it is to *take over*, or of a version that bars this one;
    then nothing is changed.
    """
    mine = (settings.tenant_id, settings.client_id)
    stands = await compatibility(settings.database_url, *mine)
    if stands:
        other = None if take_over else stands.other
        if why := replace(stands, missing=(), other=other).why_not():
            raise BadSettingsError(why)
    applied = await migrate(settings.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    if stands and stands.newer:
        print(f"it knows more, of a newer version: {', '.join(stands.newer)}")
    name = settings.policy_file.name
    try:
        text = settings.policy_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettingsError(f"POLICY_FILE {name} cannot be read: {error}") from error
    file = reading.read_new(text, name)
    policy_file.refuse_example(settings, file, name, text)

    async def publish(services: Services) -> int:
        await policy_file.check_new(services, file, name, text)
        async with services.stores.door.open() as tx:
            await claim(tx, *mine)
            version = await services.stores.policies.publish(tx, text, now())
        read = 1
        while read:  # what a version before wrote of leads' worth as text
            async with services.stores.door.open() as tx:
                read = await worths.convert(tx)
        return version

    version = await with_services(settings, now, publish)
    print(f"policy in force: {policy_of(text, version).label()}")
