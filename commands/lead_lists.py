"""The command that takes in a list of leads, each asked what a lead typed into Teams is asked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import track

from bot import booking
from commands.summing_up import summed_up
from handoff import addresses, handing_over, lead_list
from handoff.amounts import Style
from handoff.lead_list import Listed, Table
from handoff.model import Decision, Person
from handoff.policy import Policy
from jobs.services import Services
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
    stores, found = services.stores, _Taken([], Counter())
    there = await stores.handoffs.known(tx, [one.id for one in part])
    new = [one for one in part if one.id not in there]
    found.known = len(part) - len(new)
    mails = [one.lead.contact_email for one in new]
    colleagues = await stores.people.with_mails(mails)
    objected = await stores.objections.of(tx, mails)
    already = await booking.open_already(services.baton, mails, [one.id for one in new], policy, tx)
    decisions: list[Decision] = []
    for one in new:
        mail = one.lead.contact_email
        if colleague := colleagues.get(mail):
            found.problems.append(f"{mail} is {colleague.name}, who works here")
        elif domain := booking.our_domain(mail, qualifier, policy):
            found.problems.append(f"{mail}: {domain} is ours, so that is no prospect's address")
        elif mail in objected:
            found.problems.append(f"{mail} asked not to be stored or contacted")
        elif mail in already:
            found.problems.append(f"{mail}: {already[mail]}")
        else:
            marketer, below = await booking.below_a_line(
                services.baton, tx, one.lead, qualifier, policy
            )
            owner = marketer or qualifier
            found.waiting[owner.name] += 1
            if below:
                found.below.append(f"{mail} is with {owner.name}: {below}")
            decision = handing_over.begin(
                id=one.id,
                lead=one.lead,
                qualifier=qualifier,
                policy=policy,
                at=services.now(),
                search=None,
                below=below,
                marketer=marketer,
            )
            decisions.append(decision)
            if marketer:  # whose turn is next is known once this one is written
                await stores.handoffs.add_in(tx, *decisions)
                decisions.clear()
    if decisions:
        await stores.handoffs.add_in(tx, *decisions)
    return found
