"""What is sent in Outlook arrives, however finely the loop's timers count."""

import asyncio

from sandbox.clock import Clock
from sandbox.exchange.transport import Transport
from tests import hour


async def test_what_takes_a_while_arrives_though_nothing_is_sent_after_it() -> None:
    """The loop's timers count whole milliseconds, and so may ring a moment before it is due."""
    transport = Transport(Clock(machine=hour.now))
    transport.takes(0.0013, 0.0014, seed=1)
    for _ in range(20):
        arrived = asyncio.Event()
        transport.send("rita", arrived.set)
        async with asyncio.timeout(5):
            await arrived.wait()
    assert transport.next_at is None
