"""How fast leads come in by themselves: as many a second as a busy campaign brings."""

import asyncio
import json
from time import monotonic

import aiohttp

from bench.measuring import Figure, Sizes, process
from tests.senders import FIELDS, a_source
from tests.world import World

A_SECOND = 50
MEDIAN, SLOWEST = 0.1, 1.0  # seconds; whoever sends waits for 15 at least


async def measure(world: World, sizes: Sizes) -> list[Figure]:
    """Each is sent at its moment however long the others take, and one in ten twice at once."""
    form = await a_source(world, name="bench")
    bodies = [
        json.dumps(FIELDS | {"company": f"C{n}", "contact_email": f"a@c{n}.example"}).encode()
        for n in range(sizes.incoming)
    ]
    took: list[float] = []
    numbers: list[set[int]] = []
    env = {**world.env, "LOG_FORMAT": "json"}
    async with (
        process(*world.command("serve", cold=True), env=env, settles=sizes.settles) as serve,
        aiohttp.ClientSession() as http,
    ):
        at = f"http://127.0.0.1:{serve.port}/api/leads"

        async def send(n: int) -> int:
            began = monotonic()
            headers = form.proof(bodies[n], f"lead {n}")
            async with http.post(at, data=bodies[n], headers=headers) as answer:
                said = await answer.json()
                assert answer.status == 200, said
            took.append(monotonic() - began)
            return int(said["lead"])

        async def hand_in(n: int) -> None:
            times = 2 if n % 10 == 0 else 1
            numbers.append(set(await asyncio.gather(*(send(n) for _ in range(times)))))

        began, sending = monotonic(), []
        for n in range(sizes.incoming):
            sending.append(asyncio.create_task(hand_in(n)))
            await asyncio.sleep(max(0.0, began + (n + 1) / A_SECOND - monotonic()))
        await asyncio.gather(*sending)
        whole = monotonic() - began
    [(kept,)] = await world.rows(
        "select count(*) from handoff h join arrival a on a.handoff = h.id"
    )
    twice = sum(len(one) - 1 for one in numbers)
    lost = sizes.incoming - kept
    await world.run("delete from procrastinate_jobs")
    took.sort()
    median, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    how = f"{sizes.incoming:,} leads at {A_SECOND} a second on one serve, one in ten sent twice"
    return [
        Figure(
            what="leads that come in, lost or there twice",
            found=f"{lost} lost, {twice} twice, of {sizes.incoming:,}",
            bound="none",
            value=abs(lost) + twice,
            well=lost == 0 and twice == 0,
            counted=True,
            how=f"{how}; each is answered 200 with its number",
        ),
        Figure(
            what="a lead that comes in, 99th of 100",
            found=f"{p99 * 1000:.0f} ms (median {median * 1000:.0f})",
            bound=f"under {SLOWEST * 1000:.0f} ms (median {MEDIAN * 1000:.0f})",
            value=p99 * 1000,
            well=p99 < SLOWEST and median < MEDIAN,
            how=f"{how}, in {whole:.1f} s; proved, committed with job and card, HTTP in to HTTP "
            "out",
        ),
    ]
