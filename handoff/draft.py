"""A decision in the making, and the turns that several rules share."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from handoff import clocks, place
from handoff.effects import (
    DeclineMeeting,
    Effect,
    FindStandIns,
    FindTimes,
    RemoveBlock,
    SendLetter,
    Show,
)
from handoff.model import (
    BLOCKS,
    PROSPECT,
    Alarm,
    Case,
    Commitment,
    Decision,
    Deed,
    Did,
    Ending,
    Entry,
    Handoff,
    Mailing,
    Search,
    State,
    Step,
)
from handoff.policy import Promise
from handoff.timeline import Rule, Word

CLOCK, OUTLOOK = "clock", "outlook"  # who did it, where nobody did
NO_ANSWER, UNSETTLED = "no_answer", "unsettled"  # Baton's own reasons
INVITE_GONE, NOT_INVITED, LEFT = "invite_gone", "not_invited", "left"
AWAY = "away"  # its rep is out of office then, and nobody took it
BY_RULE = "by_rule"
ILL, CAME_UP = "own:ill", "own:came_up"  # no code of a policy has a colon
DOUBLE_BOOKED, ON_LEAVE = "own:double_booked", "own:on_leave"
NO_STAND_IN = "own:no_stand_in"  # who was asked to stand in for another does not
UNABLE = (ILL, CAME_UP, DOUBLE_BOOKED, ON_LEAVE, NO_STAND_IN)
COULD_NOT = "own"  # any of them, where it is counted: what kept a person away is in no figure
"""Why a rep cannot be there: reasons of their own, by which nothing is wrong with the lead."""

TURNED_DOWN = "turned_down"  # the prospect said no to the invitation
HELD = "held"  # it came in from outside, and its qualifier has yet to say that it is a lead
NOT_ENDED = "not_ended"  # a manager found that the lead goes on
MOVED_ONTO = "moved_onto"  # in Outlook, something else that Baton holds in the rep's day
NOT_MOVED = "not_moved"  # Outlook would not take another time, or was told of it too late
MOVED_PAST = "moved_past"  # in Outlook, to a time that is over
TAKEN_OFF = "taken_off"  # the rep is no longer on the meeting, by its organizer in Outlook
GIVEN_BACK = "given_back"  # by the manager of a rep who said nothing more
UNANSWERED = "unanswered"  # by the manager of a rep who has not answered, the meeting being ahead
OWN_WORD = "own_word"  # `kind` of what a qualifier owes who called the meeting off
MOVED, MOVED_BY_PROSPECT = "moved", "moved_by_prospect"  # `kind` of an answer: why it is asked anew
BACK_IN_CALENDAR = (
    "back_in_calendar"  # of an answer: a yes whose invitation was lost and came again
)
AGREED = "agreed"  # of an answer: it is to the time that the rep proposed
TAKEN = "taken"  # … at which something else has come into their calendar since
GONE_BY = "gone_by"  # the other time has come, and nobody had settled it
KEPT_TIME = "kept_time"  # why it is asked for again, and how another time was settled
WITHDRAWN = "withdrawn"  # how another time was settled: the rep keeps the one that stands
NOT_ANSWERED = "What was written before was not sent."
WAITING = "waiting"  # the trouble that Outlook does not do its part
LAGS = "lags"  # the trouble that the rep's copy shows another time than the meeting has
THERE_AFTER_ALL = "there_after_all"  # … that its rep is away no more at that time
YES_SINCE = "yes_since"  # that the rep has accepted in Outlook, and the lead is back already


TO_BE_MET = frozenset({State.OFFERED, State.PROPOSED, State.ACCEPTING, State.ACCEPTED})
"""Where a rep who is out of office is to be there."""


class Draft:
    """A decision in the making: the handoff as it will be, its lines, what must follow."""

    def __init__(self, case: Case, *, at: datetime, by: str, rule: Rule) -> None:
        self.case = case
        self.handoff = case.handoff
        self.at = at
        self._by = by
        self._rule = rule
        self._entries: list[Entry] = []
        self._effects: dict[Effect, None] = {}

    @property
    def id(self) -> UUID:
        return self.handoff.id

    @property
    def case_now(self) -> Case:
        return replace(self.case, handoff=self.handoff)

    def set(self, **changes: object) -> None:
        """Other times that are no more were asked for by nobody."""
        if changes.get("others", ()) is None:
            changes.setdefault("others_for", ())
            changes.setdefault("others_with", None)
        self.handoff = replace(self.handoff, **changes)  # type: ignore[arg-type]  # checked by name in tests

    def look_for_others(self, by: str) -> None:
        """Other times are looked for: whoever has asked before has them anew as well."""
        others_for = tuple(dict.fromkeys((*self.handoff.others_for, by)))
        self.set(others=None, others_refused=(), others_for=others_for)

    def leave_others(self, by: str) -> None:
        """*by* wants none of the other times; whoever else asked still has them."""
        left = tuple(who for who in self.handoff.others_for if who != by)
        if left:
            self.set(others_for=left)
        else:
            self.set(others=None, others_refused=())

    def say(
        self,
        what: Word,
        *,
        at: datetime | None = None,
        by: str = "",
        rule: Rule | None = None,
        **detail: str,
    ) -> None:
        self._entries.append(
            Entry(
                at=at or self.at,
                by=by or self._by,
                what=what,
                rule=rule or self._rule,
                detail=detail,
            )
        )

    def did(self, what: Did, **more: Any) -> None:
        """Whoever decides has done that, and the others in it read so."""
        self.handoff = self.handoff.with_deed(Deed(what=what, by=self._by, at=self.at, **more))

    def follow(self, effect: Effect) -> None:
        """It will be done once the decision is committed; said twice, once."""
        self._effects[effect] = None

    def show(self, person: str, *, alert: bool = False) -> None:
        """Their card is drawn anew, or a new one posted where anything says so with *alert*."""
        quiet, loud = Show(person, self.id), Show(person, self.id, alert=True)
        if alert:
            self._effects.pop(quiet, None)
        if alert or loud not in self._effects:
            self.follow(loud if alert else quiet)

    def promise(
        self,
        what: Promise,
        who: str,
        *,
        until: datetime | None = None,
        about: int | None = None,
        **more: object,
    ) -> Commitment:
        """A new commitment, with its alarms as this handoff's policy has them."""
        case = self.case_now
        made = Commitment(
            n=len(self.handoff.commitments) + 1,
            what=what,
            who=who,
            made_at=self.at,
            due_at=until or self.at,
            first_due_at=until or self.at,
            about=about,
            **more,  # type: ignore[arg-type]  # of a block: kind, not_before, minutes
        )
        if until is not None:
            step = Step.ASK if what is Promise.MEET else Step.CHECK
            risk = clocks.risk_at(case) if what is Promise.MEET else None
            early = (Alarm(risk, Step.RISK),) if risk and risk > self.at else ()
            made = replace(made, alarms=(*early, Alarm(until, step)))
        else:
            made = clocks.timed(case, made, case.policy.clocks[what].hours, self.at)
            made = replace(made, first_due_at=made.due_at)
        self.handoff = replace(self.handoff, commitments=(*self.handoff.commitments, made))
        return made

    def look_for_times(self, search: Search) -> None:
        """Outlook is asked for times as *search* says, from now on."""
        rule = "" if search.rule == PROSPECT else search.rule  # now somebody looks
        self.set(search=replace(search, found=None, since=self.at, rule=rule))
        self.follow(FindTimes(self.id))

    def more_time(self, promise: Commitment, hours: timedelta) -> None:
        """*hours* from now. When it was promised, first due and missed stays with it."""
        current = next(c for c in self.handoff.commitments if c.n == promise.n)
        fresh = replace(
            current,
            counted_from=self.at,
            reached=None,
            hours=hours,
            undelivered=None,
            undelivered_at=None,
            untold_since=None,
            excused_at=None,
        )
        self.update(clocks.timed(self.case_now, fresh, hours, self.at))

    def from_now(self, promise: Commitment) -> Commitment:
        """The promise with its hours from now on: Outlook was slow, and nobody gave more time. That
        it is overdue, which has been said, is not said again.
        """
        assert promise.hours is not None
        anew = replace(promise, counted_from=self.at, reached=None)
        counted = clocks.timed(self.case_now, anew, promise.hours, self.at)
        if promise.missed_at is None:
            return replace(counted, first_due_at=counted.due_at)
        alarms = (
            replace(one, step=Step.CHASE) if one.step is Step.BREACH else one
            for one in counted.alarms
        )
        return replace(counted, alarms=tuple(alarms))

    def update(self, promise: Commitment) -> None:
        self.handoff = replace(
            self.handoff,
            commitments=tuple(promise if c.n == promise.n else c for c in self.handoff.commitments),
        )

    def answered(self, what: Promise) -> None:
        """The person has spoken; Outlook must follow. No alarm rings at them any more."""
        promise = self.handoff.owed(what)
        assert promise
        check = Alarm(self.at + clocks.LOOK_AGAIN, Step.CHECK)
        self.update(replace(promise, said_at=self.at, alarms=(check,)))

    def finish(
        self, promise: Commitment, ending: Ending | None = None, at: datetime | None = None
    ) -> None:
        """The commitment ends: done, or as *ending* says, which makes nothing of a miss."""
        current = next(c for c in self.handoff.commitments if c.n == promise.n)
        when = at or self.at
        if ending is not None and self._of_a_time_not_taken(current):
            when = min(when, current.due_at)  # nobody was late with it
        self.update(current.ended(when, ending))
        if current.what is Promise.REPLY and ending is not None:
            self._is_not_answered(current.who)

    def _is_not_answered(self, rep: str) -> None:
        """What the rep wrote in answer to the introduction, and has not gone out, never does: a
        later answer is another. Of what may have gone out Outlook is asked.
        """
        letters = []
        for one in self.handoff.letters:
            waits = not (one.sent_at or one.refused) and one.rep == rep
            if one.what is Mailing.REPLY and waits and one.tried_at:
                self.follow(SendLetter(self.id, one.n))
            elif one.what is Mailing.REPLY and waits:
                one = replace(one, refused=NOT_ANSWERED, words="")  # noqa: PLW2901  # as it is now
            letters.append(one)
        self.set(letters=tuple(letters))

    def _of_a_time_not_taken(self, promise: Commitment) -> bool:
        """Whether it is an answer to a time of which Outlook had not been told when this was
        decided, and that the prospect had not chosen.
        """
        asked = promise.what is Promise.ANSWER and promise.kind != MOVED_BY_PROSPECT
        return asked and self.case.handoff.hangs

    def end(self, what: Promise, ending: Ending | None = None, at: datetime | None = None) -> None:
        """As `finish`, for the open commitment of that kind, if there is one."""
        if promise := self.handoff.owed(what):
            self.finish(promise, ending, at)

    def release_managers(self, *, about: int | None = None, show: bool = False) -> None:
        """Nothing is left for managers to decide of what is kept, said or over, nor *about* that
        promise; with *show* the cards of all who had something to decide here say how it stands.
        """
        over = {c.n for c in self.handoff.commitments if not c.open or c.said_at} | {about}
        for promise in self.handoff.commitments:
            if promise.what is not Promise.DECIDE:
                continue
            if promise.open and promise.about in over:
                self.finish(promise, Ending.RELEASED)
                self.show(promise.who)
            elif show:
                self.show(promise.who)

    def show_who_decides(self) -> None:
        """The card of every manager who is asked to decide something here is as it stands."""
        for promise in self.handoff.commitments:
            if promise.open and promise.what is Promise.DECIDE:
                self.show(promise.who)

    def _show_who_could_decide(self) -> None:
        """What a manager put off by a talk or by more time, and could still decide, is settled:
        their card says so, and has no buttons any more.
        """
        owed = {c.n for c in self.case.handoff.commitments if c.open and not c.said_at}
        settled = {c.n for c in self.handoff.commitments if not c.open or c.said_at} & owed
        for promise in self.handoff.commitments:
            if promise.what is Promise.DECIDE and promise.about in settled:
                self.show(promise.who)

    def _reply_before_meeting(self) -> None:
        """The meeting begins earlier than before: a reply that would be due after that is due
        before it; and, once Outlook knows, is not asked for any more where there is no time for it.
        It begins later: what was due early for that has its hours. Whom that concerns reads it.
        """
        owed, meeting = self.handoff.owed(Promise.REPLY), self.handoff.meeting
        hours = owed.hours if owed else None
        if owed is None or hours is None or owed.said_at or owed.missed_at or owed.excused_at:
            return
        if meeting is None or meeting.span.start <= self.at:
            return
        time_left = self.handoff.untold or clocks.in_time_to_reply(self.case_now, self.at)
        if owed.due_at > meeting.span.start and not time_left:
            self.finish(owed, Ending.RELEASED)
        elif owed.due_at > meeting.span.start:
            anew = replace(owed, counted_from=self.at, reached=None)
            self.update(clocks.timed(self.case_now, anew, hours, self.at))
        elif owed.brought_forward:
            longer = clocks.timed(self.case_now, owed, hours, owed.since)
            if longer.due_at > max(owed.due_at, self.at):
                ahead = tuple(alarm for alarm in longer.alarms if alarm.at > self.at)
                self.update(replace(longer, alarms=ahead))
        if self.handoff.owed(Promise.REPLY) != owed:
            self.show(owed.who)
            self.show(self.handoff.qualifier)

    def moves_no_more(self) -> None:
        """No time is looked for any more to which the meeting of a lead that is back would move."""
        if search := self.handoff.search:
            self.set(search=replace(search, moves=False))

    def rings_while_away(self) -> None:
        """Where its rep was asked who takes the meeting while they are away, and nobody does, an
        alarm says when it is its qualifier's to decide. Another time that is proposed is
        settled first, and then decided by a manager, where that leaves time to find somebody.
        """
        handoff, rep = self.handoff, self.handoff.rep or ""
        settle = handoff.owed(Promise.SETTLE)
        owed = handoff.owed(Promise.MEET, rep) or handoff.owed(Promise.ANSWER, rep) or settle
        if owed is None:
            return
        there = next((one.at for one in owed.alarms if one.step is Step.UNTAKEN), None)
        at = None
        if handoff.leave and not handoff.leave_kept and handoff.state in TO_BE_MET:
            passed = there is not None and there <= self.at  # and no sweep has come since
            at = there if passed else clocks.untaken_at(self.case_now, self.at, there)
        deciding = settle and handoff.owed(Promise.DECIDE)
        open_ = [one.due_at for one in (settle, deciding) if one and one.due_at > self.at]
        if at and open_:
            later = clocks.untaken_at(self.case_now, max(open_), None)
            at = later if later and clocks.leaves_time(self.case_now, later) else at
        if there == at:
            return
        alarms = [one for one in owed.alarms if one.step is not Step.UNTAKEN]
        alarms += [Alarm(at, Step.UNTAKEN)] if at else []
        self.update(replace(owed, alarms=tuple(sorted(alarms, key=lambda one: one.at))))

    def decision(self, *, quiet: bool = False) -> Decision:
        """*quiet*: what was found needs no line in the timeline.

        Managers are released from what is over by now. The card of a leader says who meets whom
        and when as it is now; theirs and that of whoever owes something, what is known of the lead.
        """
        assert quiet or self._entries, "a decision that leaves no line"
        self._reply_before_meeting()
        self.rings_while_away()
        self.release_managers()
        self._show_who_could_decide()
        before, now = self.case.handoff, self.handoff
        same = now.leader == before.leader
        if now.leader and same and _as_a_leader_sees(now) != _as_a_leader_sees(before):
            self.show(now.leader)
        if now.lead != before.lead:
            for promise in now.commitments:
                if promise.open:
                    self.show(promise.who)
        stands = place.come(self.case, now, self._entries, self.at)
        if stands is not now.place:
            self.set(place=stands)
        return Decision(
            handoff=self.handoff,
            entries=tuple(self._entries),
            effects=tuple(self._effects),
            at=self.at,
        )


