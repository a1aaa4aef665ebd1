"""Whoever is in a pool is asked to agree to the rules in force, where the policy wants that."""

from procrastinate import JobContext

from handoff.effects import AskToAgree
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task


@task(AskToAgree)
async def ask_to_agree(context: JobContext, do: AskToAgree) -> None:
    """They read once that no lead comes to them by turn until they have."""
    services = Services.of(context)
    if card := await services.baton.to_agree(do.person):
        await tell(services, do.person, card, last=context, asks=True)
