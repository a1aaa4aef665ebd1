"""Stories that between them bring about every verb and every job: each sets its scene and says how
its last scene begins. What else fails, and how it ends, is played in test_every_failure.py.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from bot import handing
from commands import lead_lists
from handoff import deals, outlook, weekly
from handoff.effects import (
    CRM,
    AcceptMeeting,
    AddUp,
    AnswerInvitation,
    AskForField,
    AskToAgree,
    AskToTell,
    AwaitInvitation,
    AwaitMove,
    BookFollowUp,
    BookPrep,
    CancelMeeting,
    ChangeRep,
    CheckWeeks,
    CloseCard,
    CountEarlier,
    DeclineMeeting,
    Effect,
    ExcuseOutage,
    Famine,
    FindOtherTimes,
    FindStandIns,
    FindTimes,
    Forget,
    ForgetContact,
    FreeEvent,
    GiveTo,
    Invite,
    InviteAgain,
    InviteLeader,
    Look,
    LookAtBooks,
    LookAtFigures,
    LookAtOrganizer,
    LookAtPrep,
    LookForBlanks,
    LookForTrends,
    LookForWins,
    MailInstead,
    MailWeeklyReport,
    MendInvitation,
    MoveMeeting,
    PointToAnswer,
    Poll,
    ReadActivity,
    ReadAttendance,
    ReadCrm,
    ReadDeals,
    ReadLeads,
    ReadSentMail,
    ReadSpending,
    ReadWeeks,
    RemoveBlock,
    Renew,
    Reply,
    ReportWeek,
    Rescue,
    RestoreEvent,
    Resync,
    Ring,
    RingPledges,
    RollCall,
    RouteAgain,
    SeeAbsences,
    SendLetter,
    SendNotice,
    Show,
    ShowAnswer,
    ShowClicked,
    ShowMine,
    ShowWeek,
    ShowWeeklyReport,
    Subscribe,
    Sweep,
    SyncPeople,
    SyncPeopleWhenDue,
    TellAlarm,
    TellAnswer,
    TellAway,
    TellCrm,
    TellIdle,
    TellInTheWay,
    TellOfCrm,
    TellOfDeal,
    TellReport,
    TellStarved,
    TellTrend,
    TellWin,
    Tidy,
    WatchCredential,
    WriteField,
)
from handoff.model import Deal, DealState, Undoing
from handoff.money import Money
from sandbox.crm.records import CONTACTS, DEALS, NOTES, SALESFORCE, Field, Record, Rule
from sandbox.exchange.model import Address
from sandbox.teams.chats import ChatMessage
from tests.failures.acts import Act, Click, Dialog, Due, InOutlook, Posted, Sent
from tests.hour import MONDAY
from tests.journeys.rotation import EMEA, book_next, policy, pool
from tests.journeys.test_calendars import FRIDAY, HOUR, LONG_AGO, NEXT, THURSDAY, put
from tests.journeys.test_crm_leads import a_lead, made, prepared, publish, rules
from tests.journeys.test_introducing import received
from tests.journeys.test_lead_lists import csv_of
from tests.journeys.test_trends import spike
from tests.journeys.test_wins import tells_wins
from tests.senders import a_source
from tests.world import BRIEF, INES, POLICY, World

SUBJECT = "Contoso Logistics and Halden Systems"
FIELD = Field(kind=CONTACTS, name="baton_status", label="Baton: status", own=True)
WEDNESDAY = datetime(2026, 3, 4, tzinfo=UTC)

Brings = str | type[Effect]  # a verb by its name, or a job by its effect


@dataclass(frozen=True, slots=True)
class Story:
    tell: Callable[[World], Awaitable[Act]]
    brings: frozenset[Brings]

    @property
    def name(self) -> str:
        return self.tell.__name__

    @property
    def verbs(self) -> set[str]:
        return {one for one in self.brings if isinstance(one, str)}

    @property
    def crm(self) -> bool:
        """Whether the company has one in it."""
        return any(not isinstance(one, str) and one.queue == CRM for one in self.brings)

    @property
    def jobs(self) -> set[str]:
        return {one.name for one in self.brings if not isinstance(one, str)}


STORIES: list[Story] = []


def story(*brings: Brings) -> Callable[[Callable[[World], Awaitable[Act]]], None]:
    """The decorated function sets the scene; what begins then brings about these."""

    def told(tell: Callable[[World], Awaitable[Act]]) -> None:
        STORIES.append(Story(tell, frozenset(brings)))

    return told


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


async def card_of(world: World, who: str, verb: str) -> ChatMessage:
    """The newest card with that verb, or with a form that has it, which is open then."""
    return await world.found(who, verb)


# --- A lead is handed over --------------------------------------------------------------------


@story("start_booking")
async def who_asks_to_hand_over_gets_the_form(world: World) -> Act:
    await world.say("quinn", "help")
    return Click(who="quinn", verb="start_booking")


@story("brief", FindTimes, Show)
async def a_lead_is_described_and_times_are_found(world: World) -> Act:
    await world.form()
    return Click(who="quinn", verb="brief", inputs={**BRIEF, "target": "pool:emea"})


@story(handing.ASKED)
async def a_message_opens_the_dialog(world: World) -> Act:
    return Dialog(who="quinn", verb=handing.ASKED)


@story(handing.SENT, FindTimes, Show)
async def a_dialog_is_sent_and_times_are_found(world: World) -> Act:
    opened = await world.box.teams.extend("quinn", "handOver")
    return Dialog(
        who="quinn",
        verb=handing.SENT,
        dialog=opened.dialog,
        inputs={**BRIEF, "target": "pool:emea"},
    )


@story("find_times", FindTimes)
async def another_day_is_looked_at(world: World) -> Act:
    await world.brief()
    inputs = {"titled": "Find times", "wanted": "2026-03-11"}
    return Click(who="quinn", verb="find_times", inputs=inputs)


@story("let_in", CountEarlier)
async def what_came_in_and_was_held_is_a_lead(world: World) -> Act:
    form = await a_source(world)
    assert (await form.lead("one", contact_email="ines@example.com")).status == 202
    await world.work()
    return Click(who="quinn", verb="let_in")


@story(Show)
async def a_lead_comes_in_from_a_form(world: World) -> Act:
    form = await a_source(world)
    return Posted(lambda: form.lead("one", contact_email="a@good.example"))


@story(Show)
async def a_lead_comes_in_that_is_held(world: World) -> Act:
    system = await a_source(world, "--signs")
    return Posted(lambda: system.lead("one", contact_name="Test"))


@story("book", Invite, AwaitInvitation, SendLetter, Show)
async def a_time_is_booked_and_the_rep_is_asked(world: World) -> Act:
    await world.brief()
    return Click(who="quinn", verb="book")


async def _listed(world: World) -> None:
    """Two leads of a list wait for Quinn."""
    text = csv_of({"contact_email": "a@good.example"}, {"contact_email": "b@other.example"})
    quinn = world.box.person("quinn").mail
    assert await lead_lists.take_in(world.app.services, "may.csv", text, quinn) == 0
    await world.work()


@story("who_and_when")
async def a_new_lead_beside_those_that_wait(world: World) -> Act:
    await _listed(world)
    await world.say("quinn", "book")
    return Click(who="quinn", verb="who_and_when", inputs={"contact": INES})


@story("choose_lead")
async def a_lead_of_a_list_is_chosen(world: World) -> Act:
    await _listed(world)
    await world.say("quinn", "book")
    [first, *_] = [one for one in world.newest("quinn").actions() if one.verb == "choose_lead"]
    return Click(who="quinn", verb="choose_lead", inputs={"titled": first.title})


@story(ShowMine)
async def a_list_of_leads_is_shown_to_whom_it_waits_for(world: World) -> Act:
    await world.offer_times()
    return Due(ShowMine(world.box.person("quinn").id))


# --- The rep answers --------------------------------------------------------------------------


@story("accept", AcceptMeeting, Show)
async def a_rep_accepts(world: World) -> Act:
    await world.offer()
    return Click(who="rita", verb="accept")


@story(BookPrep)
async def time_to_prepare_is_found_further_away(world: World) -> Act:
    await world.offer()
    world.box.outlook.create("rita", "Busy", at(2, 11), at(2, 18))
    return Click(who="rita", verb="accept")


@story("send_back", DeclineMeeting, Show)
async def a_rep_sends_a_lead_back(world: World) -> Act:
    await world.offer()
    return Click(who="rita", verb="send_back", inputs={"reason": "brief"})


@story("add_note", Show)
async def a_lead_is_sent_back_with_a_note(world: World) -> Act:
    await _sent_back(world, "brief")
    return Click(who="rita", verb="add_note", inputs={"note": "What is the budget?"})


@story("send_back", RemoveBlock, DeclineMeeting)
async def a_rep_sends_back_what_has_follow_ups(world: World) -> Act:
    await world.accepted()
    await world.press("rita", "follow_up", titled="Call in 2 days")
    return Click(who="rita", verb="send_back", inputs={"reason": "not_a_fit"})


@story("cannot", FindStandIns, ChangeRep, DeclineMeeting)
async def a_rep_who_accepted_is_ill(world: World) -> Act:
    await world.accepted()
    return Click(who="rita", verb="cannot", inputs={"titled": "Ill"})


@story("withdraw")
async def a_rep_keeps_the_first_time_after_all(world: World) -> Act:
    await world.accepted()
    await world.press("rita", "another_time")
    [first, *_] = [one for one in world.newest("rita").actions() if one.verb == "propose"]
    await world.press("rita", "propose", titled=first.title)
    return Click(who="rita", verb="withdraw")


@story("look_for_other_times", FindOtherTimes)
async def a_qualifier_wants_another_time(world: World) -> Act:
    await world.accepted()
    return Click(who="quinn", verb="look_for_other_times")


@story("move_to", MoveMeeting, AwaitMove, BookPrep)
async def a_qualifier_moves_an_accepted_meeting(world: World) -> Act:
    await world.accepted()
    await world.press("quinn", "look_for_other_times")
    return Click(who="quinn", verb="move_to")


@story("leave_time")
async def a_qualifier_leaves_it_at_its_time(world: World) -> Act:
    await world.accepted()
    await world.press("quinn", "look_for_other_times")
    return Click(who="quinn", verb="leave_time")


@story("call_off", CancelMeeting)
async def a_qualifier_calls_a_meeting_off(world: World) -> Act:
    await world.accepted()
    return Click(who="quinn", verb="call_off", inputs={"words": "We will write to you."})


@story("fix_brief", MendInvitation, SendLetter)
async def an_address_is_mended_once_it_is_booked(world: World) -> Act:
    await world.accepted()
    inputs = {"contact_email": "prado@contoso.example", "company": "Contoso Freight"}
    return Click(who="quinn", verb="fix_brief", inputs=inputs)


@story("seen_to")
async def what_outlook_would_not_do_is_seen_to(world: World) -> Act:
    id = await world.accepted()
    quinn, at = world.box.person("quinn").id, world.clock()
    refused = partial(outlook.not_let_in, at=at, person=quinn, what=Undoing.MEND)
    await world.app.services.stores.handoffs.change(id, refused)
    await world.work()
    return Click(who="quinn", verb="seen_to")


@story("invite_again", InviteAgain, AwaitMove)
async def a_rep_who_lost_the_invitation_is_invited_again(world: World) -> Act:
    await world.accepted()
    await world.pass_(minutes=6)
    world.box.outlook.delete("rita", SUBJECT)
    await world.work()
    return Click(who="rita", verb="invite_again")


@story("another_time", FindOtherTimes)
async def a_rep_asks_for_other_times(world: World) -> Act:
    await world.offer()
    return Click(who="rita", verb="another_time")


@story("propose")
async def a_rep_proposes_another_time(world: World) -> Act:
    await world.offer()
    await world.press("rita", "another_time")
    return Click(who="rita", verb="propose")


async def _proposed(world: World) -> None:
    await world.offer()
    await world.press("rita", "another_time")
    await world.press("rita", "propose")


@story("move_meeting", MoveMeeting, AwaitMove)
async def the_meeting_moves_as_proposed(world: World) -> Act:
    await _proposed(world)
    return Click(who="quinn", verb="move_meeting")


@story("keep_time")
async def the_meeting_stays_where_it_is(world: World) -> Act:
    await _proposed(world)
    return Click(who="quinn", verb="keep_time")


async def _sent_back(world: World, reason: str = "brief") -> UUID:
    id = await world.offer()
    await world.press("rita", "send_back", reason=reason)
    return id


@story("fix_brief", ChangeRep)
async def a_brief_is_mended_and_goes_back(world: World) -> Act:
    await _sent_back(world)
    return Click(who="quinn", verb="fix_brief", inputs={"needs": "Tracking in Porto"})


@story("correct_brief", FindTimes)
async def a_brief_is_mended_before_anybody_is_invited(world: World) -> Act:
    await world.offer()
    await world.press("quinn", "call_off", words="Another week, please.")
    await world.press("quinn", "find_times")
    inputs = {"contact_email": "prado@contoso.example", "company": "Contoso Freight"}
    return Click(who="quinn", verb="correct_brief", inputs=inputs)


@story("mend_worth", InviteLeader)
async def a_lead_is_worth_more_and_a_leader_comes(world: World) -> Act:
    await world.accepted()
    inputs = {"value": "120000", "currency": "EUR"}
    return Click(who="quinn", verb="mend_worth", inputs=inputs)


@story("give_to", GiveTo, ChangeRep)
async def a_lead_goes_to_another_rep(world: World) -> Act:
    await _sent_back(world, "wrong_owner")
    rep = world.box.person("ravi").id
    return Click(who="quinn", verb="give_to", inputs={"rep": rep})


@story("end", CancelMeeting)
async def a_lead_is_ended_and_the_meeting_cancelled(world: World) -> Act:
    await _sent_back(world, "no_need")
    return Click(who="quinn", verb="end", inputs={"titled": "Nurture"})


async def _nurtured(world: World) -> None:
    await world.install("milo")
    await _sent_back(world, "no_need")
    await world.press("quinn", "end", titled="Nurture")


@story("keep_in_touch")
async def marketing_has_been_in_touch(world: World) -> Act:
    await _nurtured(world)
    return Click(who="milo", verb="keep_in_touch")


@story("recycle")
async def marketing_gives_a_lead_back(world: World) -> Act:
    await _nurtured(world)
    return Click(who="milo", verb="recycle")


# --- What follows the yes ---------------------------------------------------------------------


@story("send_reply", SendLetter)
async def a_rep_answers_the_introduction_by_a_click(world: World) -> Act:
    await world.accepted()
    return Click(who="rita", verb="send_reply")


@story("replied_otherwise")
async def a_rep_has_answered_the_introduction_elsewhere(world: World) -> Act:
    await world.accepted()
    await world.until(at(2, 18))
    inputs = {"titled": "I have answered it"}
    return Click(who="rita", verb="replied_otherwise", inputs=inputs)


@story(ReadSentMail)
async def a_rep_answers_the_introduction_in_outlook(world: World) -> Act:
    await world.accepted()
    world.box.faults.notifications_lost()
    world.box.outlook.reply("rita", received(world), "Happy to meet you")
    return Due(ReadSentMail(world.box.person("rita").id))


@story("confirm", SendLetter)
async def a_silent_prospect_is_asked(world: World) -> Act:
    await world.accepted(wanted="2026-03-05")
    await world.until(at(4, 9))
    return Click(who="quinn", verb="confirm")


@story("rebook", SendLetter)
async def a_prospect_who_did_not_come_is_offered_other_times(world: World) -> Act:
    await world.accepted()
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="The prospect did not come")
    return Click(who="rita", verb="rebook")


@story("is_them", LookAtOrganizer)
async def another_address_is_said_to_be_the_prospects(world: World) -> Act:
    await world.offer()
    [letter] = world.invitations()
    world.box.outside.respond("i.prado@contoso.example", "accept", meeting=letter)
    await world.work()
    return Click(who="quinn", verb="is_them")


@story("how_it_went")
async def a_rep_says_how_it_went(world: World) -> Act:
    await world.accepted()
    await world.until(at(3, 9, 30))
    inputs = {"titled": "The prospect did not come"}
    return Click(who="rita", verb="how_it_went", inputs=inputs)


@story(ReadAttendance)
async def teams_tells_who_was_there(world: World) -> Act:
    id = await world.accepted()
    event = world.box.outlook.event("quinn", SUBJECT)
    rita = world.box.person("rita")
    world.box.meetings.join(event, Address(name=rita.name, mail=rita.mail), person=rita.id)
    await world.until(at(3, 9, 30))
    await world.run("update handoff set attendance = null")
    return Due(ReadAttendance(id))


@story("follow_up", BookFollowUp)
async def a_follow_up_is_booked(world: World) -> Act:
    await world.accepted()
    return Click(who="rita", verb="follow_up", inputs={"titled": "Call in 2 days"})


@story("follow_up", FindTimes)
async def a_rep_looks_for_times_to_meet_again(world: World) -> Act:
    await _met(world)
    inputs = {"titled": "Book it", "kind": "meeting", "day": "2026-03-09"}
    return Click(who="rita", verb="follow_up", inputs=inputs)


@story("book", Invite, AwaitInvitation, AcceptMeeting, BookPrep)
async def another_meeting_is_booked_and_accepted(world: World) -> Act:
    await _met(world)
    await world.press("rita", "follow_up", titled="Book it", kind="meeting", day="2026-03-09")
    return Click(who="rita", verb="book")


@story("hand_on", GiveTo, Show)
async def a_lead_is_handed_on_after_its_meeting(world: World) -> Act:
    await _met(world)
    await world.press("quinn", "look_for_colleague")
    return Click(who="quinn", verb="hand_on", inputs={"titled": "Give to Rosa"})


async def _met(world: World) -> None:
    await world.accepted()
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")


async def _following(world: World) -> None:
    await world.accepted()
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.until(at(4, 10, 30))


@story("follow_up_done")
async def a_follow_up_was_done(world: World) -> Act:
    await _following(world)
    return Click(who="rita", verb="follow_up_done", inputs={"titled": "No answer"})


@story("no_further_step")
async def there_is_no_further_step(world: World) -> Act:
    await _following(world)
    await world.press("rita", "follow_up_done", titled="We spoke")
    inputs = {"ending": "lost:price"}
    return Click(who="rita", verb="no_further_step", inputs=inputs)


async def _went(world: World) -> None:
    await world.accepted()
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="The prospect did not come")


@story("put_right")
async def a_rep_puts_right_how_it_went(world: World) -> Act:
    await _went(world)
    inputs = {"titled": "Wrong: it took place"}
    return Click(who="rita", verb="put_right", inputs=inputs)


@story("contest")
async def a_qualifier_contests_how_it_went(world: World) -> Act:
    await _went(world)
    return Click(who="quinn", verb="contest", inputs={"claim_meeting": "rep_absent"})


@story("judge")
async def a_manager_decides_what_is_contested(world: World) -> Act:
    await _went(world)
    await world.press("quinn", "contest", claim_meeting="rep_absent")
    return Click(who="mara", verb="judge", inputs={"titled": "Quinn is right"})


# --- Rules to agree to ------------------------------------------------------------------------


async def _to_sign(world: World) -> None:
    await policy(world, ("[routing]\n", "[routing]\nsigned = true\n"))


@story(AskToAgree)
async def a_rep_is_asked_to_agree_to_the_rules(world: World) -> Act:
    await _to_sign(world)
    return Due(AskToAgree(world.box.person("rita").id))


@story("agree")
async def a_rep_agrees_to_the_rules(world: World) -> Act:
    await _to_sign(world)
    await world.sync()
    await world.work()
    return Click(who="rita", verb="agree")


# --- Who is away ------------------------------------------------------------------------------


async def _away(world: World) -> None:
    await world.accepted(wanted="2026-03-04")
    world.clock.forward(HOUR)
    end = WEDNESDAY + timedelta(days=2)
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=end)


@story(SeeAbsences, FindStandIns)
async def an_absence_is_seen_and_the_rep_is_asked(world: World) -> Act:
    await _away(world)
    return Due(SeeAbsences(), comes_round=True)


@story("keep_it")
async def a_rep_who_will_be_away_keeps_the_meeting(world: World) -> Act:
    await _away(world)
    await world.app.services.stores.door.follow(SeeAbsences())
    await world.work()
    return Click(who="rita", verb="keep_it")


@story("look_for_colleague", FindStandIns, Show)
async def a_manager_looks_who_is_free(world: World) -> Act:
    await world.accepted(wanted="2026-03-05")
    await world.say("mara", "why 1")
    return Click(who="mara", verb="look_for_colleague")


@story("hand_on", GiveTo, ChangeRep)
async def a_manager_hands_it_on(world: World) -> Act:
    await world.accepted(wanted="2026-03-05")
    await world.say("mara", "why 1")
    await world.press("mara", "look_for_colleague")
    return Click(who="mara", verb="hand_on", inputs={"titled": "Give to Rosa"})


@story("leave_it")
async def a_manager_leaves_it_where_it_is(world: World) -> Act:
    await world.accepted(wanted="2026-03-05")
    await world.say("mara", "why 1")
    await world.press("mara", "look_for_colleague")
    return Click(who="mara", verb="leave_it")


@story(Reply, TellAway)
async def a_colleague_is_said_to_be_away(world: World) -> Act:
    await world.offer("rosa", wanted="2026-03-06")
    return Sent(who="quinn", more={"text": "away rosa until thu"})


@story("i_am_here", TellAway)
async def who_was_said_to_be_away_is_here(world: World) -> Act:
    await world.install("rosa")
    await world.say("mara", "away rosa until thu")
    return Click(who="rosa", verb="i_am_here")


@story("pass_on", GiveTo, ChangeRep)
async def a_rep_who_will_be_away_passes_it_on(world: World) -> Act:
    await _away(world)
    await world.app.services.stores.door.follow(SeeAbsences())
    await world.work()
    return Click(who="rita", verb="pass_on", inputs={"titled": "Give to Rosa"})


@story(SyncPeopleWhenDue, SyncPeople)
async def who_is_who_is_read_anew(world: World) -> Act:
    await world.accepted(wanted="2026-03-04")
    world.clock.forward(timedelta(hours=26))
    end = WEDNESDAY + timedelta(days=2)
    world.box.outlook.set_automatic_replies("rita", start=WEDNESDAY, end=end)
    return Due(SyncPeopleWhenDue(), comes_round=True)


# --- The clock --------------------------------------------------------------------------------


@story(Sweep, Ring, Show, CloseCard)
async def a_rep_is_reminded(world: World) -> Act:
    await world.offer(wanted="2026-03-05")
    world.clock.set(at(2, 12))
    return Due(Sweep(), comes_round=True)


@story(Sweep, Ring, FindStandIns, Show)
async def nobody_answers_and_the_manager_hears(world: World) -> Act:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 12))
    world.clock.set(at(2, 14))
    return Due(Sweep(), comes_round=True)


@story(Sweep, ExcuseOutage)
async def nothing_ran_for_two_hours(world: World) -> Act:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 13, 40))
    world.clock.forward(2 * HOUR)
    await world.run("update beat set real_at = now() - interval '2 hours' where what = 'sweep'")
    return Due(Sweep(), comes_round=True)


@story(Sweep, Show)
async def a_card_has_waited_for_working_hours(world: World) -> Act:
    await world.until(at(2, 20))
    await world.offer(wanted="2026-03-06")
    world.clock.set(at(3, 9, 5))
    return Due(Sweep(), comes_round=True)


@story(Sweep, RouteAgain, FindTimes)
async def a_lead_has_waited_for_the_next_free_rep(world: World) -> Act:
    await policy(world, pool("limits = { day = 1 }\noverflow = { hold_hours = 24 }"))
    for n in range(3):
        await book_next(world, n)
    await world.brief("pool:emea", contact_email="late@firm9.example")
    world.clock.forward(timedelta(minutes=16))
    return Due(Sweep(), comes_round=True)


@story(AskToTell, Show)
async def a_prospect_has_not_heard_that_it_is_off(world: World) -> Act:
    """As far as anybody knows: Outlook answers again in each scene, and would be told meanwhile."""
    id = await world.accepted()
    meeting = (await world.case(id)).handoff.meeting
    assert meeting
    await world.press("quinn", "call_off")
    await world.run("update handoff set deeds = '[]' where id = %s", id)
    world.clock.set(meeting.span.start - HOUR)
    return Due(AskToTell(id, world.box.person("quinn").id, meeting.span.start))


async def _escalated(world: World) -> None:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 14))


@story("reassign", GiveTo, ChangeRep)
async def a_manager_gives_it_to_another(world: World) -> Act:
    await _escalated(world)
    return Click(who="mara", verb="reassign", inputs={"titled": "Give to Rosa"})


@story("extend")
async def a_manager_gives_more_time(world: World) -> Act:
    await _escalated(world)
    inputs = {"hours": "2", "reason": "Trade fair"}
    return Click(who="mara", verb="extend", inputs=inputs)


@story("extend_early")
async def a_manager_gives_more_time_before_it_is_late(world: World) -> Act:
    await world.offer(wanted="2026-03-05")
    await world.say("mara", "why 1")
    return Click(who="mara", verb="extend_early", inputs={"reason": "Trade fair"})


@story("talk")
async def a_manager_talks_to_the_rep(world: World) -> Act:
    await _escalated(world)
    return Click(who="mara", verb="talk")


@story("ask_above", Show)
async def a_manager_has_the_next_one_decide(world: World) -> Act:
    await _escalated(world)
    return Click(who="mara", verb="ask_above")


@story("give_back")
async def a_manager_gives_a_lead_back_to_its_qualifier(world: World) -> Act:
    await world.accepted(wanted="2026-03-03")
    await world.until(at(4, 12))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.until(at(6, 16))
    return Click(who="mara", verb="give_back", card=await card_of(world, "mara", "give_back"))


@story("give_lead")
async def a_manager_gives_a_waiting_lead_to_another_qualifier(world: World) -> Act:
    await world.offer_times()
    await world.say("mara", "why 1")
    return Click(who="mara", verb="give_lead", inputs={"to": world.box.person("priya").id})


@story("excuse")
async def a_manager_excuses_what_was_missed(world: World) -> Act:
    await world.offer(wanted="2026-03-05")
    await world.until(at(2, 15))
    await world.press("rita", "accept")
    await world.say("mara", "why 1")
    return Click(who="mara", verb="excuse", inputs={"evidence": "She was at the hospital"})


# --- What Outlook tells -----------------------------------------------------------------------


@story(Look)
async def a_rep_accepts_in_outlook(world: World) -> Act:
    await world.offer()
    return InOutlook(lambda world: world.answers("rita", "accept"))


@story(LookAtOrganizer)
async def the_prospect_declines(world: World) -> Act:
    await world.offer(wanted="2026-03-05")  # later than the times that are offered then
    return InOutlook(lambda world: world.box.outside.respond(INES, "decline"))


@story(LookAtPrep)
async def a_rep_moves_the_time_to_prepare(world: World) -> Act:
    await world.accepted()
    prep = "Prepare: Ines Prado (Contoso Logistics)"
    return InOutlook(lambda world: world.box.outlook.move("rita", prep, at(2, 15)))


@story(BookFollowUp)
async def a_follow_up_makes_way_for_a_meeting(world: World) -> Act:
    """Of another lead, which was moved onto it."""
    await world.accepted()
    await world.press("rita", "follow_up", titled="Call in 2 days")
    await world.accepted(wanted="2026-03-05", contact_email="b@b.example", company="Fabrikam")
    fabrikam = "Fabrikam and Halden Systems"
    return InOutlook(lambda world: world.box.outlook.move("quinn", fabrikam, at(4, 10)))


async def _unheard(world: World) -> None:
    """Rita accepts in Outlook, and no notification tells it."""
    await world.offer(wanted="2026-03-13")
    world.box.faults.notifications_lost()
    world.answers("rita", "accept")
    await world.work()
    world.box.faults.notifications_lost(on=False)


@story(Subscribe, Poll)
async def a_mailbox_is_read_for_what_nobody_told(world: World) -> Act:
    await _unheard(world)
    world.clock.forward(timedelta(hours=12))
    return Due(Subscribe(), comes_round=True)


@story(Subscribe)
async def subscriptions_are_renewed(world: World) -> Act:
    await world.offer(wanted="2026-03-13")
    await world.run("update subscription set renew_at = %s", world.clock())
    return Due(Subscribe(), comes_round=True)


@story(Poll, Renew)
async def a_poll_finds_news_and_asks_who_watches(world: World) -> Act:
    await world.offer(wanted="2026-03-13")
    rita = world.box.person("rita").id
    await world.app.services.stores.door.follow(Poll(rita))
    await world.work()
    for one in world.box.notifications.living():
        world.box.notifications.drop(one.id)
    world.answers("rita", "accept")
    return Due(Poll(rita))


@story(Resync, Subscribe, Poll)
async def nobody_listened_for_a_while(world: World) -> Act:
    await _unheard(world)
    return Due(Resync())


# --- The week's check -------------------------------------------------------------------------


@story(CheckWeeks, ReadWeeks, ShowWeek)
async def a_rep_is_asked_about_next_week(world: World) -> Act:
    put(world)
    world.clock.set(FRIDAY)
    return Due(CheckWeeks(), comes_round=True)


async def _asked(world: World) -> None:
    put(world)
    meeting = world.box.outlook.create("mara", "Webinar", NEXT, NEXT + HOUR, attendees=["rita"])
    copy = world.box.outlook.event("rita", meeting)
    world.box.outlook.place(replace(copy, created=LONG_AGO), at=FRIDAY - timedelta(days=4))
    world.clock.set(FRIDAY)
    await world.app.services.stores.door.follow(CheckWeeks())
    await world.work()


@story(CheckWeeks, RollCall)
async def a_manager_hears_who_confirmed(world: World) -> Act:
    world.clock.set(THURSDAY)  # on which Rosa's week ends
    await world.app.services.stores.door.follow(CheckWeeks())
    await world.work()
    await _asked(world)
    await world.press("rita", "all_true")
    world.clock.set(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    return Due(CheckWeeks(), comes_round=True)


@story("settle_weeks")
async def a_manager_settles_the_rest_of_a_week(world: World) -> Act:
    await _asked(world)
    world.clock.set(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    await world.app.services.stores.door.follow(CheckWeeks())
    await world.work()
    return Click(who="mara", verb="settle_weeks")


async def _week_over(world: World, mailbox: str | None = None) -> None:
    """Something happened, and Rita begins to work after it."""
    services = replace(world.app.services, notice_mailbox=mailbox)
    world.app = replace(world.app, services=services)
    await _something(world)
    await world.app.services.stores.door.follow(ReportWeek())
    await world.work()
    world.clock.set(datetime(2026, 3, 9, 8, 1, tzinfo=UTC))


async def _something(world: World) -> None:
    """… happened in a week that is over, in a company of two, and its report can be made."""
    await world.offer()
    two = [world.box.person(who).id for who in ("rita", "quinn")]
    await world.run("update person set roles = '{}' where id <> all(%s)", two)
    over = datetime(2026, 3, 9, 0, 10, tzinfo=UTC)
    await world.until(over - weekly.SETTLES - timedelta(minutes=1))  # what was due in it has rung
    world.clock.set(over)


@story(ReportWeek)
async def the_report_of_a_week_is_made(world: World) -> Act:
    await _something(world)
    return Due(ReportWeek(), comes_round=True)


@story(ReportWeek, ShowWeeklyReport)
async def who_begins_to_work_has_the_report_of_the_week(world: World) -> Act:
    await _week_over(world)
    return Due(ReportWeek(), comes_round=True)


@story(ReportWeek, ShowWeeklyReport, MailWeeklyReport)
async def and_has_it_by_mail(world: World) -> Act:
    await _week_over(world, "ada.novak@halden.example")
    return Due(ReportWeek(), comes_round=True)


@story(LookForTrends, TellTrend)
async def a_reason_that_is_given_more_often_is_told(world: World) -> Act:
    await spike(world)
    return Due(LookForTrends(), comes_round=True)


@story(LookForWins, TellWin)
async def a_deal_that_is_won_is_told_to_those_who_brought_it(world: World) -> Act:
    await tells_wins(world)
    await _met(world)
    await world.press("rita", "no_further_step", ending="won")
    world.clock.forward(timedelta(hours=2))
    return Due(LookForWins(), comes_round=True)


@story("book", TellCrm)
async def a_lead_is_handed_over_and_the_crm_hears_of_it(world: World) -> Act:
    world.box.crm.has_field(FIELD)
    # Not tomorrow: seconds then decide which of two rules gives the same time for the reply.
    await world.brief(f"rep:{world.box.person('rita').id}", wanted="2026-03-05")
    return Click(who="quinn", verb="book")


@story("accept", TellCrm)
async def a_lead_is_accepted_and_the_crm_hears_of_it(world: World) -> Act:
    world.box.crm.has_field(FIELD)
    await world.offer()
    return Click(who="rita", verb="accept")


@story("correct_brief", TellCrm)
async def an_address_is_corrected_and_the_crm_hears_of_it(world: World) -> Act:
    world.box.crm.has_field(FIELD)
    await world.offer()
    await world.press("quinn", "call_off", words="Another week, please.")
    inputs = {"contact_email": "prado@contoso.example", "company": "Contoso Freight"}
    return Click(who="quinn", verb="correct_brief", inputs=inputs)


@story(ReadCrm, TellCrm, TellOfCrm)
async def what_the_crm_does_not_take_is_told(world: World) -> Act:
    world.box.crm.has_field(FIELD)
    await world.offer()
    await world.run("delete from crm_link")  # as if there had been no CRM then
    for one in world.box.crm.all(NOTES):
        world.box.crm.delete(NOTES, one.id)
    world.box.crm.rules.append(Rule(kind=CONTACTS, name=FIELD.name, words="Ask RevOps first"))
    return Due(ReadCrm(), comes_round=True)


@story(ForgetContact, Show)
async def who_is_deleted_in_the_crm_for_privacy_is_forgotten(world: World) -> Act:
    await world.accepted()
    [one] = [one for one in world.box.crm.all(CONTACTS) if one.values.get("email") == INES]
    world.box.hubspot.webhooks.app.url = ""  # what it tells is what begins here
    world.box.crm.forget(one.id)
    return Due(ForgetContact(one.id))


async def _deals(world: World, *amounts: str) -> UUID:
    """A lead that goes on as a deal, and so many deals beside its contact."""
    await _met(world)
    await world.press("rita", "no_further_step", ending="opportunity")
    [one] = [one for one in world.box.crm.all(CONTACTS) if one.values.get("email") == INES]
    one = world.box.crm.convert(one.id)  # which has deals in Salesforce, where a lead has none
    for amount in amounts:
        values = {"dealname": f"Contoso {amount}", "dealstage": "qualifiedtobuy", "amount": amount}
        world.box.crm.add(DEALS, values, frozenset({(CONTACTS, one.id)}))
    return await world.newest_handoff()


@story(ReadLeads, Show)
async def leads_come_in_from_the_crm(world: World) -> Act:
    """Two of them, of which one is held, and one that is none as it stands there."""
    await prepared(world)
    a_lead(world)
    a_lead(world, "a@other.example", company="Test")
    a_lead(world, world.box.person("rita").mail, company="Halden")
    world.clock.forward(timedelta(minutes=2))
    return Due(ReadLeads(), comes_round=True)


@story(LookForBlanks, Show)
async def what_the_crm_knows_of_a_blank_is_proposed(world: World) -> Act:
    await prepared(world)
    make = world.box.crm.make
    named = "Utm_Campaign__c" if make == SALESFORCE else "utm_campaign"
    await publish(world, f'{rules(make)}\n[crm.touches]\nlast = "{named}"\n')
    quinn, lead = world.box.person("quinn").mail, csv_of({"contact_email": INES, "value": ""})
    await lead_lists.take_in(world.app.services, "may.csv", lead, quinn)
    await world.work()
    made(world)  # with what it is worth
    return Due(LookForBlanks(await world.newest_handoff()))


@story(ReadSpending)
async def what_a_campaign_has_cost_is_known(world: World) -> Act:
    await _follows(world, "[crm]\nspending = true")
    await world.run(
        "insert into campaign (code, code_key, name, name_key, owner, source, changed_at) "
        "values ('W1', 'w1', 'Ports', 'ports', %s, '', now())",
        world.box.person("milo").id,
    )
    world.box.crm.campaign("Ports", "12000")
    return Due(ReadSpending(), comes_round=True)


@story(ReadActivity, TellIdle, Show)
async def a_lead_that_lies_idle_is_told(world: World) -> Act:
    await _follows(world, "[crm]\nactivity = true\nidle_days = 1")
    await _met(world)
    world.clock.forward(timedelta(minutes=5))
    [one] = [one for one in world.box.crm.all(CONTACTS) if one.values.get("email") == INES]
    world.box.crm.contacted(one.id, "call", world.clock())
    world.clock.forward(timedelta(days=1, minutes=1))
    return Due(ReadActivity(), comes_round=True)


@story(ReadDeals, Show)
async def the_deal_of_a_lead_is_known(world: World) -> Act:
    await _deals(world, "60000")
    return Due(ReadDeals(), comes_round=True)


@story(ReadDeals, Show, TellOfDeal)
async def of_several_deals_somebody_is_asked_which_is_the_leads(world: World) -> Act:
    await _deals(world, "60000", "20000")
    return Due(ReadDeals(), comes_round=True)


@story(ReadDeals, TellOfDeal)
async def a_deal_that_stands_otherwise_is_told(world: World) -> Act:
    await _deals(world, "60000")
    [one] = world.box.crm.all(DEALS)
    world.box.crm.change(DEALS, one.id, {"dealstage": "closedwon"})
    await world.app.services.stores.door.follow(ReadDeals())
    await world.work()
    world.clock.forward(timedelta(days=1))
    return Due(ReadDeals(), comes_round=True)


async def _follows(world: World, more: str) -> None:
    async with world.app.services.stores.door.open() as tx:
        text = f"{POLICY.read_text()}\n{more}\n"
        await world.app.services.stores.policies.publish(tx, text, world.clock())


@story(ReadDeals, Show, TellCrm)
async def a_deal_that_comes_to_a_stage_is_whose_turn_it_is_there(world: World) -> Act:
    await _follows(world, '[crm.accountable]\ncontractsent = "pool:americas"')
    for who in ("noah", "lena", "sam"):
        await world.box.teams.install(who)
    await _deals(world, "60000")
    await world.app.services.stores.door.follow(ReadDeals())
    await world.work()
    [one] = world.box.crm.all(DEALS)
    world.box.crm.change(DEALS, one.id, {"dealstage": "contractsent"})
    world.clock.forward(timedelta(minutes=15))
    return Due(ReadDeals(), comes_round=True)


@story(LookForWins, Show, TellCrm)
async def a_deal_that_is_won_is_handed_to_whose_turn_it_is_for_customers(world: World) -> Act:
    await _follows(world, '[wins]\npool = "americas"')
    for who in ("noah", "lena", "sam"):
        await world.box.teams.install(who)
    await _met(world)
    await world.press("rita", "no_further_step", ending="won")
    world.clock.forward(timedelta(hours=2))
    return Due(LookForWins(), comes_round=True)


async def _asked_for_the_amount(world: World) -> Record:
    """A policy that wants it, and a deal beside the contact that has none yet."""
    text = f'{POLICY.read_text()}\n[[crm.wants]]\nfield = "amount"\n'
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, text, world.clock())
    await _deals(world, "")
    [one] = world.box.crm.all(DEALS)
    return one


@story(ReadDeals, AskForField)
async def whoever_has_a_deal_is_asked_for_its_amount(world: World) -> Act:
    await _asked_for_the_amount(world)
    return Due(ReadDeals(), comes_round=True)


@story("update_crm", WriteField, ShowAnswer, ReadDeals)
async def what_is_entered_of_a_deal_is_written_in_the_crm(world: World) -> Act:
    await _asked_for_the_amount(world)
    await world.app.services.stores.door.follow(ReadDeals())
    await world.work()
    return Click(who="rita", verb="update_crm", inputs={"value": "48000"})


@story("choose_deal", Show)
async def whoever_has_the_lead_says_which_deal_is_its(world: World) -> Act:
    await _met(world)
    await world.press("rita", "no_further_step", ending="opportunity")
    id = await world.newest_handoff()
    found = [
        Deal(
            id=f"{n}",
            made_at=world.clock(),
            stage="contractsent",
            stage_name="Contract Sent",
            state=DealState.OPEN,
            amount=Money(n * 1_000_000, "EUR"),
        )
        for n in range(1, 3)
    ]
    rule = partial(deals.read, at=world.clock(), deals=found)
    await world.app.services.stores.handoffs.change(id, rule)
    await world.work()
    return Click(who="rita", verb="choose_deal", inputs={"deal": "2"})


@story(LookAtBooks)
async def the_books_are_looked_at(world: World) -> Act:
    await world.offer()
    await world.run("set session_replication_role = replica; update handoff set owner = 'nobody'")
    await world.run("set session_replication_role = origin")
    return Due(LookAtBooks(), comes_round=True)


@story(AddUp)
async def what_was_counted_is_added_up(world: World) -> Act:
    await world.offer()
    return Due(AddUp(), comes_round=True)


@story(CountEarlier)
async def what_was_decided_before_is_counted(world: World) -> Act:
    await world.offer()
    await world.run("truncate fact")
    await world.run("update handoff set place = null")
    return Due(CountEarlier(), comes_round=True)


@story(LookAtFigures, AddUp)
async def the_figures_are_looked_at(world: World) -> Act:
    await world.offer()
    await world.app.services.stores.door.follow(AddUp())
    await world.work()
    await world.run("update day_sum set count = count + 1")
    return Due(LookAtFigures(), comes_round=True)


@story(Sweep, RingPledges, TellReport)
async def a_dispute_is_not_answered(world: World) -> Act:
    await world.press(await _why(world), "report_assignment")
    world.clock.set(at(3, 10, 5))
    return Due(Sweep(), comes_round=True)


@story("all_true")
async def a_week_is_confirmed(world: World) -> Act:
    await _asked(world)
    return Click(who="rita", verb="all_true")


@story("is_real")
async def an_event_is_real(world: World) -> Act:
    await _asked(world)
    return Click(who="rita", verb="is_real")


@story("free_event", FreeEvent, ShowWeek)
async def an_event_is_freed(world: World) -> Act:
    await _asked(world)
    return Click(who="rita", verb="free_event")


@story("undo_free", RestoreEvent, ShowWeek)
async def an_event_is_put_back(world: World) -> Act:
    await _asked(world)
    await world.press("rita", "free_event")
    return Click(who="rita", verb="undo_free")


@story("accept_invitation", AnswerInvitation, ShowWeek)
async def an_invitation_is_accepted(world: World) -> Act:
    await _asked(world)
    return Click(who="rita", verb="accept_invitation")


@story("decline_invitation", AnswerInvitation, ShowWeek)
async def an_invitation_is_declined(world: World) -> Act:
    await _asked(world)
    return Click(who="rita", verb="decline_invitation")


# --- Whose turn it is -------------------------------------------------------------------------


async def _why(world: World) -> str:
    """A colleague of who got the lead reads why."""
    chosen = await book_next(world, 1)
    other = next(name for name in EMEA if name != chosen)
    await world.say(other, "fairness 1")
    return other


@story("report_assignment", TellReport)
async def an_assignment_is_said_to_be_wrong(world: World) -> Act:
    return Click(who=await _why(world), verb="report_assignment")


@story("answer_report", TellAnswer)
async def a_manager_puts_an_assignment_right(world: World) -> Act:
    await world.press(await _why(world), "report_assignment")
    return Click(who="mara", verb="answer_report", inputs={"titled": "Put it right"})


@story("fairness")
async def a_rep_asks_by_a_click_why(world: World) -> Act:
    chosen = await book_next(world, 1)
    await world.say(chosen, "why 1")
    return Click(who=chosen, verb="fairness")


@story("pool_figures")
async def the_figures_of_a_pool_are_asked_for(world: World) -> Act:
    return Click(who=await _why(world), verb="pool_figures")


@story(Reply, TellInTheWay)
async def whoever_was_next_reads_what_was_in_the_way(world: World) -> Act:
    nine = MONDAY + timedelta(days=1, hours=-1)
    world.box.outlook.create("rosa", "Hold", nine, nine + timedelta(minutes=30))
    await world.brief("pool:emea")
    rita = world.box.person("rita").id
    await world.press("quinn", "book", choice=f"{nine.isoformat()}|{rita}")
    return Sent(who="rosa", more={"text": "fairness 1"})


@story("give_time", TellReport)
async def a_manager_gives_more_time_for_an_answer(world: World) -> Act:
    await world.press(await _why(world), "report_assignment")
    world.clock.set(at(3, 10, 5))
    await world.sweep()
    await world.sweep()
    return Click(who="helen", verb="give_time", inputs={"reason": "Trade fair"})


async def starved(world: World) -> None:
    await book_next(world, 0)
    await world.run("update routing_book set since = since - interval '30 days'")
    await world.run("delete from routing_given")
    await world.run(
        "insert into routing_given (handoff, person, counter, pool, at, tags, how) "
        "select id, %s, 'emea', 'emea', %s, '{}', 'named' from handoff, generate_series(1, 4)",
        world.box.person("ravi").id,
        MONDAY - timedelta(days=3),
    )


@story(Famine, TellAlarm, TellStarved)
async def who_had_no_lead_for_a_while_is_told_of(world: World) -> Act:
    await starved(world)
    return Due(Famine(), comes_round=True)


@story("answer_alarm")
async def a_manager_makes_up_for_it(world: World) -> Act:
    await starved(world)
    await world.app.services.stores.door.follow(Famine())
    await world.work()
    return Click(who="mara", verb="answer_alarm", inputs={"titled": "Do it"})


# --- What is said, and who is reached ---------------------------------------------------------


@story(Reply)
async def something_is_said(world: World) -> Act:
    await world.offer()
    return Sent(who="rita", more={"text": "mine"})


@story(Reply, ReadWeeks, ShowWeek)
async def a_calendar_is_asked_for(world: World) -> Act:
    put(world)
    return Sent(who="rita", more={"text": "calendar"})


@story(Reply)
async def baton_is_installed(world: World) -> Act:
    world.box.chats.set("noah", installed=True)
    return Sent(who="noah", kind="installationUpdate", more={"action": "add"})


@story("open")
async def a_form_is_opened(world: World) -> Act:
    await world.offer()
    return Click(who="rita", verb="open", inputs={"titled": "Send back"})


@story("back", ShowClicked)
async def a_form_is_closed_again(world: World) -> Act:
    await world.offer()
    await world.press("rita", "open", titled="Send back")
    return Click(who="rita", verb="back")


@story("mine")
async def what_is_open_is_asked_for_by_a_click(world: World) -> Act:
    await world.offer()
    await world.say("rita", "help")
    return Click(who="rita", verb="mine")


@story("help", ShowAnswer)
async def help_is_asked_for_by_a_click(world: World) -> Act:
    await world.say("rita", "mine")
    return Click(who="rita", verb="help")


@story("show", Show)
async def a_card_is_asked_for_anew(world: World) -> Act:
    await world.offer()
    await world.say("rita", "mine")
    return Click(who="rita", verb="show")


@story("show_pledge", TellReport)
async def the_card_of_a_dispute_is_asked_for_anew(world: World) -> Act:
    await world.press(await _why(world), "report_assignment")
    await world.say("mara", "mine")
    return Click(who="mara", verb="show_pledge")


@story("accept", AcceptMeeting, ShowClicked)
async def of_two_copies_of_a_card_the_first_is_clicked(world: World) -> Act:
    await world.brief(f"rep:{world.box.person('rita').id}")
    world.box.faults.teams_answer_lost(after=0, times=1, person="rita")
    await world.press("quinn", "book")
    await world.run("update procrastinate_jobs set scheduled_at = now() where attempts > 0")
    await world.work()
    first, _ = (m for m in world.box.teams.chat("rita") if "accept" in m.verbs())
    return Click(who="rita", verb="accept", card=first)


@story("book", Invite, SendNotice)
async def who_blocked_baton_is_told_by_mail(world: World) -> Act:
    world.box.teams.block("rita")
    # At ten, eight hours end with the day, and whatever is done a minute later is due a day later.
    world.clock.forward(timedelta(minutes=20))
    await world.brief(f"rep:{world.box.person('rita').id}", wanted="2026-03-05")
    return Click(who="quinn", verb="book")


@story(Reply, PointToAnswer)
async def what_is_asked_among_others_is_answered_in_private(world: World) -> Act:
    await world.offer()
    chat = world.box.chats.chat(world.box.person("mara")).conversation
    asked = {"text": "mine", "conversation": {"id": chat, "conversationType": "groupChat"}}
    return Sent(who="rita", more=asked)


@story(MailInstead, SendNotice)
async def what_teams_takes_too_long_for_goes_by_mail(world: World) -> Act:
    """In each scene Teams answers again; but the mail is quicker than the card, however often it is
    tried.
    """
    rosa = world.box.person("rosa").id
    down = world.box.faults.teams_status(503, "", times=None, person="rosa")
    await world.offer("rosa")
    world.box.faults.lift(down)
    await world.run("update procrastinate_jobs set priority = -1, lock = %s", SendNotice(rosa).lock)
    return Due(MailInstead(rosa))


@story(Reply, Show)
async def who_unblocks_baton_gets_what_waited(world: World) -> Act:
    world.box.teams.block("rita")
    await world.offer()
    world.box.teams.unblock("rita")
    return Sent(who="rita", more={"text": "hello"})


# --- Upkeep -----------------------------------------------------------------------------------


@story(Rescue, AcceptMeeting)
async def a_worker_died_in_the_middle(world: World) -> Act:
    await world.offer()
    await world.click("rita", "accept")
    await world.run(
        "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour'); "
        "update procrastinate_jobs set status = 'doing', "
        "worker_id = (select max(id) from procrastinate_workers) where task_name = 'accept_meeting'"
    )
    return Due(Rescue(), comes_round=True)


@story(WatchCredential)
async def the_end_of_the_certificate_is_watched(world: World) -> Act:
    return Due(WatchCredential(), comes_round=True)


@story(Tidy)
async def what_is_no_longer_needed_goes(world: World) -> Act:
    await world.offer()
    world.clock.forward(timedelta(days=60))
    return Due(Tidy(), comes_round=True)


@story(Forget)
async def what_is_kept_too_long_goes(world: World) -> Act:
    await _sent_back(world, "no_need")
    await world.press("quinn", "end", titled="No lead after all")
    world.clock.forward(timedelta(days=1000))
    return Due(Forget(), comes_round=True)
