"""Writes the pages that are made from the code: docs/policy.md, docs/settings.md, docs/handoff.md,
docs/permissions.md, docs/privacy.md, docs/glossary.md, docs/dependencies.md, docs/cards.md,
docs/figures.md.

python -m tools.write_docs; the tests fail when a page is not what the code says.
"""

import re
from datetime import time
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from graph import permissions
from graph.refusals import REFUSALS, refusals_of
from handoff.model import State
from handoff.moves import MOVES
from handoff.retention import Retention
from policy.clocks import ClocksTable, ClockTable
from policy.file import PolicyFile
from settings import CLOUDS, SECRETS, Settings, addresses, written
from tools import clients, dependencies, figures_page, glossary
from web import privacy

DOCS = Path(__file__).parents[1] / "docs"

STATES = {
    State.QUALIFIED: "The brief is complete. The qualifier owes: **book**, or **fit**.",
    State.BOOKING: "A time is chosen and held; Outlook is being told. Owes: **invite**.",
    State.OFFERED: "The rep has the invitation. Owes: **answer** and **reply**.",
    State.PROPOSED: "The rep proposed another time. The qualifier owes: **settle**.",
    State.ACCEPTING: "The rep clicked Accept; Outlook has yet to confirm.",
    State.ACCEPTED: "The rep's own calendar says so. Owes: **prepare**, **meet**, **follow_up**.",
    State.FOLLOWING: "The meeting is over. Owes: **progress**; **outcome**, **next_step**, "
    "**follow_up**.",
    State.SENT_BACK: "The qualifier has the lead again: **rework**; the rep perhaps **reason**.",
    State.NURTURED: "Not now: a marketer has the lead and owes: **nurture**.",
    State.CONTESTED: "It ended, and that is contested. A manager owes: **judge**.",
    State.ENDED: "It ended, by one code. Nobody owes anything.",
}


POLICY = (
    "`policy.toml` holds the rules that everyone is held to. A change takes effect with "
    "`python app.py migrate`, for what runs too and without a restart, and makes a new version; a "
    "handoff keeps the version that it began with. A file with mistakes is refused whole, "
    "every mistake named with its key, and the policy in force stays in force."
)
SETTINGS = (
    "Read from the environment once, at start. Whatever is missing or wrong is named, all of "
    "it at once, and nothing starts. This page is made from `settings.py`."
)
PROXY = (
    "Where this machine reaches Microsoft through a proxy alone, `HTTPS_PROXY` names it, as in "
    "`http://proxy.example.com:3128`, and `NO_PROXY` what is reached without it, such as your own "
    "collector: for Entra, Graph, the Bot Framework and Teams alike. `CA_FILE` has the proxy's own "
    "certificate where it looks into what it passes on. They stand where the settings stand."
)
SECRET = (
    "A secret may stand in a file instead, which {} names: as systemd credentials, Kubernetes and "
    "Docker hand them out. A line's end at its end does not count; both at once are refused. From "
    "Key Vault, Container Apps brings secrets as environment and files itself, without anything of "
    "ours between. No secret is ever printed or logged. Needed is one way to sign in: of several, "
    "`MANAGED_IDENTITY` goes before `CLIENT_CERTIFICATE`, and that before `CLIENT_SECRET`."
)
CLOUD = (
    "Which of Microsoft's clouds the tenant lives in. It sets the addresses; each of them can "
    "still be set by itself, as for a proxy."
)
PERMISSIONS = (
    "Baton signs in as itself, so an administrator grants it application permissions. This page "
    "is made from `graph/permissions.py`, where each call to Graph says the least it needs."
)
SCOPING = (
    "What is about mailboxes should be given for the sales team only, in Exchange and **not** in "
    "Entra as well: [installing](install.md) has the commands, and why."
)
GRAPH_API = "https://learn.microsoft.com/graph/api/"
DOCTOR = (
    "`python app.py doctor` says which permissions are missing and which are broader than needed. "
    "With `TEST_MAILBOX` it tries each one on that mailbox, by making an entry far ahead and "
    "taking it away again; with `OUTSIDE_MAILBOX` it sees that this one stays closed."
)
OPTIONAL = (
    "If you like, besides. Baton does without. What is about meetings needs an application access "
    "policy for the qualifiers (`New-CsApplicationAccessPolicy` makes one, which does nothing "
    "before `Grant-CsApplicationAccessPolicy` gives it to them), and `OnlineMeetings.Read.All` to "
    "find the meeting; what is about Teams is for `python app.py install`, and can be taken away "
    "after it; with `Application.Read.All`, `doctor` sees itself whether the app registration lets "
    "Teams ask who looks at the tab."
)
PROMISES = (
    "Every promise has a clock of its own in the [policy](policy.md), counted in the working "
    "hours of whoever made it. An open lead always has an owner and a promise with a next "
    "alarm; when it ends, every promise ends. [What a promise ends as](promises.md), and what "
    "follows when it is not kept, is on a page of its own."
)


