"""The mails that Baton sends in people's names, and what their placeholders may be."""

import string
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from policy.table import LINE, Table, Words500

PLACES = ("contact", "company", "rep", "qualifier", "sender", "us", "when", "about", "words")


def _template(text: str) -> str:
    """Raises ValueError for a placeholder that nobody fills."""
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValueError(f"{error}: write {{{{ and }}}} for braces") from error
    unknown = sorted(named - set(PLACES))
    if unknown:
        raise ValueError(f"nothing is known as {{{unknown[0]}}}; use: {', '.join(PLACES)}")
    return text


Template = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_template)]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE), AfterValidator(_template)]


class MailTable(Table):
    """The mails that Baton sends in people's names.

    Placeholders: {contact} and {company}, the prospect; {rep} and {qualifier}; {sender}, whichever
    of the two it goes out from; {us}, your company; {when}, in the prospect's zone; {about}, the
    public part of the brief; {words}, the qualifier's own. Nothing else of a lead can be put in.
    """

    introduce: bool = Field(
        default=True,
        description="Whether booking sends an introduction from the qualifier to prospect and rep.",
    )
    words: Words500 = Field(
        default="Thank you for your time. My colleague will take it from here.",
        description="What {words} stands for, unless the qualifier writes their own.",
    )
    subject: Line = Field(default="{contact}, meet {rep}", description="Of the introduction.")
    introduction: Template = Field(
        default=(
            "Hello {contact},\n\n{words}\n\n{rep} is copied here and will meet you on {when}.\n\n"
            "{about}\n\nBest regards\n{qualifier}, {us}"
        ),
        description="The introduction.",
    )
    reply: Template = Field(
        default=(
            "Hello {contact},\n\nThank you, {qualifier}. I look forward to meeting you on {when}. "
            "If there is anything you would like me to prepare, just answer here.\n\n"
            "Best regards\n{rep}, {us}"
        ),
        description="What the rep's reply to everyone on the introduction says, unless they change "
        "it before it goes out.",
    )
    confirm_subject: Line = Field(default="Our meeting on {when}", description="Of a confirmation.")
    confirmation: Template = Field(
        default=(
            "Hello {contact},\n\nA short note before our meeting with {rep} on {when}. "
            "Does the time still suit you? A click on Accept in the invitation is enough.\n\n"
            "Best regards\n{sender}, {us}"
        ),
        description="What Send a confirmation sends to a prospect who has not answered.",
    )
    rebook_subject: Line = Field(
        default="Another time for {contact} and {rep}",
        description="Of the mail to a prospect who did not come.",
    )
    rebooking: Template = Field(
        default=(
            "Hello {contact},\n\nI am sorry that we missed each other on {when}. "
            "Would another time suit you better?\n\nBest regards\n{rep}, {us}"
        ),
        description="What a rep's mail to a prospect who did not come says, unless they change it "
        "before it goes out. With meeting.prospect_moves a link to times follows it.",
    )

    @model_validator(mode="after")
    def _no_words_in_words(self) -> Self:
        for name in (
            *("subject", "reply", "confirm_subject", "confirmation"),
            *("rebook_subject", "rebooking"),
        ):
            if "{words}" in getattr(self, name):
                raise ValueError(f"{name}: only the introduction has {{words}}")
        return self
