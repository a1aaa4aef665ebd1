"""The report of a week, in sentences: on its card, in its mail and on its page alike. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import (
    Card,
    bar,
    bare,
    do,
    finished,
    head,
    plain,
    together,
    told,
    unfolds,
    why,
)
from cards.letters import Written
from cards.meeting_outcome import SAID
from cards.tab_link import NOWHERE, TabLinks
from cards.told import FELL, NO_REASON, OTHER_PARTS, cause
from cards.why import OWED
from handoff.asked import ground_text
from handoff.figures import BY_CODE, FEW, Period, Share, Unit, Value
from handoff.model import MeetingOutcome, Person
from handoff.money import Money
from handoff.policy import Policy, Promise
from handoff.scope import Ground, Kind
from handoff.weekly import (
    BY_KEY,
    CHANGES,
    CHANGING,
    DEALS,
    OWN,
    SECTIONS,
    TALKS,
    Change,
    Item,
    Line,
    Report,
    Section,
    Told,
    changes,
)

MOST_LINES = 6  # of teams or campaigns on a card
HIDDEN = "not shown, for it is about too few people, or would tell of those"
NOT_SHOWN = "Figures are not shown, for they are about too few people, or would tell of those."
NOTHING_OPEN = "Nothing that was due this week is still to be said."
YOURS = "You and everyone you lead"
NONE_YET = (
    "There is no report yet. It comes when you begin to work after a week in which anything "
    "happened."
)
NONE_FOR_THEM = (
    "The report of the week is for the sales organisation. None comes to you, for you have no role "
    "in it."
)
UNSAID = {
    Promise.OUTCOME: "how a meeting went",
    Promise.NEXT_STEP: "what happens after a meeting",
    Promise.REASON: "why a meeting was declined",
    Promise.PROGRESS: "how a lead goes on",
    Promise.FIT: "whether a lead is handed over",
    Promise.SETTLE: "whether another time will do",
    Promise.REWORK: "what becomes of a lead that was sent back",
}
"""What nobody has said, where such a promise is overdue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How whoever stands in a report is called."""

    people: Mapping[str, Person]
    policy: Policy
    viewer: Person
    campaigns: Mapping[str, str]  # names, by key
    sources: Mapping[str, str] = field(default_factory=dict)  # what kind each is, by key

    def of(self, line: Line) -> str:
        """Raises KeyError for what has no name: the organisation, and all below."""
        match line.kind:
            case "person":
                return self.person(line.whose)
            case "team":
                own = line.whose == self.viewer.id
                return "Your team" if own else team_of(self.person(line.whose))
            case _:
                return plain(self.campaigns.get(line.whose, line.whose))

    def in_order(self, lines: Iterable[Line]) -> list[Line]:
        """Whose they are who reads it before all others, of whom nobody is ranked: by name."""
        return sorted(
            lines,
            key=lambda one: (one.whose != self.viewer.id, self.of(one).casefold(), one.whose),
        )

    def person(self, id: str) -> str:
        found = self.people.get(id)
        return plain(found.name) if found else "someone who has left"

    def part(self, item: Item, part: str) -> str:
        """What a cause is called."""
        match item.figure:
            case "fell_through":
                return FELL.get(part, part)
            case "took_place" if part in set(MeetingOutcome):
                return SAID[MeetingOutcome(part)]
            case "overdue" if part in OWED:
                promise = Promise(part)
                return UNSAID.get(promise, OWED[promise])
            case _:
                return plain(cause(self.policy, part)) if part else NO_REASON


def team_of(leader: str) -> str:
    """What a team is called; where the name stands with its address, that is not parted from it."""
    return f"Team of {leader}" if leader.endswith(")") else f"{leader}’s team"


# --- Sentences --------------------------------------------------------------------------------


def days(week: Period) -> str:
    """2 to 8 March 2026"""
    first, last = week.since, week.until - timedelta(days=1)
    end = f"{last.day} {last:%B} {last.year}"
    if first.month == last.month:
        return f"{first.day} to {end}"
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%B}{year} to {end}"


def value_words(value: Value | None, unit: Unit) -> str:
    match value:
        case None:
            return HIDDEN
        case int():
            return f"{value:,}"
        case Share():
            return value.told
        case Mapping() if unit is Unit.MONEY:
            sums = [words.amount(Money(minor, code)) for code, minor in value.items()]
            return words.names(sums) if sums else "nothing"
        case _:
            return str(value)


def changed(line: Line) -> list[str]:
    """The three things that changed, each in a sentence; what there is to say where fewer did."""
    found = [_change(one) for one in changes(line)]
    if all(line.now[key].whole is None for key in CHANGING if key in line.now):
        return [NOT_SHOWN]
    if all(line.before[key].whole is None for key in CHANGING if key in line.before):
        return [f"What it was the week before is {HIDDEN}."]
    apart = any(
        told[key].whole is None
        for told in (line.now, line.before)
        for key in CHANGING
        if key in told
    )
    if not found:
        return [NOTHING_FAR_SHOWN if apart else NOTHING_FAR]
    if len(found) < CHANGES:
        found.append(REST_SHOWN if apart else REST)
    return found


NOTHING_FAR = "Nothing is far from what it was the week before."
NOTHING_FAR_SHOWN = "Nothing that is shown is far from what it was the week before."
REST = "The rest is about what it was the week before."
REST_SHOWN = "The rest is about what it was the week before, or is not shown."


def _change(one: Change) -> str:
    name = BY_CODE[one.figure].name
    said = ", by what was said in each week" if one.figure in SAID_LATER else ""
    return f"{name}{said}: {_told(one.now)}; the week before {_told(one.before)}."


SAID_LATER = frozenset({"met", "took_place"})
"""What is counted in the week in which somebody says how a meeting went, which may be a later one.
"""


def _told(value: int | Share) -> str:
    return value.told if isinstance(value, Share) else f"{value:,}"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a section, and *of* which items it is, by their keys."""

    words: str
    of: frozenset[str] = frozenset()


