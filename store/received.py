"""What others send us, as text that can be kept and sent on.

PostgreSQL keeps no NUL, and nothing that is UTF-8 holds half a character, which a phone sends that
cuts a text in the middle of an emoji. JSON can carry both.
https://www.postgresql.org/docs/current/datatype-character.html
https://datatracker.ietf.org/doc/html/rfc8259#section-8.2
"""

import json
import re
from typing import Any

_ESCAPED = re.compile(rb"\\u(0000|[dD][89a-fA-F])")  # an emoji's two halves, too: then it stays


def received(body: bytes) -> Any:
    """The JSON in *body*, with every text in it `kept`. Raises ValueError for what is none, or is
    too deep to be anybody's.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"))
        return _kept_within(found) if _ESCAPED.search(body) else found
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def kept(text: str) -> str:
    """*text* without what cannot be kept; � stands for half a character."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")


def _kept_within(found: Any) -> Any:
    match found:
        case str():
            return kept(found)
        case list():
            return [_kept_within(one) for one in found]
        case dict():
            return {kept(name): _kept_within(one) for name, one in found.items()}
    return found
