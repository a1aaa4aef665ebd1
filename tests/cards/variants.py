"""Every card of the gallery again, with the data that cards break on: `variants`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cards.elements import Card
from cards.forms import targets_of
from cards.opening import closed, forms, opened
from handoff.model import Lead, Person
from handoff.policy import Policy
from tests.cards.gallery import gallery
from tests.handoff.conftest import LEAD, PEOPLE

SIXTY = "Norddeutsche Versicherungsmaklergenossenschaft für Reedereien"
"""As long as companies' names come."""
GERMAN = "Rechtsschutzversicherungsgesellschaften mbH"
ARABIC, HEBREW = "شركة النقل البحري (جدة)", "דנה לוי, מנהלת"
EMPTY = {"pains": "", "current_solution": "", "request": "", "campaign": "", "needs": ""}
HOSTILE = (
    "**bold** [click](https://evil.example) <at>Rita</at> {{DATE(2026-01-01T00:00:00Z)}} "
    "<b>x</b> _i_ \u202egnp.exe\u202c `code`\n# heading\n- item\n1. one"
)
WRITTEN = ("company", "contact_name", "needs", "pains", "request", "campaign", "unclear_value")


def _called(*names: str) -> Mapping[str, Person]:
    """Everybody, called by these names in turn."""
    return {
        id: replace(one, name=names[n % len(names)]) for n, (id, one) in enumerate(PEOPLE.items())
    }


def _of(lead: Lead, **written: Any) -> Lead:
    return replace(lead, **written)


def _many(policy: Policy) -> dict[str, Card]:
    """550 reps of 20 names in 40 pools: more than a list of a card has room for."""
    names = [f"{first} {last}" for first in ("Ana", "Bo", "Cy", "Di") for last in "VWXYZ"]
    reps = [
        replace(PEOPLE["rita"], id=f"rep{n}", name=names[n % 20], mail=f"rep{n}@halden.example")
        for n in range(550)
    ]
    pools = tuple(replace(policy.pools[0], code=f"p{n}", name=f"Pool {n % 30}") for n in range(40))
    few = targets_of(policy, reps[:55])
    large = replace(policy, pools=(policy.pools[0], *pools))
    return {
        **gallery(policy, targets=targets_of(large, reps)),
        **{f"{name}, of fifty-five": card for name, card in gallery(policy, targets=few).items()},
    }


VARIANTS: Mapping[str, Callable[[Policy], dict[str, Card]]] = {
    "as it is": gallery,
    "twins": lambda p: gallery(
        p, people=_called("Rita Osei"), targets=targets_of(p, list(_called("Rita Osei").values()))
    ),
    "long names": lambda p: gallery(
        p,
        _of(LEAD, company=SIXTY, contact_name="Maximilian-Alexander Freiherr von Hohenstein"),
        _called("Wilhelmina Featherstonehaugh-Cholmondeley van Nieuwenhuizen", "Anna-Lena Öztürk"),
    ),
    "German words": lambda p: gallery(
        p,
        _of(LEAD, company=GERMAN, needs="Kraftfahrzeughaftpflichtversicherungsvertragsverwaltung"),
    ),
    "right to left": lambda p: gallery(
        p,
        _of(LEAD, company=ARABIC, contact_name=HEBREW, needs=ARABIC, campaign=HEBREW),
        _called("محمد العلي", "שרה כהן"),
    ),
    "signs": lambda p: gallery(
        p,
        _of(LEAD, company="_Contoso_ [Ports](http://x)", contact_name="Ines *P* Prado"),
        _called("R_ta *Osei*", "Q<b>uinn</b> `A`", "_Ravi_ {{DATE(2026-01-01)}}"),
    ),
    "what nobody knows": lambda p: gallery(p, _of(LEAD, **EMPTY, value=None)),
    "hostile": lambda p: gallery(p, _of(LEAD, **dict.fromkeys(WRITTEN, HOSTILE), value=None)),
    "many": _many,
}


def states(cards: Mapping[str, Card]) -> dict[str, Card]:
    """Each card as it goes to Teams, and with each of its forms open."""
    found = {name: closed(card) for name, card in cards.items()}
    for name, card in cards.items():
        for form in forms(card):
            shown = opened(card, form)
            assert shown
            found[f"{name} > {form}"] = closed(shown)
    return found


def variants(policy: Policy) -> Mapping[str, Card]:
    """All of them by the name of what they are drawn with, and of the card."""
    return {
        f"{data}: {name}": card
        for data, drawn in VARIANTS.items()
        for name, card in states(drawn(policy)).items()
    }


def walk(part: Any, but: str = "") -> Iterator[dict[str, Any]]:
    """Every object inside, from the outermost on, *but* what goes by that name."""
    if isinstance(part, dict):
        yield part
        for name, value in part.items():
            if name != but:
                yield from walk(value, but)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value, but)


def of(card: Card, *types: str) -> list[dict[str, Any]]:
    """What of those types is in the card."""
    return [part for part in walk(card) if part.get("type") in types]
