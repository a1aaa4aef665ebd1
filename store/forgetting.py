"""A person is forgotten: who they were goes, what happened stays.

The one thing besides the door that touches a handoff. It takes away what was written, never what
was decided: states, promises, moments, sums and the chain of decisions stay as they are, because
they name people by an id that then leads to nobody.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from unicodedata import category
from uuid import UUID

from psycopg.errors import DataError, IntegrityError
from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb

from handoff.addresses import spellings
from handoff.handing_over import NOW, WAS
from handoff.policy import FIELDS
from store.door import Tx
from store.written import ADDRESSES, WORDS, Path

GONE = "no longer kept"
NOBODY = "A former colleague"
TYPED = [
    "extended",
    "reassigned",
    "lead_given",
    "went_on",
    "campaign_corrected",
    "corrected",
]  # entries in which people type a reason
CHANGED = [
    f"{when}{name}"
    for when in (WAS, NOW)
    for name in (*FIELDS, "contact_zone")
    if name not in ("value", "campaign")
]
"""What an entry says of the brief's texts, before and after; worth and campaign stay, as they do in
the lead.
"""
BUSY = (
    "(exists (select from handoff h where h.state <> 'ended' and h.qualifier = p.id) "
    "or exists (select from handoff h where h.state <> 'ended' and h.owner = p.id) "
    "or exists (select from handoff h where h.state <> 'ended' and h.rep = p.id) "
    "or exists (select from commitment c where c.who = p.id and c.ended_at is null) "
    "or exists (select from pledge c where c.who = p.id and c.ended_at is null))"
)
"""Whether person *p* has a part in an open handoff, or owes something besides."""

_SIGNS = re.compile(r"[0-9A-Za-z]+|[^\W\x00-\x7f]+")
_PHONE = re.compile(
    r"(?<![\w+.,/-])(?:\+(?:[\s()./-]{0,2}\d){8,15}|\(?0(?:[\s()./-]{0,2}\d){8,14})(?![\d.,]*\d)"
)
"""As numbers are written that can be dialled from elsewhere: after a + or a 0. A sum, a date and a
year in the name of a campaign are none, and stand in everybody's texts.
"""
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_MAY_BE_CODES = frozenset({"why", "reason"})  # in a detail: a code, where it is one small word
_SHORTEST = 3  # letters of a name that is looked for by itself
_FULL = 4  # letters of a name of several words


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for: full names and addresses everywhere, a part of a name where they had a
    part. A name of one word is such a part, for it may be any word: "answer" is no one's.
    """

    whole: tuple[str, ...]
    parts: tuple[str, ...] = ()
    instead: str = GONE
    exact: tuple[str, ...] = ()  # of *whole*, addresses and numbers, which are nobody else's

    @classmethod
    def of(cls, name: str, mails: Iterable[str], instead: str, also: Iterable[str] = ()) -> "Words":
        """*also* is what an administrator says that they are called besides, or their number."""
        parts = name.split()
        full = [name, f"{parts[-1]}, {' '.join(parts[:-1])}"] if _is_full(parts) else []
        known = [*mails, *also]
        exact = [one for one in known if "@" in one.strip("@ ") or _is_number(one)]
        called = [one for one in also if one not in exact and _letters(one) > 1]
        return cls(
            tuple(dict.fromkeys((*full, *exact, *called))),
            tuple(one for one in parts if _letters(one) >= _SHORTEST),
            instead,
            tuple(dict.fromkeys(exact)),
        )


def _letters(word: str) -> int:
    return sum(map(str.isalpha, word))


def _is_full(parts: Sequence[str]) -> bool:
    """Whether it is the name of one person, as it can be said of a text that anybody wrote."""
    words = [one for one in parts if _letters(one)]
    own = any(category(sign) == "Lo" for one in words for sign in one)  # a sign is a syllable
    return len(words) > 1 and (own or sum(map(_letters, words)) >= _FULL)


