"""docs/figures.md, made from the figures themselves."""

from handoff.figures import FEW, FIGURES, Figure, Unit, Whose
from tools.glossary import members

INTRODUCTION = (
    "Every figure that is shown, on a card, a page or in a mail, is one of these, and counts what "
    "its sentence says. This page is made from `handoff/figures.py`; why it is so: "
    "[decision 53](decisions/0053-what-is-counted-is-written-with-the-decision.md)."
)
HOW = (
    f"A share is told with how many it is of, and of fewer than {FEW} no percentage; its interval "
    "is Wilson's, in which 95 of 100 lie. How long something takes is told by the median and by "
    "what nine of ten stay below. A team is whoever shares a leader, on the level that the policy "
    "says (`[figures] team_level`); what leaders owe for their team, are asked and told again is "
    "in their own, as is all of whoever leads and is led by nobody. Its region is that of the "
    "pool, its segment the first trait of the kind *segment* that the lead is: all as it was when "
    "the lead was handed over."
)
EFFORT = (
    "On *Mine* everybody reads how many things they decided, in how many handoffs, and for how "
    "long the forms that they sent had been open: of each handoff the seconds from the click that "
    "opened a form until it was sent, and of all of them the median. It is no figure of the table "
    "above, and nobody else's to see. How long somebody looks at a card before a click is not "
    "known, and is not guessed; what was left open for longer than an hour is left out "
    "([decision 70](decisions/0070-how-long-a-form-was-open.md))."
)
BACK = (
    "Where a list says what a campaign has cost in a month ([`spend`](running.md)), whoever owns "
    "it reads what came back: of the leads that were handed over in that month, what those that "
    "are won are worth so far, for each unit of what was spent in it, with of how many leads that "
    "is, and how old they are. Where only one number is known, since the campaign began, that is "
    "said of all its leads. Nothing is divided where either is not known or in another currency, "
    "or where of a deal that is won nobody knows the worth ([decision 90]"
    "(decisions/0090-what-came-back-is-of-the-same-leads-and-the-same-time.md))."
)
PAID = (
    "Where the policy says what those who qualify leads cost a month (`[qualification]`), whoever "
    "leads everybody who hands leads over or takes them reads on Team what that is so far, what "
    "was won of the leads handed over since, and after how many months the one passed the other. "
    "With `works_council` nobody reads it: of a few deals it would tell whose they are."
)
SEES = (
    "Everybody sees their own figures, and the organisation's and their pools' as wholes, without "
    "names. Managers see those of everyone below them, by name, down to the handoff. The owner of "
    "a campaign sees its leads. Where names are not to be seen, what is about fewer people than "
    "`[figures] least_people` is not shown, figure by figure, nor is how long fewer than ten "
    "things took, which may be one person's own time. With "
    "`works_council` a person's figures are that person's alone, and the story of a handoff is "
    "for those who have a part in it and their own manager where that is agreed: an administrator, "
    "who may read each of them otherwise, reads none without a part in it; how a pool stands, "
    "who is next and why, stays open to whoever could read it before, for it says nothing of how "
    "anybody did. Whoever is looked at by name can read who looked."
)
HELD = (
    "What is not shown cannot be worked out, either, from what the same ground and time tell, "
    "whole and parted in every way: what was due is what was kept in time or late, is open, missed "
    "or passed on, so where only *Kept late* is of too few another of these is not shown with it, "
    "the one of fewest people, or the share where there is no other; and of parts so many that "
    "nobody has what is left of the whole, nor those together are too few. What is bound to what "
    "follows from what each figure counts, and a test finds a figure that comes to what others "
    "come to without its definition saying so. What is not shown of the organisation is not shown "
    "of any part of it, a team as it is among teams, a pool and a region as among those that the "
    "reader sees ([decision 73](decisions/0073-what-is-hidden-is-not-what-is-left.md)). A week is "
    "told alike wherever it stands, and what is of several weeks gives way where it would tell "
    "what is hidden of one "
    "([decision 89](decisions/0089-a-week-is-told-alike-wherever-it-stands.md)). So that a year is "
    "told though one week of it was of few people, the next week tells as little "
    "([decision 91](decisions/0091-a-week-of-few-people-is-not-hidden-alone.md))."
)
NOT_HELD = (
    "It is bounded all the same: whoever reads that 10 were due and 8 kept in time knows that no "
    "more than two were late. Where several are not shown, what they come to together may be "
    "known; it is of enough people. That nothing happened is shown, for it is about nobody, so "
    "what is not shown is at least one. Not held against each other are times that overlap and are "
    "not made of each other’s weeks, as four weeks and the year, nor the causes of more than six "
    "weeks against those of each; and whoever notes four weeks every Monday has what each added. "
    "Nor are tables of the pages of several teams, each by week "
    "or by kind, that somebody puts together into one; nor what somebody knows from elsewhere."
)
TAKEN = (
    "What a page shows is taken along as CSV or as an Excel file. The link is good for ten "
    "minutes, and the file holds what its person sees when it is fetched: at most the newest "
    "50,000 lines of a list, and where there are more, its last line says so."
)
READ = (
    "Programs of somebody's own ask `GET /api/figures` and `/api/figures/lines`, described at "
    "`/api/figures/openapi.json`, with a key that is made in the tab, page Keys. It reads what its "
    "owner sees, has an end of at most a year, and is revoked where it was made; with its owner's "
    "part in Baton it ends too. In Power BI: *Get data*, *Web*, the address "
    "`https://…/api/figures?of=below&time=4w&by=team&format=csv`, then *Basic* with any name and "
    "the key for a password ([Web connector]"
    "(https://learn.microsoft.com/power-query/connectors/web/web))."
)
UNITS = {
    Unit.COUNT: "number",
    Unit.SHARE: "share",
    Unit.PER_HUNDRED: "per 100",
    Unit.WORKING: "working time",
    Unit.PLAIN: "time",
    Unit.MONEY: "amount",
}


def page() -> str:
    """docs/figures.md"""
    told = dict(members(Whose))
    return "\n".join(
        [
            "# Figures",
            "",
            INTRODUCTION,
            "",
            "| figure | unit | what it counts | whose |",
            "|---|---|---|---|",
            *(_line(one) for one in FIGURES),
            "",
            "Whose: "
            + "; ".join(f"*{whose}*, {told[whose.value].rstrip('.').lower()}" for whose in Whose)
            + ".",
            "",
            "## How they are told",
            "",
            HOW,
            "",
            "## What it takes of oneself",
            "",
            EFFORT,
            "",
            "## What came back of a campaign",
            "",
            BACK,
            "",
            "## What qualification costs, and brings",
            "",
            PAID,
            "",
            "## Who sees them",
            "",
            SEES,
            "",
            HELD,
            "",
            NOT_HELD,
            "",
            "## Taken along, and read by programs",
            "",
            TAKEN,
            "",
            READ,
            "",
        ]
    )


def _line(one: Figure) -> str:
    whose = ", ".join(whose.value for whose in one.whose)
    return f"| **{one.name}** (`{one.code}`) | {UNITS[one.unit]} | {one.says} | {whose} |"
