"""What belongs to each promise, verb, word, rule and effect is there; what is not is named.

A new one fails here, or in mypy, before anything else. So does whatever has come to be in two
places.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_args
from uuid import UUID

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from bot.answering import KINDS as ASKED_FOR
from bot.answering import VERBS as ANSWERING
from bot.teams import VERBS
from bot.verbs import together
from cards.draw import card_for
from cards.following import KINDS as ON_CARDS
from cards.invitation import KINDS as IN_CALENDARS
from cards.pledges import ASKS, owed
from cards.timeline import RULES, SENTENCES
from cards.verbs import Verb
from cards.view import View
from cards.why import OWED, PROMISES, rule, rule_of
from handoff import answering, effects, pledges
from handoff.effects import Effect, Show
from handoff.model import Role
from handoff.policy import PLEDGED, UNTIMED, Policy, Promise
from handoff.scope import By, Kind
from handoff.timeline import Rule, Word
from handoff.weekly import UNSAID
from jobs import tasks
from policy.clocks import ClocksTable, QuickActionTable
from tests.cards import gallery
from tests.conftest import ROOT
from tests.handoff.conftest import PEOPLE, Story
from tests.hour import MONDAY
from tests.test_layout import PACKAGES

TIMED = [promise.value for promise in Promise if promise not in UNTIMED]
FOLLOW_UPS = get_args(QuickActionTable.model_fields["kind"].annotation)


def kinds() -> list[type[Effect]]:
    """The effects that are one by themselves."""
    known = [k for k in vars(effects).values() if isinstance(k, type) and issubclass(k, Effect)]
    return [k for k in known if not any(issubclass(one, k) for one in known if one is not k)]


def done() -> Collection[type[Effect]]:
    tasks.add_to(App(connector=InMemoryConnector()))
    return tasks.KNOWN.keys()


@pytest.mark.parametrize(
    ("words", "table", "what"),
    [
        (list(Promise), OWED, "words for what is owed, in cards/why.py"),
        (TIMED, PROMISES, "words for its rule, in cards/why.py"),
        (sorted(PLEDGED), ASKS, "words that ask for it, in cards/pledges.py"),
        (TIMED, ClocksTable.model_fields, "a clock, in policy/clocks.py"),
        (get_args(Word), SENTENCES, "a sentence, in cards/timeline.py"),
        (get_args(Rule), RULES, "words for the rule, in cards/timeline.py"),
        (get_args(Verb), VERBS, "a function, in bot/"),
        (kinds(), done(), "a task, in jobs/"),
        (FOLLOW_UPS, ON_CARDS, "a name, in cards/following.py"),
        (FOLLOW_UPS, IN_CALENDARS, "words for its event, in cards/invitation.py"),
        (FOLLOW_UPS, ASKED_FOR, "a place among what may be asked for, in bot/answering.py"),
    ],
    ids=[
        *("owed", "why", "asks", "clocks", "sentences", "rules", "verbs", "tasks"),
        *("on cards", "in calendars", "asked for"),
    ],
)
def test_each_has_what_belongs_to_it(
    words: Collection[object], table: Collection[object], what: str
) -> None:
    assert len(set(words)) == len(words), "twice in the vocabulary"
    missing = [str(word) for word in words if word not in table]
    assert not missing, f"without {what}: {', '.join(missing)}"
    unknown = [str(word) for word in table if word not in set(words)]
    assert not unknown, f"{what}, of nothing: {', '.join(unknown)}"


def test_each_word_and_rule_of_the_timeline_is_said_by_a_rule_of_the_house() -> None:
    said = {
        node.value
        for file in (ROOT / "handoff").glob("**/*.py")
        if file.name != "timeline.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {*get_args(Word), *get_args(Rule)} - said == set()


# --- Tables by state, step, promise … that stand elsewhere ------------------------------------

WITHOUT: dict[tuple[str, str], set[str]] = {
    # It is over by then.
    ("cards/qualifier.py", "State"): {"QUALIFIED", "BOOKING", "OFFERED", "PROPOSED", "SENT_BACK"},
    # Nothing was done about these, or more than a word is to be said.
    ("cards/week.py", "Standing"): {"OPEN", "FREED"},
    # It is sent, or stays as it is.
    ("jobs/letters.py", "Due"): {"NOTHING", "SEND", "WAIT"},
    # No clock of the policy rules these.
    ("cards/why.py", "Promise"): {promise.name for promise in UNTIMED},
    # No manager is asked about these: no clock rules them, or they are a manager's own, or about no
    # handoff.
    ("cards/manager.py", "Promise"): {
        *(one.name for one in PLEDGED | UNTIMED),
        *("DECIDE", "JUDGE"),
    },
    # These alone are about no handoff.
    ("cards/pledges.py", "Promise"): {one.name for one in Promise if one not in PLEDGED},
    # Nobody says anything by these of how a lead stands.
    ("cards/weekly_report.py", "Promise"): {one.name for one in Promise if one.value not in UNSAID},
    # Here the page has a form instead.
    ("web/answer_page.py", "State"): {"OFFERED"},
    # Whatever is counted is counted of a week.
    ("tabs/figures.py", "By"): {"WEEK"},
    # Whoever looks after Baton has no part in a lead.
    ("tabs/rules.py", "Role"): {"ADMIN"},
    # A page of figures chooses: of each ground and for each part, what stands on it.
    ("tabs/team.py", "Kind"): {one.name for one in Kind},
    ("tabs/funnel.py", "Kind"): {"CAMPAIGN", "LEADERS"},
    ("tabs/team.py", "Role"): {one.name for one in Role},
    ("tabs/team.py", "By"): {one.name for one in By},
}
"""What a table leaves out, and why."""


def enum_tables() -> Iterator[tuple[str, int, type[Enum], set[str]]]:
    """Every dict in the product whose keys are all of one enum: its file, line, enum and keys."""
    for package in sorted(PACKAGES - {"sandbox"}):
        for file in sorted((ROOT / package).glob("**/*.py")):
            dicts = [
                node
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Dict) and node.keys
            ]
            for table in dicts:
                keys = [ast.unparse(key).partition(".") for key in table.keys if key]
                names = {name if dot else "" for name, dot, _ in keys}
                kind = getattr(_module(file), names.pop(), None) if len(names) == 1 else None
                if isinstance(kind, type) and issubclass(kind, Enum):
                    members = {member for _, _, member in keys}
                    yield str(file.relative_to(ROOT)), table.lineno, kind, members


def _module(file: Path) -> ModuleType:
    return import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def test_a_table_by_an_enum_has_all_of_it() -> None:
    seen = set()
    for file, line, kind, members in enum_tables():
        left_out = {one.name for one in kind} - members
        if left_out:
            seen.add((file, kind.__name__))
            missing = left_out - WITHOUT.get((file, kind.__name__), set())
            assert not missing, f"{file}:{line} has nothing for {', '.join(sorted(missing))}"
    assert seen == WITHOUT.keys(), "a table that leaves nothing out any more"


# --- A card for each promise ------------------------------------------------------------------


def story_of(*steps: Callable[[Story], object]) -> Callable[[Policy], Story]:
    def told(policy: Policy) -> Story:
        story = Story(policy)
        for step in steps:
            step(story)
        return story

    return told


OWED_IN: dict[Promise, Callable[[Policy], Story]] = {
    Promise.BOOK: story_of(gallery.ready),
    Promise.FIT: story_of(gallery.unfit),
    Promise.NURTURE: story_of(Story.offered, gallery.send_back, gallery.end),
    Promise.ANSWER: story_of(Story.offered),
    Promise.SETTLE: story_of(Story.offered, gallery.ask, gallery.others, gallery.propose),
    Promise.REWORK: story_of(Story.offered, gallery.send_back),
    Promise.REASON: story_of(Story.offered, gallery.outlook_says("declined")),
    Promise.REPLY: story_of(Story.offered, gallery.introduced, gallery.accepted),
    Promise.OUTCOME: story_of(Story.accepted, gallery.over),
    Promise.NEXT_STEP: story_of(Story.accepted, gallery.over, gallery.went),
    Promise.FOLLOW_UP: story_of(
        Story.accepted, gallery.over, gallery.went, gallery.call, gallery.called
    ),
    Promise.PROGRESS: story_of(Story.accepted, gallery.over, gallery.held, gallery.stalls),
    Promise.DECIDE: story_of(Story.offered, gallery.hours(4)),
    Promise.JUDGE: story_of(Story.accepted, gallery.over, gallery.went, gallery.contested),
}
"""How each comes to be owed that has a clock."""


@pytest.mark.parametrize("promise", [one for one in Promise if one not in UNTIMED | PLEDGED])
def test_whoever_owes_a_promise_reads_its_rule_on_their_card(
    policy_in_force: Policy, promise: Promise
) -> None:
    assert promise in OWED_IN, f"{promise} is owed in no story here; add one, and draw its card"
    story = OWED_IN[promise](policy_in_force)
    owed = story.owed(promise)
    view = View(case=story.case, viewer=PEOPLE[owed.who], at=story.at)

    card = card_for(view)

    assert rule(view, promise) in str(card), f"the card of whoever owes {promise} does not say so"
    for told in ("Contoso Logistics (Ines Prado): ", view.soon(owed.due_at)):
        assert told in card["fallbackText"], "a lock screen says of whom, what, and by when"


@pytest.mark.parametrize("promise", [one for one in Promise if one in PLEDGED])
def test_a_promise_about_no_handoff_says_by_when_and_is_asked_for_anew(
    policy_in_force: Policy, promise: Promise
) -> None:
    about = {
        Promise.CONFIRM_WEEK: "2026-03-09",
        Promise.SETTLE_WEEKS: "2026-03-09 mara",
        Promise.ANSWER_REPORT: str(UUID(int=1)),
        Promise.ANSWER_ALARM: str(UUID(int=1)),
        Promise.UPDATE_CRM: str(UUID(int=1)),
    }[promise]
    made = partial(pledges.made, promise, PEOPLE["rita"], about=about, to=None, at=MONDAY)
    pledge = made(policy=policy_in_force)
    lines = owed(pledge.promise, PEOPLE["rita"], policy_in_force, at=MONDAY)

    assert rule_of(policy_in_force, promise) in str([str(line.text) for line in lines])  # type: ignore[attr-defined]
    assert type(pledges.tells(pledge)) in done()


def test_whoever_sends_a_lead_back_owes_nothing_more_of_it(policy_in_force: Policy) -> None:
    """Whatever a rep owes ends with it; `hand_back` in handoff/draft.py ends all of it."""
    left = []
    for promise, told in OWED_IN.items():
        story = told(policy_in_force)
        if story.owed(promise).who != story.handoff.rep:
            continue
        send_back = partial(answering.send_back, by="rita", at=story.at, reason="brief", note="")
        story.do(send_back)
        left += [promise.value] if story.handoff.owed(promise, "rita") else []

    assert left == [], "still owed by whoever has sent the lead back"


# --- What must not pass -----------------------------------------------------------------------

FAULTS = {
    "tx.follow(Shwo('rita', ID))": 'Name "Shwo" is not defined',
    "tx.follow(Show('rita'))": 'Missing positional argument "handoff_id"',
    "tx.follow('show')": 'expected "Effect"',
    "task(Policy)": 'Value of type variable "E"',
    "do('Accept', 'acept')": 'Argument 2 to "do"',
    "draft.say('acepted')": 'Argument 1 to "say"',
    "draft.say(word)": 'incompatible type "str"',
    "Draft(case, at=at, by='rita', rule='anser')": 'Argument "rule" to "Draft"',
    "await stores.beats.beat('sweep', at)": 'Missing positional argument "tx"',
    "policy.clocks['thank']": "Invalid index type",
}
BEFORE = """
from datetime import datetime
from uuid import UUID
from cards.elements import do
from handoff.draft import Draft
from handoff.effects import Show
from handoff.model import Case
from handoff.policy import Policy
from jobs.tasks import task
from store.door import Tx
from store.stores import Stores
ID = UUID(int=1)
async def fault(
    tx: Tx, draft: Draft, word: str, case: Case, at: datetime, stores: Stores, policy: Policy
) -> None:
"""


@pytest.mark.xdist_group("changes")  # where mypy is asked as well: they know what the other found
def test_what_is_no_word_of_a_vocabulary_does_not_pass_the_types() -> None:
    """Each fault is alone in what mypy says of its line."""
    code = BEFORE + "".join(f"    {fault}\n" for fault in FAULTS)
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    first = BEFORE.count("\n") + 1
    for number, (fault, words) in enumerate(FAULTS.items(), first):
        found = [line for line in said.splitlines() if line.startswith(f"<string>:{number}: error")]
        assert any(words in line for line in found), f"{fault} passes: {found}"


def test_a_verb_is_done_in_one_place() -> None:
    with pytest.raises(ValueError, match="done in two places: accept"):
        together(ANSWERING, {"accept": ANSWERING["accept"]})


def test_an_effect_is_done_by_one_task() -> None:
    done()
    with pytest.raises(ValueError, match="show is done by show already"):
        tasks.task(Show)(tasks.KNOWN[Show].do)
