"""RSA keys that sign tokens, the way Entra and the Bot Framework publish them, and the tokens
themselves.
"""

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    pem: str = field(repr=False)  # the private key, PKCS #8
    endorsements: tuple[str, ...] = ()  # channels that may sign with it; Bot Framework only

    @property
    def kid(self) -> str:
        numbers = _private(self.pem).public_key().public_numbers()
        return _text(hashlib.sha256(_bytes(numbers.n)).digest()[:20])

    def published(self, **more: object) -> dict[str, Any]:
        """As an entry of a key set."""
        numbers = _private(self.pem).public_key().public_numbers()
        entry: dict[str, Any] = {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _text(_bytes(numbers.n)),
            "e": _text(_bytes(numbers.e)),
            **more,
        }
        if self.endorsements:
            entry["endorsements"] = list(self.endorsements)
        return entry

    def sign(self, claims: Mapping[str, object], *, kid: str | None = None) -> str:
        """A compact RS256 token; another `kid` than the key's own is for tests of the reader."""
        headers = {"kid": kid or self.kid, "x5t": kid or self.kid}
        return jwt.encode(dict(claims), _private(self.pem), algorithm="RS256", headers=headers)

    def read(self, token: str, *, audiences: Sequence[str]) -> dict[str, Any]:
        """The claims. Raises jwt.InvalidTokenError when signature, audience or life are wrong."""
        claims: dict[str, Any] = jwt.decode(
            token,
            _private(self.pem).public_key(),
            algorithms=["RS256"],
            audience=list(audiences),
            options={"require": ["exp", "aud", "iss"]},
        )
        return claims


@functools.cache
def process_key(name: str, endorsements: tuple[str, ...] = ()) -> Key:
    """A key made once per process and name: making one takes a tenth of a second."""
    assert name
    return new_key(endorsements)


def new_key(endorsements: tuple[str, ...] = ()) -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Key(pem=pem.decode(), endorsements=endorsements)


@functools.lru_cache(maxsize=64)
def _private(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