class Scrubbed(NamedTuple):
    rows: int = 0
    left: tuple[str, ...] = ()  # tables in which it could not be done

    def __add__(self, other: object) -> "Scrubbed":
        assert isinstance(other, Scrubbed)
        return Scrubbed(self.rows + other.rows, (*self.left, *other.left))

    @property
    def said(self) -> list[str]:
        where = ", ".join(dict.fromkeys(self.left))
        return [f"NOT removed: what others wrote of them in {where}"] if where else []


async def clear(tx: Tx, ids: Sequence[UUID]) -> int:
    """What people wrote in these handoffs is gone, and what stood in the way. They have ended."""
    if not ids:
        return 0
    done = await tx.execute(
        "update handoff set texts_gone_at = now(), note = '', words = '', trouble = null, "
        "search = null, obstacles = '[]', others_refused = '[]', letters = '[]', deeds = '[]', "
        "organizer_event = null, rep_event = null, uid = null, join_url = null, "
        "prospect_other = null "
        "where id = any(%s) and state = 'ended'",
        [list(ids)],
    )
    await tx.execute(
        "update lead set needs = '', pains = '', current_solution = '', request = '', "
        "value = case when worth is null then '' else value end, worth_unclear = false "
        "where id in (select lead from handoff where id = any(%s) and state = 'ended')",
        [list(ids)],
    )
    await tx.execute(
        "update entry set detail = detail || case when detail ? 'why' then %s::jsonb "
        "when detail ? 'reason' then %s::jsonb else '{}' end "
        "where handoff = any(%s) and what = any(%s)",
        [json.dumps({"why": GONE}), json.dumps({"reason": GONE}), list(ids), TYPED],
    )
    await tx.execute(
        "update entry set detail = detail - %s::text[] "
        "where handoff = any(%s) and what in ('fixed', 'mended')",
        [CHANGED, list(ids)],
    )
    await tx.execute("update correction set why = %s where handoff = any(%s)", [GONE, list(ids)])
    await tx.execute("delete from invitation where handoff = any(%s)", [list(ids)])
    await tx.execute("delete from routing_question where handoff = any(%s)", [list(ids)])
    await tx.execute("update routing_report set note = '' where handoff = any(%s)", [list(ids)])
    return done.rowcount


async def forget_colleague(tx: Tx, id: str, also: Sequence[str] = ()) -> list[str]:
    """Name, addresses, chat, hours and calendar of someone who has nothing open are gone.

    *also* is looked for besides: a telephone number, a nickname. Returns what was done, in words.
    """
    person = await (
        await tx.execute(
            "select name, mail, former || aliases, n from person where id = %s for update", [id]
        )
    ).fetchone()
    assert person
    name, mail, former, n = person
    done = await _remove(tx, id, [mail, *former])
    words = Words.of(name, [mail, *former], NOBODY, also)
    theirs = await _handoffs_of(tx, id)
    await tx.execute(
        "update entry set detail = detail || case when detail ? 'why' then %s::jsonb "
        "when detail ? 'reason' then %s::jsonb else '{}' end where by = %s and what = any(%s)",
        [json.dumps({"why": GONE}), json.dumps({"reason": GONE}), id, TYPED],
    )
    await tx.execute("update correction set why = %s where by = %s", [GONE, id])
    await tx.execute(
        "update handoff set note = case when rep = %(id)s then '' else note end, "
        "words = case when qualifier = %(id)s then '' else words end, "
        "obstacles = case when rep = %(id)s then '[]' else obstacles end, "
        "others_refused = '[]', search = null "
        "where state = 'ended' and %(id)s in (rep, qualifier)",
        {"id": id},
    )
    await tx.execute(
        "update person set name = %s, mail = %s, former = '{}', aliases = '{}', zone = 'UTC', "
        "shown_in = null, days = '{}', day_start = '00:00', day_end = '00:00', holidays = '{}', "
        "away = '{}', replies = '{}', absent = '{}', said = '{}', said_by = null, "
        "managers = '{}', roles = '{}', pools = '{}', unreachable = null, "
        "dark = null, settings_at = null, cleared_at = coalesce(cleared_at, now()), "
        "forgotten_at = now() where id = %s",
        [NOBODY, f"{n}@forgotten.invalid", id],
    )
    await _policies(tx, words, f"{n}@forgotten.invalid", [mail, *former])
    replaced = await scrub(tx, words, theirs)
    done.append(f"their name and address in {replaced.rows} texts of others")
    return done + replaced.said


