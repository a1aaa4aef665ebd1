"""The policy: in force, the same as the file, without flaws, and about people who are there."""

import asyncio
from collections.abc import AsyncIterator

from doctor.check import OURS, Check, Examined, fine, ill, listed
from graph.errors import BusyError, GraphError, SignInError, UnsupportedError
from jobs import people
from policy import reading
from policy.example import EXAMPLE, YOURS
from store.policies import NoPolicyError

MIGRATE = "python app.py migrate puts it in force"
LEFT = (
    "take them out of the policy, or put them right in Entra or in the group that names them; "
    "after a change of the file: python app.py migrate"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    try:
        in_force = await of.services.stores.policies.text()
    except NoPolicyError:
        yield ill("a policy is in force", "run: python app.py migrate")
        return
    current = await of.services.stores.policies.current()
    yield fine("a policy is in force", current.label())
    if of.settings.real and current.company == EXAMPLE:
        yield ill("the policy is your own", f"{YOURS}, then {MIGRATE}", f"company {EXAMPLE}")
    file = of.settings.policy_file
    what = "the policy file is the one in force"
    try:
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        reading.read(text, file.name)
    except OSError as error:
        yield ill(what, "POLICY_FILE must name the file with the policy", f"{file}: {error}")
    except (UnicodeDecodeError, reading.BadPolicyError) as error:
        then = f"mend the file, then {MIGRATE}; until then the one before stays in force"
        yield ill(what, then, str(error))
    else:
        yield fine(what) if text == in_force else ill(what, f"{file} has changed since: {MIGRATE}")
    what = "everyone whom the policy names is there"
    try:
        problems, flaws = await people.wrong(of.services)
    except (GraphError, BusyError, SignInError) as error:
        then = "see what is said of User.Read.All and GroupMember.Read.All among the permissions"
        yield ill(what, OURS if isinstance(error, UnsupportedError) else then, str(error))
        return
    yield listed(what, problems, LEFT)
    yield listed(
        "whoever is in a pool has agreed to the rules in force",
        [person.mail for person in await of.services.stores.fairness.unsigned()],
        "they were asked in Teams and get no lead by turn until they say: agree. Where nobody need "
        f"agree: signed = false under [routing], then {MIGRATE}",
    )
    yield listed(
        "the policy says who gets each lead",
        flaws,
        f"mend the policy as told in docs/policy.md, then {MIGRATE}",
    )
