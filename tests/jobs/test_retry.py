"""When a job is tried again."""

from datetime import timedelta

import pytest
from procrastinate import RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from psycopg import InterfaceError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout, ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

import bot.errors
from bot.errors import TeamsBusyError
from graph.errors import BusyError, ChangedError, DeniedError, SignInError, TokenRefusedError
from jobs.retry import LONGEST_ADVICE, Patient

JOB = Job(id=1, queue="teams", lock=None, queueing_lock=None, task_name="show", attempts=3)


@pytest.mark.parametrize("busy", [BusyError, TeamsBusyError])
@pytest.mark.parametrize(
    ("advice", "seconds"),
    [(0.2, 1), (20.0, 20), (20.1, 21), (0.0, 1), (-5.0, 1)]
    + [(one, int(LONGEST_ADVICE)) for one in (31_536_000.0, 1e300, float("inf"), float("nan"))],
    ids=str,
)
def test_advice_is_obeyed_to_the_second_and_no_slip_in_it_makes_anybody_wait_for_ever(
    busy: type[BusyError | TeamsBusyError], advice: float, seconds: int
) -> None:
    decision = Patient().get_retry_decision(exception=busy("busy", advice), job=JOB)

    assert decision
    wanted = RetryDecision(retry_in={"seconds": seconds})
    assert decision.retry_at
    assert wanted.retry_at
    assert abs(decision.retry_at - wanted.retry_at) < timedelta(seconds=0.5)


@pytest.mark.parametrize(
    "passing",
    [
        *(OperationalError(), InterfaceError(), ConnectorException()),
        *(PoolTimeout(), ReadOnlySqlTransaction(), IdleInTransactionSessionTimeout()),
        *(BusyError("busy"), TeamsBusyError("busy"), ChangedError("changed")),
        *(DeniedError("closed"), SignInError("the secret has expired")),
        *(TokenRefusedError("no"), bot.errors.TokenRefusedError("no")),
    ],
    ids=lambda one: f"{type(one).__module__}.{type(one).__name__}",
)
def test_whatever_passes_is_waited_for_also_where_the_queue_says_it_in_words_of_its_own(
    passing: Exception,
) -> None:
    assert Patient().get_retry_decision(exception=passing, job=JOB)


def test_a_fault_of_ours_is_not_tried_again() -> None:
    assert Patient().get_retry_decision(exception=KeyError("thank"), job=JOB) is None
