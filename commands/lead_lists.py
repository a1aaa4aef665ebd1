"""The command that takes in a list of leads, each asked what a lead typed into Teams is asked."""

from bot import booking
from handoff import handing_over, lead_list
from handoff.amounts import Style
from handoff.lead_list import Listed
from handoff.model import Person
from handoff.policy import Policy
from jobs.services import Services
from store.handoffs import DoneAlreadyError


async def take_in(
    services: Services, name: str, text: str, qualifier: str, style: Style | None = None
) -> int:
    """The leads of a CSV file wait for a qualifier. Returns how many rows have problems. *style* is
    that of its amounts, where the list does not show it.

    A lead below a line of the policy is its qualifier's or marketing's, as one typed in is. One
    of a company that has a handoff open is left out and named.
    """
    person = await services.stores.people.with_mail(qualifier)
    if person is None:
        print(f"nobody with the mail address {qualifier} is known; is work running?")
        return 1
    policy = await services.stores.policies.current()
    listed, problems = lead_list.read(text, policy, person.id, person.zone, style)
    waiting: dict[str, int] = {person.name: 0}
    known = 0
    for one in listed:
        wrong = await _wrong_with(services, one, policy)
        if wrong:
            problems.append(wrong)
            continue
        added = await _add(services, one, person, policy)
        if added is None:
            known += 1
            continue
        owner, below = added
        waiting[owner.name] = waiting.get(owner.name, 0) + 1
        if below:
            print(f"{one.lead.contact_email} is with {owner.name}: {below}")
    for problem in problems:
        print(f"{name}: {problem}")
    for who, count in waiting.items():
        print(f"{count} leads wait for {who}")
    if known:
        print(f"{known} known before")
    return len(problems)


async def _add(
    services: Services, one: Listed, qualifier: Person, policy: Policy
) -> tuple[Person, str] | None:
    """Whose the new lead is, and the line that it does not reach; None if it is there already."""
    stores = services.stores
    try:
        async with stores.door.open() as tx:
            marketer, below = await booking.below_a_line(
                services.baton, tx, one.lead, qualifier, policy
            )
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
            await stores.handoffs.add_in(tx, decision)
    except DoneAlreadyError:
        return None
    return marketer or qualifier, below


async def _wrong_with(services: Services, one: Listed, policy: Policy) -> str:
    """Why a lead is not taken in, in words; empty where it is."""
    mail = one.lead.contact_email
    colleague: Person | None = await services.stores.people.with_mail(mail)
    if colleague:
        return f"{mail} is {colleague.name}, who works here"
    already = await booking.open_already(services.baton, mail, one.id, policy)
    return f"{mail}: {already}" if already else ""
