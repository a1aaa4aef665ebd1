"""The bytes of a calendar file as text, whatever program wrote them.

RFC 5545 wants UTF-8. Old programs write UTF-16 or the code page of their Windows, and none says so.
"""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOLD = re.compile(rb"(?<!\r)\r*\n[ \t]")  # from the first \r on, so that none is begun at twice
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{4,}")  # Latin letters with accents come one or two a time
_UTF8_LETTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
_LATIN = "cp1252"
_OTHERS = ["cp1251", "cp1253", "cp1255", "cp1256", "cp874", "cp932", "cp936", "cp949", "cp950"]


def encoding_of(content: bytes) -> tuple[str, bool]:
    """As what it can be decoded, and whether that is known rather than guessed.

    A line is folded after so many bytes, in the midst of a character too: UTF-8 is looked for in
    the lines as they were before.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name, True
    start = content[:64]
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le", True
    if start[::2].count(0) > len(start) // 4:
        return "utf-16-be", True
    whole = _FOLD.sub(b"", content)
    try:
        whole.decode()
    except UnicodeDecodeError:
        damaged = whole.decode(errors="replace").count("\ufffd")
        if len(_UTF8_LETTER.findall(whole)) > damaged:  # UTF-8 that somebody has cut into
            return "utf-8", False
        return _code_page(content), False
    return "utf-8", True


def _code_page(content: bytes) -> str:
    """Of words that are foreign letters throughout the alphabet can be found out. Which of the
    Latin pages wrote an accent cannot: the commonest is taken.
    """
    words = _FOREIGN_WORD.findall(content)
    if sum(map(len, words)) * 2 < sum(byte > 0x7F for byte in content):
        return _LATIN
    found = from_bytes(b" ".join(words), cp_isolation=_OTHERS).best()
    return found.encoding if found else _LATIN
