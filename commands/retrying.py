"""The command for jobs that failed for good."""

from jobs.services import Services


async def retry(services: Services, *, forget: bool) -> None:
    """Jobs that failed for good are due again, or given up."""
    async with services.stores.door.open() as tx:
        queue = services.stores.queue
        given_up = await queue.forget_failed(tx) if forget else None
        again = None if forget else await queue.retry_failed(tx)
    print(f"jobs that are due again: {again}" if given_up is None else f"jobs given up: {given_up}")
