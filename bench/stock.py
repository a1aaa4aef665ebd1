"""The measure: botbuilder's own adapter as it comes, doing nothing, without checking any token."""

import os
from types import SimpleNamespace

from aiohttp import web
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity


def main(port: int) -> None:
    adapter = CloudAdapter(
        ConfigurationBotFrameworkAuthentication(SimpleNamespace(APP_ID="", APP_PASSWORD=""))
    )

    async def nothing(turn: TurnContext) -> None:
        turn.turn_state["BotFrameworkAdapter.InvokeResponse"] = Activity(
            type="invokeResponse", value=InvokeResponse(status=200, body={})
        )

    async def messages(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        answer = await adapter.process_activity("", activity, nothing)
        return web.json_response(answer.body if answer else {})

    site = web.Application()
    site.router.add_post("/api/messages", messages)
    web.run_app(site, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(os.environ["PORT"]))  # noqa: TID251  # as `serve` is told
