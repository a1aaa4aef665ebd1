"""What others send us, as text that can be kept and sent on.

PostgreSQL keeps no NUL, and nothing that is UTF-8 holds half a character, which a phone sends that
cuts a text in the middle of an emoji. JSON can carry both. And there are characters that nobody
sees: controls, marks that turn the order of what is read, spaces without width. A reason of nothing
else is none, and a name with one is not the name that it looks like.
https://www.postgresql.org/docs/current/datatype-character.html
https://datatracker.ietf.org/doc/html/rfc8259#section-8.2
"""

import json
import re
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

from handoff.seen import visible

MOST_FIELDS = 20  # of a form that has two
_MAY_HOLD = re.compile(rb"[\x7f-\xff]|\\[bfu]")
"""What of JSON may hold any of it, as it is or escaped: the rest need not be looked through."""

_HOLDS = re.compile(
    rb"\\u(?:00[0189][0-9a-f]|007f|200b|202[a-e]|2060|206[6-9]|feff|d[89a-f][0-9a-f]{2})"
    rb"|\\[bf]|\x7f|\xc2[\x80-\x9f]|\xe2\x80[\x8b\xaa-\xae]|\xe2\x81[\xa0\xa6-\xa9]|\xef\xbb\xbf",
    re.IGNORECASE,
)
"""As `_MAY_HOLD`, and not where only letters of other languages are: most answers of Graph's have
some, and are read by somebody else. JSON has a short escape of its own for two of the controls.
"""


def received(body: bytes) -> Any:
    """The JSON in *body*, with every text in it `kept`. Raises ValueError for what is none, or is
    too deep to be anybody's, or holds a number that is none: NaN, or more than any there is.
    """
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        return _kept_within(found) if _MAY_HOLD.search(body) else found
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def rewritten(body: bytes) -> bytes:
    """JSON that others read, with every text in it `kept`; what is none is as it was."""
    if not _HOLDS.search(body):
        return body
    try:
        return json.dumps(received(body)).encode()
    except ValueError:
        return body


def typed(body: bytes) -> dict[str, str]:
    """What a form of ours holds, as browsers send it, every text `kept`. Whatever is written in
    another way says nothing: no charset, boundary or packing that somebody names is tried.
    """
    try:
        found = parse_qsl(body.decode(errors="replace"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {kept(name): kept(said) for name, said in found}


def _no_number(text: str) -> float:
    raise ValueError(f"no number: {text}")


def _finite(text: str) -> float:
    return number if isfinite(number := float(text)) else _no_number(text)


def kept(text: str) -> str:
    """*text* without what cannot be kept and what nobody sees; � stands for half a character."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return visible(whole.replace("\0", ""))


def _kept_within(found: Any) -> Any:
    match found:
        case str():
            return kept(found)
        case list():
            return [_kept_within(one) for one in found]
        case dict():
            return {kept(name): _kept_within(one) for name, one in found.items()}
    return found
