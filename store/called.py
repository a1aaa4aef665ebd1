"""What somebody may be called in what others wrote, in every spelling: their name, their addresses,
their telephone numbers. As regular expressions of PostgreSQL's, which hold each text once.

"José Peña" is also "Peña, Jose", "JOSÉ PEÑA" with letters that a machine makes of two, "José-Peña"
and the two with a space between them that does not break, and so is whoever was written down as
"Jose Pena"; +49 170 1234567 is also 0170/1234567.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category, combining, normalize
from unicodedata import name as _name_of

from psycopg.sql import SQL, Composable

from handoff import addresses

_SIGNS = re.compile(r"[0-9A-Za-z]+")
_WORDS_APART = re.compile(r"[\s,\u2010\u2011-]+")
_SHORTEST = 3  # letters of a name that is looked for by itself
_FULL = 4  # letters of a name of several words
_NATIONAL = 7  # digits of a number that is told from others without its country

_TASK_WORDS = (
    "abteilung accounting accounts accueil achats acquisti administration administración "
    "amministrazione assistance atención board buchhaltung bureau buying büro center centre "
    "clientèle clients committee compras comptabilité contabilidad council customer customers "
    "department dept desk dirección direction division einkauf empfang engineering enquiries "
    "equipe equipo export finance geschäftsführung geschäftsleitung group headquarters helpdesk "
    "hotline hq hr import inbox info information inquiries invoicing it kontakt kunden "
    "kundendienst kundenservice lager leitung logistics logistik logistique logística mailbox "
    "management marketing office oficina operations personal personalabteilung procurement "
    "production purchasing reception recepción recepção recruiting recruitment sales secrétariat "
    "sekretariat segreteria service services shipping staff support team technik ufficio unit "
    "vendas vendite ventas vente ventes verkauf versand vertrieb verwaltung warehouse webmaster "
    "zentrale équipe"
)
_POST_WORDS = (
    "abteilungsleiter accountant acheteur acheteuse administrador administradora administrator "
    "amministratore ansprechpartner ansprechpartnerin assistant assistante assistent assistentin "
    "assistenz betriebsleiter buyer capo ceo cfo chairman chairperson chairwoman chef chefe chefin "
    "cio ciso cmo comprador compradora comptable consultant contable controller coo coordinator "
    "cto directeur director directora directrice direttore direttrice diretor diretora disponent "
    "dueño dyrektor eigenaar einkaufsleiter einkaufsleiterin einkäufer einkäuferin encargada "
    "encargado engineer entscheider evp executive founder gerente geschäftsführer "
    "geschäftsführerin gm gérant gérante inhaber inhaberin inkoper inköpare jefa jefe kierownik "
    "lagerleiter leiter leiterin manager managerin md mitarbeiter mitarbeiterin officer operator "
    "owner pdg planner president presidente prezes projektleiter projektleiterin prokurist "
    "prokuristin propietario président présidente purchaser receptionist representative "
    "responsabile responsable responsável sachbearbeiter sachbearbeiterin secretary secrétaire "
    "supervisor svp technician techniker titolare vertriebsleiter vertriebsleiterin vorstand vp "
    "werkleiter werksleiter"
)
_NO_NAME_WORDS = (
    "advised angabe angaben announced anonym anonymous anybody anyone applicable assigned "
    "available beispiel company confirmed decision desconocido determined doe dummy example firma "
    "inconnu k.a. known maker missing muster musterfrau mustermann n.a. n.n. n/a name named namen "
    "names nobody nom nombre nome none notes person persona personne pending prospect required "
    "sconosciuto somebody someone specified tba tbc tbd unbekannt undisclosed user whom xxx"
)
_AREA_WORDS = (
    "account area business chain commercial content country data deputy development digital "
    "facility factory financial global human junior maintenance national process product project "
    "protection public quality regional relations resources senior site supply technical vice"
)
TASKS = frozenset(
    word
    for words in (_TASK_WORDS, _POST_WORDS, _NO_NAME_WORDS, _AREA_WORDS)
    for word in words.split()
)
"""Of whoever is called so it is said what they do, where they sit, or that nobody knows their name,
and not who they are. Hardly anybody has one of these words for a name: whoever forgets one who has
is told in how many texts it stays.
"""
_EASTERN_TASKS = re.compile(
    "担当|経理|営業|総務|人事|購買|受付|窓口|事務|部長|課長|社長|店長|様$|[部課係室局]$"
    "|负责|負責|经理|經理|总监|總監|采购|採購|销售|銷售|财务|財務|客服|行政|前台|主管|董事|老板|联系人|聯絡人"
    "|测试|測試|未知|不明|未定|[处處组組]$"
    "|담당|영업|구매|총무|고객|센터|매니저|관리자|책임자|미정|테스트|[팀님]$|[부과팀사]장$|대표(?:이사)?$"
)
"""As TASKS, where no space parts one word from the next."""
_EVERYDAY_WORDS = (
    "a all and april august back banks bay bell best bill bishop black blue bond book brand "
    "bridge brook brown buck bush butler carter cash chance chase church clay cliff cole contact "
    "cook cooper court cross day dean dock drew duke early east faith farmer field fields first "
    "fisher flint ford fox frank free french front gale gate general gene glen grace grant gray "
    "green ground hall hand harmony head hill holly home hope house hunt hunter ivy jack jade jay "
    "joy june key king knight lake lance land lane law lead leads line little loading long lord "
    "love lynn main major mark marsh mason may mead miles mill miller mills new noble north of "
    "page park pat pearl penny piece pike place pole pool pope porter post pound power price "
    "prince project ray rich rob robin rock rod rose ruby rush sandy savage sharp shipping short "
    "singer small smart smith south spring stone store street strong sue summer test the trip "
    "turner unknown van wade walker wall ward waters way wells west white wild will win winter "
    "wise wood woods workman young"
)
EVERYDAY = frozenset(_EVERYDAY_WORDS.split())
"""Words of any English text that are names too: of a Mark Price, prices are marked everywhere."""
_JOINING_WORDS = (
    "af al an as ask at av be ben bin by da das de del della dem den der des di die do dos du e el "
    "et for from ibn il in is kein keine la las le los my no not of on one or our same see some "
    "ter to the und van vom von who whom with y your zu zum zur"
)
_JOINING = frozenset(_JOINING_WORDS.split())
"""Of whoever is called so besides, the words of everybody's texts between those of their name."""
_TITLE_WORDS = (
    "dr dott dra frau fru herr herrn madame mevr miss mme monsieur mr mrs ms mx "
    "prof professor señor señora sir sr sra"
)
_TITLES = frozenset(_TITLE_WORDS.split())
"""Before a name, and no part of it: there is more than one Mr Weber."""

