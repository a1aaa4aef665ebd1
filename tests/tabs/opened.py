"""The tab as a browser asks for it: with a token of whoever looks, which Entra has signed."""

from dataclasses import dataclass

import aiohttp

from markup import visible
from tests.world import World


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    html: str
    headers: dict[str, str]

    @property
    def reads(self) -> str:
        return visible(self.html)


async def asks(world: World, path: str, token: str | None, *, part: bool = True) -> Answered:
    headers = {}
    if part:
        headers["HX-Request"] = "true"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{world.url}/tab{path}") as answer,
    ):
        return Answered(answer.status, await answer.text(), dict(answer.headers))


async def opens(world: World, who: str, path: str) -> Answered:
    """As *who* sees it."""
    token = world.box.entra.tab_token(world.box.person(who))
    return await asks(world, path, token)
