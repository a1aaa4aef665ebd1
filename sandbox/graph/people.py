"""People, managers, groups and mailbox settings.

https://learn.microsoft.com/graph/api/resources/user  …/resources/group  …/resources/mailboxsettings
"""

from dataclasses import replace
from datetime import time
from typing import Any

from sandbox.company import Group, Hours, Mailbox, Person, Replies
from sandbox.exchange.recurrence import DAYS
from sandbox.graph import mailbox, parse, render
from sandbox.graph.collections import checked, page
from sandbox.graph.door import Answer, Call, Json, RefusedError, Route, bad, checked_zone
from sandbox.graph.odata import Expand, Query, query, selected
from sandbox.tenant import Tenant
from sandbox.zones import iana_names, windows_names

USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All")
GROUPS = ("Group.Read.All", "GroupMember.Read.All", "Directory.Read.All")
MEMBERS = GROUPS
SETTINGS = ("MailboxSettings.Read", "MailboxSettings.ReadWrite")

MOST_VALUES = 15  # of an `in`, without advanced queries

USER = "#microsoft.graph.user"
GROUP = "#microsoft.graph.group"


class People:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._directory = tenant.directory

    def routes(self) -> list[Route]:
        def entra(path: str, handler: Any, needs: tuple[str, ...]) -> Route:
            return Route(method="GET", path=path, handler=handler, needs=needs, directory=True)

        settings = "users/{user}/mailboxSettings"
        zones = "users/{user}/outlook/supportedTimeZones"
        found = [
            entra("users", self.users, USERS),
            entra("users/{user}", self.user, USERS),
            entra("users/{user}/manager", self.manager, USERS),
            entra("users/{user}/directReports", self.reports, USERS),
            entra("users/{user}/transitiveMemberOf", self.member_of, USERS),
            entra("users/{user}/memberOf", self.member_of, USERS),
            entra("groups", self.groups, GROUPS),
            entra("groups/{group}", self.group, GROUPS),
            Route(method="GET", path=settings, handler=self.settings, needs=SETTINGS),
            Route(method="PATCH", path=settings, handler=self.change, needs=SETTINGS[1:]),
            Route(method="GET", path=zones, handler=self.zones, needs=USERS),
            Route(method="GET", path=f"{zones}/{{standard}}", handler=self.zones, needs=USERS),
        ]
        for members in ("members", "transitiveMembers"):
            path = f"groups/{{group}}/{members}"
            found += [
                entra(path, self.members, MEMBERS),
                entra(f"{path}/microsoft.graph.user", self.members, MEMBERS),
                entra(f"{path}/microsoft.graph.group", self.members, MEMBERS),
            ]
        return found

    # People

    def users(self, call: Call) -> Answer:
        asked = self._query(call, "user")
        if (manager := asked.expanded("manager")) and "$levels" in manager.options:
            raise bad(
                "Request_UnsupportedQuery",
                "Transitive manager's list is only supported on a single user, send the $expand"
                " request on /users/{id} endpoint.",
            )
        items = [self._expanded(person, asked) for person in self._directory.accounts]
        return page(
            call, _default_select(asked), items, context="users", size=100, always=("id", "manager")
        )

    def user(self, call: Call) -> Answer:
        asked = self._query(call, "user")
        person = mailbox.person(self._tenant, call)
        if _eventual(call) and person.id in self._directory.not_indexed:
            raise mailbox.nobody(call.params["user"])
        return _single(call, self._expanded(person, asked), asked, "users/$entity")

    def manager(self, call: Call) -> Answer:
        asked = self._query(call, "user")
        person = mailbox.person(self._tenant, call)
        manager = self._directory.manager(person)
        if manager is None:
            raise RefusedError(
                404,
                "Request_ResourceNotFound",
                "Resource 'manager' does not exist or one of its queried reference-property"
                " objects are not present.",
            )
        shown = {"@odata.type": USER, **self._expanded(manager, asked)}
        return _single(call, shown, asked, "directoryObjects/$entity")

    def reports(self, call: Call) -> Answer:
        asked = self._query(call, "user")
        people = self._directory.reports(mailbox.person(self._tenant, call))
        items = [{"@odata.type": USER, **self._expanded(person, asked)} for person in people]
        return page(call, _default_select(asked), items, context="directoryObjects", size=100)

    def member_of(self, call: Call) -> Answer:
        """Directly, or through member groups too."""
        person = mailbox.person(self._tenant, call)
        deep = call.segments[-1].lower() == "transitivememberof"
        items = [
            {"@odata.type": GROUP, **render.group(group)}
            for group in self._directory.groups
            if (
                person in self._directory.everyone_in(group) if deep else person.id in group.members
            )
        ]
        return page(call, query(call.query), items, context="directoryObjects", size=100)

    # Groups

    def groups(self, call: Call) -> Answer:
        asked = self._query(call, "group")
        items = [render.group(group) for group in self._directory.groups]
        return page(call, asked, items, context="groups", size=100)

    def group(self, call: Call) -> Answer:
        asked = query(call.query)
        return _single(call, render.group(self._group(call)), asked, "groups/$entity")

    def members(self, call: Call) -> Answer:
        """Members of one group; `transitiveMembers` has those of member groups too, the cast only
        people or groups.
        """
        group = self._group(call)
        kind = call.segments[-1].lower()
        cast = kind.rpartition(".")[2] if "." in kind else None
        asked = self._query(call, cast or "user")
        if "transitivemembers" in {part.lower() for part in call.segments}:
            found = self._directory.everyone_in(group)
        else:
            there = self._directory.everyone_in(group)
            found = [one for one in there if one.id in group.members]
        if _eventual(call):
            found = [one for one in found if one.id not in self._directory.not_indexed]
        items = [_member(one, typed=cast is None) for one in found]
        if cast:
            wanted = Person if cast == "user" else Group
            items = [_member(one, typed=False) for one in found if isinstance(one, wanted)]
        return page(
            call,
            _default_select(asked) if cast == "user" else asked,
            items,
            context="directoryObjects" if cast is None else f"{cast}s",
            size=100,
        )

    def _group(self, call: Call) -> Group:
        wanted = call.params["group"]
        found = next((g for g in self._directory.groups if g.id == wanted.lower()), None)
        if found is None:
            raise RefusedError(
                404,
                "Request_ResourceNotFound",
                f"Resource '{wanted}' does not exist or one of its queried reference-property"
                " objects are not present.",
            )
        return found

    # Mailbox settings

    def settings(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        shown = render.mailbox_settings(owner, self._tenant.clock())
        context = f"users('{owner.id}')/mailboxSettings"
        return _single(call, shown, query(call.query), context, always=())

    def change(self, call: Call) -> Answer:
        """https://learn.microsoft.com/graph/api/user-update-mailboxsettings"""
        owner = mailbox.owner(self._tenant, call)
        given = call.json()
        if "timeZone" in given:
            owner = replace(owner, zone=checked_zone(parse.text(given["timeZone"])))
        if "workingHours" in given:
            owner = replace(owner, hours=_hours(given["workingHours"], owner.hours))
        if "automaticRepliesSetting" in given:
            owner = replace(
                owner, replies=_replies(given["automaticRepliesSetting"], owner.replies)
            )
        owner = self._directory.change(
            owner, zone=owner.zone, hours=owner.hours, replies=owner.replies
        )
        context = f"users('{owner.id}')/mailboxSettings"
        shown = render.mailbox_settings(owner, self._tenant.clock())
        return _single(call, shown, Query(), context, always=())

    def zones(self, call: Call) -> Answer:
        mailbox.owner(self._tenant, call)
        iana = "iana" in call.params.get("standard", "").lower()
        names = iana_names() if iana else windows_names()
        items: list[Json] = [{"alias": name, "displayName": name} for name in names]
        return Answer(
            body={
                "@odata.context": f"{call.base}/$metadata#Collection(microsoft.graph."
                "timeZoneInformation)",
                "value": items,
            }
        )

    # Showing

    def _query(self, call: Call, kind: str) -> Query:
        """Raises RefusedError where the directory wants ConsistencyLevel: eventual and does not
        get it.

        https://learn.microsoft.com/graph/aad-advanced-queries
        """
        sample = render.user(_SAMPLE) if kind == "user" else render.group(_SAMPLE_GROUP)
        asked = checked(query(call.query), kind=kind, known=(*sample, "manager"))
        eventual = _eventual(call)
        manager = asked.expanded("manager")
        levels = manager.options.get("$levels") if manager else None
        cast = call.segments[-1].startswith("microsoft.graph.")
        if not (eventual and asked.count) and (
            asked.count or levels or cast or (asked.filter and asked.filter.advanced)
        ):
            raise bad(
                "Request_UnsupportedQuery",
                "The query requires the header 'ConsistencyLevel' with the value 'eventual'"
                " and the parameter '$count=true'.",
            )
        if asked.filter and asked.filter.most > MOST_VALUES and not eventual:
            raise bad(
                "Request_UnsupportedQuery",
                "Too many child clauses specified in search filter expression containing 'OR'"
                f" operators: {asked.filter.most}. Max allowed: {MOST_VALUES}.",
            )
        return asked

    def _expanded(self, person: Person, asked: Query) -> Json:
        shown = render.user(person)
        manager = asked.expanded("manager")
        if manager:
            above = self._above(person, manager, _levels(manager))
            if above:
                shown["manager"] = above
        return shown

    def _above(self, person: Person, asked: Expand, levels: int) -> Json | None:
        manager = self._directory.manager(person)
        if manager is None or levels == 0:
            return None
        select = tuple(n for n in asked.options.get("$select", "").split(",") if n)
        shown = {
            "@odata.type": USER,
            **selected(render.user(manager), select or ("id", *render.USER_DEFAULT)),
        }
        above = self._above(manager, asked, levels - 1)
        return shown | ({"manager": above} if above else {})


def _eventual(call: Call) -> bool:
    """Whether the answer comes from the index, which may lag behind the directory.

    https://learn.microsoft.com/graph/aad-advanced-queries
    """
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def _levels(manager: Expand) -> int:
    levels = manager.options.get("$levels", "1")
    if levels == "max":
        return 1000
    if not levels.isdecimal() or int(levels) < 1:
        raise bad("BadRequest", f"Invalid value '{levels}' for $levels.")
    return int(levels)


def _member(one: Person | Group, *, typed: bool) -> Json:
    shown = render.user(one) if isinstance(one, Person) else render.group(one)
    kind = USER if isinstance(one, Person) else GROUP
    if not typed:
        return shown
    names = ("id", *render.USER_DEFAULT) if isinstance(one, Person) else tuple(shown)
    return {"@odata.type": kind, **{name: shown[name] for name in names}}


def _default_select(asked: Query) -> Query:
    return asked if asked.select else replace(asked, select=("id", *render.USER_DEFAULT))


def _single(
    call: Call, shown: Json, asked: Query, context: str, *, always: tuple[str, ...] | None = None
) -> Answer:
    is_user = context.startswith(("users/", "directoryObjects/"))
    select = asked.select or (("id", *render.USER_DEFAULT) if is_user else ())
    kept = selected(shown, select, always=("id", "manager") if always is None else always)
    return Answer(body={"@odata.context": f"{call.base}/$metadata#{context}", **kept})


def _hours(given: Any, old: Hours) -> Hours:
    content = parse.member(given, "workingHours")
    zone = parse.member(content.get("timeZone") or {"name": old.zone}, "timeZoneBase")
    days = content.get("daysOfWeek")
    return Hours(
        start=_time(content.get("startTime"), old.start),
        end=_time(content.get("endTime"), old.end),
        zone=checked_zone(parse.text(zone.get("name"))),
        days=old.days
        if days is None
        else tuple(parse.word(DAYS, "dayOfWeek")(one) for one in parse.items(days)),
    )


def _time(given: Any, old: time) -> time:
    if given is None:
        return old
    try:
        return time.fromisoformat(parse.text(given))
    except ValueError as problem:
        raise parse.unreadable(given, "Edm.TimeOfDay") from problem


def _replies(given: Any, old: Replies) -> Replies:
    content = parse.member(given, "automaticRepliesSetting")
    statuses = ("disabled", "alwaysEnabled", "scheduled")
    status = parse.word(statuses, "automaticRepliesStatus")(content.get("status") or old.status)
    start, end = content.get("scheduledStartDateTime"), content.get("scheduledEndDateTime")
    return Replies(
        status=status,
        start=parse.instant(start)[0] if start else old.start,
        end=parse.instant(end)[0] if end else old.end,
        inside=parse.text(content.get("internalReplyMessage", old.inside)),
        outside=parse.text(content.get("externalReplyMessage", old.outside)),
        audience=parse.word(("none", "contactsOnly", "all"), "externalAudienceScope")(
            content.get("externalAudience") or old.audience
        ),
    )


_SAMPLE = Person(
    id="",
    given="",
    surname="",
    mail="",
    upn="",
    title="",
    country="",
    zone="UTC",
    hours=Hours(zone="UTC"),
    mailbox=Mailbox.OPEN,
)
_SAMPLE_GROUP = Group(id="", name="", members=())