_HYPHENS = "\u2010\u2011"
_SPACES = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000"  # which [[:space:]] does not know
_APART = f"[[:space:]{_SPACES},{_HYPHENS}-]+"
_BETWEEN = f"[[:space:]{_SPACES}{_HYPHENS}()./-]"  # digits of a telephone number
_APOSTROPHES = "'\u2019\u02bc\u2018`\u00b4"
_MARKS = "\u0300-\u036f"  # that stand after the letter they belong to
_WAYS = "ae oe ue ss aa ae oe/o oe l d/dj d th i h ng t"
_IN_ASCII: Mapping[str, tuple[str, ...]] = {
    sign: tuple(ways.split("/"))
    for sign, ways in zip("äöüßåæøœłđðþıħŋŧ", _WAYS.split(), strict=True)
}


def _marked() -> dict[str, str]:
    """Of each letter of ASCII, those that are it with a mark, or are typed so without their key."""
    found = dict[str, str]()
    for sign in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        bare = "".join(one for one in normalize("NFD", sign) if not combining(one))
        ways = {bare, *(one for one in _IN_ASCII.get(sign.lower(), ()) if len(one) == 1)}
        for way in ways - {sign}:
            if len(way) == 1 and way.isascii() and way.isalpha():
                letter = way.upper() if sign.isupper() else way
                found[letter] = found.get(letter, "") + sign
    return found


_MARKED = _marked()
_AS_TWO = {
    way: "".join(sign for sign, ways in _IN_ASCII.items() if way in ways)
    for way in ("ae", "oe", "ue", "ss", "aa", "dj", "th", "ng")
}
"""What two letters are typed for: ae for ä and æ."""
_CODES_OF_TWO = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98"
)
_TWO_DIGITS = frozenset(_CODES_OF_TWO.split())
"""Country codes: 1 and 7 have one digit, these two, all others three.
https://www.itu.int/pub/T-SP-E.164D
"""