ENDINGS = (
    (
        "Every lead ends by one code: `opportunity`, `won`, `lost`, `no_need`, `no_show`, "
        "`not_reachable` or `closed`. `python app.py doctor` names whatever ended without one."
    ),
    (
        "**A rep** who has the lead after its meeting says how it ends. `opportunity`, `won` and "
        "`lost` take a word with the prospect: a meeting that took place, or a call that got "
        "through. `lost` takes a reason of the policy's `[lost]`; `no_show` takes two meetings to "
        "which the prospect did not come. An `opportunity` is said to be won or lost when that is "
        "decided. The qualifier hears of each ending."
    ),
    "**A qualifier** who has the lead says `no_need`, `not_reachable` or `closed`.",
    (
        "**Marketing** has a lead whose time has not come, or whose prospect is not interested "
        "enough yet (`[routing] interest`): whoever had one longest ago, by a clock of their own "
        "(**nurture**) that their manager hears of. It ends there as a qualifier ends it, or goes "
        "back to its qualifier to be handed over, the same lead with its campaign and its history. "
        "A lead that does not reach the line of fit, and one that [came in by itself](incoming.md) "
        "and is held, is its qualifier's to decide on (**fit**)."
    ),
    (
        "**A lead that nobody hands over**, or decides on, ends as `closed` after `unbooked_days` "
        "of the policy in force; the promise to do so (**book**, **fit**) ends as missed."
    ),
    (
        "**A prospect who says no** to the invitation ends nothing: the meeting is called off, the "
        "rep's time and prep are free, and the qualifier owes a new time (**book**), with times to "
        "choose from on the card that tells of it. No clock runs for the meeting that will not be."
    ),
    (
        "**What was said** of a meeting or an ending is put right for two days by who said it. The "
        "qualifier may contest it once: a deal lost, no need, no-show or not reachable, and how "
        "the meeting went. Until a manager of the rep's has decided (**judge**), what has ended is "
        "`contested`. Their word corrects the books: outcomes, credits for turns, who has the lead."
    ),
)


def policy_page() -> str:
    """docs/policy.md"""
    lines = [
        "# The policy file",
        "",
        POLICY,
        "",
        "This page is made from the code that reads the file.",
        "",
    ]
    lines += _table(PolicyFile, "")
    return "\n".join(lines)


def _table(model: type[BaseModel], path: str) -> list[str]:
    lines = [f"## `[{path}]`" if path else "## At the top", "", (model.__doc__ or "").strip(), ""]
    lines += ["| key | default | what it is for |", "|---|---|---|"]
    inner: list[tuple[type[BaseModel], str]] = []
    for name, field in model.model_fields.items():
        lines.append(f"| `{name}` | {_default(field.default)} | {field.description} |")
        below = _models(field.annotation)
        if below and not issubclass(below[0], ClockTable):
            inner.append((below[0], f"{path}.{name}" if path else name))
    lines.append("")
    for table, where in inner:
        lines += _table(table, where)
    if model is ClocksTable:
        lines += ["Each clock is a table of its own: `answer = { hours = 4, reminder = 0.5 }`.", ""]
        lines += _table(ClockTable, f"{path}.answer")
    return lines


def _models(annotation: Any) -> list[type[BaseModel]]:
    parts = [annotation, *get_args(annotation)]
    return [p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)]


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "needed"
    if isinstance(value, ClockTable):
        told = {k: v for k, v in value.model_dump().items() if v not in (None, False)}
        return f"`{{ {', '.join(f'{k} = {_toml(v)}' for k, v in told.items())} }}`"
    if isinstance(value, BaseModel):
        return "as below"
    return "none" if value in (None, []) else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"{}"'.format(value.replace("\n", "\\n"))
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{k} = {_toml(v)}' for k, v in value.items())} }}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(v) for v in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unset(field: FieldInfo) -> str:
    """What a setting is where nobody sets it."""
    if field.is_required():
        return "needed"
    value = field.default
    return "" if value is None else f"`{written(value) if isinstance(value, tuple) else value}`"