def _said(words_: str, *of: str) -> Said:
    return Said(words_, frozenset(of))


def section_said(section: Section, line: Line, names: Names) -> list[Said]:
    """What a section says, in a few sentences."""
    told_ = [line.now[item.key] for item in section.items if item.key in line.now]
    if all(one.whole is None for one in told_):
        return [_said(NOT_SHOWN)]
    return _SAYS[section.code](line, names)


def section_words(section: Section, line: Line, names: Names) -> list[str]:
    return [one.words for one in section_said(section, line, names)]


def told_sections(line: Line, names: Names) -> list[tuple[str, list[str]]]:
    """Titles and sentences of all sections. Those about too few people say so once, together and
    last.
    """
    told_ = [(section.title, section_words(section, line, names)) for section in SECTIONS]
    few = [title for title, said in told_ if said == [NOT_SHOWN]]
    shown = [one for one in told_ if one[1] != [NOT_SHOWN]]
    return [*shown, (words.names(few), [NOT_SHOWN])] if few else shown


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _conversion(line: Line, _names: Names) -> list[Said]:
    came, said = _whole(line, "handed_over"), []
    if isinstance(came, int):
        before = _whole(line, "handed_over", before=True)
        than = f"; the week before {before}" if isinstance(before, int) else ""
        first = f"{_count(came, 'lead was', 'leads were')} handed over{than}."
        if accepted := _share(line, "accepted_of_handed_over"):
            first += f" A rep has said yes to {_out_of(accepted, 'of them so far')}."
        said.append(_said(first, "handed_over", "accepted_of_handed_over"))
    else:
        said.append(_said(f"How many leads were handed over is {HIDDEN}.", "handed_over"))
    met, deals = (_share(line, f"{step}_of_handed_over") for step in ("met", "opportunity"))
    if of := met or deals:  # each is None where it is not shown
        came_far = [
            *([f"somebody has spoken with {_out_of(met)}"] if met else []),
            *([f"{_out_of(deals)} became a deal"] if deals else []),
        ]
        said.append(
            _said(
                f"Of {_count(of.bottom, 'lead', 'leads')} handed over {TALKS} weeks earlier, "
                f"{', and '.join(came_far)}.",
                "met_of_handed_over",
                "opportunity_of_handed_over",
            )
        )
    if won := _share(line, "won_of_handed_over"):
        said.append(
            _said(
                f"Of {_count(won.bottom, 'lead', 'leads')} handed over {DEALS} weeks earlier, "
                f"{_out_of(won)} {'is' if won.top == 1 else 'are'} won.",
                "won_of_handed_over",
            )
        )
    return said


