"""What of a text somebody sees. Pure."""

import re

_UNSEEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]"
)
"""Controls, marks that turn the order of what is read, spaces without width. Not those that join
letters, without which emoji and some scripts fall apart; NUL is for whoever keeps it to refuse.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""


_EMPTY = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u2061-\u2065\u206a-\u206f\u2800"
    "\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What joins, turns or fills, and is nothing by itself: Default_Ignorable_Code_Point, and Braille
without dots.
https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
"""


def visible(text: str) -> str:
    """*text* without what nobody sees of it; of one in which nobody sees anything, the spaces."""
    seen = _UNSEEN.sub("", text)
    alone = _EMPTY.sub("", seen)
    return seen if alone.strip() else alone
