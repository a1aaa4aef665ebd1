"""The catalogue of Teams apps, and who has which of them in their own Teams.

https://learn.microsoft.com/graph/api/appcatalogs-list-teamsapps
https://learn.microsoft.com/graph/api/userteamwork-post-installedapps
"""

import base64
from uuid import NAMESPACE_URL, uuid5

from sandbox.company import Person, TeamsUse
from sandbox.entra import Entra
from sandbox.graph import mailbox
from sandbox.graph.collections import page
from sandbox.graph.door import Answer, Call, Json, RefusedError, Route, bad
from sandbox.graph.odata import query
from sandbox.teams.catalog import App, Catalog
from sandbox.teams.person import Teams
from sandbox.tenant import Tenant

CATALOG = ("AppCatalog.Read.All", "AppCatalog.ReadWrite.All")
REGISTRATIONS = ("Application.Read.All", "Application.ReadWrite.OwnedBy")
INSTALL = (
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
    "TeamsAppInstallation.ReadWriteForUser.All",
)


class Apps:
    def __init__(self, tenant: Tenant, entra: Entra, catalog: Catalog, teams: Teams) -> None:
        self._entra = entra
        self._tenant = tenant
        self._catalog = catalog
        self._teams = teams

    def routes(self) -> list[Route]:
        own = "users/{user}/teamwork/installedApps"
        return [
            Route(
                method="GET",
                path="applications",
                handler=self.registrations,
                needs=REGISTRATIONS,
                directory=True,
            ),
            Route(
                method="GET",
                path="appCatalogs/teamsApps",
                handler=self.catalog,
                needs=CATALOG,
                directory=True,
            ),
            Route(method="GET", path=own, handler=self.installed, needs=INSTALL, directory=True),
            Route(method="POST", path=own, handler=self.install, needs=INSTALL, directory=True),
            Route(
                method="POST",
                path=f"{own}/{{installation}}/upgrade",
                handler=self.upgrade,
                needs=INSTALL,
                directory=True,
            ),
        ]

    def registrations(self, call: Call) -> Answer:
        """Of which there is one here. https://learn.microsoft.com/graph/api/application-list"""
        app = self._entra.app
        ids = {scope: str(uuid5(NAMESPACE_URL, scope)) for scope in app.exposed}
        shown = {
            "id": str(uuid5(NAMESPACE_URL, app.client_id)),
            "appId": app.client_id,
            "identifierUris": list(app.uris),
            "api": {
                "requestedAccessTokenVersion": app.token_version,
                "oauth2PermissionScopes": [
                    {"id": id, "value": scope, "type": "User", "isEnabled": True}
                    for scope, id in ids.items()
                ],
                "preAuthorizedApplications": [
                    {"appId": one, "delegatedPermissionIds": list(ids.values())}
                    for one in app.allowed
                ],
            },
        }
        return page(call, query(call.query), [shown], context="applications", size=100)

    def catalog(self, call: Call) -> Answer:
        asked = query(call.query)
        items = []
        for app in self._catalog:
            shown = _app(app)
            if asked.expanded("appDefinitions"):
                shown["appDefinitions"] = [_definition(app, app.version)]
            items.append(shown)
        return page(call, asked, items, context="appCatalogs/teamsApps", size=100)

    def installed(self, call: Call) -> Answer:
        person = self._user_of_teams(call)
        asked = query(call.query)
        chat = self._teams.chats.chat(person)
        items: list[Json] = []
        for app in self._catalog if chat.installed else ():
            shown = {"id": _installation(person, app), "teamsApp": _app(app)}
            if asked.expanded("teamsAppDefinition"):
                shown["teamsAppDefinition"] = _definition(app, chat.version or app.version)
            items.append(shown)
        answer = page(
            call, asked, items, context=f"users('{person.id}')/teamwork/installedApps", size=100
        )
        if answer.body and not asked.expanded("teamsApp"):
            answer.body["value"] = [
                {name: value for name, value in one.items() if name != "teamsApp"}
                for one in answer.body["value"]
            ]
        return answer

    async def install(self, call: Call) -> Answer:
        """The bot is told, as of every installation."""
        person = self._user_of_teams(call)
        bound = str(call.json().get("teamsApp@odata.bind", ""))
        app = self._catalog.get(bound.rpartition("/appCatalogs/teamsApps/")[2])
        if app is None:
            raise bad("BadRequest", "App definition is not found in the catalog.")
        self._may(call, person, app)
        if self._teams.chats.chat(person).installed:
            raise RefusedError(409, "Conflict", "The app is already installed in this scope.")
        await self._teams.install(person, version=app.version)
        return Answer(status=201)

    async def upgrade(self, call: Call) -> Answer:
        person = self._user_of_teams(call)
        app = next(
            (a for a in self._catalog if _installation(person, a) == call.params["installation"]),
            None,
        )
        if app is None or not self._teams.chats.chat(person).installed:
            raise RefusedError(404, "NotFound", "The app is not installed in this scope.")
        self._may(call, person, app)
        await self._teams.upgrade(person, version=app.version)
        return Answer(status=204)

    def _user_of_teams(self, call: Call) -> Person:
        person = mailbox.person(self._tenant, call)
        if person.teams is TeamsUse.NONE or not person.enabled:
            raise RefusedError(404, "NotFound", "Not Found")
        return person

    def _may(self, call: Call, person: Person, app: App) -> None:
        if INSTALL[1] not in call.roles and app.application != self._tenant.client_id:
            raise RefusedError(
                403,
                "Forbidden",
                f"AAD App Id '{self._tenant.client_id}' is not allowed to manage the Teams App"
                f" '{app.external_id}'.",
            )
        if person.teams is TeamsUse.BLOCKED:
            raise RefusedError(
                403,
                "Forbidden",
                f"App is blocked by app permission policy. TenantId: {self._tenant.id},"
                f" UserObjectId: {person.id}, AppId: {app.id}, AppType: Private",
            )


def _app(app: App) -> Json:
    return {
        "id": app.id,
        "externalId": app.external_id,
        "displayName": app.name,
        "distributionMethod": "organization",
    }


def _definition(app: App, version: str) -> Json:
    return {
        "id": base64.b64encode(f"{app.id}##{version}##Published".encode()).decode(),
        "teamsAppId": app.id,
        "displayName": app.name,
        "version": version,
        "publishingState": "published",
    }


def _installation(person: Person, app: App) -> str:
    return base64.urlsafe_b64encode(f"{person.id}##{app.id}".encode()).decode().rstrip("=")