NOT_SAID = "Nobody has said of any appointment how it went."


def _went_off(line: Line, _names: Names) -> list[Said]:
    share = _share(line, "took_place")
    if share is None:
        hidden = _whole(line, "took_place") is None
        said = f"How appointments went is {HIDDEN}." if hidden else NOT_SAID
        return [_said(said, "took_place")]
    before = _share(line, "took_place", before=True)
    than = f"; the week before {_of(before)}" if before else ""
    return [_said(f"{_of(share, 'appointments took place')}{than}.", "took_place")]


def _fell_through(line: Line, names: Names) -> list[Said]:
    said = []
    fell = _whole(line, "fell_through")
    causes = _causes(line, "fell_through-code", names)
    absent = _causes(line, "took_place-code", names, but="held")
    reasons = _causes(line, "sent_back-reason", names)
    if isinstance(fell, int):
        by = f": {causes.said}" if causes.said else ""
        many = f"{fell or 'No'} appointment{'s were' if fell > 1 else ' was'}"
        first = f"{many} called off before {'their' if fell > 1 else 'its'} time{by}."
    else:
        first = f"How many were called off before their time is {HIDDEN}."
    shown = {"fell_through-code"} if isinstance(fell, int) else ()
    said.append(_said(first, "fell_through", *shown))
    if absent.said:
        said.append(_said(f"Of those that were to take place: {absent.said}.", "took_place-code"))
    back = _whole(line, "sent_back")
    if isinstance(back, int) and back:
        by = f": {reasons.said}" if reasons.said else ""
        said.append(
            _said(
                f"{_count(back, 'lead', 'leads')} went back to the qualifier{by}.",
                "sent_back",
                "sent_back-reason",
            )
        )
    elif back is None:
        said.append(_said(f"How many leads went back to the qualifier is {HIDDEN}.", "sent_back"))
    told_ = [absent, *[one for one, n in ((causes, fell), (reasons, back)) if n is not None]]
    if any(one.hides for one in told_):
        some = any(one.said for one in told_)
        said.append(_said(OTHER_PARTS if some else f"Why is {HIDDEN}."))
    return said


def _missing(line: Line, names: Names) -> list[Said]:
    causes = _causes(line, "overdue-code", names)
    if not causes.said:
        return [_said(NOT_SHOWN if causes.hides else NOTHING_OPEN)]
    others = [_said(OTHER_PARTS)] if causes.hides else []
    return [_said(f"Due this week and still to be said: {causes.said}.", "overdue-code"), *others]


def _successes(line: Line, _names: Names) -> list[Said]:
    deals, won = _whole(line, "opportunity"), _whole(line, "won")
    said = []
    if isinstance(deals, int) and isinstance(won, int):
        worth = line.now["worth_won"].whole
        money = f", worth {value_words(worth, Unit.MONEY)}"
        said.append(
            _said(
                f"{_count(deals, 'lead', 'leads')} became a deal, and "
                f"{_count(won, 'deal was', 'deals were')} won{money if worth else ''}.",
                "opportunity",
                "won",
                "worth_won",
            )
        )
    else:
        said.append(_said(f"What became deals is {HIDDEN}."))
    if kept := _share(line, "kept_of_due"):
        said.append(_said(f"{_of(kept, 'promises were kept in time')}.", "kept_of_due"))
    return said


