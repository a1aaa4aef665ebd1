"""What whoever looks owes and waits for, and the story of a handoff that is their business."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import htpy as h

from cards import words
from cards.deals import deal_words
from cards.elements import clean
from cards.lists import RED, UNREAD, owed_words, rules_of, where
from cards.pledges import pledge_line
from cards.rotation import ON_A_CARD, shown, small_print
from cards.standing_out import among, besides, standing_out
from cards.timeline import NOT_YOURS, by_which_rule, owed_line, sentence
from cards.touches import source_words
from cards.view import View
from cards.why import PROMISES, counted, rule, rule_of
from handoff.asked import Own, asked, choices, ground_text
from handoff.errors import NotYoursError
from handoff.figures import BECAME, BY_CODE
from handoff.model import Commitment, Entry
from handoff.pledges import Pledge
from handoff.scope import Ground, Kind
from store.owed import Owed, owed_by
from tabs.figures import Shelf, empty, heads
from tabs.page import leads_to, prose, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered
from tabs.turn import effort, turn

MOST = 50  # of each list, the most pressing: as a page of any list has
OVER = 4  # times over which it is told: this week, the last, four weeks, the month


async def page(reader: Reader, _said: Mapping[str, str]) -> h.Element:
    """What they owe, the most pressing first, and what they handed over."""
    soon = reader.at + reader.policy.confirm_before
    found = await owed_by(reader.stores, reader.viewer.id, MOST, MOST, soon=soon)
    rules = [rule_of(reader.policy, pledge.promise.what) for pledge in found.pledges]
    return mine_page(
        reader, found, rules, [await _kept(reader), await turn(reader), await effort(reader)]
    )


async def _kept(reader: Reader) -> h.Node:
    """What they kept, in the very numbers that their manager sees."""
    today = reader.at.date()
    rows: list[list[h.Node]] = []
    any_ = False
    own = asked(ground_text(Ground(Kind.PERSON, reader.viewer.id)), "", "", today)
    for time in choices(today)[:OVER]:
        want = replace(own, time=time)
        shelf = Shelf(reader=reader, asked=want, listed=True)
        shown = await shelf.values(want, BECAME)
        any_ |= any(not empty(value) for one in shown.values() if (value := one.whole.value))
        rows.append(
            [
                leads_to(f"team/{want.path}", f"{time.name[:1].upper()}{time.name[1:]}"),
                *[
                    shelf.cell(shown[code], shown[code].whole, want, of_what=time.name)
                    for code in BECAME
                ],
            ]
        )
    return section(
        "What I kept",
        table(
            "The numbers that my manager sees" if reader.viewer.managers else "All that I owed",
            heads(BECAME, "When"),
            rows,
            numbers=7,
        ),
        h.p(".quiet")[BY_CODE["kept_of_due"].says],
        offered(Own.KEPT, "What I kept") if any_ else None,
        id="kept",
    )


def mine_page(reader: Reader, found: Owed, by: Sequence[str], kept: h.Node = None) -> h.Element:
    viewer, at = reader.viewer, reader.at
    owed = [(View(case=case, viewer=viewer, at=at), one) for case, one in found.promises]
    red = standing_out([View(case=case, viewer=viewer, at=at) for case in found.looked])
    handed = besides([View(case=case, viewer=viewer, at=at) for case in found.handed], red)
    all_handed = among(found.all_handed, red)
    rows = [(one.due_at, _owed(view, one)) for view, one in owed]
    rows += [(one.promise.due_at, _pledged(one, reader)) for one in found.pledges]
    rows.sort(key=lambda row: row[0])
    count = len(rows) + found.more
    rules = list(dict.fromkeys(rules_of(owed, by)))
    return whole(
        "Mine",
        section(
            "What I owe",
            h.ol(".rows")[[row for _, row in rows]] if rows else h.p[_nothing(red)],
            h.p(".quiet")[f"And {found.more} more."] if found.more else None,
            h.p[prose(UNREAD.format(found.unread))] if found.unread else None,
            offered(Own.OWED, "What I owe, and what I handed over")
            if rows or red or handed
            else None,
        ),
        section(RED, h.ol(".rows")[[_lead(view, line, late=True) for view, line in red]])
        if red
        else None,
        kept,
        section(
            "What I handed over",
            h.ol(".rows")[[_lead(view, where(view)) for view in handed]],
            h.p(".quiet")[f"And {all_handed - len(handed)} more."]
            if all_handed > len(handed)
            else None,
        )
        if handed
        else None,
        section(
            "By which rules",
            h.ul[[h.li[prose(line)] for line in rules]],
            h.p[leads_to("rules", "All rules")],
        )
        if rules
        else None,
        code="mine",
        below=f"{count} open on {words.day(at, viewer.zone)}" if count else None,
    )


def _nothing(red: Sequence[tuple[View, str]]) -> str:
    return "You owe nothing just now." if red else "Nothing is waiting for you."


def _owed(view: View, promise: Commitment) -> h.Element:
    return _lead(view, owed_words(view, promise), late=promise.due_at <= view.at)


def _pledged(pledge: Pledge, reader: Reader) -> h.Element:
    line = pledge_line(pledge.promise, reader.viewer, reader.at)
    late = pledge.promise.due_at <= reader.at
    return h.li[h.p(class_=late and "late")[prose(line)]]


def _lead(view: View, stands: str, *, late: bool = False) -> h.Element:
    """A lead, with its name as people wrote it, and how it stands; it leads to its story."""
    return h.li[
        leads_to(f"handoff/{view.handoff.number}", clean(view.title)),
        h.p(class_=late and "late")[prose(stands), f" · no. {view.handoff.number}"],
    ]


async def handoff(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """All that happened in a handoff, for those whose business it is. Raises NotYoursError alike
    for one that is not and for one that there is not.
    """
    stores, viewer = reader.stores, reader.viewer
    id = await stores.lookups.numbered(int(said["number"]))
    case = await stores.handoffs.case(id, viewer.id) if id else None
    if id is None or case is None or not reader.scope.reads(case.handoff):
        raise NotYoursError(NOT_YOURS)
    ground = await reader.ground(id)
    rotation = tuple(small_print(ground, viewer, reader.at)) if ground else ()
    others = {c.who for c in case.handoff.commitments} | {case.handoff.qualifier}
    if ground:
        others |= {one.id for one in shown(ground.reasons, viewer.id, ON_A_CARD)}
    await reader.looked(others, "why", handoff=id)
    view = View(case=case, viewer=viewer, at=reader.at, rotation=rotation)
    return handoff_page(view, await stores.handoffs.timeline(id))


def handoff_page(view: View, entries: Sequence[Entry]) -> h.Element:
    """As `timeline_card`, with every line."""
    handoff = view.handoff
    owed = [one for one in handoff.commitments if one.waiting]
    rules = list(dict.fromkeys(one.what for one in owed if one.what in PROMISES))
    state = handoff.state.value.replace("_", " ")
    return whole(
        clean(view.title),
        section(
            "What is owed now",
            h.ul(".rows")[[_promise(view, one) for one in owed]] if owed else h.p["Nothing."],
            [h.p(".quiet")[prose(rule(view, what))] for what in rules],
            h.p(".quiet")[prose(counted(view, owed[0]))] if owed else None,
        ),
        section("The deal in the CRM", [h.p[prose(line)] for line in of_deal])
        if (of_deal := deal_words(view))
        else None,
        section("Where it came from", [h.p[prose(line)] for line in came])
        if (came := source_words(view))
        else None,
        section("Who was next", [h.p[prose(line)] for line in view.rotation if line])
        if view.rotation
        else None,
        section(
            "What happened",
            h.ol(".rows")[[_entry(view, one) for one in entries]],
        ),
        h.p(".screen")[leads_to("mine", "Back to what I owe")],
        code="handoff",
        below=prose(f"No. {handoff.number} · {state} · owner: {view.name(handoff.owner)}"),
    )


def _promise(view: View, one: Commitment) -> h.Element:
    late = one.due_at <= view.at
    return h.li[h.p(class_=late and "late")[prose(owed_line(view, one))]]


def _entry(view: View, entry: Entry) -> h.Element:
    at = entry.at.isoformat(timespec="minutes")
    return h.li(".entry")[
        h.time(".quiet", datetime=at)[words.when(entry.at, view.zone)],
        h.div[
            h.p[prose(sentence(view, entry))],
            h.p(".quiet")[prose(by_which_rule(view, entry))],
        ],
    ]
