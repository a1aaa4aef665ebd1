"""What every card is put together from. Text that people wrote comes in by `said` alone.

Microsoft's typed models build the cards; `finished` turns one into the JSON that Teams reads.
Teams takes Adaptive Cards up to version 1.5.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from microsoft_teams.cards import (
    Action,
    ActionSet,
    AdaptiveCard,
    CardElement,
    Choice,
    ChoiceSetInput,
    Container,
    DateInput,
    ExecuteAction,
    NumberInput,
    OpenUrlAction,
    RichTextBlock,
    TextBlock,
    TextInput,
    TextRun,
    ToggleVisibilityAction,
)

from cards.verbs import Verb

Card = dict[str, Any]
Size = Literal["Small", "Default", "Medium", "Large", "ExtraLarge"]
Colour = Literal["Default", "Accent", "Attention"]

LARGEST = 40_000  # bytes of JSON: what the oldest Teams still delivers
LONG_WORD = 20  # letters of a word that a phone with large letters shows whole in a large title
LONGEST_BUTTON = 60  # characters of what a button says
LONGEST = 1_000  # characters of one text that people wrote, as a card shows it

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066\u2067\ufeff]")
_APART, _AGAIN = "\u2068", "\u2069"  # around text that goes its own way: Unicode's isolates
_ISOLATES = re.compile(f"[{_APART}{_AGAIN}]")
_LEFTWARD = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_GAP = "\u200b"  # shows as nothing, and keeps markup from being markup


def finished(
    body: Iterable[CardElement | None], actions: Iterable[Action | None] = (), *, says: str
) -> Card:
    """The card as JSON. *says* is what a screen reader and an old client make of it."""
    says = bare(says)
    card = AdaptiveCard(
        version="1.5",
        fallback_text=says,
        speak=says,
        body=[element for element in body if element is not None],
        actions=[action for action in actions if action is not None],
    )
    return card.model_dump(by_alias=True, exclude_none=True)


def one_first(card: Card) -> Card:
    """The card with the first of its highlighted actions highlighted alone."""
    found = False
    for row in (*card.get("body", ()), card):
        for part in (*row.get("items", ()), row):
            for action in part.get("actions", ()):
                if action.get("style") == "positive":
                    if found:
                        del action["style"]
                    found = True
    return card


def before_why(card: Card, more: Card) -> Card:
    """The card, and what stands on *more* above what tells why it came, without any action that it
    has already.
    """
    known = {action["title"] for action in actions_of(card)}
    added = [
        {**row, "actions": [one for one in row["actions"] if one["title"] not in known]}
        if "actions" in row
        else row
        for row in more["body"]
    ]
    body, own = card["body"], card.get("actions", [])
    # A card's own buttons are drawn below its body, and so below what is put there.
    done = [{"type": "ActionSet", "spacing": "Medium", "actions": own}] if own and added else []
    titles = [{one["title"] for one in row.get("actions", ())} for row in body]
    at = next((n for n, found in enumerate(titles) if WHY in found), len(body))
    left = [row for row in added if row.get("actions", True)]
    rest = {name: part for name, part in card.items() if name != "actions" or not done}
    return {**rest, "body": [*body[:at], *done, *left, *body[at:]]}


def actions_of(card: Card) -> list[Card]:
    """Every action that stands on it, from the first to the last."""
    found: list[Card] = []
    for row in card.get("body") or card.get("items") or ():
        found += row.get("actions", [])
        found += actions_of(row)
    return [*found, *(card.get("actions", []) if "body" in card else [])]


def form_open(card: Card) -> bool:
    """Whether somebody may be filling in the card as it is, without opening anything first."""
    waiting: list[Card] = [card]
    while waiting:
        part = waiting.pop()
        if str(part.get("type", "")).startswith("Input."):
            return True
        for inside in ("body", "items", "columns"):
            waiting += part.get(inside) or ()
    return False


def clean(text: str) -> str:
    """*text* without characters that are not seen or turn others around, and not too long."""
    text = _UNSEEN.sub("", text).strip()
    if len(text) > LONGEST:
        text = text[: LONGEST - 1].rstrip() + "…"
    return text if text.isascii() or _even(text) else _ISOLATES.sub("", text).strip()


def _even(text: str) -> bool:
    """Whether whatever is set apart in it ends in it."""
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += 1 if mark == _APART else -1
        if depth < 0:
            return False
    return depth == 0


def isolated(text: str) -> str:
    """*text*, set apart where it is written from right to left, so that the sentence around it
    keeps its order. https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    if text.isascii() or not _LEFTWARD.search(text):
        return text
    return f"{_APART}{_ISOLATES.sub('', text)}{_AGAIN}"


