"""A person is forgotten: who they were goes, what happened stays.

The one thing besides the door that touches a handoff. It takes away what was written, never what
was decided: states, promises, moments, sums and the chain of decisions stay as they are, because
they name people by an id that then leads to nobody.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.errors import DataError, IntegrityError
from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb

from handoff.addresses import spellings
from handoff.correcting import NOW, WAS
from handoff.policy import FIELDS
from store.called import Words, in_domain, may_hold, pattern
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

_DATE = (
    r"\(?\d{1,2}(?:([./-])\d{1,2}\1\d\d(?:\d\d)?(?![./-]?\d)|[./ -]\d{1,2}[./ -](?:19|20)\d\d(?!\d)"
    r"|[.:]\d\d\s?-\s?\d{1,2}[.:]\d\d(?!\d))"
)
_PHONE = re.compile(
    rf"(?<![\w+.,/-])(?:{_DATE}|"
    r"((?:\+(?:[\s()./-]{0,3}\d){8,15}|\(?0(?:[\s()./-]{0,3}\d){8,14}))(?![\d.,]*\d))"
)
"""As numbers are written that can be dialled from elsewhere: after a + or a 0. A sum, a date, hours
and a year in the name of a campaign are none, and stand in everybody's texts.
"""
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_EVERYBODYS = 2  # other companies of which a number is written that is no one's own
_MAY_BE_CODES = frozenset({"why", "reason"})  # in a detail: a code, where it is one small word


_AGAIN = "where it is theirs there too, run person forget for them with --also"


class Scrubbed(NamedTuple):
    rows: int = 0
    left: tuple[str, ...] = ()  # tables in which it could not be done
    stays: int = 0  # texts in which their name may be anybody's
    numbers: tuple[str, ...] = ()  # in what was written of them, that are not their own

    def __add__(self, other: object) -> "Scrubbed":
        assert isinstance(other, Scrubbed)
        return Scrubbed(
            self.rows + other.rows,
            (*self.left, *other.left),
            self.stays + other.stays,
            (*self.numbers, *other.numbers),
        )

    @property
    def said(self) -> list[str]:
        where = ", ".join(dict.fromkeys(self.left))
        said = [f"NOT removed: what others wrote of them in {where}"] if where else []
        if self.stays:
            said.append(
                f"NOT removed: what they are called, in {self.stays} texts of others that speak of "
                f"nothing else of theirs; {_AGAIN} and the name"
            )
        said += [
            f"NOT removed: {number}, which is written of other companies too; {_AGAIN} and the "
            "number"
            for number in self.numbers
        ]
        return said


async def clear(tx: Tx, ids: Sequence[UUID]) -> int:
    """What people wrote in these handoffs is gone, and what stood in the way. They have ended."""
    if not ids:
        return 0
    done = await tx.execute(
        "update handoff set texts_gone_at = now(), note = '', words = '', trouble = null, "
        "search = null, obstacles = '[]', others_refused = '[]', letters = '[]', deeds = '[]', "
        "proposed = '[]', "
        "deals = (select coalesce(jsonb_agg(one - 'next_step' order by n), '[]') "
        "from jsonb_array_elements(deals) with ordinality as its (one, n)), "
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
    await tx.execute("update arrival set digest = null where handoff = any(%s)", [list(ids)])
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

    Telephone numbers in what was written are looked for elsewhere too, unless they are everybody's,
    as a hotline is. Returns how many texts of others named them.
    """
    found = await tx.execute(
        "select l.contact_name, l.contact_email, l.company, h.id, "
        "concat_ws(' ', l.needs, l.pains, l.current_solution, l.request, h.note, h.words) "
        "from lead l join handoff h on h.lead = l.id where l.id = any(%s) order by h.id "
        "for no key update of h, l",
        [list(leads)],
    )
    rows = await found.fetchall()
    theirs = [row[3] for row in rows]
    companies = [row[2] for row in rows]
    written = dict.fromkeys(phone for *_, text in rows for phone in _phones(text))
    phones = [one for one in written if not await _everybodys(tx, one, companies)]
    await clear(tx, theirs)
    await tx.execute(
        "update lead set contact_name = %s, contact_email = "
        "coalesce(substring(contact_email from '@.*$'), ''), contact_gone_at = now() "
        "where id = any(%s)",
        [GONE, list(leads)],
    )
    await tx.execute(
        "update handoff set prospect_gone_at = now(), deals = '[]', deal_id = null, "
        "activity = null, touched = null "
        "where id = any(%s)",
        [theirs],
    )
    for table in ("crm_link", "crm_ask"):
        await tx.execute(f"delete from {table} where handoff = any(%s)", [theirs])  # noqa: S608
    found = await tx.execute(
        "select h.id from handoff h join lead l on l.id = h.lead where lower(l.company) = any(%s)",
        [[company.lower() for company in companies if company]],
    )
    akin = [id async for (id,) in found]
    replaced = Scrubbed(numbers=tuple(one for one in written if one not in phones))
    for name, mail in dict.fromkeys((row[0], row[1]) for row in rows):
        mails = [mail, *spellings(mail), *phones]
        words = Words.of(name, mails, GONE, also, companies)
        called = (*words.whole, *words.written, *words.parts)
        if called and not words.shared:  # which says nothing of a company either
            await tx.execute(
                "update lead set company = regexp_replace(company, %(called)s, %(gone)s, 'g') "
                "where id = any(%(leads)s) and company ~ %(called)s",
                {"called": pattern(called, "text"), "gone": GONE, "leads": list(leads)},
            )
        # A domain that is their own name says who they are, as a company does.
        if not words.shared and in_domain(name, domain := mail.rpartition("@")[2]):
            await tx.execute(
                "update lead set contact_email = '' where id = any(%s) and contact_email = %s",
                [list(leads), f"@{domain}"],
            )
        replaced += await scrub(tx, words, theirs, akin)
    return replaced


