"""Figures as people read them: in a cell of a table, on a card, in a mail. Pure."""

from collections.abc import Mapping

from cards.elements import clean
from cards.endings import ENDED
from cards.meeting_outcome import SAID
from cards.why import OWED
from cards.words import amount
from handoff.back_for import BATON_REASONS
from handoff.draft import COULD_NOT
from handoff.facts import What
from handoff.figures import FEW, Figure, Share, Spread, Unit, Value
from handoff.money import Money
from handoff.policy import Policy, Promise

TOO_FEW = "not shown"
OTHER_PARTS = "Others are not shown, for they are about too few people, or would tell of those."
WHY_TOO_FEW = (
    "Where it says “not shown”, too few people are concerned, or too few by what would be left."
)
NO_REASON = "nobody took it in time"
"""Why a lead went back that Baton took back: who sends one back says why."""
NOTHING = "–"
FELL = {
    "cancelled": "cancelled in Outlook",
    "called_off": "called off with a word to the prospect",
    "prospect_called_off": "called off by the prospect",
    "invite_gone": "gone from the rep's calendar",
    "taken_off": "with the rep taken off in Outlook",
    "not_invited": "with an invitation that could not be sent",
}
"""What a meeting was that fell through before its time, by the timeline's word."""
HAPPENED = {
    "given": "given to another rep",
    "reassigned": "given to another rep by a manager",
    "given_over": "handed on by the rep",
    "given_back": "given back by marketing",
    "lead_given": "given to another qualifier",
    "extended": "more time given",
    "talks": "talked about instead",
    "went_on": "goes on all the same",
    "campaign_corrected": "campaign put right",
    "escalated": "a manager was asked",
    "reminded": "reminded",
    "stalled": "reminded of a deal that stands still",
    "chased": "told again",
}
"""What somebody did, by the timeline's word."""
CODES: Mapping[str, Mapping[str, str]] = {
    "went": {one.value: words for one, words in SAID.items()},
    "ended": {one.value: words for one, words in ENDED.items()},
    "fell_through": FELL,
}
"""What a code of each kind of fact means; one code may be of several kinds, and mean several
things. Of the kinds that are not here it is a word of the timeline's, or a promise.
"""
MINUTE, HOUR, DAY = 60, 3_600, 86_400  # seconds


def cause(policy: Policy, code: str) -> str:
    """Why a lead went back or was lost, by its *code*. What a policy says is not inert."""
    own = {COULD_NOT: "The rep could not be there", **BATON_REASONS}
    return policy.reasons.get(code) or policy.lost.get(code) or own.get(code, code)


def code_words(what: What, code: str) -> str:
    """What the *code* of a fact of that kind means, as a sentence begins."""
    if code in OWED_CODES:
        return OWED[Promise(code)]
    return capital(CODES.get(what, HAPPENED).get(code) or HAPPENED.get(code) or in_words(code))


def in_words(code: str) -> str:
    """A code that has no words of its own."""
    return clean(code.replace("_", " "))


def capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


OWED_CODES = frozenset(one.value for one in Promise)


def told(figure: Figure, value: Value | None) -> str:
    """What *figure* comes to."""
    match value:
        case None:
            return TOO_FEW
        case int():
            return f"{value:,}"
        case Share():
            return share(value, per_hundred=figure.unit is Unit.PER_HUNDRED)
        case Spread():
            return spread(value, working=figure.unit is Unit.WORKING)
        case Mapping():
            return money(value)


def share(value: Share, *, per_hundred: bool = False) -> str:
    if value.bottom == 0:
        return NOTHING
    if not per_hundred:
        return value.told
    if value.bottom < FEW:
        return f"{value.top}, with {value.bottom} handed over"
    return f"{100 * value.top / value.bottom:.1f} per 100 ({value.top:,} of {value.bottom:,})"


def spread(value: Spread, *, working: bool) -> str:
    if value.n == 0:
        return NOTHING
    most = lasting(value.p90, working=working)
    if value.n == 1:
        return f"{most}, once"
    half = lasting(value.median)
    if half == lasting(value.p90):
        return f"nine of ten within {most}"
    return f"half within {half}, nine of ten within {most}"


def money(value: Mapping[str, int]) -> str:
    """Each in its own currency."""
    said = [amount(Money(minor, currency)) for currency, minor in sorted(value.items())]
    return " and ".join(said) or NOTHING


def lasting(seconds: int, *, working: bool = False) -> str:
    """A minute, 12 minutes, 3.5 working hours, 4 days: no less than a minute is told."""
    about = "working " if working else ""
    if seconds >= 2 * DAY and not working:
        return f"{round(seconds / DAY, 1):g} days"
    if seconds >= 2 * HOUR:
        return f"{round(seconds / HOUR, 1):g} {about}hours"
    if seconds < MINUTE:
        return "a minute"
    count, unit = round(seconds / MINUTE), "minute"
    return f"{count} {about}{unit}{'s' * (count != 1)}"
