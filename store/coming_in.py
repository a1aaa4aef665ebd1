"""What becomes of a lead that nobody typed into Teams: of a list, or in by itself. One way for all:
whoever takes leads in asks here, in the transaction in which they are written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from handoff import addresses, handing_over, screening
from handoff.effects import Show
from handoff.lead_list import Listed
from handoff.model import Case, Decision, Lead, Person
from handoff.policy import Policy
from handoff.routing.gate import below
from store.door import Tx
from store.routing_inputs import company_of
from store.stores import Stores


class Why(StrEnum):
    """Why a lead is none that may be kept."""

    COLLEAGUE = "colleague"  # somebody who works here
    OURS = "ours"  # an address of our own domain
    OBJECTED = "objected"  # asked not to be stored or contacted
    OPEN = "open"  # the company has a handoff open


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """What became of one lead: it was *known*, was turned down for a reason, or is somebody's."""

    id: UUID
    mail: str
    known: bool = False
    why: Why | None = None
    about: str = ""  # of that: who works here, which domain is ours, which handoff is open
    owner: Person | None = None
    below: str = ""  # in words, the line of the policy that it does not reach
    held: str = ""  # in words, what speaks against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """For whom leads are taken in, by which rules and when. What comes in by itself has a *source*,
    as people know it.
    """

    qualifier: Person
    policy: Policy
    at: datetime
    source: str = ""


async def take_in(
    stores: Stores, tx: Tx, leads: Sequence[Listed], intake: Intake, *, new: bool = False
) -> list[CameIn]:
    """What became of each of *leads*, no two of one company; those that are new are written in *tx*
    and are the qualifier's, or marketing's below the line of interest.

    One of a list whose company has a handoff open is turned down. One that comes in by itself is
    held for that, and for what makes it look like a test or like spam; whoever has it gets its
    card. What has the id of one that is there is known, whatever it says now; that all are *new*
    may have been seen in *tx*. Raises DoneAlreadyError where somebody writes one of them at the
    same moment.
    """
    ids = [one.id for one in leads]
    there = frozenset() if new else await stores.handoffs.known(tx, ids)
    others = [one for one in leads if one.id not in there]
    mails = [one.lead.contact_email for one in others]
    wrong = await _turned_down(stores, tx, mails, intake)
    ids = [one.id for one in others]
    already = await _open(stores, mails, ids, intake.policy, tx)
    found: list[CameIn] = []
    decisions: list[Decision] = []
    for one in leads:
        mail = one.lead.contact_email
        if one.id in there:
            found.append(CameIn(id=one.id, mail=mail, known=True))
        elif mail in wrong:
            why, about = wrong[mail]
            found.append(CameIn(id=one.id, mail=mail, why=why, about=about))
        elif mail in already and not intake.source:
            about = _said(*already[mail])
            found.append(CameIn(id=one.id, mail=mail, why=Why.OPEN, about=about))
        else:
            held = _held(one, intake, already.get(mail))
            marketer, under = None, ""
            if not held:
                marketer, under = await below_a_line(stores, tx, one.lead, intake)
            owner = marketer or intake.qualifier
            found.append(CameIn(id=one.id, mail=mail, owner=owner, below=under, held=held))
            decisions.append(_begun(one, intake, marketer, under, held))
            if intake.source:
                tx.follow(Show(owner.id, one.id, alert=True))
            if marketer:  # whose turn is next is known once this one is written
                await stores.handoffs.add_in(tx, *decisions)
                decisions.clear()
    if decisions:
        await stores.handoffs.add_in(tx, *decisions)
    return found


async def _turned_down(
    stores: Stores, tx: Tx, mails: Collection[str], intake: Intake
) -> Mapping[str, tuple[Why, str]]:
    """Those of *mails* that may be nobody's lead, and why."""
    colleagues = await stores.people.with_mails(mails)
    objected = await stores.objections.of(tx, mails)
    found: dict[str, tuple[Why, str]] = {}
    for mail in mails:
        if colleague := colleagues.get(mail):
            found[mail] = (Why.COLLEAGUE, colleague.name)
        elif domain := our_domain(mail, intake.qualifier, intake.policy):
            found[mail] = (Why.OURS, domain)
        elif mail in objected:
            found[mail] = (Why.OBJECTED, "")
    return found


def _held(one: Listed, intake: Intake, already: tuple[int, str | None] | None) -> str:
    """In words, what speaks against a lead that came in by itself: how it looks, that its company
    has a handoff open *already*, and that its brief has gaps.
    """
    if not intake.source:
        return ""
    looks = screening.against(one.lead, intake.policy.screening)
    there = screening.open_with(already[0]) if already else ""
    gaps = screening.lacking(one.lacks)
    return screening.AND.join(words for words in (looks, there, gaps) if words)


def _begun(one: Listed, intake: Intake, marketer: Person | None, below: str, held: str) -> Decision:
    return handing_over.begin(
        id=one.id,
        lead=one.lead,
        qualifier=intake.qualifier,
        policy=intake.policy,
        at=intake.at,
        search=None,
        below=below,
        marketer=marketer,
        source=intake.source,
        held=held,
    )


async def below_a_line(
    stores: Stores, tx: Tx, lead: Lead, intake: Intake
) -> tuple[Person | None, str]:
    """In words, the line of the policy that a new lead does not reach, and who in marketing has it
    if that is interest: without marketing, its qualifier.
    """
    under = below(lead, intake.policy.routing)
    if under is None:
        return None, ""
    if under.what != "interest":
        return None, under.words()
    marketer = await stores.people.next_marketer(tx, intake.at)
    return marketer or intake.qualifier, under.words()


async def open_already(
    stores: Stores, mails: Collection[str], but: Collection[UUID], policy: Policy, tx: Tx
) -> Mapping[str, str]:
    """In words, the handoff that a contact's company has open, by their address; of no other
    contact. *but* are the ids of those that are being made in *tx*, which begins no two.
    """
    known = await _open(stores, mails, but, policy, tx)
    return {mail: _said(*one) for mail, one in known.items()}


async def against_letting_in(stores: Stores, tx: Tx, case: Case) -> str:
    """In words, what speaks by now against a lead that is held: that its company has another
    handoff open.
    """
    mail = case.handoff.lead.contact_email
    found = await _open(stores, [mail], [case.handoff.id], case.policy, tx)
    return screening.open_with(found[mail][0]) if mail in found else ""


async def _open(
    stores: Stores, mails: Collection[str], but: Collection[UUID], policy: Policy, tx: Tx
) -> Mapping[str, tuple[int, str | None]]:
    """As `open_already`: its number, and the rep's name."""
    return await stores.routing.open_with(mails, but, tx) if policy.routing.duplicates else {}


def _said(number: int, rep: str | None) -> str:
    by = f", with {rep}" if rep else ""
    return f"This company has a handoff open already: no. {number}{by}."


def our_domain(mail: str, person: Person, policy: Policy) -> str:
    """The domain of *mail*, where it is a company's own, and that of *person*, or one that the
    policy calls ours; else empty.
    """
    domain = company_of(mail) if "@" in mail else None
    ours = {company_of(one) for one in person.mails}
    ours |= {addresses.domains(one)[0] for one in policy.calendar.domains}
    return domain if domain and domain in ours else ""
