"""What a CRM can answer, named by what to do about it."""

from collections.abc import Collection


class CrmError(Exception):
    """The CRM refused for good: a fault of Baton's, which nobody there can mend."""


class CrmBusyError(Exception):
    """It is throttling, out of reach, or answers what cannot be read. Try again, as late as it
    asks.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds


class CrmSignInError(Exception):
    """It does not know Baton any more, or lets it do too little. An admin must act."""


class CrmRefusedError(Exception):
    """A value, or a rule of the customer's, stands against it: a person must act. The message is
    the CRM's own words.
    """

    def __init__(self, message: str, fields: Collection[str] = ()) -> None:
        super().__init__(message)
        self.fields = frozenset(fields)  # what it is about, where that is said


class CrmGoneError(Exception):
    """The record is no more. One that *may_return* was deleted and can be restored."""

    def __init__(self, message: str, *, may_return: bool = False) -> None:
        super().__init__(message)
        self.may_return = may_return
