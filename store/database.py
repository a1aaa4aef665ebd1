"""The connections to PostgreSQL, and whether it answers."""

from psycopg import AsyncConnection, Error
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Pool = AsyncConnectionPool[AsyncConnection]

PATIENCE = 2.0  # seconds that a health check waits


def pool(url: str, most: int) -> Pool:
    """At most *most* connections, opened as they are needed; one that has broken is replaced."""
    return AsyncConnectionPool(
        url, min_size=1, max_size=most, open=False, timeout=10, check=None, kwargs={}
    )


async def answers(connections: Pool) -> bool:
    """Whether the database answers a question now."""
    try:
        async with connections.connection(timeout=PATIENCE) as tx:
            await tx.execute("select 1")
    except (Error, PoolTimeout):
        return False
    return True