async def forget_prospect(tx: Tx, leads: Sequence[UUID], also: Sequence[str] = ()) -> Scrubbed:
    """Who a prospect was and everything written of them are gone. Their handoffs have ended.

    Telephone numbers in what was written are looked for elsewhere too. Returns how many texts of
    others named them.
    """
    found = await tx.execute(
        "select l.contact_name, l.contact_email, h.id, concat_ws(' ', l.needs, l.pains, "
        "l.current_solution, l.request, h.note, h.words) "
        "from lead l join handoff h on h.lead = l.id where l.id = any(%s) order by h.id "
        "for no key update of h, l",
        [list(leads)],
    )
    rows = await found.fetchall()
    phones = [phone for *_, text in rows for phone in _PHONE.findall(text)]
    await clear(tx, [row[2] for row in rows])
    await tx.execute(
        "update lead set contact_name = %s, contact_email = "
        "coalesce(substring(contact_email from '@.*$'), ''), contact_gone_at = now() "
        "where id = any(%s)",
        [GONE, list(leads)],
    )
    await tx.execute(
        "update handoff set prospect_gone_at = now() where id = any(%s)", [[row[2] for row in rows]]
    )
    replaced = Scrubbed()
    for name, mail in dict.fromkeys((row[0], row[1]) for row in rows):
        words = Words.of(name, [mail, *spellings(mail), *phones], GONE, also)
        if called := (*words.whole, *words.parts):
            await tx.execute(
                "update lead set company = regexp_replace(company, %(called)s, %(gone)s, 'g') "
                "where id = any(%(leads)s) and company ~ %(called)s",
                {"called": pattern(called, "text"), "gone": GONE, "leads": list(leads)},
            )
        replaced += await scrub(tx, words, [row[2] for row in rows])
    # A domain that is their own name says who they are, as a company does.
    for name in {row[0] for row in rows}:
        for part in (part for part in name.split() if len(part) >= _SHORTEST):
            await tx.execute(
                "update lead set contact_email = '' where id = any(%s) and contact_email ilike %s",
                [list(leads), f"%{part}%"],
            )
    return replaced


async def scrub(tx: Tx, words: Words, theirs: Sequence[UUID]) -> Scrubbed:
    """The words are in no text any more that people wrote; codes are as they were, but for
    addresses. What a table does not take is left there and told, and the rest is done.
    """
    found = await tx.execute(
        "select table_name || '.' || column_name, udt_name from information_schema.columns "
        "where table_schema = current_schema()"
    )
    kinds: dict[str, str] = dict(await found.fetchall())
    done = Scrubbed()
    for where, what, instead in (
        (WORDS, words.whole, words.instead),
        (ADDRESSES, words.exact, GONE),
    ):
        for table, columns in _by_table(where, kinds).items():
            done += await _safely(tx, table, columns, what, instead)
            if where is WORDS and table in THEIRS and theirs:
                done += await _safely(tx, table, columns, words.parts, instead, theirs=theirs)
    return done


def _by_table(
    where: Mapping[str, tuple[Path, ...]], kinds: Mapping[str, str]
) -> dict[str, list["_Column"]]:
    tables: dict[str, list[_Column]] = {}
    for name, paths in where.items():
        table, column = name.split(".")
        tables.setdefault(table, []).append(_Column(column, kinds[name], paths))
    return tables