_SAYS = {
    "conversion": _conversion,
    "went_off": _went_off,
    "fell_through": _fell_through,
    "missing": _missing,
    "successes": _successes,
}


def _whole(line: Line, key: str, *, before: bool = False) -> Value | None:
    found = (line.before if before else line.now).get(key)
    return found.whole if found else None


def _share(line: Line, key: str, *, before: bool = False) -> Share | None:
    """One that is of something."""
    found = _whole(line, key, before=before)
    return found if isinstance(found, Share) and found.bottom else None


def _of(share: Share, what: str = "") -> str:
    """24 of 30 (80 %): of few no percentage."""
    part = "" if share.bottom < FEW else f" ({round(100 * share.top / share.bottom)} %)"
    return f"{share.top:,} of {share.bottom:,}{f' {what}' if what else ''}{part}"


def _out_of(share: Share, what: str = "") -> str:
    """As `_of`, where of how many has just been said."""
    part = "" if share.bottom < FEW else f" ({round(100 * share.top / share.bottom)} %)"
    return f"{share.top:,}{f' {what}' if what else ''}{part}"


@dataclass(frozen=True, slots=True)
class _Causes:
    """2 × called off by the prospect and 1 × gone from the rep's calendar: the most frequent first.
    Of those that are not shown it says no more than that there are some.
    """

    said: str = ""
    hides: bool = False


def _causes(line: Line, key: str, names: Names, but: str | None = None) -> _Causes:
    told_ = line.now.get(key)
    if told_ is None:
        return _Causes()
    item = _item(key)
    counted = [(count_of(value), part) for part, value in told_.parts.items() if part != but]
    shown = sorted(((n, part) for n, part in counted if n), key=lambda one: (-one[0], one[1]))
    said = [f"{n:,} × {names.part(item, part)}" for n, part in shown]
    hides = any(value is None for part, value in told_.parts.items() if part != but)
    return _Causes(words.names(said), hides)


def count_of(value: Value | None) -> int:
    """How many a part of a section is of: of a share, those that it is a share of."""
    match value:
        case int():
            return value
        case Share():
            return value.bottom
        case _:
            return 0


def _item(key: str) -> Item:
    return next(one for section in SECTIONS for one in section.items if one.key == key)


IN_SHORT = ("handed_over", "took_place", "won")


def own_words(line: Line, *, short: bool = False) -> str:
    """What a line of its own says, in one sentence; *short* where there are many of them."""
    now = line.now
    parts = []
    for key, one, many in (
        ("handed_over", "lead was handed over", "leads were handed over"),
        ("accepted", "accepted this week", "accepted this week"),
        ("took_place", "", ""),
        ("fell_through", "fell through", "fell through"),
        ("sent_back", "went back", "went back"),
        ("opportunity", "became a deal", "became deals"),
        ("won", "won", "won"),
    ):
        if short and key not in IN_SHORT:
            continue
        value = now[key].whole if key in now else None
        if isinstance(value, Share) and value.bottom:
            parts.append(f"{_of(value, 'meetings took place')}")
        elif isinstance(value, int) and value:
            parts.append(_count(value, one, many))
    kept = _share(line, "kept_of_due")
    if kept:
        parts.append(f"{_of(kept, 'promises kept in time')}")
    overdue = _whole(line, "overdue")
    if isinstance(overdue, int) and overdue:
        parts.append(f"{overdue} overdue still")
    if not parts and short:
        return own_words(line)
    if not parts:
        hidden = any(one.whole is None for key, one in now.items() if _is_of(line, key))
        return HIDDEN if hidden else NOTHING
    return ", ".join(parts)


NOTHING = "nothing of this week"


def _is_of(line: Line, key: str) -> bool:
    """Whether such a line has that figure: a campaign has none that says how anybody did."""
    return line.kind != "campaign" or BY_KEY[key].of.of_leads


def same(team: Line, own: Line | None) -> bool:
    """Whether a team is who reads it, and nobody else: its line would be theirs once more."""
    return own is not None and team.whose == own.whose and team.now == own.now


