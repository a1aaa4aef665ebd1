"""Odd and hostile inputs: what is right, changed where it hurts. Seeded, so that one that was found
can be had again; bounded, so that none is larger than what anybody may send.
"""

import json
import random
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

MOST = 200_000  # bytes of one input
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud83d",
    "\udc00x",
    "\u202eevil",
    "zero\u200bwidth",
    "\ufeff",
    "\u2028",
    "\x1b[31m",
    "\x85",
    "e\u0301" * 40,
    "x" * 5_000,
    "ß" * 300,
    random.Random(1).randbytes(3_000).hex(),  # which cannot be packed
    "'; drop table handoff; --",
    "<script>alert(1)</script>",
    "{{x}} ${y} %s %(z)s",
    "[a](https://evil.example)",
    "\\u0000",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "NaN",
    "true",
    "null",
    "-1",
    "1e309",
    "9" * 5_000,
    "٣٤",
    "2026-02-30",
    "9999-12-31T23:59:60Z",
    "0001-01-01T00:00:00Z",
    "2026-03-29T02:30:00",
    "Europe/Nowhere",
    "COM1",
)
ODD: tuple[Any, ...] = (
    *ODD_TEXTS,
    None,
    True,
    False,
    0,
    -1,
    1.5,
    -0.0,
    2**31,
    2**63,
    10**400,
    1e308,
    [],
    {},
    [None],
    [[[[[]]]]],
    {"": ""},
    {"a": {"b": {"c": {}}}},
    ["x"] * 200,
    {"$ref": "#"},
    {"__proto__": {"x": 1}},
)
BARE = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400", "-0", "0.0e-999", "9" * 5_000)
"""Numbers that no JSON may hold, and those that it may and few can read."""
ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-7")
PATHS = (
    "%00",
    "%FF",
    "%ED%A0%BD",
    "%E2%80%AE",
    "%2e%2e%2f",
    "..",
    "//",
    "%",
    "%zz",
    "\ud83d",
    "é",
    "*",
    "?theme=%00&theme=x&%00=1",
    "?" + "a=1&" * 500,
    ";a=b",
    "#x",
    "\u0663",
    "0" * 9,
    "9" * 40,
    "x" * 9_000,
)
"""What may stand somewhere in the path of a page."""

_NAMED = re.compile(r'("[^"\\\\]*": )("[^"\\\\]*"|[-\w.]+)')
"""A name with a plain value, as JSON is written here."""
OF_CALENDARS = (
    "00010101",
    "16010101T000000Z",
    "20260230T250000",
    "20260329T023000",
    "20260304T000000/PT9999999H",
    "20260304T090000Z/20260304T080000Z",
    "45001231T235959Z",
    "99991231T235959Z",
    "P9999999W",
    "-PT1H",
    "PT",
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;INTERVAL=0",
    "FREQ=HOURLY;BYDAY=MO",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;COUNT=99999999999;UNTIL=19700101",
    "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,30;BYSECOND=60",
    "FREQ=WEEKLY;BYDAY=99MO,XX;WKST=QQ",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2",
    "FREQ=MONTHLY;BYDAY=5FR;BYSETPOS=-366",
    "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=-366;BYEASTER=1",
    "RRULE:FREQ=DAILY",
    "CANCELLED",
    "mailto:" + "a" * 300 + "@b.example",
    "Middle Earth Standard Time",
    "UTC+99:99",
)
"""Values that some property of a calendar has, where another of them has it."""
PARAMETERS = (
    ";VALUE=DATE",
    ";VALUE=PERIOD",
    ";VALUE=X",
    ";TZID=",
    ";TZID=America",
    ";TZID=Europe/Lisbon",
    ";TZID=../../etc/passwd",
    ";RANGE=THISANDFUTURE",
    ";RANGE=THISANDPRIOR",
    ";PARTSTAT=DECLINED",
    ";ENCODING=BASE64",
    ';X="',
    ";=",
)


