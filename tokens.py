"""Proof of the bearer tokens with which others come to us: the Bot Framework's, and those of people
who look at the tab. Each party that signs publishes its keys, and new ones turn up at any time.

For what comes in from everywhere, as `bot/` and `tabs/` do, which know nothing of each other.
"""

import asyncio
import json
import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, time  # noqa: TID251  # a token lives by real time, here as there
from typing import Any

import jwt
from aiohttp import ClientError, ClientSession, ClientTimeout

from outward import proxy_for

LEEWAY = 300  # seconds that clocks may differ
KEYS_LIVE = 24 * 3600  # seconds after which keys are read again
NOT_SOONER = 2  # seconds between two looks for a key that nobody knows
STALE_AGAIN = 60  # seconds between two looks while old keys are all that can be had
REMEMBERED = 1_000  # tokens proved once
LARGEST = 1024 * 1024  # bytes of keys; those of the Bot Framework are a few thousand
LONGEST = 200  # characters of an issuer in the log
UNREAD = (
    *(ClientError, OSError, TimeoutError),  # nobody answers
    *(ValueError, RecursionError, LookupError, TypeError, AttributeError, ArithmeticError),
    jwt.PyJWTError,
)
"""What is raised where something else answers in place of keys: a page of a proxy's with 200, half
an answer, other JSON than that of keys.
"""


class UnprovenError(Exception):
    """The request does not come from whom it must. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token says, once its signature has been proved."""

    claims: Mapping[str, Any]
    endorsements: frozenset[str]  # of its key

    @property
    def until(self) -> float:
        """Seconds since 1970."""
        return float(self.claims["exp"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs, and for whom."""

    name: str  # in messages: the Bot Framework
    openid_url: str  # where it says where its keys are
    issuer: str
    audience: str
    claims: Collection[str] = ()  # that must be there, beside exp, iss and aud
    endorses: bool = False  # of its keys only those count that are endorsed for something


class Tokens:
    """Checks bearer tokens; keys are read when needed, and again when an unknown one turns up."""

    def __init__(
        self,
        signer: Signer,
        trust: ssl.SSLContext,
        *,
        keys_live: float = KEYS_LIVE,
        stale_again: float = STALE_AGAIN,
    ) -> None:
        self._signer = signer
        self._trust = trust
        self._keys_live = keys_live
        self._stale_again = stale_again
        self._keys: dict[str, tuple[jwt.PyJWK, frozenset[str]]] = {}
        self._read_at = -float(KEYS_LIVE)
        self._tries = 0
        self._tried_at = -float(KEYS_LIVE)
        self._one_at_a_time = asyncio.Lock()
        self._proven: dict[str, Signed] = {}

    async def proven(self, authorization: str | None) -> Signed:
        """What the token in an Authorization header says. Raises UnprovenError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnprovenError("no bearer token")
        known = self._proven.get(token)
        if known is None:
            known = await self._prove(token)
            if len(self._proven) >= REMEMBERED:
                self._proven.clear()
            self._proven[token] = known
        # Time passes for a token that was proved before.
        if known.until + LEEWAY < time():
            del self._proven[token]
            raise UnprovenError("the token has expired")
        return known

    async def warm(self) -> None:
        """Read the keys ahead of the first request. Raises UnprovenError if they are not there."""
        await self._read(before=self._tries)

    async def _prove(self, token: str) -> Signed:
        signer = self._signer
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, UnicodeEncodeError) as error:  # bytes that are no text
            raise UnprovenError("the token is malformed") from error
        if header.get("alg") != "RS256":
            raise UnprovenError(f"the token is not signed as {signer.name} signs")
        key, endorsements = await self._key(str(header.get("kid")))
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=signer.audience,
                issuer=signer.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", *signer.claims]},
            )
        except jwt.InvalidTokenError as error:
            raise UnprovenError(f"{error} (the token says it is of {_issuer(token)})") from error
        return Signed(claims, endorsements)

    async def _key(self, kid: str) -> tuple[jwt.PyJWK, frozenset[str]]:
        """A key that is known goes on being good while no newer ones can be had, and whoever brings
        one never waits behind those who bring none.
        """
        tries, known = self._tries, kid in self._keys
        if not known:
            await self._read(before=tries)
        elif self._stale():
            with suppress(UnprovenError):
                await self._read(before=tries)
        if kid not in self._keys:
            name = self._signer.name
            raise UnprovenError(f"the token is signed with a key that {name} lacks")
        return self._keys[kid]

    def _stale(self) -> bool:
        """The keys are to be read again, and nobody does it or has just tried to."""
        now = monotonic()
        return (
            now - self._read_at > self._keys_live
            and now - self._tried_at > self._stale_again
            and not self._one_at_a_time.locked()
        )

    async def _read(self, before: int) -> None:
        """The keys as they are now. Whoever saw *before* tries shares what the next one finds,
        also when it finds nothing.
        """
        async with self._one_at_a_time:
            if self._tries != before:
                return
            await asyncio.sleep(max(0.0, NOT_SOONER - (monotonic() - self._tried_at)))
            self._tries += 1
            self._tried_at = monotonic()
            try:
                async with ClientSession(timeout=ClientTimeout(total=5)) as http:
                    metadata = await self._json(http, self._signer.openid_url)
                    found = await self._json(http, str(metadata["jwks_uri"]))
                keys = {
                    str(key["kid"]): (
                        jwt.PyJWK(key, "RS256"),
                        frozenset(key.get("endorsements", ())),
                    )
                    for key in found["keys"]
                    if key.get("kty") == "RSA"
                    and ("endorsements" in key or not self._signer.endorses)
                }
            except UNREAD as error:
                raise UnprovenError(f"the keys of {self._signer.name} cannot be read") from error
            if not keys:
                raise UnprovenError(
                    f"the keys of {self._signer.name} cannot be read: there are none"
                )
            self._keys, self._read_at = keys, monotonic()
            self._proven.clear()

    async def _json(self, http: ClientSession, url: str) -> dict[str, Any]:
        async with http.get(url, ssl=self._trust, proxy=proxy_for(url)) as response:
            response.raise_for_status()
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST:
                    raise ValueError("more than any keys are")
            read: dict[str, Any] = json.loads(body)
            return read


def _issuer(token: str) -> str:
    """Whom a token names that proves nothing: an admin sees by it which bot, tenant or cloud sent
    what is refused.
    """
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError:
        issuer = None  # it is no token at all
    return repr(str(issuer)[:LONGEST])
