"""What Microsoft itself says that each call needs: application permissions, the least first.

Carried over from permissions/new/permissions.json of microsoftgraph/microsoft-graph-devx-content
(as of 2026-08-07), for the calls that Baton makes and the permissions that could matter to it.
Subscriptions are not in it: https://learn.microsoft.com/graph/api/subscription-post-subscriptions
names Calendars.Read for events and Mail.ReadBasic for messages.
"""

from collections.abc import Mapping

LEAST: Mapping[str, tuple[str, ...]] = {
    "DELETE /users/{id}/events/{id}": ("Calendars.ReadWrite",),
    "GET /appCatalogs/teamsApps": ("AppCatalog.Read.All",),
    "GET /applications": ("Application.Read.All",),
    "GET /groups": ("Group-NestingSupport.ReadWrite.All", "Group.ReadBasic.All"),
    "GET /groups/{id}/transitiveMembers/microsoft.graph.user": ("GroupMember.ReadBasic.All",),
    "GET /users": ("User.ReadBasic.All", "User.ReadWrite.All"),
    "GET /users/{id}": ("User.ReadBasic.All", "User.ReadWrite.All"),
    "GET /users/{id}/calendarView": ("Calendars.ReadBasic",),
    "GET /users/{id}/calendarView/delta": ("Calendars.Read",),
    "GET /users/{id}/events": ("Calendars.ReadBasic", "Calendars.ReadWrite"),
    "GET /users/{id}/events/{id}": ("Calendars.ReadBasic",),
    "GET /users/{id}/mailFolders/sentitems/messages": ("Mail.ReadBasic.All", "Mail.ReadWrite"),
    "GET /users/{id}/mailboxSettings": ("MailboxSettings.Read", "MailboxSettings.ReadWrite"),
    "GET /users/{id}/messages": ("Mail.ReadBasic.All", "Mail.ReadWrite"),
    "GET /users/{id}/onlineMeetings": ("OnlineMeetings.Read.All", "OnlineMeetings.ReadWrite.All"),
    "GET /users/{id}/onlineMeetings/{id}/attendanceReports": ("OnlineMeetingArtifact.Read.All",),
    "GET /users/{id}/onlineMeetings/{id}/attendanceReports/{id}": (
        "OnlineMeetingArtifact.Read.All",
    ),
    "GET /users/{id}/teamwork/installedApps": (
        "TeamsAppInstallation.ReadForUser.All",
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
    ),
    "PATCH /users/{id}/events/{id}": ("Calendars.ReadWrite",),
    "POST /users/{id}/calendar/getSchedule": ("Calendars.ReadBasic",),
    "POST /users/{id}/events": ("Calendars.ReadWrite",),
    "POST /users/{id}/events/{id}/accept": ("Calendars.ReadWrite",),
    "POST /users/{id}/events/{id}/cancel": ("Calendars.ReadWrite",),
    "POST /users/{id}/events/{id}/decline": ("Calendars.ReadWrite",),
    "POST /users/{id}/events/{id}/forward": ("Calendars.Read",),
    "POST /users/{id}/messages/{id}/replyAll": ("Mail.Send",),
    "POST /users/{id}/sendMail": ("Mail.Send",),
    "POST /users/{id}/teamwork/installedApps": ("TeamsAppInstallation.ReadWriteSelfForUser.All",),
    "POST /users/{id}/teamwork/installedApps/{id}/upgrade": (
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
    ),
}
"""Whichever of these is the least for the call, by some way of looking at it."""

ENOUGH: Mapping[str, tuple[str, ...]] = {
    "GET /appCatalogs/teamsApps": ("AppCatalog.ReadWrite.All",),
    "GET /groups": (
        "Directory.Read.All",
        "Group-PreferredDataLocation.ReadWrite.All",
        "Group.ManageProtection.All",
        "Group.Read.All",
        "Group.ReadWrite.All",
        "GroupMember.Read.All",
    ),
    "GET /groups/{id}/transitiveMembers/microsoft.graph.user": (
        "Directory.Read.All",
        "Group.Read.All",
        "Group.ReadBasic.All",
        "Group.ReadWrite.All",
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
    ),
    "GET /users": ("Directory.Read.All", "User.Read.All", "User.ReadWrite.CrossCloud"),
    "GET /users/{id}": ("Directory.Read.All", "User.Read.All", "User.ReadWrite.CrossCloud"),
    "GET /users/{id}/calendarView": ("Calendars.Read", "Calendars.ReadWrite"),
    "GET /users/{id}/calendarView/delta": ("Calendars.ReadBasic", "Calendars.ReadWrite"),
    "GET /users/{id}/events/{id}": ("Calendars.Read",),
    "GET /users/{id}/mailFolders/sentitems/messages": ("Mail.Read",),
    "GET /users/{id}/messages": ("Mail.Read",),
    "POST /users/{id}/calendar/getSchedule": ("Calendars.Read", "Calendars.ReadWrite"),
}
"""Those that would do besides, and allow more."""
