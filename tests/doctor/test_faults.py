"""The doctor goes red for each fault made on purpose, says the right next step, and is green
before and after.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from bot.errors import TeamsBusyError
from doctor import credential, database, microsoft, tab
from doctor.address import OURS
from graph.permissions import needed
from store.migrate import migrate
from tabs.proof import CLIENTS
from tests.conftest import ROOT
from tests.doctor import faults
from tests.doctor.examined import examined, ill, looked
from tests.doctor.faults import ANOTHER, CLOSED, IN_EXCHANGE, INSIDE, OUTSIDE, Fault
from tests.doctor.pooler import pooled_by_transaction
from tests.world import World, a_world
from tokens import UnprovenError

pytestmark = pytest.mark.xdist_group("doctor")  # one world for all of them


@pytest.fixture(scope="module")
async def well(database: str) -> AsyncIterator[World]:
    """Baton as it should be: everyone has it, a meeting is accepted, a worker is there."""
    async with a_world(database) as world:
        await world.install(*(p.key for p in world.box.directory))
        faults.grant(world)
        await world.sync()
        await world.accepted(wanted="2026-03-05")
        await world.sweep()
        await world.run("select procrastinate_register_worker_v1()")
        yield world


async def beat(world: World) -> None:
    """The worker is heard; it would be each ten seconds, however long the faults before took."""
    await world.run("update procrastinate_workers set last_heartbeat = now()")


@dataclass(frozen=True)
class Case:
    """A fault, the line that goes red with what it found and the next step, and which others do."""

    fault: Fault
    what: str
    found: str
    then: str
    besides: frozenset[str] = frozenset()


SIGN_IN = "sign-in for Graph"
NOT_SIGNED_IN = frozenset({"sign-in for Teams", "every part could be looked at"}) | {
    "everyone whom the policy names is there"
}
CERTIFICATE = "the certificate is good for a while"
DATABASE = "the database answers"
PART = "every part could be looked at"
EVERYONE = "everyone whom the policy names is there"
WATCHED = "Graph has every subscription, to this address"
FILE = "the policy file is the one in force"
LEANS = frozenset({PART})
OLD_SECRET = "no source of leads proves itself by an old secret"
TOLD = "everyone was told, by card or by mail"

CASES = {
    "a wrong secret": Case(
        faults.settings(client_secret="wrong"),
        SIGN_IN,
        "AADSTS7000215",
        "make a new client secret",
        NOT_SIGNED_IN,
    ),
    "an app id of another tenant": Case(
        faults.settings(client_id=ANOTHER),
        SIGN_IN,
        "AADSTS700016",
        "CLIENT_ID must be the Application (client) ID of a registration in the tenant TENANT_ID",
        NOT_SIGNED_IN,
    ),
    "a tenant that there is not": Case(
        faults.settings(tenant_id=ANOTHER),
        SIGN_IN,
        "does not know the tenant",
        "TENANT_ID must be the Directory (tenant) ID",
        NOT_SIGNED_IN,
    ),
    "a tenant by its name": Case(
        faults.settings(tenant_id="halden.example"),
        SIGN_IN,
        "TENANT_ID is halden.example",
        "everyone in Teams is refused",
        NOT_SIGNED_IN - {EVERYONE},
    ),
    "an expired certificate": Case(
        faults.certificate(begins=timedelta(days=-90), ends=timedelta(days=-2)),
        CERTIFICATE,
        f"it expired on {faults.TODAY - timedelta(days=2):%Y-%m-%d}",
        "make a new certificate",
        NOT_SIGNED_IN | {SIGN_IN},
    ),
    "a certificate that soon expires": Case(
        faults.certificate(begins=timedelta(days=-90), ends=timedelta(days=5)),
        CERTIFICATE,
        f"it expires on {faults.TODAY + timedelta(days=5):%Y-%m-%d}",
        "make a new certificate",
    ),
    "a certificate that Entra was not given": Case(
        faults.certificate(begins=timedelta(days=-1), ends=timedelta(days=300), known=False),
        SIGN_IN,
        "AADSTS700027",
        "add the public part of the certificate",
        NOT_SIGNED_IN,
    ),
    "a certificate file that is none": Case(
        faults.broken_pem,
        CERTIFICATE,
        "cannot be used",
        "one PEM file with the private key",
        NOT_SIGNED_IN | {SIGN_IN},
    ),
    "a certificate beside another's key": Case(
        faults.another_key,
        CERTIFICATE,
        "belongs to another certificate",
        "one PEM file with the private key",
        NOT_SIGNED_IN | {SIGN_IN},
    ),
    "a managed identity that the app does not trust": Case(
        faults.an_identity_that_nobody_trusts,
        SIGN_IN,
        "AADSTS700213",
        "give the app registration a federated credential",
        NOT_SIGNED_IN,
    ),
    "a managed identity where there is none": Case(
        faults.an_identity_outside_azure,
        SIGN_IN,
        "works in Azure only",
        "outside Azure leave MANAGED_IDENTITY out",
        NOT_SIGNED_IN,
    ),
    "Entra down": Case(
        faults.sign_in_is_down, SIGN_IN, "Entra is busy", "wait; if it lasts", NOT_SIGNED_IN
    ),
    "a certificate authority that is not trusted": Case(
        faults.settings(ca_file=None),
        "Entra can be reached",
        "its certificate is not trusted",
        "CA_FILE",
        NOT_SIGNED_IN | {SIGN_IN, "Graph can be reached", "the Bot Framework can be reached"},
    ),
    "a token that Graph does not take": Case(
        faults.graph_takes_no_token,
        "Graph takes the token",
        "Graph refuses a token that Entra has just given",
        "Service principal sign-ins",
        NOT_SIGNED_IN - {"sign-in for Teams"},
    ),
    "zones of years ago": Case(
        faults.old_zones,
        "the time zones known here are not old",
        "2023c, of /",
        "apt-get install --only-upgrade tzdata",
    ),
    "the database down": Case(
        faults.settings(database_url=f"postgresql://baton@{CLOSED}/baton"),
        DATABASE,
        "Connection refused",
        "start PostgreSQL",
        LEANS,
    ),
    "an address of the database that nobody can read": Case(
        faults.settings(database_url="postgresql://baton:two words@db/baton"),
        DATABASE,
        "cannot be read",
        "DATABASE_URL",
        LEANS,
    ),
    "a standby in place of the database": Case(
        faults.only_read,
        "the database takes what is written",
        "it only reads, as a standby does",
        "let DATABASE_URL lead to the PostgreSQL that writes",
        LEANS,
    ),
    "a migration missing": Case(
        faults.stored(
            "delete from migration where name like 'store/0008%'",
            "insert into migration (name) values ('store/0008_examination.sql')",
        ),
        "the database is as this version needs it",
        "store/0008_examination.sql",
        "python app.py migrate",
        LEANS,
    ),
    "a database of a newer version": Case(
        faults.stored(
            "insert into migration (name, bars_older) values ('store/9999_parted.sql', true)",
            "delete from migration where name = 'store/9999_parted.sql'",
        ),
        "the database is as this version needs it",
        "of a newer version, and this one cannot run on it",
        "restore the backup from before the upgrade",
        LEANS,
    ),
    "another Baton's database": Case(
        faults.stored(
            "insert into whose (tenant_id, client_id) values ('another', 'another')",
            "delete from whose",
        ),
        "the database is as this version needs it",
        "belongs to another Baton (CLIENT_ID another",
        "if this is that one, put the two right; else give it a database of its own",
        LEANS,
    ),
    "a worth that is no amount": Case(
        faults.stored(
            "update lead set value = 'half a million', worth = null, worth_currency = null, "
            "worth_unclear = true",
            "update lead set value = '', worth_unclear = false",
        ),
        "what every open lead is worth is an amount",
        "handoff 1: 'half a million'",
        "*What it is worth* on its card",
    ),
    "no worker": Case(
        faults.stored(
            "delete from procrastinate_workers", "select procrastinate_register_worker_v1()"
        ),
        "a worker is there",
        "never",
        "python app.py work",
    ),
    "a worker that died": Case(
        faults.stored(
            "update procrastinate_workers set last_heartbeat = now() - interval '1 hour'",
            "update procrastinate_workers set last_heartbeat = now()",
        ),
        "a worker is there",
        "60 minutes ago",
        "python app.py work",
    ),
    "a clock that nobody looks at": Case(
        faults.stored(
            "update beat set at = at - interval '9 minutes' where what = 'sweep'",
            "update beat set at = at + interval '9 minutes' where what = 'sweep'",
        ),
        "the clock is looked at every minute",
        "9 minutes ago",
        "deadlines stand still",
    ),
    "an old job": Case(
        faults.stored(
            "insert into procrastinate_jobs (queue_name, task_name, scheduled_at) "
            "values ('default', 'show', now() - interval '1 hour')",
            "delete from procrastinate_jobs where task_name = 'show'",
        ),
        "jobs are begun in time",
        "1 waiting, the oldest for 60 minutes",
        "or one more, if they run already",
    ),
    "a job that failed for good": Case(
        faults.stored(
            "insert into procrastinate_jobs (queue_name, task_name, status) "
            "values ('default', 'show', 'failed')",
            "delete from procrastinate_jobs where status = 'failed'",
        ),
        "no job has failed for good",
        "1 × show",
        "python app.py retry",
    ),
    "a directory permission revoked": Case(
        faults.granted(lacking=("User.Read.All",)),
        f"User.Read.All works on {INSIDE}",
        "403 Authorization_RequestDenied",
        "add it as an application permission",
        frozenset({EVERYONE}),
    ),
    "a mailbox permission revoked": Case(
        faults.granted(lacking=("Mail.Send",)),
        f"Mail.Send works on {INSIDE}",
        "403 ErrorAccessDenied",
        "assign the role Application Mail.Send in Exchange",
    ),
    "a mailbox for mails from which none may be sent": Case(
        faults.settings(notice_mailbox=OUTSIDE),
        f"mails instead of cards can be sent from {OUTSIDE}",
        "403 ErrorAccessDenied",
        "assign the role Application Mail.Send in Exchange",
    ),
    "a mailbox for mails that there is not": Case(
        faults.a_mailbox_that_is_none,
        "mails instead of cards can be sent from mara.lind@halden.example",
        "404",
        "name another in NOTICE_MAILBOX",
    ),
    "no mailbox named on which to try": Case(
        faults.settings(test_mailbox=None),
        "Entra grants what mailboxes need",
        "Calendars.ReadWrite",
        "name a mailbox of the sales team in TEST_MAILBOX",
    ),
    "a permission that is too broad": Case(
        faults.granted("Directory.Read.All"),
        "no permission is broader than needed",
        "Directory.Read.All",
        "remove each from the app registration",
    ),
    "a consent that undoes the scope": Case(
        faults.granted("Calendars.ReadWrite"),
        f"{OUTSIDE} stays closed to Baton",
        "Entra consents to Calendars.ReadWrite for every mailbox",
        "withdraw the consent in Entra",
    ),
    "a scope that is too wide": Case(
        faults.granted(wide=True),
        f"{OUTSIDE} stays closed to Baton",
        "its calendar can be read",
        "narrow the filter",
    ),
    "a dead address": Case(
        faults.settings(public_url=f"http://{CLOSED}"),
        "PUBLIC_URL leads to Baton",
        "nothing listens there",
        "start python app.py serve",
        frozenset({"Microsoft reaches the address for notifications", PART}),
    ),
    "another Baton at the address": Case(
        faults.another_baton_at_the_address,
        OURS,
        "answers 404",
        "another Baton answers there",
        frozenset({PART}),
    ),
    "a proxy that asks who is there": Case(
        faults.a_proxy_that_asks_for_a_password,
        "the address for notifications shakes hands",
        "answers 302",
        "pass on POST /api/graph as it is",
        frozenset(
            {
                OURS,
                "the address for Teams asks who is there",
                "Microsoft reaches the address for notifications",
                PART,
            }
        ),
    ),
    "an address that Microsoft does not reach": Case(
        faults.microsoft_does_not_get_through,
        "Microsoft reaches the address for notifications",
        "400 ValidationError",
        "over https from the internet",
    ),
    "a subscription lost": Case(
        faults.a_subscription_is_lost,
        WATCHED,
        "Rita Osei, events: Graph no longer has it",
        "the worker has been told",
    ),
    "a subscription to an older address": Case(
        faults.a_subscription_leads_elsewhere,
        WATCHED,
        "told to https://old.example/api/graph",
        "the worker has been told",
    ),
    "a mailbox that cannot be watched": Case(
        faults.stored(
            "update subscription set trouble = 'Baton may not read this mailbox' "
            "where mailbox = (select id from person where name = 'Rita Osei')",
            "update subscription set trouble = null",
        ),
        "every mailbox in use can be watched",
        "Rita Osei, events: Baton may not read this mailbox",
        "put the mailbox into the scope in Exchange",
    ),
    "someone who removed Baton while nobody listened": Case(
        faults.removed_while_nobody_listened,
        "everyone has Baton in Teams",
        "Noah Brooks does not have Baton installed",
        "python app.py install",
    ),
    "someone who never had Baton": Case(
        faults.never_had_baton,
        "everyone has Baton in Teams",
        "Lena Ortiz does not have Baton installed",
        "python app.py install",
    ),
    "someone who blocked Baton": Case(
        faults.refuses("ConversationBlockedByUser"),
        "nobody has blocked Baton",
        "Mara Lind has blocked Baton",
        "ask them to open their chat with Baton in Teams and unblock it",
        frozenset({TOLD}),
    ),
    "someone for whom an admin blocked it": Case(
        faults.refuses("BotDisabledByAdmin"),
        "everyone may use Baton in Teams",
        "Mara Lind may not use Baton",
        "Manage apps",
        frozenset({TOLD}),
    ),
    "someone whom neither card nor mail reaches": Case(
        faults.neither_card_nor_mail,
        TOLD,
        "Baton may not send mail from the mailbox that writes such mails",
        "mails go from NOTICE_MAILBOX",
        frozenset({"nobody has blocked Baton"}),
    ),
    "a bot that is not registered": Case(
        faults.teams_says(401, "BotNotRegistered"),
        "Teams answers",
        "401 BotNotRegistered",
        "the Azure Bot must have CLIENT_ID as its app id",
    ),
    "Teams down": Case(
        faults.teams_says(503, ""),
        "Teams answers",
        "503",
        "wait, and run doctor again",
    ),
    "a calendar that cannot be read": Case(
        faults.a_calendar_is_closed,
        "every calendar can be read",
        "Rosa Klein: Baton may not read this mailbox",
        "put the mailbox into the scope in Exchange",
    ),
    "no working hours": Case(
        faults.no_working_hours,
        "everyone has working hours in Outlook",
        "Sam Whitaker",
        "Work hours and location",
    ),
    "a mailbox that answers by itself": Case(
        faults.answers_by_itself,
        "nobody's mailbox answers invitations by itself",
        "Rita Osei",
        "whether a rule, automatic replies (decline new invitations) or an assistant",
    ),
    "a form that brings nothing": Case(
        faults.source(lead_source="made_at = made_at - interval '40 days'"),
        "the sources of leads bring some",
        "Website form: never",
        "see whether the form or flow still sends",
    ),
    "a form whose people have gone": Case(
        faults.source(lead_source="qualifiers = '{nobody}'"),
        "somebody answers for each source of leads",
        "Website form: whoever got its leads is here no more",
        "make the source anew with people who are here",
    ),
    "a form with a token of last year": Case(
        faults.source(lead_source_key="made_at = made_at - interval '400 days'"),
        OLD_SECRET,
        "Website form: a year old",
        "python app.py sources rotate NAME",
    ),
    "a form that goes on with a token that ends": Case(
        faults.source(lead_source_key="until = made_at + interval '2 days', used_at = made_at"),
        OLD_SECRET,
        "Website form: still used, and good for a few days only",
        "python app.py sources rotate NAME",
    ),
    "two zones": Case(
        faults.two_zones,
        "everyone's hours are on the clock of their mailbox",
        "Sam Whitaker: hours in America/Denver, the mailbox in Asia/Tokyo",
        "sets both in Outlook",
    ),
    "a clock that is wrong": Case(
        faults.settings(machine_ahead=timedelta(minutes=7)),
        "the clocks of this machine and of Microsoft agree",
        "Entra is 7 minutes behind; Graph is 7 minutes behind",
        "let NTP set the clocks",
        frozenset({"the clocks of this machine and of the database agree"}),
    ),
    "a policy that names someone who left": Case(
        faults.someone_left,
        EVERYONE,
        "ravi.patel@halden.example: the account is disabled",
        "take them out of the policy",
    ),
    "rules that nobody has agreed to": Case(
        faults.nobody_has_agreed,
        "whoever is in a pool has agreed to the rules in force",
        "rita.osei@halden.example",
        "get no lead by turn until they say: agree",
    ),
    "a policy file with a mistake": Case(
        faults.policy_with_a_mistake,
        FILE,
        "people.qualifiers",
        "mend the file",
    ),
    "a policy file that is not there": Case(
        faults.settings(policy_file=Path("/nowhere/policy.toml")),
        FILE,
        "/nowhere/policy.toml",
        "POLICY_FILE",
    ),
    "a tab that a proxy lets nobody frame": Case(
        faults.a_proxy_that_lets_nobody_frame,
        tab.FRAMED,
        "X-Frame-Options: SAMEORIGIN",
        "with its headers",
        frozenset({"Graph has every subscription, to this address"}),
    ),
    "a registration that is no API": Case(
        faults.registered(uris=(), exposed=(), allowed=()),
        tab.KNOWN,
        "AADSTS500011",
        "step 5 of docs/install.md",
        frozenset({tab.EXPOSED, tab.ALLOWED}),
    ),
    "a registration with tokens of the first version": Case(
        faults.registered(token_version=None),
        tab.VERSION,
        "requestedAccessTokenVersion must be 2",
        "step 5 of docs/install.md",
    ),
    "a registration without the scope": Case(
        faults.registered(exposed=("User.Read",)),
        tab.EXPOSED,
        "it has User.Read",
        "step 5 of docs/install.md",
    ),
    "a program that may not ask who looks": Case(
        faults.registered(allowed=tuple(CLIENTS)[1:]),
        tab.ALLOWED,
        "Teams on phones and the desktop",
        "step 5 of docs/install.md",
    ),
    "Graph down": Case(
        faults.graph_is_down,
        "permissions: all of it could be looked at",
        "503",
        "run doctor again",
        frozenset({EVERYONE, WATCHED, "every calendar can be read"}),
    ),
}


async def test_all_is_well(well: World) -> None:
    checks = await examined(well)

    assert ill(checks) == set()
    assert "not looked at: that takes Application.Read.All" in checks[tab.EXPOSED].found
    assert await well.rows("select 1 from examination") == [], "the doctor leaves nothing behind"
    assert {check.part for check in checks.values()} == {
        *("settings", "database", "jobs", "Microsoft", "permissions", "address", "policy"),
        *("mailboxes", "leads", "people", "tab"),
    }
    assert {f"{p} works on {INSIDE}" for p in IN_EXCHANGE} < checks.keys()


async def test_where_a_proxy_leads_out_everything_goes_by_it(well: World, tmp_path: Path) -> None:
    await beat(well)
    async with faults.a_proxy_on_the_way_out() as ports:
        checks = await examined(well)

    assert ill(checks) == set()
    urls = (well.settings.login_url, well.settings.graph_url, well.settings.bot_openid_url)
    assert {urlsplit(url).port for url in urls} <= ports
    async with faults.a_proxy_that_is_down(well, tmp_path):
        known = await well.app.services.stores.conversations.reference(well.box.person("rita").id)
        assert known
        with pytest.raises(TeamsBusyError, match="Proxy"):
            await well.app.services.messenger.knows(known)
        with pytest.raises(UnprovenError):
            await well.app.tokens.warm()
        checks = await looked(well, microsoft.checks)
    for one in ("Entra", "Graph", "the Bot Framework"):
        assert "the proxy that HTTPS_PROXY names" in checks[f"{one} can be reached"].found
    assert "NO_PROXY" in checks["Entra can be reached"].then


@pytest.mark.parametrize("name", CASES)
async def test_each_fault_is_named_with_what_to_do_next(
    well: World, name: str, tmp_path: Path
) -> None:
    case = CASES[name]
    await beat(well)
    async with case.fault(well, tmp_path) as changes:
        checks = await examined(well, **changes)

    assert ill(checks) == {case.what} | case.besides
    check = checks[case.what]
    assert case.found in check.found
    assert case.then in check.then


async def test_a_pooler_that_pools_by_transaction_is_found_out_and_what_it_must_do_is_said(
    well: World,
) -> None:
    async with pooled_by_transaction(well.settings.database_url) as url:
        checks = await looked(well, database.checks, database_url=url)

    heard = "jobs are heard of at once"
    assert ill(checks) == {heard}
    assert "LISTEN" in checks[heard].found
    assert "such as PgBouncer" in checks[heard].then
    assert "it must pool by session" in checks[heard].then


async def test_a_database_that_knows_small_letters_of_a_to_z_alone_is_said_to_and_how_it_is_moved(
    well: World,
) -> None:
    """As those are that were made before a new one was refused."""
    url, name = well.settings.database_url, "a_to_z"
    async with await AsyncConnection.connect(url, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)".encode())
        await tx.execute(
            f"create database {name} encoding 'UTF8' locale 'C' template template0".encode()
        )
    try:
        old = make_conninfo(url, dbname=name)
        await migrate(old)
        checks = await looked(well, database.checks, database_url=old)
    finally:
        async with await AsyncConnection.connect(url, autocommit=True) as tx:
            await tx.execute(f"drop database {name} with (force)".encode())

    letters = "the database knows small letters of every language"
    assert ill(checks) == {letters}
    assert "É and é are two letters" in checks[letters].found
    assert "Restoring a backup" in checks[letters].then
    page = (ROOT / "docs/upkeep.md").read_text()
    assert "## Restoring a backup" in page
    made = "--encoding UTF8 --locale C.UTF-8 --template template0"
    assert made in checks[letters].then
    assert made in page


async def test_a_mailbox_for_mails_is_tried_and_nothing_is_sent(well: World) -> None:
    await beat(well)
    before = len(well.box.outlook.mail("rita", "sentitems"))
    checks = await examined(well, notice_mailbox=INSIDE)

    assert ill(checks) == set()
    assert checks[f"mails instead of cards can be sent from {INSIDE}"].well
    assert len(well.box.outlook.mail("rita", "sentitems")) == before


async def test_an_identity_is_named_as_what_baton_signs_in_with(well: World) -> None:
    identity = str(uuid4())
    changes = {"client_secret": None, "managed_identity": identity}
    checks = await looked(well, credential.checks, **changes)

    assert identity in checks["there is something to sign in with"].found


async def test_consent_in_entra_alone_is_well_where_nobody_is_to_stay_outside(well: World) -> None:
    await beat(well)
    well.box.entra.grant_exactly(*needed())
    checks = await examined(well, test_mailbox=None, outside_mailbox=None)
    faults.grant(well)

    assert ill(checks) == set()
    found = checks["Baton reads whom it is to read"].found
    assert "OUTSIDE_MAILBOX names nobody" in found
    assert "for every mailbox" in found


async def test_all_is_well_again_once_every_fault_is_put_right(well: World) -> None:
    """So each of them was the only one."""
    await beat(well)
    assert ill(await examined(well)) == set()
