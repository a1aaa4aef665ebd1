"""What people and Outlook end up with: every card, event, mail and subscription, as a line each.

Nothing in a line differs between two runs of the same story but by what happened in them.
"""

import re
from collections import Counter
from collections.abc import Collection

from sandbox.crm.records import KINDS
from tests.world import World

RANDOM = re.compile(
    r"https?://\S+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9A-Fa-f]{24,}"
)
MINUTES = re.compile(r"(\d\d:\d)\d")  # what is tried again may come some minutes later
DUE = re.compile(r"\*\*[^*]+\*\*(?= \(\d+ working hours from )")
"""Of what is sent some minutes later: by the rule that is told with it, on the next day perhaps."""
NUMBER = re.compile(r"[Nn]o\. (\d+)")  # of a handoff: one that was not kept leaves a gap
Outcome = Counter[str]


async def outcome(world: World, *, but_for: Collection[str] = ()) -> Outcome:
    """Messages to people whose ids are in *but_for* are left out."""
    lines: list[str] = []
    for person in world.box.directory:
        who = person.key
        for message in world.box.teams.chat(person):
            if message.from_bot and message.id not in but_for:
                words = " / ".join(message.texts())
                lines.append(f"{who}'s card: {words} {sorted(message.verbs())}")
        for event in world.box.mailboxes.events(person.id):
            guests = sorted(f"{a.who.mail} {a.type} {a.response}" for a in event.attendees)
            lines.append(
                f"{who}'s event: {event.subject} {event.start:%d %H:%M}-{event.end:%d %H:%M} "
                f"{event.show_as} {event.response} {'cancelled' * event.cancelled} "
                f"{sorted(event.categories)} {guests} {event.body.content}"
            )
        lines += [
            f"{who}'s mail: {mail.folder}: {mail.subject} {mail.body.content}"
            for mail in world.box.mailboxes.messages(person.id)
        ]
    lines += [
        f"post to {one.to}: {one.kind} {one.subject} {one.start} {one.response} {one.body.content}"
        for one in world.box.post.letters()
    ]
    for kind in KINDS:
        lines += [
            f"in the CRM, {kind}: {sorted(one.values.items())} {len(one.links)} links"
            for one in world.box.crm.all(kind)
        ]
    lines += [f"watched: {one.resource}" for one in world.box.notifications.living()]
    handoffs = await world.rows(
        "select h.number, h.state, p.name from handoff h left join person p on p.id = h.rep "
        "order by h.number"
    )
    lines += [f"handoff no. {number}: {state}, {who}" for number, state, who in handoffs]
    lines += [
        f"promise: {what} of {who} {ending}"
        for what, who, ending in await world.rows("select what, who, ending from commitment")
    ]
    lines += [
        f"given up: {job}"
        for (job,) in await world.rows(
            "select task_name from procrastinate_jobs where status in ('failed', 'aborted')"
        )
    ]
    places = {str(number): place for place, (number, _, _) in enumerate(handoffs, 1)}
    return Counter(
        NUMBER.sub(
            lambda found: f"no. {places.get(found[1], found[1])}",
            DUE.sub("…", MINUTES.sub(r"\1…", line)),
        )
        for line in (RANDOM.sub("…", line) for line in lines)
    )


def differences(expected: Outcome, found: Outcome) -> list[str]:
    return [
        *(f"missing ({n}): {line}" for line, n in (expected - found).items()),
        *(f"too many ({n}): {line}" for line, n in (found - expected).items()),
    ]
