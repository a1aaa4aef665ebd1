"""The document that Teams frames: empty but for its places, for it is asked for without a token.
What stands in them is asked for by `files/tab.js`, with one. Pure.
"""

from collections.abc import Mapping

import htpy as h

THEMES = ("default", "dark", "contrast")
"""https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/access-teams-context"""
PAGES: Mapping[str, str] = {
    "mine": "Mine",
    "team": "Team",
    "campaigns": "Campaigns",
    "weeks": "Weeks",
    "fairness": "Fairness",
    "rules": "Rules",
}
"""What there is to choose from above each page, and what it is called."""
FIRST = "mine"
HTMX = "history:true,includeIndicatorCSS:false"
WAITS = "One moment: Teams is asked who you are."
OUTSIDE = "This page is a tab of Microsoft Teams. Open Baton there, and choose it."


def shell(files: Mapping[str, str], *, theme: str, framed_by: str | None, leads: str) -> str:
    """*files* are the addresses of those in `files/` and of Microsoft's and htmx's; *theme* is that
    of the Teams around it, so that nothing flashes. *leads* is a link that opens it there.
    """
    return str(
        h.html(lang="en", data_theme=theme if theme in THEMES else THEMES[0])[
            h.head[
                h.meta(charset="utf-8"),
                h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                h.meta(name="color-scheme", content="light dark"),
                h.meta(name="htmx-config", content=HTMX),
                h.title["Baton"],
                h.link(rel="stylesheet", href=files["tab.css"]),
                [
                    h.script(src=files[name], defer=True)
                    for name in ("MicrosoftTeams.min.js", "htmx.min.js", "tab.js")
                ],
            ],
            h.body(data_host=framed_by or False, data_leads=leads or False)[
                h.a(".skip", href="#page")["Go to the page"],
                h.nav(aria_label="Baton")[
                    [
                        h.a(
                            data_page=code,
                            href=f"/tab/{code}",
                            hx_get=f"/tab/{code}",
                            hx_target="#page",
                            hx_swap="outerHTML",
                            hx_push_url="true",
                        )[name]
                        for code, name in PAGES.items()
                    ]
                ],
                waiting(),
                h.p("#said", role="status"),
            ],
        ]
    )


def waiting() -> h.Element:
    """What stands where the page will."""
    return h.main("#page", {"hx-history-elt": True}, data_first=FIRST, data_outside=OUTSIDE)[
        h.h1["Baton"], h.p(".quiet")[WAITS], h.noscript[OUTSIDE]
    ]
