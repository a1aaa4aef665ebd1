"""How much of what is large by nature is tried: a sample that is the same every time, or much more
with a seed of its own (`make thorough`, which says the seed).
"""

import os
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TypeVar
from zlib import crc32

from hypothesis import HealthCheck, settings

T = TypeVar("T")
SEED = 20
THOROUGH = bool(os.environ.get("THOROUGH"))  # noqa: TID251  # how the suite is asked to run
TIMES = 50
FRESH = int(os.environ.get("SEED", SEED))  # noqa: TID251  # how the suite is asked to run
DELIVERY = int(os.environ.get("DELIVERY", "1"))  # noqa: TID251  # how the suite is asked to run
"""The seed of how long what is sent in Outlook takes in journeys; with 0 all is there at once. Of
changed guests Outlook tells everyone on the list in half of them, and only those who came and went
in the other half; the next seed turns the halves round.
"""
HISTORIES = int(os.environ.get("HISTORIES", "40"))  # noqa: TID251  # how the suite is asked to run
"""How many random histories with each CRM `make thorough` plays."""

ALL = settings(
    database=None,
    # How long an example takes says how busy the machine is.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("suite", ALL, derandomize=True)
settings.register_profile("thorough", ALL, max_examples=100 * TIMES, print_blob=True)
settings.load_profile("thorough" if THOROUGH else "suite")


def examples(some: int) -> int:
    """So many, or as many times more as `make thorough` has the time for."""
    return some * TIMES if THOROUGH else some


def histories(some: int) -> range:
    """Seeds of so many random histories, the same every time; of HISTORIES, which follow on this
    run's own seed, in `make thorough`.
    """
    return range(FRESH, FRESH + HISTORIES) if THOROUGH else range(some)


def one_of_each(some: Iterable[T], kind: Callable[[T], object]) -> list[T]:
    """One of each *kind*, the same every time; all of them in `make thorough`."""
    if THOROUGH:
        return list(some)
    kinds: dict[object, list[T]] = {}
    for one in some:
        kinds.setdefault(kind(one), []).append(one)
    dice = Random(SEED)
    return [dice.choice(alike) for alike in kinds.values()]


def sample(some: Sequence[T], most: int) -> list[T]:
    """At most so many, the same every time; all of them in `make thorough`."""
    if THOROUGH or len(some) <= most:
        return list(some)
    return [some[n] for n in sorted(Random(SEED).sample(range(len(some)), most))]


def dealt(some: Sequence[T], name: str) -> list[T]:
    """One of them for what is called so, the same every time; all of them in `make thorough`."""
    return list(some) if THOROUGH else [some[crc32(name.encode()) % len(some)]]


def shuffled(some: Sequence[T]) -> list[T]:
    """In an order of this run's seed, the same in each of its processes."""
    return Random(FRESH).sample(some, len(some))
