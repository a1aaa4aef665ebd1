"""Tabs of the app in people's Teams: what its manifest names, what Teams tells a page of itself and
of who looks, and the token that Entra signs for it.

https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/access-teams-context
"""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from sandbox.company import Person
from sandbox.desk.acts import Asked, AskedWronglyError
from sandbox.m365 import Sandbox

Json = dict[str, Any]
ADDRESS = "${{PUBLIC_URL}}"  # in a manifest that has yet to be filled in
LONGEST = 200  # characters of a place within a tab


class Look(Asked):
    """At a tab of the app, in the *theme* of the person's Teams; at one *place* within it."""

    entity: str
    theme: str = "default"
    device: str = "desktop"
    place: Annotated[str, Field(max_length=LONGEST)] = ""


def named(manifest: Mapping[str, Any]) -> list[Json]:
    """Those that stand beside the chat."""
    return [
        {"entity": one["entityId"], "name": one["name"]}
        for one in manifest.get("staticTabs", ())
        if "personal" in one["scopes"]
    ]


def address(box: Sandbox) -> str:
    """Where the app's own pages are: its bot answers there too."""
    url = urlsplit(box.bot_url or "")
    return f"{url.scheme}://{url.netloc}" if url.netloc else ""


def look(box: Sandbox, manifest: Mapping[str, Any], who: Person, asked: Look) -> Json:
    """The address to frame, and what Teams tells the page: by the names of the first version of
    Microsoft's library, which the second still reads.
    """
    tab = next(
        (one for one in manifest.get("staticTabs", ()) if one["entityId"] == asked.entity), None
    )
    if tab is None or not address(box):
        raise AskedWronglyError("There is no such tab.")
    context = {
        "theme": asked.theme,
        "locale": who.locale.lower(),
        "entityId": asked.entity,
        "subEntityId": asked.place,
        "tid": box.entra.app.tenant,
        "userObjectId": who.id,
        "upn": who.upn,
        "hostName": "Teams",
        "hostClientType": "android" if asked.device == "phone" else "web",
        "frameContext": "content",
    }
    url = str(tab["contentUrl"]).replace(ADDRESS, address(box))
    for name, value in (("app.theme", asked.theme), ("app.locale", context["locale"])):
        url = url.replace(f"{{{name}}}", value)
    return {"url": url, "context": context}


def token(box: Sandbox, who: Person) -> Json:
    return {"token": box.entra.tab_token(who)}