def settings_page() -> str:
    """docs/settings.md"""
    id = "00000000-0000-0000-0000-000000000000"
    settings = {"DATABASE_URL": "x", "TENANT_ID": id, "CLIENT_ID": id, "CLIENT_SECRET": "x"}
    by_cloud = [name.upper() for name in addresses("public")]
    lines = [
        "# Settings",
        "",
        SETTINGS,
        "",
        "| variable | default | what it is for |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        variable = name.upper()
        default = "by `CLOUD`" if variable in by_cloud else _unset(field)
        lines.append(f"| `{variable}` | {default} | {field.description} |")
    lines += ["", "## Secrets", "", SECRET.format(" or ".join(f"`{n}_FILE`" for n in SECRETS))]
    lines += ["", "## A proxy on the way out", "", PROXY]
    lines += [
        "",
        "## `CLOUD`",
        "",
        CLOUD,
        "",
        "| | " + " | ".join(f"`{name}`" for name in by_cloud) + " |",
        "|---|" + "---|" * len(by_cloud),
    ]
    for cloud in CLOUDS:
        at = Settings.read({**settings, "PUBLIC_URL": "https://x", "CLOUD": cloud})
        told = (at.login_url, at.graph_url, at.bot_openid_url, at.bot_issuer, at.bot_scope)
        lines.append(f"| `{cloud}` | " + " | ".join(told) + " |")
    return "\n".join([*lines, ""])


def permissions_page() -> str:
    """docs/permissions.md"""
    whats: dict[str, list[permissions.Call]] = {}
    for call in permissions.CALLS:
        for one in call.needs:
            whats.setdefault(one, []).append(call)
    lines = ["# Permissions", "", PERMISSIONS, "", "## To grant", ""]
    lines += ["| application permission | also allows | where it can be limited |", "|---|---|---|"]
    for permission in permissions.needed():
        covers = ", ".join(f"`{p}`" for p in sorted(permissions.COVERS.get(permission, ())))
        limit = "to some mailboxes, in Exchange" if permissions.scopable(permission) else "nowhere"
        lines.append(f"| `{permission}` | {covers} | {limit} |")
    lines += ["", OPTIONAL, ""]
    lines += [f"- `{permission}`: {whats[permission][0].why}" for permission in _optional(whats)]
    lines += ["", SCOPING, "", "## What each call needs, at least", ""]
    lines += ["| what for | asked of Graph | needs | may be refused with | in `graph/` |"]
    lines += ["|---|---|---|---|---|"]
    for call in permissions.CALLS:
        asks = ", ".join(f"[`{one}`]({GRAPH_API}{permissions.PAGES[one]})" for one in call.asks)
        needs = ", ".join(f"`{one}`" for one in call.needs)
        refused = sorted({one.status for ask in call.asks for one in refusals_of(ask)})
        told = " ".join(map(str, refused))
        lines.append(f"| {call.why} | {asks} | {needs} | {told} | `{call.where}` |")
    lines += ["", DOCTOR, "", "## What Graph refuses, and what happens then", ""]
    lines += ["| status | code | of | then |", "|---|---|---|---|"]
    for refusal in REFUSALS:
        told = f", {inside[1]}" if (inside := re.search(r"Code: (\w+)", refusal.words)) else ""
        of = ", ".join(sorted(refusal.of))
        lines.append(f"| {refusal.status} | `{refusal.code}`{told} | {of} | {refusal.then} |")
    return "\n".join([*lines, ""])


def _optional(asked: dict[str, list[permissions.Call]]) -> list[str]:
    return [one for one in permissions.OPTIONAL if one in asked]


def handoff_page() -> str:
    """docs/handoff.md"""
    lines = [
        "# How a handoff lives",
        "",
        "Drawn from the table of moves in `handoff/moves.py`; the database door refuses any other.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> qualified",
        *(
            f"    {before} --> {after}"
            for before, moves in MOVES.items()
            for after in sorted(moves, key=list(State).index)
        ),
        "    ended --> [*]",
        "```",
        "",
        "| state | what it means, and who owes what |",
        "|---|---|",
        *(f"| `{state}` | {words} |" for state, words in STATES.items()),
        "",
        PROMISES,
        "",
        "## How it ends",
        "",
        *(line for said in ENDINGS for line in (said, "")),
    ]
    return "\n".join(lines)


def privacy_page() -> str:
    """docs/privacy.md"""
    return privacy.text(Retention())


PAGES = {
    "policy.md": policy_page,
    "settings.md": settings_page,
    "handoff.md": handoff_page,
    "permissions.md": permissions_page,
    "privacy.md": privacy_page,
    "glossary.md": glossary.page,
    "dependencies.md": dependencies.page,
    "cards.md": clients.page,
    "figures.md": figures_page.page,
}


def main() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
