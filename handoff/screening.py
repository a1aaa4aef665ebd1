"""What speaks against a lead that came in by itself: then it is held, and a person says what it is.
Pure, and the same for everybody: what it looks for stands in the policy.
"""

import re
from collections.abc import Collection

from handoff import addresses
from handoff.draft import HELD
from handoff.errors import NotOfferedError
from handoff.model import Handoff, Lead, State
from handoff.policy import FIELDS, LONG, Screening

WEB = re.compile(r"https?://|www\.", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
AND = "; and "  # between what speaks against one
HELD_FOR, LACKS = "Held: ", "its brief lacks "
WHOLE = "Held, and its brief is complete by now."
HELD_STILL = "This lead is held. Please say first that it is one, or drop it."


def against(lead: Lead, rules: Screening) -> str:
    """In words, the first thing that makes it look like a test or like spam; empty where nothing
    does.
    """
    domain = addresses.one(lead.contact_email).rpartition("@")[2]
    if of := _under(domain, rules.domains):
        return f"it looks like a test, for its address is of {of}"
    for name, text in (("company", lead.company), ("contact name", lead.contact_name)):
        if words := _only(text, rules.words):
            return f"it looks like a test, for its {name} is “{words}”"
    found = sum(len(WEB.findall(getattr(lead, name))) for name in LONG)
    if found > rules.links:
        return f"it looks like spam, for it holds {found} addresses of web pages"
    if any(WEB.search(text) for text in (lead.company, lead.contact_name)):
        return "it looks like spam, for a web page stands where a name does"
    return ""


def held(handoff: Handoff) -> bool:
    """Whether its qualifier has yet to say that what came in is a lead."""
    return handoff.state is State.QUALIFIED and handoff.reason == HELD


def held_for(why: str) -> str:
    """As its card says it."""
    return f"{HELD_FOR}{why}."


def lacking(names: Collection[str]) -> str:
    """What speaks against a lead of whose brief these fields are not known, by their names in
    FIELDS; empty where there are none.
    """
    return f"{LACKS}{', '.join(FIELDS[name] for name in names)}" if names else ""


def complete_now(trouble: str) -> str:
    """What its card says of a lead that is held, once nothing is lacking in its brief."""
    if LACKS not in trouble:
        return trouble
    said = trouble.removeprefix(HELD_FOR).removesuffix(".").split(AND)
    rest = [words for words in said if not words.startswith(LACKS)]
    return held_for(AND.join(rest)) if rest else WHOLE


def open_with(number: int) -> str:
    """What speaks against a lead whose company has a handoff open. Nobody's name is in it, for it
    stays with the lead.
    """
    return f"this company has a handoff open already: no. {number}"


def not_held(handoff: Handoff) -> None:
    """Raises NotOfferedError where it is."""
    if held(handoff):
        raise NotOfferedError(HELD_STILL)


def _under(domain: str, domains: Collection[str]) -> str:
    """The one of *domains* that it is, or is part of."""
    parts = domain.split(".")
    ways = (".".join(parts[n:]) for n in range(len(parts)))
    return next((way for way in ways if way in domains), "")


def _only(text: str, words: Collection[str]) -> str:
    """What words stand in it, where they are of *words* alone: numbers and signs are none."""
    found = [word.casefold() for word in _WORD.findall(text)]
    return " ".join(found) if all(word in words for word in found) else ""