_NO_SUM = f"(?![0-9]{{1,3}}(?:[.{_SPACES}[:space:]][0-9]{{3}})+(?![.{_SPACES}[:space:]]?[0-9]))"


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for, and where. In what they had a part in all of it goes; what others wrote
    elsewhere may speak of somebody else who is called the same.

    A name of one word may be any word ("answer"), as may each part of a name: there alone. A name
    of which a word says a task or a place ("Sales Team", "Empfang Berlin") says of nobody who they
    are: elsewhere it goes where something stands that is theirs. One whose words are all in any
    text ("Mark Price") goes where it is written as a name. Any other full name, and what an
    administrator says that they are called besides, goes everywhere; so do addresses and numbers.
    """

    whole: tuple[str, ...]  # everywhere, in any case
    parts: tuple[str, ...] = ()  # of what they had a part in, as they are written
    instead: str = ""
    exact: tuple[str, ...] = ()  # of *whole*, addresses and numbers, which are nobody else's
    written: tuple[str, ...] = ()  # everywhere, as they are written
    shared: tuple[str, ...] = ()  # where one of *beside* stands
    beside: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        mails: Iterable[str],
        instead: str,
        also: Iterable[str] = (),
        companies: Iterable[str] = (),
    ) -> "Words":
        """*also* is what an administrator says that they are called besides, or their number."""
        known = [*mails, *also]
        exact = [one for one in known if "@" in one.strip("@ ") or is_number(one)]
        called = [one for one in also if one not in exact and _letters(one) > 1]
        full = _full(name)
        small = _said(full[0]) if full else []
        tasks = [one for one in small if _task(one)]
        others = [one for one in small if not (_task(one) or one in EVERYDAY | _JOINING)]
        shared = bool(tasks) and len(others) < 2
        everyday = not shared and not others
        written = [way for one in full for way in (one, one.upper())] if everyday else []
        return cls(
            whole=_once([*(() if shared or everyday else full), *exact, *called]),
            parts=_once([one for one in _parts(name) if _tells(one)]),
            instead=instead,
            exact=_once(exact),
            written=_once(written),
            shared=_once(full if shared else ()),
            beside=_once([*exact, *(one for one in companies if sum(map(str.isalnum, one)) > 1)]),
        )

    @property
    def theirs(self) -> tuple[str, ...]:
        """What goes in any case out of what they had a part in, and is not in *whole*."""
        return _once([*self.shared, *self.written])


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word.strip()))


def _letters(word: str) -> int:
    return sum(map(str.isalpha, word))


def _task(word: str) -> bool:
    """Whether a word in small letters says a task, or that there is no name. What is written in
    kana alone is any word, of which hardly anybody has their whole name.
    """
    return word in TASKS or (
        _eastern(word, 2)
        and (
            bool(_EASTERN_TASKS.search(word)) or all("\u3040" <= sign <= "\u30ff" for sign in word)
        )
    )


def _tells(part: str) -> bool:
    """Whether somebody may be meant by that word of their name alone. "von" is in every text."""
    if part.lower() == part and part in _JOINING:
        return False
    return _letters(part) >= _SHORTEST or _eastern(part, 2)


def _parts(name: str) -> list[str]:
    """The words of a name, without titles, commas and what is said of them in brackets, or behind
    a comma or a stroke: "Dana Weber, CEO".
    """
    alone = re.split(r"[(\[|]", name, maxsplit=1)[0]
    words = [word.strip(",;") for word in (alone if alone.strip() else name).split()]
    before, _, after = re.sub(r" [-\u2013/] ", ", ", alone).partition(", ")
    if after and all(word.strip(",;").lower() in TASKS for word in after.split()):
        words = [word.strip(",;") for word in before.split()]
    return [word for word in words if word and word.lower().rstrip(".") not in _TITLES]


def _full(name: str) -> list[str]:
    """The ways to say a name that is of one person, as it can be said of a text that anybody wrote:
    the given name first or last. None for what may be any word.
    """
    parts = _parts(name)
    words = [one for one in parts if _letters(one)]
    if len(words) == 1 and _eastern(words[0]):
        return [words[0]]
    own = any(category(sign) == "Lo" for one in words for sign in one)  # a sign is a syllable
    if len(words) < 2 or not (own or sum(map(_letters, words)) >= _FULL):
        return []
    turned = ([*parts[-1:], *parts[:-1]], [*parts[1:], *parts[:1]])
    ways = [" ".join(parts), *map(" ".join, turned)]
    return [*_once([*ways, name] if len(parts) < len(name.split()) else ways)]


def _eastern(word: str, least: int = _SHORTEST) -> bool:
    """A family name and a given one, written together as it is done in the east of Asia."""
    return len(word) >= least and all(
        _name_of(sign, "").startswith(("CJK UNIFIED", "HANGUL SYLL", "HIRAGANA", "KATAKANA"))
        for sign in word
    )


def _said(name: str) -> list[str]:
    return [one for one in _WORDS_APART.split(normalize("NFC", name).lower()) if _letters(one)]


def in_domain(name: str, domain: str) -> bool:
    """Whether a mail domain says who somebody of that name is: by a long word of it anywhere, by a
    short one that stands alone between two points, or by all of them together.
    """
    *labels, last = addresses.one(f"@{domain}").removeprefix("@").split(".")
    own = labels[:-1] if len(last) == 2 and labels and labels[-1] in _SUFFIXES else labels
    for plain in (_without_marks, _typed_out):
        words = [word for word in map(plain, _parts(name)) if word.isalpha()]
        long = {plain(part) for part in _parts(name) if _tells(part)} & {*words}
        here, whole = [*map(plain, own)], "".join(map(plain, own))
        together = {
            "".join((*words[n:], *words[:n])) for n in range(len(words)) if n < 2 <= len(words)
        }
        short = {word for word in words if len(word) == _SHORTEST - 1}
        if any(word in label for word in long for label in here):
            return True
        if not (together | short).isdisjoint(here) or whole in together:
            return True
    return False


_SUFFIXES = frozenset(("ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"))
"""Before the two letters of a country, where they are part of what everybody's domain ends with."""


