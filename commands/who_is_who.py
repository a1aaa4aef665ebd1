"""Who is who, read while a person waits for it."""

from rich.console import Console
from rich.progress import Progress

from jobs import people
from jobs.services import Services


async def read(services: Services, console: Console) -> list[str]:
    """As `people.sync`. On a terminal it is seen how far it is; nothing of that stays."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("who is who", total=None)
        return await people.sync(
            services, lambda done, every: progress.update(bar, completed=done, total=every)
        )
