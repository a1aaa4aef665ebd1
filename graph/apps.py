"""Baton as an app in people's Teams: whether it is in the organisation's catalogue, who has it, and
putting it there. Never waits and never retries.

https://learn.microsoft.com/microsoftteams/platform/graph-api/proactive-bots-and-messages/graph-proactive-bots-and-messages
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.app_catalogs.teams_apps.teams_apps_request_builder import (
    TeamsAppsRequestBuilder,
)
from msgraph.generated.applications.applications_request_builder import (
    ApplicationsRequestBuilder,
)
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.teams_app_publishing_state import TeamsAppPublishingState
from msgraph.generated.models.user_scope_teams_app_installation import (
    UserScopeTeamsAppInstallation,
)
from msgraph.generated.models.user_scope_teams_app_installation_collection_response import (
    UserScopeTeamsAppInstallationCollectionResponse,
)
from msgraph.generated.users.item.teamwork.installed_apps.installed_apps_request_builder import (
    InstalledAppsRequestBuilder,
)

from graph.batch import read_all, the_busiest
from graph.client import Graph
from graph.errors import BusyError, ChangedError, GoneError, NotForThemError

REASONS: Mapping[str, str] = {
    "blocked by app permission policy": "an app permission policy in Teams blocks Baton for them",
    "is not allowed to manage": "the package in the catalogue is of another app registration: "
    "upload the one that `python app.py manifest` writes with this CLIENT_ID",
    "not found": "has no Teams: no licence, or never signed in",
    "license": "has no Teams licence",
}
"""Parts of Teams' own words, in small letters, and what they come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogApp:
    """Baton in the organisation's catalogue. *id* is the catalogue's own."""

    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    id: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What others may ask for of an app registration, and who may without anybody's consent."""

    scopes: frozenset[str]
    clients: frozenset[str]


class Apps:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def find(self, manifest_id: str) -> CatalogApp:
        """The app that was uploaded with this id in its manifest, as it is published.

        Raises GoneError when there is none, DeniedError, BusyError.
        https://learn.microsoft.com/graph/api/appcatalogs-list-teamsapps
        """
        query = TeamsAppsRequestBuilder.TeamsAppsRequestBuilderGetQueryParameters(
            filter=f"externalId eq '{manifest_id}'", expand=["appDefinitions"]
        )
        config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
        async with self._graph.errors():
            page = await self._graph.client.app_catalogs.teams_apps.get(config)
        for app in page.value or []:
            published = [
                one.version
                for one in app.app_definitions or []
                if one.publishing_state in (None, TeamsAppPublishingState.Published)
            ]
            if published:
                return CatalogApp(id=app.id, version=max(published, key=_order))
        raise GoneError("Teams has no such app in its catalogue, or it is not published yet")

    async def registered(self, client_id: str) -> Registered:
        """What the registration lets whom ask for. Raises DeniedError, GoneError, BusyError.

        https://learn.microsoft.com/graph/api/application-list
        """
        query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(
            filter=f"appId eq '{client_id}'", select=["id", "appId", "api"]
        )
        config: RequestConfiguration[Any] = RequestConfiguration(query_parameters=query)
        async with self._graph.errors():
            page = await self._graph.client.applications.get(config)
        for app in page.value or []:
            scopes = {one.id: one.value for one in app.api.oauth2_permission_scopes or []}
            allowed = app.api.pre_authorized_applications or []
            return Registered(
                scopes=frozenset(str(value) for value in scopes.values()),
                clients=frozenset(one.app_id for one in allowed if one.delegated_permission_ids),
            )
        raise GoneError("Entra has no such app registration")

    async def installed(
        self, app: CatalogApp, people: Iterable[str]
    ) -> dict[str, Installation | Exception | None]:
        """Who has it, and which version; an exception where Teams does not say. Twenty in a
        request.

        Raises BusyError.
        """
        query = InstalledAppsRequestBuilder.InstalledAppsRequestBuilderGetQueryParameters(
            filter=f"teamsApp/id eq '{app.id}'", expand=["teamsAppDefinition"]
        )
        requests = {
            id: self._of(id).to_get_request_information(
                RequestConfiguration(query_parameters=query)
            )
            for id in people
        }
        answers = await read_all(
            self._graph, requests, UserScopeTeamsAppInstallationCollectionResponse
        )
        busy = [answer for answer in answers.values() if isinstance(answer, BusyError)]
        if busy:
            raise the_busiest(busy)
        return {
            id: answer if isinstance(answer, Exception) else _installation(answer)
            for id, answer in answers.items()
        }

    async def install(self, app: CatalogApp, person: str) -> None:
        """They have it in their personal scope. Twice does no harm.

        Raises NotForThemError, DeniedError, BusyError.
        https://learn.microsoft.com/graph/api/userteamwork-post-installedapps
        """
        body = UserScopeTeamsAppInstallation()
        body.additional_data = {
            "teamsApp@odata.bind": f"{self._graph.root}/appCatalogs/teamsApps/{app.id}"
        }
        async with self._graph.errors():
            try:
                await self._of(person).post(body)
            except APIError as error:
                _said_why(error)
                if error.response_status_code != 409:  # they have it
                    raise

    async def upgrade(self, person: str, installation: Installation) -> None:
        """They have the catalogue's version.

        Raises NotForThemError, DeniedError, BusyError.
        https://learn.microsoft.com/graph/api/userteamwork-teamsappinstallation-upgrade
        """
        ask = RequestInformation()  # Microsoft's client has this for teams only
        ask.http_method = Method.POST
        own = f"{self._graph.root}/users/{person}/teamwork/installedApps"
        ask.url = f"{own}/{quote(installation.id, safe='')}/upgrade"
        adapter = self._graph.client.request_adapter
        try:
            async with self._graph.errors():
                try:
                    await adapter.send_no_response_content_async(ask, {"XXX": ODataError})
                except APIError as error:
                    _said_why(error)
                    raise
        except ChangedError as error:  # someone upgrades them at this moment
            raise BusyError(str(error)) from error

    def _of(self, person: str) -> Any:
        return self._graph.client.users.by_user_id(person).teamwork.installed_apps


def _installation(
    answer: UserScopeTeamsAppInstallationCollectionResponse,
) -> Installation | None:
    for one in answer.value or []:
        definition = one.teams_app_definition
        return Installation(id=one.id, version=definition.version if definition else "")
    return None


def _said_why(error: APIError) -> None:
    """Raises NotForThemError where it is about this person, in words for an admin."""
    words = str(getattr(getattr(error, "error", None), "message", "") or "")
    if error.response_status_code in (400, 403, 404):
        for part, why in REASONS.items():
            if part in words.lower():
                raise NotForThemError(why) from error
        if error.response_status_code == 403 and "permissions on the request" in words.lower():
            return
        if words and "insufficient privileges" not in words.lower():
            raise NotForThemError(f"Teams says: {words}") from error


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
