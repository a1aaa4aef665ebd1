"""What the app registration in Entra is told so that Teams may ask who looks at the tab: two bodies
for PATCH /applications/{id}, in this order, for a client is let in to a scope that there is.

https://learn.microsoft.com/graph/api/application-update
https://learn.microsoft.com/graph/api/resources/apiapplication
"""

from uuid import NAMESPACE_URL, uuid5

from manifest.check import Content, application_uri
from tabs.proof import CLIENTS, SCOPE

FILES = ("entra-scope.json", "entra-clients.json")


def scope_id(client_id: str) -> str:
    """The same each time: a scope that is in use keeps its id."""
    return str(uuid5(NAMESPACE_URL, f"baton:{client_id.lower()}:{SCOPE}"))


def bodies(client_id: str, domain: str) -> dict[str, Content]:
    """By the names of their files. Each says all of `api`, so that none undoes the other."""
    scope = scope_id(client_id)
    api = {
        "requestedAccessTokenVersion": 2,
        "oauth2PermissionScopes": [
            {
                "id": scope,
                "value": SCOPE,
                "type": "User",
                "isEnabled": True,
                "adminConsentDisplayName": "Open Baton's tab",
                "adminConsentDescription": "Teams tells Baton who opens its tab.",
                "userConsentDisplayName": "Open Baton's tab",
                "userConsentDescription": "Teams tells Baton that it is you who opens its tab.",
            }
        ],
    }
    allowed = [{"appId": id, "delegatedPermissionIds": [scope]} for id in CLIENTS]
    return dict(
        zip(
            FILES,
            (
                {"identifierUris": [application_uri(client_id, domain)], "api": api},
                {"api": {**api, "preAuthorizedApplications": allowed}},
            ),
            strict=True,
        )
    )