def _as_a_leader_sees(handoff: Handoff) -> tuple[object, ...]:
    span = handoff.meeting and handoff.meeting.span
    return handoff.rep, span, handoff.open, handoff.state is State.SENT_BACK, handoff.lead


def decline(draft: Draft) -> None:
    """The meeting leaves the rep's calendar, where it is there and not over."""
    rep, meeting = draft.handoff.rep, draft.handoff.meeting
    if rep and meeting and meeting.rep_event and meeting.span.end > draft.at:
        draft.follow(DeclineMeeting(draft.id, rep, meeting.rep_event, meeting.uid))


def hand_back(draft: Draft, reason: str | None = None) -> None:
    """The lead is the qualifier's again, with a clock of its own; the rep's time is free."""
    handoff = draft.handoff
    draft.end(Promise.ANSWER)
    for promise in (
        *(Promise.SETTLE, Promise.REPLY, Promise.MEET, Promise.OUTCOME, Promise.NEXT_STEP),
        Promise.PROGRESS,
    ):
        draft.end(promise, Ending.RELEASED)
    drop_blocks(draft)
    draft.release_managers(show=True)
    draft.set(
        state=State.SENT_BACK,
        owner=handoff.qualifier,
        proposal=None,
        others=None,
        stand_ins=None,
        giving=None,
        reason=reason or draft.handoff.reason,
    )
    draft.moves_no_more()
    draft.promise(Promise.REWORK, handoff.qualifier)
    draft.follow(FindStandIns(draft.id))


