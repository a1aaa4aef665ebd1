"""A link that opens Baton's tab in the reader's own Teams, at one place of it.

https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-application
"""

import json
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from microsoft_teams.cards import Action

from cards.elements import leads_to

TEAMS = "https://teams.microsoft.com"
ENTITY = "overview"  # of the tab, as the package names it


@dataclass(frozen=True, slots=True, kw_only=True)
class TabLinks:
    """*app* is the app's id in Teams' catalogue; where it is not known, nothing leads there."""

    app: str = ""
    url: str = ""  # PUBLIC_URL

    def to(self, place: str, label: str) -> str:
        """The address of a *place*, such as handoff/17; *label* is what Teams calls it."""
        if not self.app:
            return ""
        asked = {
            "webUrl": f"{self.url}/tab/{place}",
            "label": label,
            "context": json.dumps({"subEntityId": place}, separators=(",", ":")),
        }
        return f"{TEAMS}/l/entity/{self.app}/{ENTITY}?{urlencode(asked, quote_via=quote)}"

    def button(
        self, place: str, label: str, *, title: str = "Open in the tab", first: bool = False
    ) -> Action | None:
        """For the end of a card: quiet, for what is to be done stands before it; unless that is
        the *first* thing to do.
        """
        url = self.to(place, label)
        return leads_to(title, url, first=first) if url else None


NOWHERE = TabLinks()
