"""Who may frame the tab, and what it may load: its own files, and the list of hosts that
Microsoft's library reads.

https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/tab-requirements
"""

from collections.abc import Sequence

FRAMES = (
    "https://*.cloud.microsoft",
    "https://teams.microsoft.com",
    "https://*.teams.microsoft.com",
    "https://*.microsoft365.com",
    "https://*.office.com",
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "https://outlook-sdf.office.com",
    "https://outlook-sdf.office365.com",
)
GOVERNMENT = (
    "https://teams.microsoft.us",
    "https://*.teams.microsoft.us",
    "https://outlook.office365.us",
    "https://outlook-dod.office365.us",
)
"""Of the clouds for governments, as teams-js lists them (validDomains.json)."""
HOSTS = "https://res.cdn.office.net"
"""Where teams-js reads who may speak with a page: `getValidOriginsListFromCDN` in validOrigins.ts
of https://github.com/OfficeDev/microsoft-teams-library-js
"""


def usual(framed_by: Sequence[str]) -> dict[str, str]:
    """Of every answer of the tab's. Nothing is kept on the way, for it is one person's."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self' {HOSTS}; form-action 'none'; base-uri 'none'; "
            f"frame-ancestors {' '.join((*FRAMES, *GOVERNMENT, *framed_by))}"
        ),
        "Cache-Control": "no-store",
        "Vary": "HX-Request",
        "X-Robots-Tag": "noindex, nofollow",
    }