@lru_cache(maxsize=4096)  # the same few names and titles, over and over
def plain(text: str) -> str:
    """*text* on one line in which nothing is markdown, a mention, a link or a date function, for
    our own words in a text block, the one place that reads markdown on every client.

    Teams on a phone honours a backslash only before * and _, so everything else is taken apart by
    a character without width.
    """
    text = " ".join(clean(text).split())
    text = re.sub(r"([\\*_])", r"\\\1", text)
    text = text.replace("](", f"]{_GAP}(").replace("<", f"<{_GAP}").replace("{{", "{" + _GAP + "{")
    return isolated(re.sub(r"^(\s*)([-+#>]|\d+[.)])", rf"{_GAP}\1\2", text))


_TWICE = re.compile(r"(?<!\.)([.?!…][”’»*_]*)\.(?=\s|$)")


def stopped(words: str) -> str:
    """Our words, in which what people wrote ends in its own full stop or in ours, not in both."""
    return _TWICE.sub(r"\1", words)


@lru_cache(maxsize=4096)
def bare(words: str) -> str:
    """Our words, with names that went through `plain`, for a place that no client reads markdown
    in: what a button, a label or a placeholder says, and what a lock screen shows. Android and
    iPhones show a backslash there as it is: `setText(GetTitle())` in ActionElementRenderer.java.
    """
    return re.sub(r"\\([\\*_])", r"\1", " ".join(clean(words).split()).replace(_GAP, ""))


@lru_cache(maxsize=4096)
def inert(words: str) -> str:
    """As `bare`, for a place that the desktop reads as markdown and phones as it is, a choice or
    what is said of a wrong input: signs that mean something are others that look alike.

    `useMarkdownInRadioButtonAndCheckbox` in card-elements.ts of
    https://github.com/microsoft/AdaptiveCards; `setText(GetTitle())` in ChoiceSetInputRenderer.java
    """
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", "＿", bare(words).replace("*", "∗"))
    text = text.replace("\\", "＼").replace("](", f"]{_GAP}(").replace("<", f"<{_GAP}")
    return text.replace("{{", "{" + _GAP + "{").replace("`", "ˋ")


def said(
    text: str,
    *,
    size: Size = "Default",
    bold: bool = False,
    subtle: bool = False,
    italic: bool = False,
    spacing: Literal["None"] | None = None,
) -> RichTextBlock:
    """Text as people wrote it. A rich text block reads no markdown at all."""
    run = TextRun(
        text=clean(text) or "–",
        size=size,
        weight="Bolder" if bold else None,
        is_subtle=subtle or None,
        italic=italic or None,
    )
    return RichTextBlock(inlines=[run], spacing=spacing)


def told(
    words: str,
    *,
    size: Size = "Default",
    bold: bool = False,
    subtle: bool = False,
    colour: Colour | None = None,
    spacing: Literal["None", "Small", "Default", "Medium"] | None = None,
    heading: bool = False,
) -> TextBlock:
    """Our own words; names in them go through `plain` first."""
    return TextBlock(
        text=stopped(words),
        wrap=True,
        size=size,
        weight="Bolder" if bold else None,
        is_subtle=subtle or None,
        color=colour,
        spacing=spacing,
        style="heading" if heading else None,
    )