def _first(report: Report, names: Names) -> Iterator[tuple[list[tuple[Line, str]], int, int]]:
    """Of teams, and of campaigns, each line that has something of the week with what it says, as
    many as there is room for; how many more there are; and how many have nothing. Nobody is ranked.
    """
    teams = [one for one in report.teams if not same(one, report.own)]
    for group in map(names.in_order, (teams, report.campaigns)):
        said = [(one, own_words(one, short=True)) for one in group]
        lines = [one for one in said if one[1] != NOTHING]
        lines.sort(key=lambda one: one[1] == HIDDEN)
        # The line that says how many more there are takes as much room as one more.
        shown = lines if len(lines) == MOST_LINES + 1 else lines[:MOST_LINES]
        yield shown, len(lines) - len(shown), len(said) - len(lines)


def _idle(count: int, beside: int) -> str:
    """How many had nothing, *beside* those that are told of."""
    others = f"{count} other{'' if count == 1 else 's'}" if beside else f"{count} of yours"
    return f"{others}: {NOTHING}."


def reason(policy: Policy) -> list[str]:
    """Why it came, and what it is of."""
    return [
        (
            f"By the policy {plain(policy.label())} everyone in the sales organisation has the "
            "report of each week when they begin to work after it."
        ),
        (
            "The organisation's figures are the same for everybody. People are named to whoever "
            "leads them, and each sees their own. What is otherwise by now is shown beside it in "
            "the tab."
        ),
        (
            "Three things changed: those furthest from the week before, as measured by what chance "
            "makes of two such weeks. One week proves nothing."
        ),
    ]


def pictured(line: Line) -> list[tuple[str, Share]]:
    """How far leads come, for a picture: each step in words, with its share. None is left where
    nothing is counted, or where it is about too few people.
    """
    found = [(says, _share(line, key)) for key, says in PICTURED]
    return [(says, share) for says, share in found if share and share.bottom]


PICTURED = (
    ("accepted_of_handed_over", "A rep said yes"),
    ("met_of_handed_over", f"Met, of those handed over {TALKS} weeks before"),
    ("opportunity_of_handed_over", f"Deals, of those handed over {TALKS} weeks before"),
    ("won_of_handed_over", f"Won, of those handed over {DEALS} weeks before"),
)
FAR = "How far leads come"
ONE_BY_ONE = "Each of your campaigns"

# --- The card ---------------------------------------------------------------------------------


def weekly_card(
    report: Report, names: Names, tab: TabLinks = NOWHERE, campaigns: Sequence[str] = ()
) -> Card:
    """One's own line and what changed; the rest is in the tab, one click away, and where no tab is
    known it opens in place. What is said of each of their *campaigns* opens in place.
    """
    line = report.below or report.organisation
    rest = tab.button(week_place(report.week), "The week", title="Open the week", first=True)
    body: list[CardElement | None] = [
        head("WEEKLY REPORT", days(report.week), below=_whose(report)),
        *_own(report),
        *(unfolds(ONE_BY_ONE, [told(one, size="Small") for one in campaigns]) if campaigns else ()),
        told("What changed", bold=True, spacing="Medium"),
        *[told(f"• {one}", spacing="Small") for one in changed(line)],
        *_picture(line),
        *([] if rest else unfolds("The whole week", _whole_week(report, names))),
        *why(reason(names.policy)),
    ]
    first = changed(line)[0]
    return finished(
        body, [rest, do("Mine", "mine")], says=f"The week of {days(report.week)}. {first}"
    )


def _picture(line: Line) -> list[CardElement]:
    shown = pictured(line)
    if not shown:
        return []
    return [
        told(FAR, bold=True, spacing="Medium"),
        *[
            together(told(f"{says}: {share.told}", size="Small"), bar(share.top / share.bottom))
            for says, share in shown
        ],
    ]


def week_place(week: Period) -> str:
    """Where its report is in the tab."""
    return f"weeks/{week.since.isoformat()}"


