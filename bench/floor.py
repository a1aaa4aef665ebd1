"""The floor: a bare aiohttp server that commits what Accept commits, in one statement, and nothing
besides. It proves nobody, reads no rule, draws no card.
"""

import json
import os
from collections.abc import AsyncIterator

from aiohttp import web
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from running import on_loop, told_to_stop

ACCEPT = """
with moved as (update handoff set state = 'accepting' where id = %(id)s),
answered as (
    update commitment set ended_at = made_at, ending = 'kept', rings_at = null
    where handoff = %(id)s and what = 'answer' and ended_at is null
),
told as (
    insert into entry (handoff, at, by, what, rule, detail)
    values (%(id)s, now(), %(by)s, 'clicked_accept', 'answer', %(detail)s)
),
once as (insert into heard (activity) values (%(once)s))
select procrastinate_defer_jobs_v1(array[row(
    'outlook', 'accept_meeting', 20, 'outlook ' || %(id)s::text, null, %(args)s, null
)::procrastinate_job_to_defer_v1])
"""


async def main(database_url: str, port: int) -> None:
    pool = AsyncConnectionPool(
        database_url, min_size=1, max_size=30, open=False, kwargs={"autocommit": True}
    )

    async def messages(request: web.Request) -> web.Response:
        clicked = json.loads(await request.read())
        id = clicked["value"]["action"]["data"]["handoff"]
        values = {
            "id": id,
            "by": clicked["from"]["aadObjectId"],
            "once": clicked["id"],
            "detail": Jsonb({}),
            "args": Jsonb({"handoff_id": id}),
        }
        async with pool.connection() as connection:
            await connection.execute(ACCEPT, values)
        return web.json_response({"statusCode": 200})

    async def opened(_: web.Application) -> AsyncIterator[None]:
        async with pool:
            yield

    site = web.Application()
    site.cleanup_ctx.append(opened)
    site.router.add_post("/api/messages", messages)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    stop = told_to_stop()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    on_loop(main(os.environ["DATABASE_URL"], int(os.environ["PORT"])))  # noqa: TID251  # as `serve`