def _without_marks(text: str) -> str:
    """Its letters and digits, small, ü as u and ø as o."""
    return "".join(_ways_of(sign)[-1] for sign in _letters_of(text))


def _typed_out(text: str) -> str:
    """As `_without_marks`, ü as ue and ø as oe."""
    return "".join(_ways_of(sign)[0] for sign in _letters_of(text))


def _letters_of(text: str) -> str:
    return "".join(filter(str.isalnum, normalize("NFC", text).lower()))


def _ways_of(sign: str) -> tuple[str, ...]:
    bare = "".join(one for one in normalize("NFD", sign) if not combining(one))
    return (*_IN_ASCII.get(sign, ()), *([bare] if bare != sign or sign not in _IN_ASCII else []))


def is_number(word: str) -> bool:
    """Of a telephone, which is written with spaces and signs wherever people put them. One digit
    again and again, or with noughts alone beside it, is nobody's: it stands for one that they would
    not say, and in any sum.
    """
    digits = re.sub(r"\D", "", word)
    return len(digits) > _SHORTEST * 2 and not (
        re.search(r"[^\d\s()+./-]", word) or len({*_dialled(word)[1]} - {"0"}) < 2
    )


def may_hold(text: Composable, words: Iterable[str]) -> tuple[Composable, dict[str, Any]]:
    """What is true of whatever holds one of *words*, and is seen some ten times as fast as by
    `pattern`: the longest part of the word in all its spellings, whatever stands around it. Hardly
    anything that is looked through has it. With what to ask it with. It goes before the other by
    `case`, for PostgreSQL takes that one to be cheaper.
    """
    words = list(words)
    rows = dict.fromkeys(_row(word) for word in words if not is_number(word))
    numbers = dict.fromkeys(_spelled(_dialled(word)[1]) for word in words if is_number(word))
    return SQL("{} ~* %(rows)s").format(text), {"rows": "|".join((*rows, *numbers))}


def _row(word: str) -> str:
    """Of a mail address the longest row of letters that everybody writes in one way."""
    if "@" in word:
        return max(_SIGNS.findall(word), key=len, default="")
    parts = [one for one in _WORDS_APART.split(normalize("NFC", word)) if one]
    return _signs(max(parts, key=len, default=""), plain=True)


def pattern(words: Iterable[str], kind: str) -> str:
    """A regular expression of PostgreSQL's for any of *words*, as they stand in such a column.

    "ann@x.example" is not found in "mary-ann@x.example", nor "Ann Li" in "Joann Linden".
    """
    plain = kind in ("text", "varchar")
    return "|".join(f"(?:{_one(word, plain=plain)})" for word in words)