def head(kicker: str, title: str, *, below: str = "", colour: Colour = "Accent") -> Container:
    """Why the card is here, about whom, and *below* from whom or when."""
    longest = max(map(len, title.split()), default=0)
    lines = [
        told(kicker, size="Small", bold=True, colour=colour, spacing="None", heading=True),
        said(title, size="Large" if longest <= LONG_WORD else "Default", bold=True),
    ]
    if below:
        lines.append(told(below, size="Small", subtle=True, spacing="None"))
    return Container(items=lines)


def is_red(card: Card) -> str:
    """The first line of a card where it is red; else empty."""
    first: Card = next(iter(card.get("body", ())), {})
    line: Card = next(iter(first.get("items", ())), {})
    return str(line.get("text", "")) if line.get("color") == "Attention" else ""


def together(*lines: CardElement) -> Container:
    """What belongs together, one line below the other: where two things share a line, the one on
    the right has all that it wants, and on a phone with large letters nothing is left of the other.
    """
    return Container(spacing="Medium", items=list(lines))


def facts(rows: Iterable[tuple[str, str]]) -> Container | None:
    """What people wrote, row by row, each below our label; empty ones are left out."""
    lines: list[CardElement] = []
    for label, value in rows:
        if value.strip():
            lines += [
                told(label, size="Small", subtle=True, spacing="Default"),
                said(value, spacing="None"),
            ]
    return Container(spacing="Medium", items=lines) if lines else None


def why(lines: Iterable[str]) -> list[CardElement]:
    """Opens in place: who did what, which rule, what happens next."""
    return unfolds(WHY, [told(line, size="Small") for line in lines if line])


def unfolds(title: str, lines: Sequence[CardElement]) -> list[CardElement]:
    """A button, and what it opens in place. Android says the id of what has opened aloud, so that
    is the title: `announceForAccessibility` in BaseActionElementRenderer.java of
    https://github.com/microsoft/Teams-AdaptiveCards-Mobile
    """
    id = title.rstrip("?")
    return [
        ActionSet(
            spacing="Small",
            actions=[ToggleVisibilityAction(title=title, target_elements=[id])],
        ),
        Container(id=id, is_visible=False, style="emphasis", items=list(lines)),
    ]


def bar(part: float) -> TextBlock:
    """A part of a whole, drawn: as text, whose colours every theme keeps apart from what is behind
    them. The styles of containers are as pale as that
    (https://github.com/microsoft/AdaptiveCards/issues/9184), and on iPhones charts are left out
    (https://github.com/microsoft/Teams-AdaptiveCards-Mobile/issues/314). What it shows stands in
    words above it.
    """
    filled = min(max(round(BLOCKS * part), part > 0), BLOCKS - (part < 1))
    return TextBlock(
        text=FULL * filled + SHADED * (BLOCKS - filled),
        color="Accent",
        size="Small",
        spacing="None",
    )


FULL, SHADED = "\u2588", "\u2591"  # of a bar: what there is, and what is left
BLOCKS = 16  # in a line of the narrowest phone, with letters as large as they get


def banner(words: str) -> TextBlock | None:
    """A line for whoever just clicked."""
    return told(words, bold=True, colour="Attention", spacing="Small") if words else None


def do(
    title: str, verb: Verb, handoff: object = None, *, first: bool = False, **data: object
) -> ExecuteAction:
    """A button. The *first* is the one highlighted action of the card.

    It takes nothing along that is filled in, and nothing that is not stands in its way: phones
    check whatever is on its card, and on those around it.
    """
    return _button(title, verb, handoff, first, data, takes="none")


def row(title: str, verb: Verb, handoff: object, *lines: CardElement, **data: object) -> Container:
    """A row to tap, as wide as the card and as high as its words: *lines*, or its title. Android
    says the title in place of the lines: `applyTitleAndTooltip` in ContainerRenderer.java of
    https://github.com/microsoft/Teams-AdaptiveCards-Mobile
    """
    tap = _button("", verb, handoff, False, data, takes="none")
    tap.title = bare(title)
    return Container(
        style="emphasis",
        spacing="Small",
        select_action=tap,
        items=list(lines) or [told(plain(title))],
    )


