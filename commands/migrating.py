"""`python app.py migrate`: the database as this version needs it, and the policy in force."""

from commands import policy_file
from jobs.services import Services
from policy import reading
from running import Clock, policy_of, with_services
from settings import Settings
from store.migrate import migrate


async def migrate_all(settings: Settings, now: Clock) -> None:
    """The database is as this version needs it, and the policy in the file is in force.

    Raises BadPolicyError; then the policy in force stays in force.
    """
    applied = await migrate(settings.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
    text = settings.policy_file.read_text(encoding="utf-8")
    name = settings.policy_file.name
    file = reading.read_new(text, name)

    async def publish(services: Services) -> int:
        await policy_file.check_new(services, file, name, text)
        async with services.stores.door.open() as tx:
            return await services.stores.policies.publish(tx, text, now())

    version = await with_services(settings, now, publish)
    print(f"policy in force: {policy_of(text, version).label()}")
