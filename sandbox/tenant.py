"""One Microsoft 365 tenant: its people, their mailboxes and its clock. Everything that is the same
however it is reached.
"""

from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.company import Directory
from sandbox.exchange.mail import Mail
from sandbox.exchange.mailboxes import Mailboxes
from sandbox.exchange.meetings import Meetings
from sandbox.exchange.outlook import Outlook
from sandbox.exchange.outside import Outside
from sandbox.exchange.post import Post
from sandbox.exchange.transport import Transport
from sandbox.key_value_store import KeyValueStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: str
    client_id: str  # of the one application that is registered in it
    clock: Clock
    directory: Directory
    mailboxes: Mailboxes
    meetings: Meetings
    mail: Mail
    post: Post
    transport: Transport
    outlook: Outlook
    outside: Outside


def tenant(store: KeyValueStore, clock: Clock, *, id: str, client_id: str) -> Tenant:
    """The tenant as the store have it."""
    directory = Directory(store)
    mailboxes = Mailboxes(store, clock)
    post, transport = Post(store), Transport(clock)
    meetings = Meetings(
        mailboxes=mailboxes,
        directory=directory,
        post=post,
        transport=transport,
        clock=clock,
        tenant=id,
    )
    mail = Mail(
        mailboxes=mailboxes, directory=directory, post=post, transport=transport, clock=clock
    )
    return Tenant(
        id=id,
        client_id=client_id,
        clock=clock,
        directory=directory,
        mailboxes=mailboxes,
        meetings=meetings,
        mail=mail,
        post=post,
        transport=transport,
        outlook=Outlook(
            mailboxes=mailboxes,
            meetings=meetings,
            mail=mail,
            directory=directory,
            clock=clock,
        ),
        outside=Outside(meetings=meetings, mail=mail, post=post, clock=clock),
    )