async def forget_words(tx: Tx, also: Sequence[str]) -> Scrubbed:
    """What an administrator says that somebody is called is nowhere any more, nor their number."""
    return await scrub(tx, Words.of("", (), GONE, also), ())


async def _everybodys(tx: Tx, phone: str, companies: Sequence[str]) -> bool:
    """Whether the number is written of several companies beside these."""
    text = SQL(
        "concat_ws(E'\\n', l.needs, l.pains, l.current_solution, l.request, h.note, h.words)"
    )
    may, hints = may_hold(text, [phone])
    found = await tx.execute(
        SQL(
            "select distinct lower(l.company) from lead l join handoff h on h.lead = l.id "
            "where case when {} then {} ~ %(said)s end and lower(l.company) <> all(%(own)s) "
            "limit %(most)s"
        ).format(may, text),
        {
            "said": pattern([phone], "text"),
            "own": [one.lower() for one in companies],
            "most": _EVERYBODYS,
            **hints,
        },
    )
    return len(await found.fetchall()) == _EVERYBODYS


def _phones(text: str) -> list[str]:
    return [found[2] for found in _PHONE.finditer(text) if found[2]]


async def scrub(
    tx: Tx, words: Words, theirs: Sequence[UUID], akin: Sequence[UUID] = ()
) -> Scrubbed:
    """The words are in no text any more that people wrote, as far as they are *theirs*; codes are
    as they were, but for addresses. Handoffs *akin* are of the same company. What a table does not
    take is left there and told, and the rest is done.
    """
    found = await tx.execute(
        "select table_name || '.' || column_name, udt_name from information_schema.columns "
        "where table_schema = current_schema()"
    )
    kinds: dict[str, str] = dict(await found.fetchall())
    done = Scrubbed()
    for table, columns in _by_table(WORDS, kinds).items():
        one = _Look(table, columns, words.instead)
        # What stands beside a name is looked for before it is gone.
        if words.shared:
            done += await one.safely(tx, words.shared, beside=words.beside)
        if table in THEIRS:
            done += await one.safely(tx, words.shared, of=akin)
            done += await one.safely(tx, words.theirs, of=theirs)
        done += await one.safely(tx, words.whole)
        done += await one.safely(tx, words.written, any_case=False)
        if table in THEIRS:
            done += await one.safely(tx, words.parts, of=theirs, any_case=False)
        if words.shared:
            done += Scrubbed(stays=await one.counted(tx, words.shared))
    for table, columns in _by_table(ADDRESSES, kinds).items():
        done += await _Look(table, columns, GONE).safely(tx, words.exact)
    return done


def _by_table(
    where: Mapping[str, tuple[Path, ...]], kinds: Mapping[str, str]
) -> dict[str, list["_Column"]]:
    tables: dict[str, list[_Column]] = {}
    for name, paths in where.items():
        table, column = name.split(".")
        tables.setdefault(table, []).append(_Column(column, kinds[name], paths))
    return tables


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


