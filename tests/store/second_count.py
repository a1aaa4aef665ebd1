"""Figures, counted a second time from what people read of them, with no code of theirs: from the
promises and the timeline of each handoff.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handoff.model import Commitment, Entry, Handoff, Person

BATONS = ("invite", "prepare")
LEADERS = ("decide", "judge")
BY_HAND = ("given", "reassigned", "given_over", "given_back", "lead_given")
WAITED = ("extended", "talks", "went_on", "campaign_corrected")
THROUGH = (
    *("cancelled", "called_off", "prospect_called_off", "invite_gone", "taken_off"),
    "not_invited",
)
NOBODY = ("clock", "outlook", "prospect")


GIVEN = ("booked", "given", "reassigned", "given_over")


@dataclass(frozen=True)
class One:
    """One thing that happened, where and to whom."""

    what: str
    at: datetime
    who: str
    team: str
    code: str = ""
    reason: str = ""
    qualifier: str = ""
    plain: int | None = None  # seconds that it took
    working: int | None = None  # … of working time
    late: int | None = None  # … from when it was due
    known: datetime | None = None  # when it was so
    worth: int = 0  # of what was won, in cents


@dataclass(frozen=True)
class History:
    """All that is known of one handoff."""

    handoff: Handoff
    entries: tuple[Entry, ...]
    people: dict[str, Person]
    campaign: str
    asked: tuple[tuple[datetime, bool], ...] = ()
    """At each decision, whether times were looked for in a pool: no line of the timeline says."""

    def rep(self, at: datetime) -> str:
        """Whose the lead was then: by who last owed something as its rep."""
        owed = [
            c.who
            for c in self.handoff.commitments
            if c.what in ("answer", "meet", "outcome", "next_step", "progress") and c.made_at <= at
        ]
        return owed[-1] if owed else "quinn"

    def team(self, who: str) -> str:
        managers = self.people[who].managers
        leads = "manager" in self.people[who].roles
        return managers[0] if managers else who if leads else ""

    def things(self) -> list[One]:
        return [*self._promises(), *self._steps(), *self._lines()]

    def _one(
        self, what: str, at: datetime, who: str, code: str = "", reason: str = "", about: str = ""
    ) -> One:
        leads = code in LEADERS or about in LEADERS or what == "asked_to_decide"
        team = who if leads else self.team(who)
        return One(what, at, who, team, code, reason, self.handoff.qualifier)

    def _promises(self) -> Iterator[One]:
        for c in self.handoff.commitments:
            how = (c.corrected.ending if c.corrected else c.ending) if c.ended_at else None
            if how is None and c.missed_at:
                yield self._one("overdue", c.missed_at, c.who, c.what.value)
            elif how and how != "released":
                at = c.missed_at or c.ended_at
                assert at
                one = self._one(how.value, at, c.who, c.what.value)
                yield self._timed(one, c) if how in ("kept", "late") else one

    def _timed(self, one: One, c: Commitment) -> One:
        assert c.ended_at
        done, began = c.said_at or c.ended_at, c.counted_from or c.made_at
        hours = self.people[c.who].hours
        late = hours.between(min(one.at, done), done) if c.missed_at else timedelta()
        return replace(
            one,
            plain=max(0, int((done - began).total_seconds())),
            working=int(hours.between(min(began, done), done).total_seconds()),
            late=int(late.total_seconds()),
            known=max(c.made_at, c.ended_at),  # Outlook's clock may be behind
        )

    def in_pool(self, one: One) -> bool:
        """Whether somebody had the lead from a pool when it was known: there is one pool here. Who
        hands over and takes a meeting themselves has it from none, but where it was their turn, or
        where times were looked for in a pool.
        """
        rep, pooled = "", False
        for e in self.entries:
            if e.what not in GIVEN or e.at > (one.known or one.at) or e.detail.get("to") == rep:
                continue
            rep = e.detail.get("to", rep)
            asked = [in_one for at, in_one in self.asked if at <= e.at][-1:]
            pooled = bool("turn" in e.detail or self.people[rep].pools or asked == [True])
        return pooled

    def _steps(self) -> Iterator[One]:
        first = self.entries[0]
        yield self._one("begun", first.at, first.by)
        for step, kind in (("handed_over", "answer"), ("accepted", "meet")):
            made = [c for c in self.handoff.commitments if c.what == kind]
            if made:
                one = self._one(step, made[0].made_at, made[0].who)
                yield replace(one, plain=max(0, int((one.at - first.at).total_seconds())))
        yield from self._far()
        if self.handoff.outcome:
            assert self.handoff.ended_at
            who = self.rep(self.handoff.ended_at)
            code = self.handoff.outcome.value
            yield self._one("ended", self.handoff.ended_at, who, code, self.handoff.ended_for or "")

    def _far(self) -> Iterator[One]:
        """From when on they have spoken, it was a deal, it was won: each as it is now."""
        since: dict[str, datetime] = {}
        met = absent = 0
        deal = ""
        for e in self.entries:
            about = e.detail.get("of")
            before = deal
            if e.what == "went" or (e.what in ("put_right", "upheld") and about == "meeting"):
                now = e.detail.get("now", e.detail.get("outcome"))
                was = e.detail.get("was")
                met += (now == "held") - (was == "held")
                absent += (now == "prospect_absent") - (was == "prospect_absent")
            if e.what == "follow_up_done" and e.detail.get("spoke"):
                met += 1
            if e.what in ("done", "closed"):
                deal = e.detail["outcome"]
            if e.what == "upheld" and about == "ending":
                deal = "" if e.detail["now"] == "goes_on" else e.detail["now"]
            if (met <= 0 and deal in ("opportunity", "won", "lost")) or (
                deal == "no_show" and absent < 2
            ):
                deal = ""
            lost_later = before == "opportunity" and deal == "lost" and e.what == "done"
            dealt = deal in ("opportunity", "won") or (
                "opportunity" in since and (lost_later or before not in ("opportunity", "won"))
            )
            for step, so in (
                ("met", met > 0),
                ("opportunity", dealt and met > 0),
                ("won", deal == "won"),
            ):
                if so:
                    since.setdefault(step, e.at)
                else:
                    since.pop(step, None)
        for step, at in since.items():
            one = self._one(step, at, self.rep(at))
            yield replace(one, worth=self._worth()) if step == "won" else one

    def _worth(self) -> int:
        """What its deal in the CRM says, where that says something; else the brief."""
        for deal in self.handoff.deals:
            if deal.id == self.handoff.deal_id and deal.amount is not None:
                return deal.amount.minor
        return self.handoff.lead.value.minor if self.handoff.lead.value else 0

    def _lines(self) -> Iterator[One]:
        for e in self.entries:
            if e.what in BY_HAND and e.by not in NOBODY:
                yield self._one("by_hand", e.at, e.by)
            elif e.what in WAITED and e.by not in NOBODY:
                yield self._one("exception", e.at, e.by)
            elif e.what == "escalated":
                yield self._one("asked_to_decide", e.at, e.detail["to"])
            elif e.what in ("reminded", "stalled"):
                to, about = e.detail.get("to", e.by), e.detail["promise"]
                yield self._one("reminded", e.at, to, about=about)
            elif e.what == "chased":
                to, about = e.detail.get("to", e.by), e.detail["promise"]
                yield self._one("chased", e.at, to, about=about)
            elif e.what in THROUGH:
                yield self._one("fell_through", e.at, self.rep(e.at))
        yield from self._went()
        yield from self._back()

    def _went(self) -> Iterator[One]:
        said = [c for c in self.handoff.commitments if c.what == "outcome" and c.ended_at]
        how: dict[int, str] = {}
        for e in self.entries:
            if e.what == "went":
                for of in [c for c in said if c.ended_at == e.at][-1:]:
                    how[of.n] = e.detail["outcome"]
            elif e.what in ("put_right", "upheld") and e.detail.get("of") == "meeting":
                contested = [
                    c.at for c in self.handoff.contests if c.what == "meeting" and c.at <= e.at
                ]
                until = e.at if e.what == "put_right" or not contested else max(contested)
                n = max(c.n for c in said if c.ended_at and c.ended_at <= until)
                how[n] = e.detail["now"]
        for c in said:
            if c.n in how:
                assert c.ended_at
                yield self._one("went", c.ended_at, c.who, how[c.n])

    def _back(self) -> Iterator[One]:
        owed = [c for c in self.handoff.commitments if c.what == "rework"]
        times = [c for c in owed if not any(b.n < c.n and b.ended_at == c.made_at for b in owed)]
        for n, c in enumerate(times):
            until = times[n + 1].made_at if n + 1 < len(times) else None
            reasons = [
                e.detail["reason"]
                for e in self.entries
                if e.what in ("sent_back", "unable")
                and e.at >= c.made_at
                and (until is None or e.at < until)
            ]
            reason = reasons[-1] if reasons else ""
            reason = "own" if reason.startswith("own:") else reason
            yield self._one("sent_back", c.made_at, self.rep(c.made_at), "", reason)
