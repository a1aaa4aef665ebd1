"""A person is forgotten: who they were goes, what happened stays.

The one thing besides the door that touches a handoff. It takes away what was written, never what
was decided: states, promises, moments, sums and the chain of decisions stay as they are, because
they name people by an id that then leads to nobody.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier

from handoff.addresses import spellings
from handoff.handing_over import NOW, WAS
from handoff.policy import FIELDS
from store.door import Tx
from store.stored import HASHED

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

OTHERS = frozenset(
    {("person", "name"), ("person", "mail"), ("person", "former"), ("person", "aliases")}
    | {("policy", "text"), ("lead", "contact_name"), ("lead", "contact_email")}
)
"""Columns that say who someone else is, perhaps of the same name. Each has a way of its own."""

_SIGNS = re.compile(r"[0-9A-Za-z]+|[^\W\x00-\x7f]+")
_PHONE = re.compile(r"\+?\d(?:[\s()./-]{0,2}\d){6,}")
CASTS = {"jsonb": "::jsonb", "json": "::json", "_text": "::text[]"}
KEYS = {"lead": "id", "handoff": "id", "entry": "handoff"}  # of what belongs to a handoff
_SHORTEST = 3  # letters of a name that is looked for by itself


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for: names and addresses everywhere, parts of a name where they had a part."""

    whole: tuple[str, ...]
    parts: tuple[str, ...] = ()
    instead: str = GONE

    @classmethod
    def of(cls, name: str, others: Iterable[str], instead: str) -> "Words":
        parts = name.split()
        turned = [f"{parts[-1]}, {' '.join(parts[:-1])}"] if len(parts) > 1 else []
        return cls(
            tuple(dict.fromkeys(word for word in (name, *turned, *others) if word.strip())),
            tuple(part for part in parts if len(part) >= _SHORTEST),
            instead,
        )


async def clear(tx: Tx, ids: Sequence[UUID]) -> int:
    """What people wrote in these handoffs is gone, and what stood in the way. They have ended."""
    if not ids:
        return 0
    done = await tx.execute(
        "update handoff set texts_gone_at = now(), note = '', words = '', trouble = null, "
        "search = null, obstacles = '[]', others_refused = '[]', letters = '[]', "
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
        "update entry set detail = detail - %s::text[] where handoff = any(%s) and what = 'fixed'",
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
    words = Words.of(name, [mail, *former, *also], NOBODY)
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
    done.append(f"their name and address in {replaced} texts of others")
    return done


async def forget_prospect(tx: Tx, leads: Sequence[UUID], also: Sequence[str] = ()) -> int:
    """Who a prospect was and everything written of them are gone. Their handoffs have ended.

    Telephone numbers in what was written are looked for elsewhere too. Returns how many texts of
    others named them.
    """
    found = await tx.execute(
        "select l.contact_name, l.contact_email, h.id, concat_ws(' ', l.needs, l.pains, "
        "l.current_solution, l.request, l.campaign, h.note, h.words) "
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
    replaced = 0
    for name, mail in dict.fromkeys((row[0], row[1]) for row in rows):
        words = Words.of(name, [mail, *spellings(mail), *phones, *also], GONE)
        replaced += await scrub(tx, words, [row[2] for row in rows])
    # A domain that is their own name says who they are.
    for name in {row[0] for row in rows}:
        for part in (part for part in name.split() if len(part) >= _SHORTEST):
            await tx.execute(
                "update lead set contact_email = '' where id = any(%s) and contact_email ilike %s",
                [list(leads), f"%{part}%"],
            )
    return replaced


async def scrub(tx: Tx, words: Words, theirs: Sequence[UUID]) -> int:
    """The words are in no text of the database any more, but in what is hashed.

    Every column that can hold text is looked through, whichever there are. Returns how many rows.
    """
    found = await tx.execute(
        "select table_name, column_name, udt_name from information_schema.columns c "
        "join information_schema.tables t using (table_schema, table_name) "
        "where table_schema = current_schema() and table_type = 'BASE TABLE' "
        "and udt_name in ('text', 'varchar', 'jsonb', 'json', '_text') order by 1, 2"
    )
    tables: dict[str, list[_Column]] = {}
    for table, column, kind in await found.fetchall():
        coded = table == "fact" and column != "campaign"  # ids and codes, and very many
        if table not in HASHED and (table, column) not in OTHERS and not coded:
            tables.setdefault(table, []).append(_Column(column, kind))
    replaced = 0
    for table, columns in tables.items():
        replaced += await _scrub(tx, table, columns, words.whole, words.instead)
        if table in KEYS and words.parts and theirs:
            replaced += await _scrub(tx, table, columns, words.parts, words.instead, theirs=theirs)
    return replaced


class _Column(NamedTuple):
    name: str
    kind: str

    @property
    def text(self) -> Composable:
        return SQL("{}::text").format(Identifier(self.name))

    @property
    def pattern(self) -> Composable:
        return SQL("%(said)s" if self.kind in ("text", "varchar") else "%(in_json)s")


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
    matches = SQL(" or ").join(
        SQL("{} {} {}").format(one.text, match, one.pattern) for one in columns
    )
    whole = SQL("concat_ws(E'\\n', {})").format(SQL(", ").join(one.text for one in columns))
    may, hints = _may_hold(whole, words)
    where = SQL("case when {} then {} end").format(may, matches)
    if theirs:
        where = SQL("{} = any(%(theirs)s) and ({})").format(Identifier(KEYS[table]), matches)
    done = await tx.execute(
        SQL("update {} set {} where {}").format(
            Identifier(table),
            SQL(", ").join(
                SQL("{} = regexp_replace({}, {}, %(instead)s, %(case)s){}").format(
                    Identifier(one.name), one.text, one.pattern, SQL(CASTS.get(one.kind, ""))
                )
                for one in columns
            ),
            where,
        ),
        {
            "said": pattern(words, "text"),
            "in_json": pattern(words, "jsonb"),
            "instead": instead,
            "case": case,
            "theirs": list(theirs),
            **hints,
        },
    )
    return done.rowcount


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

    An address becomes one that is nobody's, for pairs and shares that named it must stay whole.
    """
    await tx.execute(
        "update policy set text = regexp_replace(regexp_replace(text, %(mails)s, %(instead)s, "
        "'gi'), %(names)s, %(nobody)s, 'gi') where text ~* %(mails)s or text ~* %(names)s",
        {
            "mails": pattern(mails, "text"),
            "names": pattern(words.whole, "text"),
            "instead": instead,
            "nobody": words.instead,
        },
    )
