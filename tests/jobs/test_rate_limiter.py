"""How fast requests to Graph begin, where many are due at once."""

import asyncio
from time import monotonic

from jobs.rate_limiter import PER_SECOND, rate_limiter


async def begun(limiter_of: int, requests: int) -> list[float]:
    limiter, times = rate_limiter(limiter_of), list[float]()

    async def one() -> None:
        await limiter.acquire()
        times.append(monotonic())

    await asyncio.gather(*(one() for _ in range(requests)))
    return sorted(times)


async def test_many_requests_begin_at_a_steady_pace() -> None:
    times = await begun(20, 50)

    assert times[-1] - times[0] > (50 - 20) / 20 - 0.1, "the first twenty wait for nothing"
    for at in times:
        assert sum(at <= other < at + 1 for other in times) <= 2 * 20


async def test_few_requests_wait_for_nothing() -> None:
    times = await begun(PER_SECOND, PER_SECOND)

    assert times[-1] - times[0] < 0.5