class Fuzzer:
    """Odd inputs, the same for the same *seed*."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def pick(self, some: Sequence[Any]) -> Any:
        return self._dice.choice(some)

    def json(self, right: Any) -> bytes:
        """*right*, with one to four of its values, names or bytes changed."""
        dice, found = self._dice, deepcopy(right)
        for _ in range(dice.randint(1, 4)):
            self._change(found)
        if dice.random() < 0.02:
            found = self.deep(dice.choice((50, 2_000, 20_000)))
            return found[:MOST]
        text = self._named_twice(json.dumps(found, ensure_ascii=dice.random() < 0.5))
        body = text.encode("utf-8", "surrogatepass")
        if dice.random() < 0.1:
            body = text.encode(dice.choice(ENCODINGS), "replace")
        return self.bytes(body) if dice.random() < 0.15 else body[:MOST]

    def _named_twice(self, text: str) -> str:
        """Sometimes a number that is none, or a name that stands there again with another value."""
        dice, values = self._dice, [*_NAMED.finditer(text)]
        if not values or dice.random() < 0.7:
            return text
        one = dice.choice(values)
        value = dice.choice((*BARE, "null", '""', "{}", "[]", '"\\ud83d"'))
        if dice.random() < 0.5:
            return f"{text[: one.start()]}{one[1]}{value}, {text[one.start() :]}"
        return f"{text[: one.start()]}{one[1]}{value}{text[one.end() :]}"

    def deep(self, levels: int) -> bytes:
        return self._dice.choice((b"[" * levels, b'{"a":' * levels, b"[" * levels + b"]" * levels))

    def text(self, right: str) -> bytes:
        """*right*, with lines lost, doubled or moved, numbers and words replaced."""
        dice, lines = self._dice, right.splitlines(keepends=True) or [""]
        for _ in range(dice.randint(1, 4)):
            n = dice.randrange(len(lines))
            match dice.randrange(7):
                case 0:
                    lines[n : n + 1] = []
                case 1:
                    lines.insert(n, lines[dice.randrange(len(lines))])
                case 2:
                    lines[n] = lines[n] * dice.choice((2, 50))
                case 3:
                    lines[n] = self._worded(lines[n])
                case 4:
                    at = dice.randint(0, len(lines[n]))
                    lines[n] = lines[n][:at] + dice.choice(ODD_TEXTS) + lines[n][at:]
                case 5:
                    lines[n] = lines[n].rstrip("\r\n") + dice.choice(
                        ("\r", "\r\n", "\n", "", "\u2028")
                    )
                case 6:
                    lines[n:] = lines[n:][::-1]
            lines = lines or [""]
        text = "".join(lines)
        if dice.random() < 0.1:
            return text.encode(dice.choice(ENCODINGS[:-1]), "replace")[:MOST]
        body = text.encode("utf-8", "surrogatepass")
        return self.bytes(body) if dice.random() < 0.1 else body[:MOST]

    def calendar(self, right: str) -> bytes:
        """*right*, with properties that say what others say, or what no calendar says."""
        dice, lines = self._dice, right.splitlines()
        for _ in range(dice.randint(1, 4)):
            n = dice.randrange(len(lines))
            named, _, value = lines[n].partition(":")
            match dice.randrange(5):
                case 0 | 1:
                    lines[n] = f"{named}:{dice.choice((*OF_CALENDARS, *ODD_TEXTS))}"
                case 2:
                    lines[n] = f"{named}{dice.choice(PARAMETERS)}:{value}"
                case 3:
                    other, _, said = dice.choice(lines).partition(":")
                    lines[n] = dice.choice((f"{other}:{value}", f"{named}:{said}"))
                case 4:
                    lines[n:n] = [dice.choice(lines)]
        text = "\r\n".join(lines)
        return self.text(text) if dice.random() < 0.5 else text.encode("utf-8", "replace")[:MOST]

    def request(self, path: str, headers: Mapping[str, str]) -> bytes:
        """Of a page, byte for byte as a client sends it: with an odd piece in its path, an odd
        header, or torn.
        """
        dice, said = self._dice, dict(headers)
        if dice.random() < 0.6:
            parts = path.split("/")
            at = dice.randrange(1, len(parts))
            odd = dice.choice(PATHS)
            parts[at] = dice.choice((odd, parts[at] + odd, f"{odd}/{parts[at]}"))
            path = "/".join(parts)
        if dice.random() < 0.3:
            name = dice.choice((*said, "X-Forwarded-Proto", "Range", "If-None-Match", "Cookie"))
            said[name] = dice.choice((self.word(), self.word() * 3, said.get(name, "") + "\udcff"))
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        whole = "\r\n".join((*lines, "", "")).encode("utf-8", "surrogatepass")[:MOST]
        if dice.random() < 0.1:
            whole = self.bytes(whole).lstrip() or b"x"  # for empty lines are not answered
        return whole if whole.endswith(b"\r\n\r\n") else whole + b"\r\n\r\n"

    def token(self, right: str) -> str:
        """*right*, a signed token, so that it proves nothing any more: it says something else, is
        signed otherwise, or by nobody.
        """
        dice = self._dice
        head, said, signature = right.split(".")
        match dice.randrange(5):
            case 0:
                head = _packed(self.json(_unpacked(head)))
            case 1:
                said = _packed(self.json(_unpacked(said)))
            case 2:
                found = bytearray(urlsafe_b64decode(signature + "=="))
                found[dice.randrange(len(found))] ^= 1 << dice.randrange(8)
                signature = _packed(bytes(found))
            case 3:
                other = {**_unpacked(head), "alg": dice.choice(("none", "HS256", "RS512", "", 7))}
                head = _packed(json.dumps(other).encode())
            case 4:
                parts = [head, said, signature]
                parts[dice.randrange(3)] = dice.choice(("", "e30", "W10", "x" * 5_000, "=", "a b"))
                head, said, signature = parts
        return f"{head}.{said}.{signature}"[:MOST]

    def zipped(self, right: bytes) -> bytes:
        """*right*, a zip of XML as Excel writes one, with one of its parts changed, lost or named
        otherwise; or torn itself.
        """
        dice, found = self._dice, BytesIO()
        if dice.random() < 0.3:
            return self.bytes(right)
        with ZipFile(BytesIO(right)) as whole:
            parts = {name: whole.read(name) for name in whole.namelist()}
        name = dice.choice(list(parts))
        match dice.randrange(6):
            case 0:
                del parts[name]
            case 1:
                parts[f"{name[:-1]}{dice.randrange(10)}"] = parts.pop(name)
            case _:
                # A line for each tag, so that what is changed is a tag or what stands in it.
                parts[name] = self.text(parts[name].decode().replace("><", ">\n<"))
        with ZipFile(found, "w", ZIP_DEFLATED) as odd:
            for name, content in parts.items():
                odd.writestr(name, content)
        return found.getvalue()

    def bytes(self, right: bytes) -> bytes:
        """*right*, torn, or with some bytes that are others."""
        dice, found = self._dice, bytearray(right or b"\0")
        if dice.random() < 0.4:
            del found[dice.randrange(len(found)) :]
        for _ in range(dice.randint(0, 5)):
            if found:
                found[dice.randrange(len(found))] = dice.randrange(256)
        return bytes(found)[:MOST]

    def word(self) -> str:
        return str(self._dice.choice(ODD_TEXTS))

    def _worded(self, line: str) -> str:
        words = line.split(" ")
        at = self._dice.randrange(len(words))
        for apart in "=,;:":
            if apart in line and self._dice.random() < 0.5:
                words = line.split(apart)
                at = self._dice.randrange(len(words))
                words[at] = self.word()
                return apart.join(words)
        words[at] = self.word()
        return " ".join(words)

    def _change(self, found: Any) -> None:
        """One place somewhere in it is another."""
        dice, places = self._dice, list(_places(found))
        if not places:
            return
        inside, key = dice.choice(places)
        match dice.randrange(6):
            case 0 | 1 | 2:
                inside[key] = deepcopy(dice.choice(ODD))
            case 3:
                del inside[key]
            case 4:
                other, there = dice.choice(places)
                inside[key] = deepcopy(other[there])
            case 5 if isinstance(inside, dict):
                inside[dice.choice(ODD_TEXTS)] = inside.pop(key)
            case _:
                inside[key] = [deepcopy(inside[key])] * dice.choice((0, 2, 100))


def _packed(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _unpacked(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=="))
    return found


def _places(found: Any) -> list[tuple[Any, Any]]:
    places: list[tuple[Any, Any]] = []
    waiting = [found]
    while waiting:
        one = waiting.pop()
        keys = (
            list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        )
        for key in keys:
            places.append((one, key))
            waiting.append(one[key])
        if len(places) > 500:
            break
    return places
