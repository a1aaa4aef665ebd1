"""Whether what came was signed with a secret of ours: Standard Webhooks, version 1 of its symmetric
signatures. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

Few lines of our own: the project's own library for Python takes the machine's clock, one secret at
a time, and raises something else for each odd header; tests hold this to it.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)  # from the clock of whoever signs to ours
MOST = 10  # signatures of one message that are looked at
_ID = re.compile(r"[!-~]{1,255}")  # what is seen, and ASCII
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


class UnsignedError(Exception):
    """It says nothing by which it could be proved. The message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the headers say of a message."""

    id: str  # the same however often it is sent
    seconds: str
    signatures: Sequence[bytes]

    @classmethod
    def read(cls, headers: Mapping[str, str], at: datetime) -> "Signed":
        """Raises UnsignedError, also where it was signed too long before *at*, or after it."""
        id, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
        if not _ID.fullmatch(id):
            raise UnsignedError(f"{ID} is missing, or is no name of letters and digits")
        if not _SECONDS.fullmatch(seconds):
            raise UnsignedError(f"{TIMESTAMP} is missing, or is no number of seconds")
        if abs(_moment(seconds) - at) > TOLERANCE:
            raise UnsignedError(
                f"{TIMESTAMP} is more than five minutes from the time here, {at:%Y-%m-%dT%H:%M:%SZ}"
            )
        given = headers.get(SIGNATURE, "").split()[:MOST]
        found = [one for one in map(_signature, given) if one]
        if not found:
            raise UnsignedError(f"{SIGNATURE} holds no signature that begins with v1,")
        return cls(id=id, seconds=seconds, signatures=found)

    def by(self, secret: bytes, body: bytes) -> bool:
        """Whether one of the signatures is that of *secret*."""
        made = hmac.digest(secret, f"{self.id}.{self.seconds}.".encode() + body, sha256)
        return any(hmac.compare_digest(made, one) for one in self.signatures)


def _moment(seconds: str) -> datetime:
    """Raises UnsignedError."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnsignedError(f"{TIMESTAMP} is no moment") from error


def _signature(text: str) -> bytes | None:
    version, _, signature = text.partition(",")
    if version != "v1":
        return None
    try:
        return b64decode(signature, validate=True) or None
    except (NotBase64Error, ValueError):
        return None
