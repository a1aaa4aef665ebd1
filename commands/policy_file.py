"""A policy file that is to come into force, held against what is known of people."""

from contextlib import suppress

from graph.errors import BusyError, GraphError, SignInError
from handoff import addresses
from handoff.model import Person
from handoff.routing.caps import caps
from handoff.routing.check import Flaw, too_low
from handoff.routing.policy import Limits
from jobs import people
from jobs.services import Services
from policy import reading
from policy.example import EXAMPLE, YOURS
from policy.file import PolicyFile
from policy.rules import rules_of
from settings import Settings
from store.policies import NoPolicyError
from store.routing_inputs import LONGEST


def refuse_example(settings: Settings, file: PolicyFile, name: str, text: str) -> None:
    """Raises BadPolicyError where the policy is nobody's, and the tenant is real."""
    if settings.real and file.company == EXAMPLE:
        raise reading.BadPolicyError([reading.told(name, text, ("company",), YOURS)])


async def check_new(services: Services, file: PolicyFile, name: str, text: str) -> None:
    """The file fits whom Entra knows and what was given already; what is odd in it is said.

    Raises BadPolicyError; the policy in force stays in force. One that is in force already is not
    asked again: who left since must not keep Baton from starting, and `doctor` names them.
    """
    with suppress(NoPolicyError):
        if text == await services.stores.policies.text():
            return
    flaws = await wrong_with(services, file)
    for flaw in flaws:
        if not flaw.refused:
            print(reading.told(name, text, flaw.at, flaw.words))
    if refused := [flaw for flaw in flaws if flaw.refused]:
        raise reading.BadPolicyError(
            reading.told(name, text, flaw.at, flaw.words) for flaw in refused
        )


async def wrong_with(services: Services, file: PolicyFile) -> list[Flaw]:
    """What is wrong with a policy that is to come into force: by itself, with who in it has left
    and who is in its pools, and limits below what was given.

    Where Entra does not answer, nobody is said to have left, and pools are not looked into.
    """
    routing = rules_of(file, 0).routing
    places = _places(file)
    try:
        accounts = await services.outlook.directory.accounts(sorted(places))
        _, found = await people.checked(services, file)
    except (GraphError, BusyError, SignInError) as error:
        print(f"nobody was looked up in Entra: {error}. What to do says: python app.py doctor")
        accounts, found = {}, reading.check(file)
    for who, account in accounts.items():
        if account is None or not account.enabled:
            why = "has left" if account else "is known to nobody in Entra"
            found.append(Flaw(places[who], f"{who} {why}", refused=True))
    given: dict[str, dict[str, int]] = {}
    for rep in routing.reps:
        person = await services.stores.people.with_mail(rep.who)
        if rep.limits and person:
            given[addresses.one(rep.who)] = await _given(services, person, rep.limits)
    return found + too_low(routing, given)


def _places(file: PolicyFile) -> dict[str, tuple[str | int, ...]]:
    """Whom the file names for leads to go to, and where it does first; groups are Entra's own."""
    named: list[tuple[str, tuple[str | int, ...]]] = []
    for n, pool in enumerate(file.pools):
        named += [(who, ("pools", n, "reps")) for who in pool.reps]
        if pool.overflow.owner:
            named.append((pool.overflow.owner, ("pools", n, "overflow", "owner")))
    named += [(one.who, ("leaders", n, "who")) for n, one in enumerate(file.leaders)]
    named += [(one.who, ("reps", n, "who")) for n, one in enumerate(file.reps)]
    named += [(one.rep, ("pairs", n, "rep")) for n, one in enumerate(file.pairs)]
    return {who: at for who, at in reversed(named) if not who.startswith(people.GROUP)}


async def _given(services: Services, person: Person, limits: Limits) -> dict[str, int]:
    """How much of each limit is used, counted as the router counts."""
    now = services.now()
    given = await services.stores.fairness.given([person.id], now - LONGEST)
    got = [one for _, one in given[person.id]]
    used = caps(limits, got=got, open=0, tags=(), zone=person.hours.zone, at=now)
    return {cap.kind: cap.used for cap in used if cap.kind != "open"}