def leads_to(title: str, url: str, *, first: bool = False) -> OpenUrlAction:
    """A button that opens *url*."""
    style = "positive" if first else None
    return OpenUrlAction(title=_button_title(title), url=url, style=style)


def submit(
    title: str, verb: Verb, handoff: object = None, *, first: bool = False, **data: object
) -> ExecuteAction:
    """A button that takes along what is filled in on its card, once that is complete."""
    return _button(title, verb, handoff, first, data, takes=None)


def _button_title(words: str) -> str:
    text = bare(words)
    return text if len(text) <= LONGEST_BUTTON else text[: LONGEST_BUTTON - 1].rstrip() + "…"


def _button(
    title: str,
    verb: Verb,
    handoff: object,
    first: bool,
    data: Mapping[str, object],
    *,
    takes: Literal["none"] | None,
) -> ExecuteAction:
    carried = {"handoff": str(handoff)} if handoff is not None else {}
    return ExecuteAction(
        title=_button_title(title),
        verb=verb,
        data={**carried, **data},
        style="positive" if first else None,
        associated_inputs=takes,
    )


WHY = "Why am I seeing this?"
OPENS = "opens"  # in a button's data: the form that it leads to
Inside = tuple[Sequence[CardElement], Sequence[Action]]
"""What stands on a form, and its buttons."""


class Form(ExecuteAction):
    """A button with what makes the form that it leads to, which few of those who are shown the
    button ever ask for. cards/opening.py takes it off on the card's way to Teams.
    """

    makes: Callable[[], Inside]


def opens(
    form: str,
    title: str,
    handoff: object,
    makes: Callable[[], Inside],
    *,
    first: bool = False,
    said: str = "",
) -> Form:
    """A button that leads to a *form*, by a name that no other of the card has, and what *makes* it
    once it is asked for. It is found again on the card of the *handoff*, or on the one that Baton
    answers *said* with.
    """
    carried = {"said": said} if said else {"handoff": str(handoff)}
    return Form(
        title=_button_title(title),
        style="positive" if first else None,
        verb="open",
        data=carried | {OPENS: form},
        associated_inputs="none",
        makes=makes,
    )


def radio(
    id: str,
    label: str,
    choices: Iterable[tuple[str, str]],
    *,
    value: str | None = None,
    needed: str | None = None,
) -> ChoiceSetInput:
    """One of a few, all in view. *needed* says why a choice is asked for."""
    return _choices(id, label, tuple(choices), style="expanded", value=value, needed=needed)


def pick(
    id: str,
    label: str,
    choices: Iterable[tuple[str, str]],
    *,
    value: str | None = None,
    needed: str | None = None,
) -> ChoiceSetInput:
    """One of many, from a list that opens."""
    return _choices(id, label, tuple(choices), style="compact", value=value, needed=needed)


def find(
    id: str, label: str, choices: Iterable[tuple[str, str]], *, value: str | None, needed: str
) -> ChoiceSetInput:
    """One of many, found by typing a part of it. All of them are on the card: where a bot is asked
    for them instead, phones hide those, and an iPhone shows ids. It begins without *value* on some
    iPhones, so it is always *needed*.
    https://github.com/MicrosoftDocs/msteams-docs/issues/10513
    https://github.com/MicrosoftDocs/msteams-docs/issues/13445
    https://github.com/MicrosoftDocs/msteams-docs/issues/10472
    """
    return _choices(id, label, tuple(choices), style="filtered", value=value, needed=needed)


