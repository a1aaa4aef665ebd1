"""What everything people do in Teams works with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bot.click import PATIENCE, Click, standing_click
from cards import named
from cards.agreeing import agree_card
from cards.draw import card_for
from cards.elements import Card
from cards.forms import MOST_CHOICES, NOBODY, Targets, targets_of
from cards.lists import line_card
from cards.opening import at_its_field, begun, opened, refilled
from cards.rotation import ON_A_CARD, Ground, ground_of, shown, small_print
from cards.tab_link import NOWHERE, TabLinks
from cards.view import View
from handoff.effects import CloseCard, Show, ShowAnswer, ShowClicked
from handoff.errors import (
    FormerError,
    MovedOnError,
    NoSuchHandoffError,
    RefusedError,
    TooOldError,
)
from handoff.giving import may_give_lead
from handoff.model import Case, Decision, Person, State
from handoff.policy import Pool
from store.door import DoneAlreadyError, Tx
from store.fairness import Ground as Inputs
from store.handoffs import Rule, RuleInTx, decided
from store.stores import Stores

NO_PART = (
    "Only qualifier and rep of no. {number}, and their managers, can open it. Nothing has changed."
)


async def holds(stores: Stores, click: Click) -> None:
    """A form is shown in the message that was clicked: no news closes it, for as long as somebody
    may be typing from now on. An older card in which one was open before points to the newer one.
    """
    if click.handoff and click.stands and click.card:
        async with stores.door.open() as tx:
            before = await stores.conversations.form_open(
                tx,
                click.handoff,
                click.by,
                click.card,
                name=click.opens or click.opened,
                until=click.at + PATIENCE,
            )
            if before:
                tx.follow(CloseCard(click.by, click.handoff, before))


async def shows(stores: Stores, tx: Tx, click: Click, handoff: UUID) -> None:
    """The message that was clicked will hold the card of *handoff*, as its answer does; nothing
    more than that, where a new card is posted in its place. A form that was open in it is no more.
    """
    if click.opened and click.card:
        await stores.conversations.form_done(tx, handoff, click.by, click.card)
    if click.card is None or Show(click.by, handoff, alert=True) in tx.effects:
        return
    tx.effects.pop(Show(click.by, handoff), None)  # the same card, drawn once
    tx.follow(ShowClicked(click.by, handoff, click.card, click.stands))


def says(tx: Tx, click: Click, said: str) -> None:
    """As `shows`, of a message that holds what *said* is answered with."""
    if click.card:
        tx.follow(ShowAnswer(click.by, click.card, said, click.once or click.card))


@dataclass(frozen=True, slots=True, kw_only=True)
class Baton:
    """The stores, the clock, and the way from a click to the card it is answered with."""

    stores: Stores
    now: Callable[[], datetime]
    tab: TabLinks = NOWHERE

    async def person(self, id: str) -> Person:
        """Whoever that is. Raises StrangerError for someone whom no policy has named, FormerError
        for someone whom it names no longer and who owes nothing.
        """
        return await self.stores.people.here(id)

    async def apply(
        self, click: Click, rule: Rule | RuleInTx, *also: str, anew: bool = False
    ) -> Card:
        """Apply *rule* to the handoff that the click is about; the answer is the card as it is.

        A refusal is answered with the card as it stands and the refusal's words on it; a click that
        comes again, with the card as it stands. What was clicked points to the card that comes
        *anew*. Raises RefusedError where the click was on a form of what Baton said to a word.
        """
        if click.handoff is None:
            raise TooOldError
        handoffs = self.stores.handoffs
        try:
            async with self.stores.door.open() as tx:
                case = await handoffs.change_in(
                    tx,
                    click.handoff,
                    _here(rule, click),
                    click.by,
                    *also,
                    once=click.once,
                    last=True,
                )
                await shows(
                    self.stores, tx, standing_click(click) if anew else click, click.handoff
                )
        except NoSuchHandoffError as gone:
            return await self.line(click, gone)
        except DoneAlreadyError:
            case = await handoffs.case(click.handoff, click.by)
        except RefusedError as refusal:
            if not await self.stores.heard.knows(click.once):
                if click.opened and click.text("said"):
                    raise  # of a form on another card than the handoff's: bot/forms.py
                return await self.redraw(click, refusal)
            await self._shown(click)
            case = await handoffs.case(click.handoff, click.by)
        return await self.card(case, click.by)

    async def redraw(self, click: Click, wrong: RefusedError, team: Pool | None = None) -> Card:
        """The card as it stands, with what is wrong: the click itself meant nothing. A form that is
        still there stays open, with what was typed in it, unless that is about what is no more.
        """
        banner, typed = str(wrong), wrong.kept(click.filled)
        if click.handoff is None:
            return line_card(banner)  # of a form, whose message is left to whoever fills it in
        try:
            case = await self.stores.handoffs.case(click.handoff, click.by)
            card = await self.card(case, click.by, banner, team)
            form = opened(card, click.opened, wrong=wrong, typed=typed)
            if form is None:
                await self._shown(click)
            else:
                form = begun(form, click.since or click.at)
                await holds(self.stores, click)
        except RefusedError as refusal:
            return await self.line(click, refusal)
        return form or at_its_field(refilled(card, typed), wrong)

    async def _shown(self, click: Click) -> None:
        """A click that changed nothing was answered with what is so: its message holds that too."""
        if click.handoff:
            async with self.stores.door.open() as tx:
                await shows(self.stores, tx, click, click.handoff)

    async def line(self, click: Click, refusal: RefusedError) -> Card:
        """The answer where there is no handoff to show: the refusal's words alone.
        Its message holds them too, unless they ask for something else to be filled in there.
        """
        if str(refusal) == type(refusal).__doc__:
            await self.answered(click, f"refused {type(refusal).__name__}")
        return line_card(str(refusal))

    async def answered(self, click: Click, said: str) -> None:
        """Its message, which stands for no handoff, holds from now on what *said* is answered with:
        for a click with which nothing is written.
        """
        async with self.stores.door.open() as tx:
            says(tx, click, said)

    async def card(
        self, case: Case, viewer: str, banner: str = "", team: Pool | None = None
    ) -> Card:
        """What *viewer* sees of the handoff; nothing of it if it is none of their business.

        Raises StrangerError, and FormerError for who has left.
        """
        person = case.people.get(viewer) or await self.person(viewer)
        if not person.present:
            raise FormerError
        rotation: tuple[str, ...] = ()
        if case.handoff.state is State.OFFERED and viewer == case.handoff.rep:
            rotation = await self._rotation_lines(case.handoff.id, person)
        view = View(case=case, viewer=person, at=self.now(), banner=banner, rotation=rotation)
        if not view.scope.works_on(case.handoff):
            return line_card(NO_PART.format(number=case.handoff.number))
        return card_for(view, await self.choices(case, person, team))

    async def choices(self, case: Case, viewer: Person, team: Pool | None = None) -> Targets:
        """For its qualifier whom the lead may go to; for whoever answers for it, whose it may be
        instead.
        """
        if not may_give_lead(case, viewer.id):
            return NOBODY
        handoff = case.handoff
        others = await self.stores.people.qualifiers(handoff.qualifier, MOST_CHOICES + 1)
        able = [one for one in others.values() if one.id != handoff.rep][:MOST_CHOICES]
        mine = viewer.id == handoff.qualifier
        targets = await self.targets(viewer, team) if mine else NOBODY
        return replace(targets, qualifiers=tuple(named.people(able, case.policy)))

    async def _rotation_lines(self, handoff: UUID, viewer: Person) -> tuple[str, ...]:
        """Why this rep and not another, in a few lines; none where a person chose.

        That the others' figures are on their card is recorded once, however often it is drawn.
        """
        ground = await self.ground(handoff)
        if ground is None:
            return ()
        seen = [one.id for one in shown(ground.reasons, viewer.id, ON_A_CARD)]
        async with self.stores.door.open() as tx:
            await self.stores.read_audit.record(
                tx, viewer.id, seen, "offer", self.now(), handoff=handoff, once=True
            )
        return tuple(small_print(ground, viewer, self.now()))

    async def to_agree(self, by: str, problem: str = "") -> Card | None:
        """The rules in force, for who is in a pool and has yet to agree; None for anybody else."""
        unsigned = {person.id: person for person in await self.stores.fairness.unsigned()}
        if by not in unsigned:
            return None
        return agree_card(await self.stores.policies.current(), unsigned[by], problem)

    async def ground(self, handoff: UUID, looking_at: str = "") -> Ground | None:
        """The router's last choice for a handoff, with reasons; None where a person chose."""
        found = await self.stores.fairness.ground(handoff)
        return await self._ground(found, looking_at) if found else None

    async def passed(self, handoff: UUID, looking_at: str = "") -> tuple[Ground, ...]:
        """The pools in which nobody could take its lead, with reasons."""
        found = await self.stores.fairness.passed(handoff)
        return tuple([await self._ground(one, looking_at) for one in found])

    async def _ground(self, found: Inputs, looking_at: str) -> Ground:
        asked, members, then = found
        people = await self.stores.people.get([m.id for m in members])
        return ground_of(asked, members, then, people, looking_at)

    async def targets(self, qualifier: Person, team: Pool | None = None) -> Targets:
        """Whom *qualifier* can hand a lead to; of one *team* alone, where that has been chosen."""
        pool = team.code if team else ""
        reps = await self.stores.people.bookable(qualifier.id, MOST_CHOICES + 1, pool)
        return targets_of(await self.stores.policies.current(), list(reps.values()), team)


def _here(rule: Rule | RuleInTx, click: Click) -> RuleInTx:
    """*rule*, for who has not left: an old card gives nobody what was theirs. Nor is what was said
    of the meeting at one time said of it at another, but that it is to be at that one.
    """

    async def asked(tx: Tx, case: Case) -> Decision | None:
        person, meeting = case.people.get(click.by), case.handoff.meeting
        if person and not person.present:
            raise FormerError
        seen, chosen = (
            click.moment(name) if click.text(name) else None for name in ("meets", "start")
        )
        if meeting and seen and meeting.span.start not in (seen, chosen):
            raise MovedOnError("The meeting is at another time by now, so nothing has changed.")
        decision = await decided(tx, case, rule)
        return timed(click, decision) if decision else None

    return asked


def timed(click: Click, decision: Decision) -> Decision:
    """The decision, of which the timeline keeps how long the form was open that was filled in."""
    if click.open_for is None:
        return decision
    entries = [
        replace(one, open_for=click.open_for) if one.by == click.by else one
        for one in decision.entries
    ]
    return replace(decision, entries=tuple(entries))