def yes_is_over(draft: Draft) -> None:
    """Outlook has another time than the one to which the rep had said yes: should it have that one
    again, they are asked again.
    """
    said = draft.handoff.last(Promise.MEET)
    if said and not said.open:
        draft.update(replace(said, kind=MOVED))


def copy_comes_anew(draft: Draft) -> None:
    """The meeting has another time, with which everyone invited gets it anew: what was wrong with
    the rep's copy of before is no more.
    """
    if draft.handoff.trouble in (INVITE_GONE, LAGS):
        draft.set(trouble=None)


def drop_blocks(draft: Draft, *kinds: Promise) -> None:
    """Prep and follow-ups (or only those *kinds*) leave the rep's calendar."""
    for promise in draft.handoff.commitments:
        if promise.open and promise.what in (kinds or BLOCKS):
            draft.finish(promise, Ending.RELEASED)
            if promise.event:
                draft.follow(RemoveBlock(draft.id, promise.who, promise.n, promise.event))


def no_later_meeting(draft: Draft) -> None:
    """No time is looked for any more for a later meeting; nor is the one that is there the rep's
    own booking.
    """
    if draft.handoff.search and draft.handoff.again:
        draft.set(search=replace(draft.handoff.search, again=False))


def owe_next_step(draft: Draft) -> None:
    """Once it is said how the meeting went, the rep brings the lead further, and one with nothing
    planned needs a next step.
    """
    handoff = draft.handoff
    if handoff.state is not State.FOLLOWING or handoff.rep is None or handoff.owed(Promise.OUTCOME):
        return
    if handoff.owed(Promise.PROGRESS) is None:
        draft.promise(Promise.PROGRESS, handoff.rep)
    if not (handoff.owed(Promise.FOLLOW_UP) or handoff.owed(Promise.NEXT_STEP)):
        draft.promise(Promise.NEXT_STEP, handoff.rep)