async def _safely(
    tx: Tx,
    table: str,
    columns: Sequence["_Column"],
    words: Sequence[str],
    instead: str,
    *,
    theirs: Sequence[UUID] = (),
) -> Scrubbed:
    if not words:
        return Scrubbed()
    try:
        async with tx.connection.transaction():
            return Scrubbed(await _scrub(tx, table, columns, words, instead, theirs=theirs))
    except (IntegrityError, DataError):
        return Scrubbed(left=(table,))


THEIRS = {
    "lead": "id in (select lead from handoff where id = any(%(theirs)s))",
    "handoff": "id = any(%(theirs)s)",
    "entry": "handoff = any(%(theirs)s)",
}
"""What belongs to handoffs in which they had a part."""


class _Column(NamedTuple):
    name: str
    kind: str
    paths: tuple[Path, ...] = ()

    @property
    def text(self) -> Composable:
        return SQL("{}::text").format(Identifier(self.name))

    def matches(self, match: Composable) -> Composable:
        """Whether a text in it does, as people read it: JSON writes some signs otherwise."""
        if self.kind != "jsonb":
            return SQL("{} {} %(said)s").format(self.text, match)
        return SQL(
            "exists (select from jsonb_path_query({}, 'strict $.**') one "
            "where jsonb_typeof(one) = 'string' and one #>> '{{}}' {} %(said)s)"
        ).format(Identifier(self.name), match)


async def _scrub(
    tx: Tx,
    table: str,
    columns: Sequence[_Column],
    words: Sequence[str],
    instead: str,
    *,
    theirs: Sequence[UUID] = (),
) -> int:
    """Whole words in any case; in *theirs* alone, where given, as they are written."""
    case, match = ("g", SQL("~")) if theirs else ("gi", SQL("~*"))
    hits = SQL(" or ").join(one.matches(match) for one in columns)
    whole = SQL("concat_ws(E'\\n', {})").format(SQL(", ").join(one.text for one in columns))
    may, hints = _may_hold(whole, words)
    where = SQL("case when {} then {} end").format(may, hits)
    if theirs:
        where = SQL("{} and ({})").format(SQL(THEIRS[table]), hits)
    said = pattern(words, "text")
    found = await tx.execute(
        SQL("select ctid::text, {} from {} where {} for update").format(
            SQL(", ").join(Identifier(one.name) for one in columns), Identifier(table), where
        ),
        {"said": said, "theirs": list(theirs), **hints},
    )
    rows = await found.fetchall()
    texts = list(
        {
            text
            for _, *values in rows
            for one, value in zip(columns, values, strict=True)
            for text in _texts(value, one.paths)
        }
    )
    answer = await tx.execute(
        "select text, regexp_replace(text, %s, %s, %s) from unnest(%s::text[]) text",
        [said, instead, case, texts],
    )
    now: dict[str, str] = dict(await answer.fetchall())
    changed = 0
    for at, *values in rows:
        new = [_replaced(value, one.paths, now) for one, value in zip(columns, values, strict=True)]
        if new == values:
            continue
        changed += 1
        await tx.execute(
            SQL("update {} set {} where ctid = %s::tid").format(
                Identifier(table),
                SQL(", ").join(SQL("{} = %s").format(Identifier(one.name)) for one in columns),
            ),
            [
                *(
                    Jsonb(value) if one.kind == "jsonb" and value is not None else value
                    for one, value in zip(columns, new, strict=True)
                ),
                at,
            ],
        )
    return changed


def _texts(value: Any, paths: Iterable[Path]) -> set[str]:
    """The texts in a column's *value* that are looked through."""
    seen = set[str]()

    def see(text: str) -> str:
        seen.add(text)
        return text

    _walk(value, paths, see)
    return seen


def _replaced(value: Any, paths: Iterable[Path], now: Mapping[str, str]) -> Any:
    return _walk(value, paths, lambda text: now.get(text, text))