class _Look(NamedTuple):
    """One table, looked through."""

    table: str
    columns: Sequence[_Column]
    instead: str

    async def safely(
        self,
        tx: Tx,
        words: Sequence[str],
        *,
        of: Sequence[UUID] | None = None,
        any_case: bool = True,
        beside: Sequence[str] | None = None,
    ) -> Scrubbed:
        """Whole words go: everywhere, or where something *beside* them stands in the same row, or
        out of what belongs to the handoffs *of* somebody.
        """
        if not words or (of is not None and not of) or (beside is not None and not beside):
            return Scrubbed()
        try:
            async with tx.connection.transaction():
                rows = await self.scrub(tx, words, of=of, any_case=any_case, beside=beside)
                return Scrubbed(rows)
        except (IntegrityError, DataError):
            return Scrubbed(left=(self.table,))

    async def counted(self, tx: Tx, words: Sequence[str]) -> int:
        """In how many rows they stand."""
        where, hints = self._where(words, any_case=True)
        row = await (
            await tx.execute(
                SQL("select count(*) from {} where {}").format(Identifier(self.table), where), hints
            )
        ).fetchone()
        return int(row[0]) if row else 0

    def _where(
        self,
        words: Sequence[str],
        *,
        any_case: bool,
        of: Sequence[UUID] | None = None,
        beside: Sequence[str] | None = None,
    ) -> tuple[Composable, dict[str, Any]]:
        match = SQL("~*") if any_case else SQL("~")
        hits = SQL("({})").format(SQL(" or ").join(one.matches(match) for one in self.columns))
        texts = SQL(", ").join(one.text for one in self.columns)
        whole = SQL("concat_ws(E'\\n', {})").format(texts)
        hints: dict[str, Any] = {"said": pattern(words, "text")}
        if beside:
            hits = SQL("{} and {} ~* %(beside)s").format(hits, whole)
            hints["beside"] = pattern(beside, "text")
        if of is not None:
            return SQL("{} and {}").format(SQL(THEIRS[self.table]), hits), hints | {
                "theirs": list(of)
            }
        may, more = may_hold(whole, words)
        return SQL("case when {} then {} end").format(may, hits), hints | more

    async def scrub(
        self,
        tx: Tx,
        words: Sequence[str],
        *,
        of: Sequence[UUID] | None = None,
        any_case: bool = True,
        beside: Sequence[str] | None = None,
    ) -> int:
        """As `safely`; raises what the table does not take. Returns how many rows are others."""
        where, hints = self._where(words, any_case=any_case, of=of, beside=beside)
        found = await tx.execute(
            SQL("select ctid::text, {} from {} where {} for update").format(
                SQL(", ").join(Identifier(one.name) for one in self.columns),
                Identifier(self.table),
                where,
            ),
            hints,
        )
        rows = await found.fetchall()
        texts = list(
            {
                text
                for _, *values in rows
                for one, value in zip(self.columns, values, strict=True)
                for text in _texts(value, one.paths)
            }
        )
        answer = await tx.execute(
            "select text, regexp_replace(text, %s, %s, %s) from unnest(%s::text[]) text",
            [hints["said"], self.instead, "gi" if any_case else "g", texts],
        )
        now: dict[str, str] = dict(await answer.fetchall())
        changed = 0
        for at, *values in rows:
            new = [
                _replaced(value, one.paths, now)
                for one, value in zip(self.columns, values, strict=True)
            ]
            if new == values:
                continue
            changed += 1
            await tx.execute(
                SQL("update {} set {} where ctid = %s::tid").format(
                    Identifier(self.table),
                    SQL(", ").join(
                        SQL("{} = %s").format(Identifier(one.name)) for one in self.columns
                    ),
                ),
                [
                    *(
                        Jsonb(value) if one.kind == "jsonb" and value is not None else value
                        for one, value in zip(self.columns, new, strict=True)
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
    may, hints = may_hold(SQL("record::text"), some)
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
        ("who they are in the CRM", "crm_user", "person"),
        ("looks of others at their figures", "look", "whose"),
        ("weekly reports they were sent", "weekly_reader", "person"),
        ("lines of these that were theirs alone", "weekly_line", "reader"),
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
    # A note of a line that names them is about them, whatever they are called.
    for called, any_case, beside in (
        (words.whole, True, ""),
        (words.written, False, ""),
        (words.shared, True, instead),
    ):
        if called:
            await _notes(tx, pattern(called, "text"), words.instead, beside, any_case=any_case)


async def _notes(tx: Tx, said: str, instead: str, beside: str, *, any_case: bool) -> None:
    found = await tx.execute("select version, text from policy where text ~* %s", [said])
    for version, text in await found.fetchall():
        notes = list({note[2] for line in text.splitlines() if (note := _NOTE.fullmatch(line))})
        answer = await tx.execute(
            "select note, regexp_replace(note, %s, %s, %s) from unnest(%s::text[]) note",
            [said, instead, "gi" if any_case else "g", notes],
        )
        now: dict[str, str] = dict(await answer.fetchall())
        lines = [
            f"{note[1]}{now[note[2]]}"
            if beside in line and (note := _NOTE.fullmatch(line))
            else line
            for line in text.splitlines()
        ]
        await tx.execute(
            "update policy set text = %s where version = %s",
            ["\n".join(lines) + "\n" * text.endswith("\n"), version],
        )


_NOTE = re.compile(r"""((?:[^#"']|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*)(#.*)""")
"""A line of a policy up to its note, and the note."""
