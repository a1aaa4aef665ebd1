"""Proof that a request comes from the Bot Framework.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
botbuilder's own check raises where it should refuse and does not notice new keys, so this is ours.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, time  # noqa: TID251  # a token lives by real time, here as there
from typing import Any

import jwt
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.errors import UnprovenError
from bot.outward import proxy_for

LEEWAY = 300  # seconds that clocks may differ
KEYS_LIVE = 24 * 3600  # seconds after which keys are read again
NOT_SOONER = 2  # seconds between two looks for a key that nobody knows
STALE_AGAIN = 60  # seconds between two looks while old keys are all that can be had
REMEMBERED = 1_000  # tokens proved once
LONGEST = 200  # characters of an issuer in the log
CHANNEL = "msteams"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a token says, once its signature has been proved."""

    service_url: str
    endorsements: frozenset[str]
    until: float  # seconds since 1970


class Proof:
    """Checks bearer tokens; keys are read when needed, and again when an unknown one turns up."""

    def __init__(
        self,
        *,
        openid_url: str,
        issuer: str,
        audience: str,
        trust: ssl.SSLContext,
        keys_live: float = KEYS_LIVE,
        stale_again: float = STALE_AGAIN,
    ) -> None:
        self._openid_url = openid_url
        self._issuer = issuer
        self._audience = audience
        self._trust = trust
        self._keys_live = keys_live
        self._stale_again = stale_again
        self._keys: dict[str, tuple[jwt.PyJWK, frozenset[str]]] = {}
        self._read_at = -float(KEYS_LIVE)
        self._tries = 0
        self._tried_at = -float(KEYS_LIVE)
        self._one_at_a_time = asyncio.Lock()
        self._proven: dict[str, Proven] = {}

    async def proven(self, authorization: str | None) -> Proven:
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

    async def _prove(self, token: str) -> Proven:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, UnicodeEncodeError) as error:  # bytes that are no text
            raise UnprovenError("the token is malformed") from error
        if header.get("alg") != "RS256":
            raise UnprovenError("the token is not signed as the Bot Framework signs")
        key, endorsements = await self._key(str(header.get("kid")))
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "serviceurl"]},
            )
        except jwt.InvalidTokenError as error:
            raise UnprovenError(f"{error} (the token says it is of {_issuer(token)})") from error
        return Proven(str(claims["serviceurl"]), endorsements, float(claims["exp"]))

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
            raise UnprovenError("the token is signed with a key that the Bot Framework lacks")
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
                    metadata = await self._json(http, self._openid_url)
                    found = await self._json(http, str(metadata["jwks_uri"]))
                keys = {
                    str(key["kid"]): (jwt.PyJWK(key, "RS256"), frozenset(key["endorsements"]))
                    for key in found["keys"]
                    if key.get("kty") == "RSA" and "endorsements" in key
                }
            except (ClientError, TimeoutError, KeyError, TypeError, jwt.PyJWKError) as error:
                raise UnprovenError("the Bot Framework's keys cannot be read") from error
            self._keys, self._read_at = keys, monotonic()
            self._proven.clear()

    async def _json(self, http: ClientSession, url: str) -> dict[str, Any]:
        async with http.get(url, ssl=self._trust, proxy=proxy_for(url)) as response:
            response.raise_for_status()
            read: dict[str, Any] = await response.json()
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


def check(proven: Proven, *, channel: object, service_url: object) -> None:
    """The token was made for this activity. Raises UnprovenError.

    The key must be endorsed for the channel, and the service address must be the token's own, or
    our answers, with our token, would go to whoever wrote the activity.
    """
    if channel != CHANNEL or CHANNEL not in proven.endorsements:
        raise UnprovenError("the token's key is not endorsed for this channel")
    if str(service_url).rstrip("/") != proven.service_url.rstrip("/"):
        raise UnprovenError("the token was made for another service address")