def _walk(value: Any, paths: Iterable[Path], do: Callable[[str], str]) -> Any:
    for path in paths or [()]:
        value = _at(value, path, do)
    return value


def _at(value: Any, path: Path, do: Callable[[str], str]) -> Any:
    """*value* with what is there as *do* makes it. What is of another form stays as it is."""
    if not path:
        return do(value) if isinstance(value, str) else value
    key, *more = path
    rest = tuple(more)
    if isinstance(value, list):
        return [_at(one, rest, do) if key in ("*", n) else one for n, one in enumerate(value)]
    if isinstance(value, dict) and key in value:
        one = value[str(key)]
        if key in _MAY_BE_CODES and isinstance(one, str) and _CODE.fullmatch(one):
            return value
        return {**value, key: _at(one, rest, do)}
    return value


async def hashed(tx: Tx, words: Sequence[str]) -> int:
    """How many records of choices hold one of *words*: in the name of a trait, if anywhere."""
    some = [word for word in words if word]
    may, hints = _may_hold(SQL("record::text"), some)
    row = await (
        await tx.execute(
            SQL(
                "select count(*) from routing_record "
                "where case when {} then record::text ~* %(pattern)s end"
            ).format(may),
            {"pattern": pattern(some, "jsonb"), **hints},
        )
    ).fetchone()
    return int(row[0]) if row else 0


def _may_hold(text: Composable, words: Iterable[str]) -> tuple[Composable, dict[str, Any]]:
    """What is true of whatever holds one of *words*, and is seen some forty times as fast as by
    `pattern`: a row of signs in the word that is the same however it is written. Hardly anything
    that is looked through has it. With what to ask it with. It goes before the other by `case`,
    for PostgreSQL takes that one to be cheaper.
    """
    words = list(words)
    numbers = [_number(word) for word in words if _is_number(word)]
    parts = set[str]()
    for one in (word for word in words if not _is_number(word)):
        if not any(part and part in one.lower() for part in parts):
            parts.add(_same(one))
    # In this collation the small letters of A to Z are made and nothing else is asked.
    ways = [SQL('lower({} collate "C") like any(%(parts)s)').format(text)]
    if numbers:
        ways.append(SQL("{} ~ %(numbers)s").format(text))
    return SQL("({})").format(SQL(" or ").join(ways)), {
        "parts": [f"%{part}%" for part in parts],
        "numbers": "|".join(numbers),
    }


def _same(word: str) -> str:
    """The longest row of signs in *word* that are the same in any spelling that `pattern` finds, in
    small letters. Where there is none, nothing, which everything holds.
    """
    found = _SIGNS.findall(word)
    same = [one.lower() for one in found if one.isascii() or one.lower() == one.upper()]
    return max(same, key=len, default="")


def _is_number(word: str) -> bool:
    """Of a telephone, which is written with spaces and signs wherever people put them."""
    digits = re.sub(r"\D", "", word)
    return len(digits) > _SHORTEST * 2 and not re.search(r"[^\d\s()+./-]", word)


def pattern(words: Iterable[str], kind: str) -> str:
    """A regular expression of PostgreSQL's for any of *words*, as they stand in such a column.

    "ann@x.example" is not found in "mary-ann@x.example", nor "Ann Li" in "Joann Linden".
    """
    made = []
    for word in words:
        if _is_number(word):
            made.append(rf"(?<![0-9])\+?{_number(word)}(?![0-9])")
            continue
        text = word if kind in ("text", "varchar") else json.dumps(word, ensure_ascii=False)[1:-1]
        inner = re.escape(text).replace(r"\ ", r"[[:space:]]+")
        made.append(rf"(?<![[:alnum:]_.+-]){inner}(?![[:alnum:]_-]|\.[[:alnum:]])")
    return "|".join(f"(?:{one})" for one in made)


def _number(word: str) -> str:
    return r"[[:space:]()./-]{0,2}".join(re.sub(r"\D", "", word))