def _own(report: Report) -> list[CardElement]:
    """Their own line; of who owns campaigns also what came of all of them."""
    lines: list[CardElement] = []
    if report.own:
        lines.append(told(f"**You**: {own_words(report.own)}.", spacing="Medium"))
    if report.campaigns:
        whose = "Your campaign" if len(report.campaigns) == 1 else "Your campaigns"
        said = together_words(report.campaigns)
        lines.append(told(f"**{whose}**: {said}.", spacing="Small"))
    return lines


def together_words(campaigns: Sequence[Line]) -> str:
    """As `own_words`, of several together."""
    return own_words(_all_together(campaigns))


def _all_together(campaigns: Sequence[Line]) -> Line:
    """One line of all of them: a lead is of one campaign alone."""
    now = {}
    for item in OWN:
        values = [one.now[item.key].whole for one in campaigns if item.key in one.now]
        now[item.key] = Told(_sum(values), {})
    return Line(kind="campaign", now=now, before={})


def _sum(values: Sequence[Value | None]) -> Value | None:
    """None where any of them is not shown."""
    counts = [one for one in values if isinstance(one, int)]
    shares = [one for one in values if isinstance(one, Share)]
    if not values or len(counts) + len(shares) < len(values):
        return None
    if shares:
        return Share(sum(one.top for one in shares), sum(one.bottom for one in shares))
    return sum(counts)


def _whole_week(report: Report, names: Names) -> list[CardElement]:
    line = report.below or report.organisation
    return [
        *_theirs(report, names),
        *[told(f"**{title}**: {' '.join(said)}") for title, said in told_sections(line, names)],
    ]


def _whose(report: Report) -> str:
    return YOURS if report.below else "The whole organisation"


def _theirs(report: Report, names: Names) -> list[CardElement]:
    lines: list[CardElement] = []
    for first, more, idle in _first(report, names):
        lines += [told(f"**{names.of(one)}**: {said}.", spacing="Small") for one, said in first]
        if more:
            lines.append(told(f"And {more} more, in the tab.", size="Small", subtle=True))
        if idle:
            lines.append(told(_idle(idle, len(first)), size="Small", subtle=True))
    return lines


def week_so_far_card(
    week: Period, own: Line, whole: Line, names: Names, tab: Action | None = None
) -> Card:
    """What there is to say of a week that is not over: no more than the first sentences."""
    whose = YOURS if whole.kind == "below" else "The whole organisation"
    first = f"You: {own_words(own)}."
    return finished(
        [
            head("THIS WEEK SO FAR", days(week)),
            told(f"**You**: {own_words(own)}."),
            told(whose, bold=True, spacing="Medium"),
            *[told(f"**{title}**: {said[0]}") for title, said in told_sections(whole, names)],
            told(LATER, size="Small", subtle=True, spacing="Medium"),
        ],
        [tab, do("Mine", "mine")],
        says=first,
    )


def team_card(
    week: Period, own: Line, teams: Sequence[Line], names: Names, tab: Action | None = None
) -> Card:
    """One's own line first, then each team's, of whom nobody is ranked."""
    lines = [f"**You**: {own_words(own)}."]
    lines += [
        f"**{names.of(one)}**: {own_words(one)}." for one in names.in_order(teams)[:MOST_LINES]
    ]
    more = len(teams) - MOST_LINES
    return finished(
        [
            head("YOUR TEAMS THIS WEEK", days(week)),
            *[told(line, spacing="Small") for line in lines],
            told(f"And {more} more, in the tab.", size="Small", subtle=True) if more > 0 else None,
            told(LATER, size="Small", subtle=True, spacing="Medium"),
        ],
        [tab, do("Mine", "mine")],
        says=f"You: {own_words(own)}.",
    )


LATER = "Counted until now. The report of the week comes when you begin to work after it."

# --- The mail ---------------------------------------------------------------------------------