def _one(word: str, *, plain: bool) -> str:
    if is_number(word):
        return _telephone(word)
    if "@" in word:
        inner = re.escape(word if plain else _in_json(word)).replace(r"\ ", r"[[:space:]]+")
        return rf"(?<![[:alnum:]_.+-]){inner}(?![[:alnum:]_-]|\.[[:alnum:]])"
    words = [one for one in _WORDS_APART.split(normalize("NFC", word)) if one] or [word]
    inner = _APART.join(_signs(one, plain=plain) for one in words)
    if len(words) < 2 and _eastern(words[0], 2):
        return inner  # nothing stands between words there
    if len(words) < 2:
        return rf"(?<![[:alnum:]_.+-]){inner}(?![[:alnum:]_{_MARKS}-]|\.[[:alnum:]])"
    before = r"(?<![[:alnum:]_])(?<![[:alnum:]]-)"
    return rf"{before}{inner}(?![[:alnum:]_{_MARKS}]|-[[:alnum:]])"


def _signs(word: str, *, plain: bool) -> str:
    """Each letter in its ways, and two that are typed for one as that one too."""
    found, at = list[str](), 0
    while at < len(word):
        two = word[at : at + 2]
        ones = _AS_TWO.get(two.lower(), "")
        read = two if ones else word[at]
        ways = ["".join(_sign(sign, plain=plain) for sign in read)]
        for one in ones:
            big = one.upper() if two[0].isupper() and len(one.upper()) == 1 else one
            ways += _once([big, normalize("NFD", big)])
        found.append(f"(?:{'|'.join(ways)})" if ones else ways[0])
        at += len(read)
    return "".join(found)


def _sign(sign: str, *, plain: bool) -> str:
    """A letter as one sign, as two, and as whoever has no such key types it, or has it."""
    if sign in _APOSTROPHES:
        return f"[{_APOSTROPHES}]"
    if sign in _MARKED:
        return f"[{sign}{_MARKED[sign]}][{_MARKS}]{{0,2}}"
    if sign.isascii():
        return re.escape(sign if plain else _in_json(sign))
    apart = normalize("NFD", sign)
    bare = "".join(one for one in apart if not combining(one))
    ways = [sign, apart, *([bare] if bare.isascii() else []), *_IN_ASCII.get(sign.lower(), ())]
    found = _once(ways)
    return f"(?:{'|'.join(found)})" if len(found) > 1 else "".join(found) or re.escape(sign)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _telephone(word: str) -> str:
    """With its country before it or without, in which case no other digit is near: a sum is written
    in groups of three too, and the same number is somebody else's in another country.
    """
    code, national = _dialled(word)
    apart, number = f"{_BETWEEN}{{0,3}}", _spelled(national)
    country = (
        rf"(?:(?:\+|00){apart})?{_spelled(code)}" if code else rf"(?:\+|00){apart}[0-9]{{1,3}}"
    )
    ways = [rf"\(?{country}{apart}(?:0{apart})?{number}(?![0-9])"]
    if len(national) >= _NATIONAL:
        alone = f"(?<![0-9]{_BETWEEN}{{1,3}})"
        ways.append(rf"{alone}\(?0{apart}{number}(?![0-9])")
        # Thousands in groups of three are a sum, of whatever is counted there.
        counted = _NO_SUM if national.endswith("000") else ""
        ways.append(rf"{alone}{counted}{number}(?![.,]?[0-9]|{_BETWEEN}[0-9])")
    return rf"(?<![0-9])(?:{'|'.join(ways)})"


def _spelled(digits: Sequence[str]) -> str:
    return f"{_BETWEEN}{{0,3}}".join(digits)


def _dialled(word: str) -> tuple[str, str]:
    """The digits of the country, where they say it, and those after it, without the 0 that is
    dialled before them within many countries.
    """
    signs = re.sub(r"[^0-9+]", "", word)
    digits = signs.replace("+", "")
    if not signs.startswith(("+", "00")):
        return "", digits.removeprefix("0")
    digits = digits if signs.startswith("+") else digits[2:]
    code = 1 if digits[:1] in ("1", "7") else 2 if digits[:2] in _TWO_DIGITS else 3
    return digits[:code], digits[code:].removeprefix("0")
