"""Whoever hands leads in from outside: a form with a token, a system that signs."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from http import HTTPStatus
from io import StringIO
from typing import Any
from uuid import uuid4

import aiohttp

from commands import lead_sources
from commands.arguments import parser
from tests.world import BRIEF, World

FIELDS = {
    name: BRIEF[name]
    for name in (
        *("company", "contact_name", "contact_email", "needs", "pains", "current_solution"),
        *("request", "value", "campaign"),
    )
} | {"time_zone": BRIEF["contact_zone"]}
NAME = "Website form"


@dataclass(frozen=True)
class Said:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def lead(self) -> int:
        return int(self.body["lead"])

    @property
    def held(self) -> bool:
        return self.status == HTTPStatus.ACCEPTED


@dataclass(frozen=True)
class Sender:
    """Has what `sources make` showed once."""

    world: World
    address: str
    secret: str

    @property
    def signs(self) -> bool:
        return self.secret.startswith("whsec_")

    async def lead(self, name: str = "", headers: Mapping[str, str] = {}, **fields: Any) -> Said:
        """A lead, by that *name*, with what is other in it than usual."""
        return await self.sends(json.dumps(FIELDS | fields).encode(), name, headers)

    async def sends(self, body: bytes, name: str = "", headers: Mapping[str, str] = {}) -> Said:
        return await posts(self.address, body, self.proof(body, name) | dict(headers))

    def proof(self, body: bytes, name: str = "", seconds: int | None = None) -> dict[str, str]:
        usual = {"Content-Type": "application/json"}
        if not self.signs:
            named = {"Idempotency-Key": name} if name else {}
            return {**usual, "Authorization": f"Bearer {self.secret}", **named}
        name = name or str(uuid4())
        seconds = int(self.world.clock().timestamp()) if seconds is None else seconds
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        made = hmac.digest(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256)
        return {
            **usual,
            "webhook-id": name,
            "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
        }


async def posts(address: str, body: Any, headers: Mapping[str, str]) -> Said:
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data=body, headers=headers) as answer,
    ):
        text = await answer.text()
        said = json.loads(text) if answer.content_type == "application/json" else {"text": text}
        return Said(answer.status, said, dict(answer.headers))


async def told(world: World, *words: str) -> str:
    """What `python app.py sources` says to those *words*."""
    out = StringIO()
    with redirect_stdout(out):
        done = await lead_sources.asked(
            world.app.services, parser().parse_args(["sources", *words]), world.url
        )
    return out.getvalue() if done == 0 else f"exit {done}"


async def a_source(
    world: World, *more: str, name: str = NAME, qualifiers: tuple[str, ...] = ("quinn",)
) -> Sender:
    """One that was just made, whose leads are for them."""
    mails = [world.box.person(who).mail for who in qualifiers]
    whose = [word for mail in mails for word in ("--for", mail)]
    owner = world.box.person("milo").mail
    return sender(world, await told(world, "make", name, "--owner", owner, *whose, *more))


def sender(world: World, said: str) -> Sender:
    [address] = re.findall(r"go to (\S+)", said)
    [secret] = re.findall(r"(whsec_\S+|baton_lead_\S+)", said)
    return Sender(world, address, secret)
