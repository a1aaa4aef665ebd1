"""The command that takes in a list of leads, each asked what a lead typed into Teams is asked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import track

from commands.summing_up import summed_up
from handoff import addresses, lead_list
from handoff.amounts import Style
from handoff.lead_list import Listed, Table
from handoff.model import Person
from handoff.policy import Policy
from jobs.services import Services
from store.coming_in import CameIn, Intake, Why
from store.coming_in import take_in as take_in_all
from store.door import DoneAlreadyError, Tx
from store.routing_inputs import company_of

AT_ONCE = 200  # leads in one transaction


@dataclass(slots=True)
class _Taken:
    """What has become of the rows so far."""

    problems: list[str]
    waiting: Counter[str]
    below: list[str] = field(default_factory=list)
    known: int = 0


async def take_in(
    services: Services, name: str, table: Table, qualifier: str, style: Style | None = None
) -> int:
    """The leads of a list wait for a qualifier. Returns how many rows have problems. *style* is
    that of its amounts, where the list does not show it.

    A lead below a line of the policy is its qualifier's or marketing's, as one typed in is. One
    of a company that has a handoff open is left out and named.
    """
    person = await services.stores.people.with_mail(qualifier)
    if person is None:
        print(f"nobody with the mail address {qualifier} is known; is work running?")
        return 1
    policy = await services.stores.policies.current()
    listed, problems = lead_list.read(table, policy, person.id, style)
    taken = _Taken(problems, Counter({person.name: 0}))
    parts = list(_parts(listed))
    shown = track(parts, name, console=Console(stderr=True), transient=True, disable=len(parts) < 3)
    for part in shown:
        await _take(services, part, person, policy, taken)
    if table.note:
        print(f"{name}: {table.note}")
    for line in (*summed_up(taken.problems), *summed_up(taken.below)):
        print(f"{name}: {line}")
    for who, count in taken.waiting.items():
        print(f"{count} leads wait for {who}")
    if taken.known:
        print(f"{taken.known} known before")
    return len(taken.problems)


def _parts(listed: Sequence[Listed]) -> Iterator[list[Listed]]:
    """So many at once, no two of one company: the second is asked about once the first is there."""
    left = list(listed)
    while left:
        part: dict[str, Listed] = {}
        later: list[Listed] = []
        rest = iter(left)
        for one in rest:
            mail = one.lead.contact_email
            if part.setdefault(company_of(mail) or addresses.one(mail), one) is not one:
                later.append(one)
            if len(part) == AT_ONCE or len(later) == AT_ONCE:
                break
        yield list(part.values())
        left = [*later, *rest]


async def _take(
    services: Services, part: list[Listed], qualifier: Person, policy: Policy, taken: _Taken
) -> None:
    """All of *part* is in, or known for what it is. Where somebody brings in the same list at the
    same moment, each row is looked at by itself.
    """
    try:
        async with services.stores.door.open() as tx:
            found = await _found(services, tx, part, qualifier, policy)
    except DoneAlreadyError:
        if len(part) == 1:
            taken.known += 1
            return
        for one in part:
            await _take(services, [one], qualifier, policy, taken)
        return
    taken.known += found.known
    taken.problems += found.problems
    taken.below += found.below
    taken.waiting.update(found.waiting)


async def _found(
    services: Services, tx: Tx, part: list[Listed], qualifier: Person, policy: Policy
) -> _Taken:
    """What becomes of *part*, and the leads of it that are new are written. Raises
    DoneAlreadyError.
    """
    found = _Taken([], Counter())
    intake = Intake(qualifier=qualifier, policy=policy, at=services.now())
    for one in await take_in_all(services.stores, tx, part, intake):
        found.known += one.known
        if one.why:
            found.problems.append(_turned_down(one))
        elif one.owner:
            found.waiting[one.owner.name] += 1
            if one.below:
                found.below.append(f"{one.mail} is with {one.owner.name}: {one.below}")
    return found


def _turned_down(one: CameIn) -> str:
    match one.why:
        case Why.COLLEAGUE:
            return f"{one.mail} is {one.about}, who works here"
        case Why.OURS:
            return f"{one.mail}: {one.about} is ours, so that is no prospect's address"
        case Why.OBJECTED:
            return f"{one.mail} asked not to be stored or contacted"
        case _:
            return f"{one.mail}: {one.about}"
