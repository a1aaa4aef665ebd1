"""When a failed job is tried again: the one place in the app that retries."""

import asyncio
import random
from math import ceil

import structlog
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job

import bot.errors
from bot.errors import TeamsBusyError
from crm.errors import CrmBusyError, CrmSignInError
from graph.errors import BusyError, ChangedError, DeniedError, SignInError, TokenRefusedError
from store.database import UNANSWERED
from store.encoding import NewerJobError

log = structlog.get_logger()

NEWER = 60  # seconds until a worker of a newer release may be there
LONGEST_WAIT = 15 * 60  # seconds, where nobody says how long
SHORTEST_ADVICE = 1.0  # seconds; whoever asks for none is not asked again without end at once
LONGEST_ADVICE = 3600.0  # seconds; whoever asks for more, or for no number, is asked again then
UNUSUAL = 4  # tries, after which it is said of each that it waits still, and for what
OUTAGES = (
    *(BusyError, TeamsBusyError, ChangedError, DeniedError, SignInError),
    *(CrmBusyError, CrmSignInError),
    *(ConnectorException, *UNANSWERED),
)
REFUSES = {SignInError: "Entra refuses the sign-in", CrmSignInError: "the CRM refuses Baton"}
JITTER = 0.2  # of the wait, so that those who were turned away together do not return together


class Patient(BaseRetryStrategy):
    """Try again while the other side is busy, as late as it asks; give up on anything else.

    It never gives up on an outage: nothing is lost by waiting, and the person is told by the
    commitment's own clock. A permission that is lacking, or a credential that has ended, is such an
    outage: an admin ends it.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts >= UNUSUAL:
            log.info("still waits", job=job.task_name, tries=job.attempts, why=str(exception))
        match exception:
            case BusyError() | TeamsBusyError() | CrmBusyError() if (
                exception.retry_after is not None
            ):
                advice = exception.retry_after
                # Rounded up: a second too early counts as another offence.
                wait = ceil(max(SHORTEST_ADVICE, min(LONGEST_ADVICE, advice)))
                return RetryDecision(retry_in={"seconds": wait})
            case asyncio.CancelledError():  # told to stop while it ran: somebody else goes on
                return RetryDecision(retry_in={"seconds": 0})
            case NewerJobError():
                log.warning("a newer release must do this", job=job.task_name)
                return RetryDecision(retry_in={"seconds": NEWER})
            case UniqueViolation():
                return None
            case TokenRefusedError() | bot.errors.TokenRefusedError():
                log.error("our token is refused", job=job.task_name, why=str(exception))
                return RetryDecision(retry_in={"seconds": NEWER})
            case Exception() if isinstance(exception, OUTAGES):
                if isinstance(exception, DeniedError):
                    log.warning("a permission is lacking", job=job.task_name, see="doctor")
                why = [why for kind, why in REFUSES.items() if isinstance(exception, kind)]
                if why:
                    log.error(why[0], job=job.task_name, see="doctor")
                wait = min(2 ** (job.attempts + 1), LONGEST_WAIT)
                spread = 1 + JITTER * random.random()  # noqa: S311  # not for secrets
                return RetryDecision(retry_in={"seconds": int(wait * spread)})
        return None
