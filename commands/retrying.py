"""The command for jobs that failed for good."""

from jobs.services import Services


async def retry(services: Services, *, forget: bool) -> None:
    """Jobs that failed for good are due again, or given up."""
    if forget:
        print(f"jobs given up: {await services.queue.forget_failed()}")
    else:
        print(f"jobs that are due again: {await services.queue.retry_failed()}")
