"""Refusals: what a person asked for cannot be done. The message is what that person reads.

A refusal changes nothing. Whoever catches one shows its words beside the card as it now stands.
"""

from collections.abc import Collection, Mapping


class RefusedError(Exception):
    """This cannot be done."""

    passes = ""  # what whoever has read it may go on with all the same, if anything

    def __init__(self, message: str | None = None, *, at: tuple[str, ...] = ()) -> None:
        super().__init__(message or self.__doc__)
        self.at = at  # the inputs that it is about, by id

    def kept(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What stays in the form that it was typed in, to be mended there."""
        return dict(typed)


class NotYoursError(RefusedError):
    """Only who has a part in this can do that, so nothing has changed."""


class NotAQualifierError(NotYoursError):
    """Handing over leads is for qualifiers. Ask your admin to name you in the policy."""


class NotYourTeamError(NotYoursError):
    """Only the manager of that team can settle its calendars. Nothing has changed."""


class NotYourWeekError(NotYoursError):
    """Only whose calendar it is can open that week."""


class NotAskedError(NotYoursError):
    """Only the manager who was asked can answer this. Nothing has changed."""


class StrangerError(RefusedError):
    """Baton does not know you yet. Ask your admin to name you in the policy."""


class FormerError(RefusedError):
    """The policy no longer names you, and nothing of yours is open. Your admin can change that."""


class MovedOnError(RefusedError):
    """This handoff has moved on since the card was sent. Here is how it stands now."""


class CorrectedError(MovedOnError):
    """The brief has been corrected since you opened this form, so nothing has changed now."""

    def __init__(self, corrected: Collection[str]) -> None:
        super().__init__()
        self._corrected = corrected

    def kept(self, typed: Mapping[str, str]) -> dict[str, str]:
        """But for what was corrected, which it would take back."""
        return {name: text for name, text in typed.items() if name not in self._corrected}


class TakenError(RefusedError):
    """That time was taken a moment ago. Please choose another."""


TOO_NEAR = "That time is too near by now. Please choose another."
"""Of a time that was offered while whoever has to hear of it was still to be at work before it."""
LOOKED_SINCE = "The times are being looked up anew. Please choose once they are here."
"""Of a time that was found for one of those who may move the meeting: it may well be free."""


class NotOfferedError(RefusedError):
    """That is not one of the choices on this card. Please choose again."""


class OpenAlreadyError(NotOfferedError):
    """This company has a handoff open already."""

    def __init__(self, message: str, mail: str) -> None:
        super().__init__(message, at=("contact_email",))
        self.passes = mail


class NoSuchWeekError(NotOfferedError):
    """This check is no longer there. Say *calendar* for today's."""


class NoSuchHandoffError(RefusedError):
    """This handoff is no longer here."""


class TooOldError(RefusedError):
    """This card is too old to be used. Say *mine* for what is open."""


class OutOfUseError(RefusedError):
    """This button is no longer in use."""


class NotNeededError(RefusedError):
    """Nothing has changed: it is done already, or more time was given before."""


class IncompleteError(RefusedError):
    """Something is missing; *fields* names what, in the order of the form, by the ids of its
    inputs.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("Please fill in: " + ", ".join(fields.values()), at=tuple(fields))