def told_apart(rows: Iterable[Sequence[str]]) -> list[str]:
    """What each row begins with, and where others begin so too, as much of the rest of it as tells
    it apart: Rita Osei, EMEA; at last a number, Rita Osei (2). No two are equal.

    On an iPhone the title that was chosen is looked up among all of the list, and of two that are
    equal the last is taken: `getValue` of ACRChoiceSetCompactStyleView.mm in
    https://github.com/microsoft/Teams-AdaptiveCards-Mobile
    """
    known = [tuple(row) for row in rows]
    titles = [row[0] for row in known]
    for n in range(1, max((len(row) for row in known), default=0)):
        for alike in _alike(titles):
            facts = {i: known[i][n] for i in alike if len(known[i]) > n}
            if len(set(facts.values())) > 1:
                for i, fact in facts.items():
                    titles[i] += f", {fact}" if fact else ""
    taken = {title.casefold() for title in titles}
    for alike in _alike(titles):
        number = 1
        for i in alike[1:]:
            while (numbered := f"{titles[i]} ({number})").casefold() in taken or number == 1:
                number += 1
            titles[i] = numbered
            taken.add(numbered.casefold())
    return titles


def _alike(titles: Sequence[str]) -> list[list[int]]:
    """Where those stand that are equal, however they are written."""
    found: dict[str, list[int]] = {}
    for n, title in enumerate(titles):
        found.setdefault(title.casefold(), []).append(n)
    return [places for places in found.values() if len(places) > 1]


@lru_cache(maxsize=256)
def _choices(
    id: str,
    label: str,
    choices: tuple[tuple[str, str], ...],
    *,
    style: Literal["compact", "expanded", "filtered"],
    value: str | None,
    needed: str | None,
) -> ChoiceSetInput:
    return ChoiceSetInput(
        id=id,
        label=bare(label),
        style=style,
        wrap=None if style == "filtered" else True,
        placeholder="Type a city or country" if style == "filtered" else None,
        value=value,
        is_required=needed is not None or None,
        error_message=inert(needed) if needed else None,
        choices=[
            Choice(title=title, value=code)
            for title, (_, code) in zip(
                told_apart([(inert(title),) for title, _ in choices]), choices, strict=True
            )
        ],
    )


def write(
    id: str,
    label: str,
    *,
    value: str = "",
    needed: bool = False,
    long: bool = False,
    most: int = 500,
    hint: str | None = None,
    mail: bool = False,
    called: str = "",
) -> TextInput:
    """A line, or a *long* text. Of a *mail* address the keyboard has the @ in view. What is missing
    is *called* so, where the label says more.
    """
    return TextInput(
        id=id,
        label=bare(label),
        value=value or None,
        is_required=needed or None,
        error_message=inert(f"Please fill in: {called or label}") if needed else None,
        is_multiline=long or None,
        max_length=most,
        style="Email" if mail else None,
        placeholder=bare(hint) if hint else None,
    )


class _Amount(NumberInput):
    """Whose value stays a whole number where it is one: of 48000.0 some clients show the .0 too."""

    value: int | float | None = None


def as_number(written: str) -> int | float:
    """What a machine has written, as it stands in a form: 48000, 1500.5."""
    number = float(written)
    return int(number) if number.is_integer() else number


def amount(
    id: str, label: str, *, value: str = "", needed: bool = False, hint: str | None = None
) -> NumberInput:
    """A number, nothing or more. *value* is as a machine writes it: 1500.50.

    One that may be left empty has no bound, for clients then refuse the empty field too:
    https://github.com/microsoft/AdaptiveCards/issues/8347
    """
    return _Amount(
        id=id,
        label=label,
        value=as_number(value) if value else None,
        min=0 if needed else None,
        is_required=needed or None,
        error_message=f"Please give an amount, like 48000: {label}",
        placeholder=bare(hint) if hint else None,
    )


def _is_day(written: str) -> bool:
    """Whether it is one as a date input takes it: 2026-11-26."""
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def day(id: str, label: str, *, value: str, least: str) -> DateInput:
    """A day, from *least* on. How far ahead it may be is looked at when it arrives: an iPhone that
    counts years as in Thailand reads a last day as one of five hundred years ago, and then takes
    none: `dateFromString:` in ACRDateTextField.mm of
    https://github.com/microsoft/Teams-AdaptiveCards-Mobile
    """
    return DateInput(
        id=id,
        label=label,
        value=max(value, least) if _is_day(value) else least,
        min=least,
        error_message=f"Please choose today or a later day: {label}",
    )
