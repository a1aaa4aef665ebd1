"""What of a text somebody sees. Pure."""

import re

_UNSEEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
"""Controls, marks that turn the order of what is read, spaces without width. Not those that join
letters, without which emoji and some scripts fall apart; NUL is for whoever keeps it to refuse.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""


def visible(text: str) -> str:
    """*text* without what nobody sees of it."""
    return _UNSEEN.sub("", text)