async def _remove(tx: Tx, id: str, mails: Sequence[str]) -> list[str]:
    """What is theirs alone."""
    chat = await (
        await tx.execute(
            "select reference #>> '{conversation,id}' from conversation where person = %s", [id]
        )
    ).fetchone()
    if chat and chat[0]:
        await tx.execute("delete from sent where conversation = %s", [chat[0]])
        await tx.execute("delete from heard where starts_with(activity, %s)", [chat[0]])
    done = ["their name, addresses, working hours, absences, roles and managers"]
    for what, table, column in (
        ("chat with Baton", "conversation", "person"),
        ("weekly checks of their calendar", "week", "person"),
        ("answers to those checks", "silenced", "person"),
        ("watched mailbox entries", "subscription", "mailbox"),
        ("roll calls they were sent", "roll_call", "manager"),
        ("cards they had", "card", "person"),
        ("notes on whether cards reached them", "delivery", "person"),
        ("links in mails to them", "link", "person"),
        ("keys to figures", "figure_key", "person"),
        ("looks of others at their figures", "look", "whose"),
        ("weekly reports they were sent", "weekly_reader", "person"),
    ):
        gone = await tx.execute(f"delete from {table} where {column} = %s", [id])  # noqa: S608
        if gone.rowcount:
            done.append(f"{gone.rowcount} {what}")
    await tx.execute(
        "delete from group_reading where lower(entry) = any(%s)",
        [[way for mail in mails for way in spellings(mail)]],
    )
    await tx.execute(
        "delete from leaver where who = %s or lower(who) = any(%s)",
        [id, [way for mail in mails for way in spellings(mail)]],
    )
    jobs = await tx.execute(
        "delete from procrastinate_jobs where status <> 'doing' and args::text like %s",
        [f"%{id}%"],
    )
    if jobs.rowcount:
        done.append(f"{jobs.rowcount} jobs about them")
    return done


async def _handoffs_of(tx: Tx, id: str) -> list[UUID]:
    """Every handoff that they had a part in, locked in one order."""
    found = await tx.execute(
        "select h.id from handoff h where %(id)s in (h.qualifier, h.owner, h.rep, h.leader) "
        "or exists (select from commitment c where c.handoff = h.id and c.who = %(id)s) "
        "or exists (select from entry e where e.handoff = h.id and (e.by = %(id)s "
        "or e.detail ->> 'to' = %(id)s)) order by h.id for no key update of h",
        {"id": id},
    )
    return [row async for (row,) in found]


async def _policies(tx: Tx, words: Words, instead: str, mails: Sequence[str]) -> None:
    """Older versions of the policy name them no more; they still say what they said of others.

    An address becomes one that is nobody's, for pairs and shares that named it must stay whole. A
    name goes out of notes alone: a pool or a group may be called the same.
    """
    await tx.execute(
        "update policy set text = regexp_replace(text, %(mails)s, %(instead)s, 'gi') "
        "where text ~* %(mails)s",
        {"mails": pattern(mails, "text"), "instead": instead},
    )
    if not words.whole:
        return
    said = pattern(words.whole, "text")
    found = await tx.execute("select version, text from policy where text ~* %s", [said])
    for version, text in await found.fetchall():
        notes = list({note[2] for line in text.splitlines() if (note := _NOTE.fullmatch(line))})
        answer = await tx.execute(
            "select note, regexp_replace(note, %s, %s, 'gi') from unnest(%s::text[]) note",
            [said, words.instead, notes],
        )
        now: dict[str, str] = dict(await answer.fetchall())
        lines = [
            f"{note[1]}{now[note[2]]}" if (note := _NOTE.fullmatch(line)) else line
            for line in text.splitlines()
        ]
        await tx.execute(
            "update policy set text = %s where version = %s",
            ["\n".join(lines) + "\n" * text.endswith("\n"), version],
        )


_NOTE = re.compile(r"""((?:[^#"']|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*)(#.*)""")
"""A line of a policy up to its note, and the note."""
