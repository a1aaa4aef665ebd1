"""Whatever becomes of an introduction, the prospect has one, and nobody is told what is not so.

Addresses are corrected and put back, Outlook is away, refuses, or sends and is not heard, the rep
answers in Teams or in Outlook, the meeting begins and is moved ahead: in any order. Then Outlook is
well again, and what people have is compared with what Baton says.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from handoff import letters
from handoff.model import Case, Ending, Mailing
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise
from sandbox.exchange.model import Letter
from sandbox.faults import AnswerLost, Part
from tests.journeys.test_introducing import SUBJECT, received
from tests.thoroughness import FRESH, examples
from tests.world import INES, World
from tests.world import SUBJECT as MEETING

OTHERS = ("ines.prado@contoso.example", "i.prado@contoso.example")
EVERYWHERE = (INES, *OTHERS)
OWN = "From Outlook"


@dataclass
class Walk:
    """What has happened so far, in words for whoever reads a failure."""

    world: World
    id: UUID
    dice: Random
    steps: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)  # what the rep had sent, each in its own words
    refusing: bool = False  # Outlook has refused a mail for good
    begun: bool = False

    async def case(self) -> Case:
        return await self.world.case(self.id)

    async def corrects(self) -> None:
        now = (await self.case()).handoff.lead.contact_email
        to = self.dice.choice([one for one in EVERYWHERE if one != now])
        if await self.world.opens("quinn", "fix_brief"):
            await self.world.press("quinn", "fix_brief", contact_email=to)
            self.steps[-1] += f" to {to}"

    async def is_away(self) -> None:
        path = self.dice.choice(["sendMail", "reply", "/messages", ""])
        self.world.box.faults.graph_status(503, "", times=None, path=path)
        self.steps[-1] += f" for {path or 'all'}"

    async def refuses(self) -> None:
        self.refusing = True
        path = self.dice.choice(["sendMail", "reply"])
        self.world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path=path)
        self.steps[-1] += f" {path}"

    async def is_not_heard(self) -> None:
        path = self.dice.choice(["sendMail", "reply"])
        self.world.box.faults.add(Part.GRAPH, AnswerLost(after=0.05), path=path, times=1)
        if self.dice.random() < 0.5:
            self.world.box.faults.graph_status(503, "", times=None, path="/messages")
        self.steps[-1] += f" after {path}"

    async def is_well(self) -> None:
        self.world.box.faults.clear()
        await self.everything()

    async def replies_in_teams(self) -> None:
        if await self.world.opens("rita", "send_reply"):
            words = f"Reply {len(self.replies) + 1}. Rita"
            answer = await self.world.click("rita", "send_reply", words=words)
            if answer.ok:
                self.replies.append(words)
            await self.world.work()

    async def replies_in_outlook(self) -> None:
        if (
            len([m for m in self.world.box.outlook.mail("rita", "inbox") if m.subject == SUBJECT])
            == 1
        ):
            self.world.box.outlook.reply("rita", received(self.world), OWN)
            await self.world.work()

    async def passes(self) -> None:
        minutes = self.dice.choice([1, 3, 30, 240])
        await self.world.pass_(minutes=minutes)
        self.steps[-1] += f" {minutes} min"

    async def begins(self) -> None:
        meeting = (await self.case()).handoff.meeting
        if meeting and meeting.span.start > self.world.clock():
            self.begun = True
            await self.world.until(meeting.span.start + timedelta(minutes=3))

    async def moves_ahead(self) -> None:
        case = await self.case()
        if case.handoff.meeting and case.handoff.state in IN_OUTLOOK:
            later = (self.world.clock() + timedelta(days=2)).replace(hour=10, minute=0, second=0)
            self.world.box.outlook.move("quinn", MEETING, later)
            await self.world.work()
            if await self.world.opens("rita", "accept"):
                await self.world.press("rita", "accept")

    async def everything(self) -> None:
        """Whatever waits for Outlook is done, and what follows from that."""
        for _ in range(3):
            await self.world.run(
                "update procrastinate_jobs set scheduled_at = null where status = 'todo'"
            )
            await self.world.work()
            await self.world.pass_(minutes=3)


STEPS: tuple[Callable[[Walk], Awaitable[None]], ...] = (
    *(Walk.corrects,) * 4,
    Walk.is_away,
    Walk.refuses,
    *(Walk.is_not_heard,) * 2,
    *(Walk.is_well,) * 2,
    *(Walk.replies_in_teams,) * 2,
    Walk.replies_in_outlook,
    *(Walk.passes,) * 3,
    Walk.begins,
    Walk.moves_ahead,
)


def introductions(world: World, address: str) -> list[Letter]:
    return [one for one in world.mails(address) if one.subject == SUBJECT]


def answers(world: World, words: str) -> int:
    """How often the prospect has that answer, at whichever address."""
    return sum(words in one.body.content for where in EVERYWHERE for one in world.mails(where))


@pytest.mark.parametrize("n", range(examples(4)))
@pytest.mark.parametrize("beginning", ["offered", "accepted"])
async def test_the_prospect_has_one_introduction_and_the_cards_say_what_is_so(
    world: World, offered: UUID, n: int, beginning: str
) -> None:
    walk = Walk(world, offered, Random(FRESH * 10_000 + n))
    if beginning == "accepted" and await world.opens("rita", "accept"):
        await world.press("rita", "accept")
    world.clock.forward(timedelta(minutes=20))
    for _ in range(walk.dice.randint(3, 9)):
        step = walk.dice.choice(STEPS)
        walk.steps.append(step.__name__)
        await step(walk)
    world.box.faults.clear()
    await walk.everything()

    for holds in (introduced_once, said_as_it_is, answered_once, late_once):
        await holds(walk, await walk.case())
    failed = await world.rows("select task_name from procrastinate_jobs where status = 'failed'")
    assert failed == [], walk.steps


async def introduced_once(walk: Walk, case: Case) -> None:
    """At each address; where Outlook refused nothing, and the meeting never began, at this one."""
    world, handoff, here = walk.world, case.handoff, case.handoff.lead.contact_email
    for where in EVERYWHERE:
        assert len(introductions(world, where)) <= 1, (where, walk.steps)
    ids = [one.internet_id for one in world.box.outlook.mail("quinn", "sentitems")]
    assert len(ids) == len(set(ids)), walk.steps
    ahead = handoff.meeting and handoff.meeting.span.start > world.clock()
    if handoff.state in IN_OUTLOOK and ahead and not (walk.refusing or walk.begun):
        assert introductions(world, here), (here, walk.steps)


async def said_as_it_is(walk: Walk, case: Case) -> None:
    """Whether the prospect has the introduction is what Baton knows, and what both cards say."""
    handoff, here = case.handoff, case.handoff.lead.contact_email
    there = bool(introductions(walk.world, here))
    if known := letters.introduction(handoff):
        assert bool(known.sent_at) == there, walk.steps
    if handoff.state not in IN_OUTLOOK:
        return
    for who in ("rita", "quinn"):
        reads = walk.world.reads(who)
        assert "The introduction is being sent" not in reads, (who, walk.steps)
        assert there or "Introduction sent" not in reads, (who, walk.steps)
        assert not there or "The introduction was not sent" not in reads, (who, walk.steps)


async def answered_once(walk: Walk, case: Case) -> None:
    """No answer goes out twice, none waits for ever, and none is counted that nobody has."""
    wrote = sum(answers(walk.world, one) for one in (*walk.replies, OWN))
    for words in walk.replies:
        assert answers(walk.world, words) <= 1, (words, walk.steps)
    for letter in case.handoff.letters:
        if letter.what is Mailing.REPLY:
            assert wrote or not letter.sent_at, walk.steps
    if case.handoff.state in IN_OUTLOOK:
        assert letters.unsent_replies(case.handoff) == [], walk.steps
    for owed in case.handoff.commitments:
        if owed.what is Promise.REPLY and owed.ending in (Ending.KEPT, Ending.LATE):
            assert wrote, walk.steps


async def late_once(walk: Walk, case: Case) -> None:
    """With the answer to each mail, and with none to one that was not there."""
    entries = await walk.world.app.services.stores.handoffs.timeline(walk.id)
    overdue = [e for e in entries if e.what == "overdue" and e.detail.get("promise") == "reply"]
    went_out = [
        one for one in case.handoff.letters if one.what is Mailing.INTRODUCTION and one.sent_at
    ]
    assert len(overdue) <= len(went_out), walk.steps
    for owed in case.handoff.commitments:
        if owed.what is Promise.REPLY and owed.missed_at:
            went = [one.sent_at for one in case.handoff.letters if one.sent_at]
            assert went, walk.steps
            assert min(went) < owed.missed_at, walk.steps
