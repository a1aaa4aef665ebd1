"""How many taps each everyday task takes, for docs/cards.md: counted by
tests/journeys/test_taps.py, which fails where a task takes another number.
"""

from collections.abc import Mapping

TAPS: Mapping[str, tuple[int | None, int]] = {
    "Accept a meeting": (1, 1),
    "Propose the second of three other times": (3, 2),
    "Send a lead back with its reason": (3, 2),
    "Say that the meeting took place": (1, 1),
    "Say that the meeting was moved": (3, 2),
    "Contest how the rep says that it went": (3, 3),
    "Plan a call, one of the policy's": (1, 1),
    "Plan a call on a day of this week": (5, 2),
    "End it as lost": (4, 4),
    "Book the first time": (1, 1),
    "Book the second time": (2, 1),
    "Hand over a lead of a contact who is known": (10, 7),
    "Hand over a lead of a company that is new": (10, 11),
    "Hand over the third lead of a list": (4, 2),
    "Reject a lead": (2, 2),
    "Give a lead to another qualifier": (4, 4),
    "Give a rep more time": (3, 3),
    "Excuse what was missed": (3, 3),
    "Open the card of what is owed, from mine": (1, 1),
    "Write to whoever sent it, about this lead": (None, 1),
    "Join the meeting": (None, 1),
    "Answer the introduction, having read it": (1, 2),
    "Propose another time after having said yes": (None, 2),
    "Say that one cannot be there, and why": (None, 2),
    "Correct an address of a booked meeting": (None, 4),
    "Look where a booked meeting can be moved": (None, 2),
    "Move it to the first of those times": (None, 1),
    "Call a booked meeting off, with a word": (None, 3),
    "Put right what an open lead is worth": (3, 3),
    "Be invited again": (None, 1),
    "Invite a rep again whose invitation is gone": (None, 1),
    "Move the meeting to the time that the rep proposes": (1, 1),
    "Ask a silent prospect for a confirmation, having read it": (1, 2),
    "Write to a prospect who did not come": (None, 2),
    "Say that one cannot stand in": (None, 1),
    "Keep the time though the rep proposes another": (1, 1),
    "Give a booked meeting to a colleague": (2, 3),
    "Say who takes it while one is away": (1, 1),
    "Ask for another time while one is away": (None, 2),
    "As the prospect: move the meeting, from the mail": (None, 4),
    "As the prospect: call it off with a word, from the mail": (None, 3),
    "Say that who answered from another address is the prospect": (1, 1),
    "Say that a call got through": (1, 1),
    "Move a meeting that is back to another time": (None, 2),
    "As marketing: say that one has been in touch": (1, 1),
    "As marketing: give a lead back, for it is ready": (1, 1),
    "As a manager: talk to whoever is late": (1, 1),
    "As a manager: let the next one up decide": (None, 1),
    "As a manager: give the meeting to another rep": (1, 1),
    "As a manager: give the lead back to its qualifier": (None, 1),
    "As a manager: decide what is contested": (1, 1),
}
"""When each form opened below its button, and now; None where there was no way in the card."""


def table() -> list[str]:
    rows = [
        f"| {task} | {'–' if before is None else before} | {now} |"
        for task, (before, now) in TAPS.items()
    ]
    return ["| | before | now |", "|---|---|---|", *rows]
