"""What Teams asks of a package, as far as a hand on the template can break it.

Limits are those of Microsoft's schema 1.29, which tests hold every file of the package against.
https://learn.microsoft.com/microsoftteams/platform/concepts/deploy-and-publish/appsource/prepare/teams-store-validation-guidelines
"""

import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Content = dict[str, Any]

NEEDED = (
    *("$schema", "manifestVersion", "version", "id", "developer", "name", "description", "icons"),
    *("accentColor", "bots", "staticTabs", "configurableTabs", "composeExtensions"),
    *("localizationInfo", "permissions"),
    *("validDomains", "webApplicationInfo", "defaultInstallScope"),
)
MOST = {  # characters
    "name.short": 30,
    "name.full": 100,
    "description.short": 80,
    "description.full": 4000,
    "developer.name": 32,
}
ADDRESSES = ("developer.websiteUrl", "developer.privacyUrl", "developer.termsOfUseUrl")
PAGES = {"developer.privacyUrl": "/privacy", "developer.termsOfUseUrl": "/terms"}
HELP = "/help"
COMMAND = re.compile(r"bots\[\d+\]\.commandLists\[\d+\]\.commands\[\d+\]\.(title|description)")
ACTION = re.compile(r"composeExtensions\[\d+\]\.commands\[\d+\]\.(title|description)")
TAB = re.compile(r"staticTabs\[\d+\]\.(name)")
IN_TAB = {"name": 128}
IN_COMMAND = {"title": 128, "description": 4000}
IN_ACTION = {"title": 32, "description": 128}
COMMANDS = 12  # in one list
VERSION = re.compile(r"\d{1,5}\.\d{1,5}\.\d{1,5}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TRANSLATED = ("name.short", "name.full", "description.short", "description.full")
TAKEN = frozenset(
    ("teams", "microsoft", "chat", "calendar", "calls", "files", "activity", "apps", "help")
)
WORDS = 500  # of the long description
SIGNATURE = b"\x89PNG\r\n\x1a\n"
WITH_ALPHA = (4, 6)  # grey or coloured, and how far each pixel shows


def problems(
    content: Content, languages: Mapping[str, Content], *, client_id: str, domain: str
) -> list[str]:
    """Every problem of the manifest and its languages, each with its file and key."""
    values = dict(leaves(content))
    found = [f"{key}: is missing" for key in NEEDED if key not in content]
    found += [f"{key}: is no key that Baton uses" for key in content if key not in NEEDED]
    found += _texts(values)
    found += _fixed(values, client_id)
    found += _pages(values)
    found += _domains(values, content.get("validDomains"), domain)
    found += _tabs(content, values, client_id, domain)
    found += _commands(content)
    return [
        *(f"manifest.json: {line}" for line in found),
        *_languages(content, values, languages),
    ]


def _texts(values: Mapping[str, Any]) -> Iterator[str]:
    for key in MOST:
        if not isinstance(values.get(key), str) or not values[key].strip():
            yield f"{key}: must be a text"
    for key, value in values.items():
        most = _most(key)
        if most and not isinstance(value, str):
            yield f"{key}: must be a text"
        elif most and len(value) > most:
            yield f"{key}: has {len(value)} characters, and {most} is the most"
        if isinstance(value, str) and "${{" in value:
            yield f"{key}: holds a placeholder that Baton does not know: {value}"
    if isinstance(name := values.get("name.short"), str) and TAKEN & set(name.lower().split()):
        yield f"name.short: {name!r} uses a name of Microsoft's own"
    full = values.get("description.full")
    if isinstance(full, str) and len(full.split()) > WORDS:
        yield f"description.full: has more than {WORDS} words"


def _most(key: str) -> int | None:
    for pattern, limits in ((COMMAND, IN_COMMAND), (ACTION, IN_ACTION), (TAB, IN_TAB)):
        if match := pattern.fullmatch(key):
            return limits[match[1]]
    return MOST.get(key)


def _fixed(values: Mapping[str, Any], client_id: str) -> Iterator[str]:
    if values.get("manifestVersion") != "1.29":
        yield "manifestVersion: must be 1.29"
    for key, pattern, like in (("version", VERSION, "1.2.3"), ("accentColor", COLOUR, "#3D3E8F")):
        if not pattern.fullmatch(str(values.get(key))):
            yield f"{key}: must be like {like}, not {values.get(key)!r}"
    for key, why in (
        ("bots[0].botId", "the bot"),
        ("composeExtensions[0].botId", "the bot"),
        ("webApplicationInfo.id", "the app that calls Graph"),
    ):
        if values.get(key) != client_id:
            yield f"{key}: must be {client_id}, {why}, not {values.get(key)!r}"
    for key, name in (("icons.color", "color.png"), ("icons.outline", "outline.png")):
        if values.get(key) != name:
            yield f"{key}: must be {name}, not {values.get(key)!r}"


def _pages(values: Mapping[str, Any]) -> Iterator[str]:
    for key in ADDRESSES:
        if not str(values.get(key)).startswith("https://"):
            yield f"{key}: must be an https address, not {values.get(key)!r}"
    if HELP not in str(values.get("description.full")):
        yield f"description.full: must hold the address of Baton's own page {HELP}"
    for key, page in PAGES.items():
        if urlsplit(str(values.get(key))).path != page:
            yield f"{key}: must lead to Baton's own page {page}"


def _domains(values: Mapping[str, Any], valid: object, domain: str) -> Iterator[str]:
    """Every address of the manifest is in validDomains, and each of these is a whole one."""
    valid = valid if isinstance(valid, list) else []
    texts = ((k, v) for k, v in values.items() if k != "$schema" and isinstance(v, str))
    for key, value in texts:
        if value.startswith(("http://", "https://", "api://")):
            host = value.split("/")[2]
            if host not in valid:
                yield f"{key}: its domain {host} is not in validDomains"
    for at, one in enumerate(valid):
        if not isinstance(one, str) or "*" in one or "/" in one:
            yield f"validDomains[{at}]: must be one whole domain, not {one!r}"
    if domain not in valid:
        yield f"validDomains: {domain}, where Baton answers, is missing"


def application_uri(client_id: str, domain: str) -> str:
    """The Application ID URI that an app with a bot and a tab has in Entra.

    https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-register-aad
    """
    return f"api://{domain}/botid-{client_id}"


def _tabs(
    content: Content, values: Mapping[str, Any], client_id: str, domain: str
) -> Iterator[str]:
    """One tab for oneself and one for a channel, each leading to Baton's own page; and the address
    by which Teams asks Entra who looks at them.
    """
    for key, scopes, address, page in (
        ("staticTabs", ["personal"], "contentUrl", "/tab"),
        ("configurableTabs", ["team", "groupChat"], "configurationUrl", "/tab/configure"),
    ):
        tabs = content.get(key)
        if not isinstance(tabs, list) or len(tabs) != 1 or not isinstance(tabs[0], dict):
            yield f"{key}: must hold one tab"
            continue
        if tabs[0].get("scopes") != scopes:
            yield f"{key}[0].scopes: must be {' and '.join(scopes)}"
        at = urlsplit(str(tabs[0].get(address)))
        if (at.scheme, at.netloc, at.path) != ("https", domain, page):
            yield f"{key}[0].{address}: must lead to Baton's own page {page}"
    if values.get("webApplicationInfo.resource") != application_uri(client_id, domain):
        yield f"webApplicationInfo.resource: must be {application_uri(client_id, domain)}"


def _commands(content: Content) -> Iterator[str]:
    bots = content.get("bots")
    for bot in bots if isinstance(bots, list) else []:
        if not isinstance(bot, dict):
            yield "bots[0]: must be an object"
            continue
        if bot.get("scopes") != ["personal", "team", "groupChat"]:
            yield "bots[0].scopes: must be personal, team and groupChat"
        lists = bot.get("commandLists")
        for at, one in enumerate(lists if isinstance(lists, list) else []):
            commands = one.get("commands") if isinstance(one, dict) else None
            key = f"bots[0].commandLists[{at}].commands"
            if not isinstance(commands, list):
                yield f"{key}: must be a list"
            elif len(commands) > COMMANDS:
                yield f"{key}: has {len(commands)} commands, and {COMMANDS} is the most"


def _languages(
    content: Content, values: Mapping[str, Any], languages: Mapping[str, Content]
) -> Iterator[str]:
    """Every language says everything that can be said in it, and nothing else."""
    info = content.get("localizationInfo")
    more = info.get("additionalLanguages") if isinstance(info, dict) else None
    for at, one in enumerate(more if isinstance(more, list) else []):
        name = one.get("file") if isinstance(one, dict) else None
        if name not in languages:
            key = f"localizationInfo.additionalLanguages[{at}].file"
            yield f"manifest.json: {key}: there is no file {name!r} beside the manifest"
    said = (COMMAND, ACTION, TAB)
    needed = [k for k in values if k in TRANSLATED or any(one.fullmatch(k) for one in said)]
    for name, texts in languages.items():
        yield from (f"{name}: {key}: is missing" for key in needed if key not in texts)
        for key, text in texts.items():
            most = _most(key)
            if key == "$schema":
                continue
            if key not in needed:
                yield f"{name}: {key}: stands for nothing in manifest.json"
            elif not isinstance(text, str) or not text.strip():
                yield f"{name}: {key}: must be a text"
            elif most and len(text) > most:
                yield f"{name}: {key}: has {len(text)} characters, and {most} is the most"


def icon_problems(name: str, path: Path) -> Iterator[str]:
    """Whether it is a PNG of the size that Teams wants, the outline with transparency.

    From the file's first bytes: https://www.w3.org/TR/png-3/#11IHDR. That ours are of the right
    colours too is in the tests.
    """
    wanted = 32 if name == "outline.png" else 192
    try:
        data = path.read_bytes()
    except OSError:
        yield f"{name}: cannot be read"
        return
    if data[:8] != SIGNATURE or len(data) < 33:
        yield f"{name}: is no PNG file"
        return
    width, height, _, kind = struct.unpack(">IIBB", data[16:26])
    if (width, height) != (wanted, wanted):
        yield f"{name}: is {width} by {height} pixels, and must be {wanted} by {wanted}"
    elif name == "outline.png" and kind not in WITH_ALPHA:
        yield f"{name}: must be pure white on transparent"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its key, such as bots[0].botId."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{at}]")
    else:
        yield path, value
