"""The process, made from the policy in force: who owes what by when, what follows where it is not
done, who may do and see what, who gets a lead, and what has changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import htpy as h

from cards import words
from cards.elements import clean
from cards.figures import rules_aloud
from cards.rotation import HOW_IT_IS_SUMMED
from cards.why import PROMISES, ladder
from handoff.figures import Share
from handoff.model import Role
from handoff.policy import Policy, Promise
from store.rings import Rang
from tabs.glossary import IN_RULES, WORDS, meaning
from tabs.page import page as whole
from tabs.page import prose, section, table
from tabs.reading import Reader
from tabs.rules_changed import COMPARED, changed, rule_words, what_it_did

OWES: Mapping[str, tuple[Role, str]] = {  # how a promise begins in words, and whose it is
    "a rep": (Role.REP, "What reps owe"),
    "a qualifier": (Role.QUALIFIER, "What qualifiers owe"),
    "a manager": (Role.MANAGER, "What managers owe"),
    "marketing": (Role.MARKETER, "What marketing owes"),
}
COLUMNS: Mapping[Role, str] = {
    Role.QUALIFIER: "Qualifier",
    Role.REP: "Rep",
    Role.MANAGER: "Manager",
    Role.MARKETER: "Marketing",
    Role.LEADER: "Leader",
}
MAY: Mapping[str, frozenset[Role]] = {
    "Hand a lead over, choose a time, correct the brief": frozenset({Role.QUALIFIER}),
    "Accept, propose another time, send back with a reason": frozenset({Role.REP}),
    "Say how a meeting went, and what comes next": frozenset({Role.REP}),
    "Say how a lead ends, after its meeting": frozenset({Role.REP}),
    "Say how a lead ends, before one": frozenset({Role.QUALIFIER, Role.MARKETER}),
    "Contest what was said of a meeting or an ending, once": frozenset({Role.QUALIFIER}),
    "Say that an assignment was wrong, in one's own pool": frozenset({Role.REP}),
    "Decide what is overdue or contested, of those one manages": frozenset({Role.MANAGER}),
    "Give more time, excuse with evidence, of those one manages": frozenset({Role.MANAGER}),
    "Keep in touch with a lead that is not ready, and give it back": frozenset({Role.MARKETER}),
    "Be invited to meetings worth a certain amount": frozenset({Role.LEADER}),
    "See a handoff in which one has a part": frozenset(COLUMNS),
    "See the handoffs of those one manages": frozenset({Role.MANAGER}),
    "See how a pool stands that one is in": frozenset({Role.REP}),
    "See how every pool stands": frozenset({Role.QUALIFIER, Role.MANAGER}),
    "See one’s own figures, and the organisation’s without names": frozenset(COLUMNS),
    "See figures by name, of those one leads": frozenset({Role.MANAGER}),
    "See what came of the campaigns that one owns": frozenset(COLUMNS),
}
"""Who may do and see what, as the rules of handoff/ and what may be read hold everyone to it."""
LEADING = (
    "Leader is the role of whoever is invited to meetings worth much. Whom somebody leads, and so "
    "whose figures they see by name, is what the directory says of managers."
)
ADMINS = (
    "Administrators, who run Baton, may also read what happened in any handoff, and how every pool "
    "stands."
)
ADMINS_COUNCIL = (
    "Administrators, who run Baton, may read how every pool stands, and what happened in a handoff "
    "only where they have a part in it."
)


async def page(reader: Reader, _asked: Mapping[str, str]) -> h.Element:
    published = await reader.stores.policies.published(COMPARED)
    return rules_page(
        published,
        await reader.stores.rings.lately(reader.at),
        await what_it_did(reader, published),
        zone=reader.viewer.zone,
    )


def rules_page(
    published: Sequence[tuple[Policy, datetime]],
    rings: Mapping[Promise, Rang],
    did: Mapping[Promise, tuple[Share, Share]],
    *,
    zone: str,
) -> h.Element:
    """Of the version in force, which stands first; with the one before, what is different and what
    that did; of each promise how often somebody was told of it lately, and how often that helped.
    """
    policy, since = published[0]
    least = policy.figures.least
    rang = {what: one for what, all_ in rings.items() if (one := all_.shown(least))}
    of = {begins: list[Promise]() for begins in OWES}
    for what in PROMISES:
        of[_whose(what)].append(what)
    return whole(
        "Rules",
        changed(published, did),
        h.p[
            "This page is made from the policy that runs. What stands here is what happens, and it "
            "is the same for everyone. Times are working hours of whoever owes it."
        ],
        [
            section(
                OWES[begins][1],
                [
                    h.div[
                        h.p[prose(rule_words(policy, what))],
                        h.p(".quiet")[prose(ladder(policy, what))],
                        h.p(".quiet")[helped(rang[what])] if what in rang else None,
                    ]
                    for what in promises
                ],
                id=f"owe-{OWES[begins][0].value}",
            )
            for begins, promises in of.items()
        ],
        _without_effect(policy, rang, rings),
        section("Who gets a lead", h.ul(".plain")[_lines(policy)], h.p(".quiet")[HOW_IT_IS_SUMMED]),
        section(
            "Who may do what",
            table(
                "What each role may do and see",
                ["What", *COLUMNS.values()],
                [
                    [what, *["yes" if role in roles else None for role in COLUMNS]]
                    for what, roles in MAY.items()
                ],
            ),
            h.p(".quiet")[LEADING],
            h.p(".quiet")[ADMINS_COUNCIL if policy.figures.works_council else ADMINS],
        ),
        section(
            "Why a lead may be sent back",
            h.ul[[h.li[clean(words_)] for words_ in policy.reasons.values()]],
        ),
        section(
            "Words",
            h.dl[
                [[h.dt[word.capitalize()], h.dd[meaning(WORDS[word])]] for word in sorted(IN_RULES)]
            ],
        ),
        code="rules",
        below=f"{clean(policy.label())}, in force since {words.when(since, zone)}",
    )


def helped(rang: Rang) -> str:
    """How often it rang, and how often that helped."""
    said = []
    if rang.reminded:
        said.append(
            f"somebody was reminded {_often(rang.reminded)}, and did it then "
            f"{_of(rang.then_done, rang.reminded)}"
        )
    if rang.asked:
        said.append(
            f"a manager was asked {_often(rang.asked)}, and it was done then, or given to somebody "
            f"else, {_of(rang.then_settled, rang.asked)}"
        )
    return f"{MONTH}: {'; '.join(said)}."


MONTH = "In the 30 days until yesterday"


def _often(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _of(n: int, of: int) -> str:
    return ("in none of them" if of > 1 else "not at all") if not n else f"in {n} of {of}"


def _without_effect(
    policy: Policy, rang: Mapping[Promise, Rang], rings: Mapping[Promise, Rang]
) -> h.Node:
    """What is to be looked at by whoever keeps the rules: of too few people nothing is said."""
    idle = [what for what, one in rang.items() if not one.then_done + one.then_settled]
    silent = [what for what in PROMISES if what not in rings]
    if not (idle or silent):
        return None
    return section(
        "Rules that did nothing lately",
        [
            h.p[
                f"{MONTH} these told people something and nothing was done then. Whoever keeps the "
                "rules may change or retire them."
            ],
            h.ul[[h.li[prose(rule_words(policy, what)), " ", helped(rang[what])] for what in idle]],
        ]
        if idle
        else None,
        [
            h.p[f"{MONTH} nobody had to be told of these."],
            h.details[
                h.summary[f"Show these {len(silent)} rules"],
                h.ul[[h.li[prose(rule_words(policy, what))] for what in silent]],
            ],
        ]
        if silent
        else None,
        id="idle",
    )


def _whose(what: Promise) -> str:
    return next(begins for begins in OWES if PROMISES[what].startswith(begins))


def _lines(policy: Policy) -> list[h.Element]:
    codes = [pool.code for pool in policy.pools]
    return [h.li[clean(line)] for line in rules_aloud(policy, codes)]