_BODY = "font:16px/1.5 'Segoe UI',Arial,sans-serif;color:#242424;max-width:36em"
_HEAD = "font-size:17px;line-height:1.3;margin:24px 0 4px"
_SMALL = "font-size:14px;color:#616161"
_CELL = "height:10px;font-size:8px;line-height:10px"


def list_place(report: Report, line: Line, names: Names) -> str:
    """Where in the tab that is listed which is said first of a line; empty where nothing is, or
    where lists are nobody's.
    """
    if line.kind == "team" and names.policy.figures.works_council:
        return ""
    counted = [item.key for item in OWN if count_of(_whole(line, item.key))]
    ground = ground_text(Ground(Kind(line.kind), line.whose))
    return f"{week_place(report.week)}/{counted[0]}/{ground}" if counted else ""


def write_weekly_mail(report: Report, names: Names, tab: TabLinks = NOWHERE) -> Written:
    """The same, in one column for a phone: text, links to the week and to the list behind each
    line, and bars of table cells, which every mail program draws without fetching anything. No
    picture is needed to read it.
    """
    line, url = report.below or report.organisation, tab.to(week_place(report.week), "The week")
    parts = [
        f'<h1 style="font-size:22px;line-height:1.2;margin:0">The week of {days(report.week)}</h1>',
        f'<p style="{_SMALL};margin:0">{_whose(report)}</p>',
        _list("What changed", changed(line)),
    ]

    def row(whose: str, one: Line, said: str) -> str:
        place, called = list_place(report, one, names), f"<b>{_safe(whose)}</b>"
        to = tab.to(place, bare(whose)) if place else ""
        leads = f'<a href="{escape(to)}">{called}</a>' if to else called
        return f"{leads}: {_safe(said)}."

    theirs = [row("You", report.own, own_words(report.own))] if report.own else []
    for first, more, idle in _first(report, names):
        theirs += [row(names.of(one), one, said) for one, said in first]
        if more:
            there = f'<a href="{escape(url)}">in Teams</a>' if url else "in Teams"
            theirs.append(f"And {more} more, {there}.")
        if idle:
            theirs.append(_idle(idle, len(first)))
    parts += [f'<p style="margin:12px 0 0">{one}</p>' for one in theirs]
    parts.append(_bars(line))
    for title, said in told_sections(line, names):
        parts.append(
            f'<h2 style="{_HEAD}">{_safe(title)}</h2>'
            f'<p style="margin:0">{_safe(" ".join(said))}</p>'
        )
    if url:
        parts.append(
            f'<p style="margin:24px 0"><a href="{escape(url)}">Open it in Teams</a>, with the list '
            "behind each figure that is yours to see.</p>"
        )
    parts += [f'<p style="{_SMALL}">{_safe(one)}</p>' for one in reason(names.policy)]
    return Written(
        subject=f"The week of {days(report.week)}",
        html=f'<div lang="en" style="{_BODY}">{"".join(parts)}</div>',
    )


def _bars(line: Line) -> str:
    shown = pictured(line)
    if not shown:
        return ""
    rows = "".join(
        f'<p style="{_SMALL};margin:8px 0 2px">{_safe(f"{says}: {share.told}")}</p>{_bar(share)}'
        for says, share in shown
    )
    return f'<h2 style="{_HEAD}">{FAR}</h2>{rows}'


def _bar(share: Share) -> str:
    filled = round(100 * share.top / share.bottom)
    cells = "".join(
        f'<td width="{width}%" bgcolor="{colour}" style="{_CELL}">&nbsp;</td>'
        for width, colour in ((filled, "#4f52b2"), (100 - filled, "#e0e0e0"))
        if width
    )
    table = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
    return f"<table {table}><tr>{cells}</tr></table>"


def _list(title: str, lines: Sequence[str]) -> str:
    rows = "".join(f"<li>{_safe(one)}</li>" for one in lines)
    return f'<h2 style="{_HEAD}">{title}</h2><ul style="margin:0;padding-left:20px">{rows}</ul>'


def _safe(text: str) -> str:
    return escape(bare(text))
