"""The words of a reason, one by one: who is behind and who ahead, what happens without a promise,
and where what is wrong with a form stands.
"""

import json
from dataclasses import replace
from html import escape

import pytest

from cards import why
from cards.rotation import code_words, more_words, share_words, sum_words
from cards.tab_link import TabLinks
from cards.view import View
from cards.weekly_report import (
    HIDDEN,
    NOT_SHOWN,
    Names,
    changed,
    own_words,
    team_of,
    told_sections,
    week_place,
    weekly_card,
    write_weekly_mail,
)
from cards.wrong import pointed
from handoff.figures import BY_CODE, Share, Unit, Value
from handoff.model import Alarm, Step
from handoff.policy import Policy, Promise
from handoff.routing.inputs import LEAD
from handoff.routing.reasons import BUSY, CHOSEN, LATER, Reason
from handoff.weekly import OWN, SECTIONS, Line, Report, Told
from tests.cards.gallery import send_back
from tests.cards.weekly import AT, WEEK, reports
from tests.handoff.conftest import PEOPLE, Story
from tests.hour import MONDAY

ROSA = Reason(
    id="rosa",
    code=CHOSEN,
    target=LEAD * 43 // 10,
    got=4,
    credits=0,
    shortfall=LEAD * 3 // 10,
    score=LEAD * 3 // 10,
    load=0,
    size=100,
)


@pytest.mark.parametrize(
    ("tenths", "share", "total"),
    [
        (3, "0.3 of a lead behind a fair share", "short by 0.3"),
        (-3, "0.3 of a lead ahead of a fair share", "ahead by 0.3"),
        (10, "1.0 leads behind a fair share", "short by 1.0"),
        (0, "level with a fair share", "short by 0.0"),
    ],
)
def test_who_is_short_of_a_fair_share_is_behind(tenths: int, share: str, total: str) -> None:
    one = replace(ROSA, shortfall=LEAD * tenths // 10)
    assert share_words(one) == share
    assert sum_words(one) == f"target 4.3 − got 4 + credits 0 = {total}"


def test_what_was_compared_is_said_where_it_is_another_number() -> None:
    assert more_words(ROSA) == ""
    assert more_words(replace(ROSA, score=LEAD, load=2)) == " · load 2 · compared as 1.0"


def test_what_is_nobody_elses_business_is_not_in_the_words() -> None:
    def told(one: Reason, viewer: str) -> str:
        return code_words(one, PEOPLE[viewer], PEOPLE, MONDAY)

    away, at = replace(ROSA, code="away"), int(MONDAY.timestamp())
    assert told(ROSA, "ravi") == "chosen, 0.3 of a lead behind a fair share"
    assert "(place 2 in turn)" in told(replace(ROSA, code=LATER, place=2), "ravi")
    assert told(away, "ravi") == "not available"
    assert told(replace(away, id="rita"), "rita") == "out of office"
    busy = replace(ROSA, id="rita", code=BUSY, asked_for=at, busy_with="away")
    assert "out of office" not in told(busy, "ravi").lower()
    assert told(busy, "ravi") != told(busy, "rita")


def test_without_anything_to_come_nothing_is_threatened(policy_in_force: Policy) -> None:
    story = Story(policy_in_force)
    story.offered()
    view = View(case=story.case, viewer=PEOPLE["rita"], at=story.at)
    promise = story.owed(Promise.ANSWER)
    assert why.ahead(view, promise).startswith("Without it: one reminder ")
    for left in ((), (Alarm(story.at, Step.LOOK),)):
        assert why.ahead(view, replace(promise, alarms=left)) == ""


def test_a_clock_that_tells_nobody_threatens_nothing(policy_in_force: Policy) -> None:
    clocks = dict(policy_in_force.clocks)
    clocks[Promise.FIT] = replace(clocks[Promise.FIT], reminder=None, escalate=False)
    assert why.ladder(replace(policy_in_force, clocks=clocks), Promise.FIT) == ""
    assert why.ladder(policy_in_force, Promise.FIT).startswith("Without it: ")


def test_rework_is_due_before_its_meeting_and_else_nobody_is_there(policy_in_force: Policy) -> None:
    story = Story(policy_in_force)
    story.offered()
    send_back(story)
    view = View(case=story.case, viewer=PEOPLE["quinn"], at=story.at)
    rework, policy = story.owed(Promise.REWORK), story.case.policy
    assert "before its meeting at the latest" in why.rule_of(policy, Promise.REWORK)
    assert "before its meeting" not in why.rule_of(policy, Promise.BOOK)
    assert why.ahead(view, rework).endswith("the prospect is there, and nobody else.")
    assert why.ladder(policy, Promise.REWORK).endswith("the prospect is there, and nobody else.")
    assert "the prospect is there" not in why.ladder(policy, Promise.ANSWER)


def test_a_field_is_named_where_the_words_are_far_from_it() -> None:
    def line(text: str) -> dict[str, object]:
        return {"type": "TextBlock", "text": text}

    def field(id: str, label: str) -> dict[str, object]:
        return {"type": "Input.Text", "id": id, "label": label}

    def said(body: list[dict[str, object]], at: str, words: str = "It is wrong.") -> list[object]:
        return [one.get("text") or one.get("id") for one in pointed(body, words, (at,))]

    wrong, many = line("It is wrong."), [line(str(n)) for n in range(4)]
    who, note = field("who", "Who (optional): name"), field("note", "Note")
    assert said([wrong, who], "who") == ["It is wrong.", "who"], "once, where it is in view"
    assert said([wrong, *many, who], "who") == [
        *("Who: It is wrong.", "0", "1", "2", "3", "It is wrong.", "who")
    ]
    assert said([who, *many, note], "who")[-1] == "Who: It is wrong.", "and at the buttons"
    assert said([who, *many], "who", "Who is that?")[-1] == "Who is that?", "named already"
    assert said([wrong, *many], "who") == ["It is wrong.", "0", "1", "2", "3"]
    hidden = {"type": "Container", "isVisible": False, "items": [who]}
    [shown] = [one for one in pointed([hidden, *many], "No.", ("who",)) if "items" in one]
    assert "isVisible" not in shown
    unseen = {"type": "Container", "isVisible": False, "items": [line("a"), line("b"), line("c")]}
    assert said([wrong, unseen, who], "who")[0] is None, "what is hidden is no way to go"


def test_a_week_that_cannot_be_compared_is_not_said_to_be_like_the_one_before() -> None:
    now = {"handed_over": Told(3, {}), "won": Told(0, {})}
    hidden = {key: Told(None, {}) for key in now}

    [first] = changed(Line(kind="organisation", now=now, before=hidden))
    [like] = changed(Line(kind="organisation", now=now, before=now))
    [some] = changed(Line(kind="organisation", now=now, before={**now, "won": Told(None, {})}))
    fewer = {**now, "handed_over": Told(40, {}), "won": Told(None, {})}
    [_, rest] = changed(Line(kind="organisation", now=now, before=fewer))

    assert "the week before is not shown" in first
    assert like == "Nothing is far from what it was the week before."
    assert some.startswith("Nothing that is shown is far")
    assert rest.endswith("or is not shown.")


def test_what_is_said_of_a_meeting_later_counts_in_the_week_in_which_it_is_said() -> None:
    """And both the definition and what changed say so."""
    now = {"met": Told(9, {}), "took_place": Told(Share(9, 10), {}), "won": Told(2, {})}
    before = {"met": Told(40, {}), "took_place": Told(Share(40, 41), {}), "won": Told(90, {})}

    said = changed(Line(kind="organisation", now=now, before=before))

    assert "Met, by what was said in each week: 9; the week before 40." in said
    assert "Won: 2; the week before 90." in said, "that is of the day itself"
    assert "first said in this time" in BY_CODE["met"].says
    assert "somebody said in this time" in BY_CODE["took_place"].says


def test_a_report_says_once_that_too_few_people_were_concerned(policy_in_force: Policy) -> None:
    keys = {item.key: Told(None, {}) for section in SECTIONS for item in section.items}
    names = Names(people=PEOPLE, policy=policy_in_force, viewer=PEOPLE["rita"], campaigns={})

    [(titles, said)] = told_sections(Line(kind="organisation", now=keys, before=keys), names)
    assert said == [NOT_SHOWN]
    assert all(section.title in titles for section in SECTIONS)

    known = {**keys, "overdue-code": Told(0, {})}
    told_ = told_sections(Line(kind="organisation", now=known, before=keys), names)
    assert len(told_) == 2, "what is known comes first, the rest together"
    assert told_[-1][1] == [NOT_SHOWN]


def test_what_of_a_week_may_be_seen_is_said_though_others_of_it_are_about_too_few(
    policy_in_force: Policy,
) -> None:
    """As a page of figures has it to the same reader."""
    keys = {item.key: Told(0, {}) for section in SECTIONS for item in section.items}
    names = Names(people=PEOPLE, policy=policy_in_force, viewer=PEOPLE["rita"], campaigns={})

    def reads(key: str = "overdue-code", **parts: Value | None) -> dict[str, str]:
        now = {**keys, "fell_through": Told(9, {}), key: Told(9, parts)}
        line = Line(kind="organisation", now=now, before=keys)
        return {title: " ".join(said) for title, said in told_sections(line, names)}

    some = reads(outcome=5, next_step=None, progress=None)
    assert some["Missing data"] == (
        "Due this week and still to be said: 5 × how a meeting went. Others are not shown, for "
        "they are about too few people, or would tell of those."
    )
    assert reads(outcome=None)["Missing data"] == NOT_SHOWN
    assert "or would tell of those" in NOT_SHOWN, "of enough people may be what is hidden"
    assert "Nobody has said" in reads()["Appointments that took place"]
    shown = {**keys, "took_place": Told(None, {})}
    told_ = told_sections(Line(kind="organisation", now=shown, before=keys), names)
    went = dict(told_)["Appointments that took place"]
    assert went == [f"How appointments went is {HIDDEN}."], "somebody may have said it"
    back = reads("sent_back")["Appointments that fell through, by cause"]
    assert back.endswith("9 leads went back to the qualifier.")
    hidden = {**keys, "sent_back": Told(None, {})}
    told_ = told_sections(Line(kind="organisation", now=hidden, before=keys), names)
    fell = dict(told_)["Appointments that fell through, by cause"]
    assert fell[-1] == f"How many leads went back to the qualifier is {HIDDEN}."
    assert reads()["Missing data"] == "Nothing that was due this week is still to be said."
    met = {
        "met_of_handed_over": Told(Share(6, 8), {}),
        "opportunity_of_handed_over": Told(None, {}),
    }
    line = Line(kind="organisation", now={**keys, **met}, before=keys)
    [_, talked, *_] = dict(told_sections(line, names))["Conversion"]
    assert talked == "Of 8 leads handed over 4 weeks earlier, somebody has spoken with 6."
    through = reads("fell_through-code", cancelled=5, invite_gone=None)[
        "Appointments that fell through, by cause"
    ]
    assert "9 appointments were called off before their time: 5 × " in through
    assert "Others are not shown" in through
    assert "calendar" not in through, "nor what it was"


def a_line(kind: str, whose: str, **known: Value | None) -> Line:
    """In which what is not *known* came to nothing."""
    now: dict[str, Told] = {}
    for item in OWN:
        empty: Value = Share(0, 0) if item.of.unit is Unit.SHARE else 0
        now[item.key] = Told(known.get(item.key, empty), {})
    return Line(kind=kind, whose=whose, now=now, before=now)


def test_a_name_with_its_address_is_not_parted_from_it_by_a_word() -> None:
    assert team_of("Mara Lind") == "Mara Lind’s team"
    assert team_of("Jo Holm (jo@halden.example)") == "Team of Jo Holm (jo@halden.example)"


def test_a_campaign_without_anything_is_not_said_to_be_of_too_few_people() -> None:
    """It has no figure that says how anybody did."""
    nobodys = {"kept_of_due": None, "overdue": None}
    assert own_words(a_line("campaign", "fair", **nobodys), short=True) == "nothing of this week"
    assert own_words(a_line("team", "mara", **nobodys), short=True) == HIDDEN
    assert own_words(a_line("campaign", "fair", won=None, **nobodys), short=True) == HIDDEN
    back = own_words(a_line("campaign", "fair", sent_back=1, **nobodys), short=True)
    assert back == "1 went back", "what is no part of the short form is not nothing"


def test_a_mail_has_what_had_something_first_and_says_how_many_more_there_are(
    policy_in_force: Policy,
) -> None:
    own = a_line("person", "helen", handed_over=2)
    busy = [a_line("campaign", f"c{n}", handed_over=1) for n in (7, 8)]
    report = Report(
        week=WEEK,
        made_at=AT,
        cut_off=AT,
        definition=1,
        policy=1,
        organisation=reports(policy_in_force, PEOPLE)["quinn"][0].organisation,
        own=own,
        teams=(
            a_line("team", "helen", handed_over=2),
            *[a_line("team", f"t{n}", overdue=n) for n in range(1, 9)],
        ),
        campaigns=(*[a_line("campaign", f"c{n}") for n in range(7)], *busy),
    )
    teams = {f"t{n}": replace(PEOPLE["mara"], name=f"Lead {n}") for n in range(1, 9)}
    names = Names(
        people={**PEOPLE, **teams}, policy=policy_in_force, viewer=PEOPLE["helen"], campaigns={}
    )
    tab = TabLinks(app="a", url="https://baton.example.com")
    mail = write_weekly_mail(report, names, tab).html
    card = json.dumps(weekly_card(report, names))

    assert "**Your campaigns**: 2 leads were handed over." in card, "of all nine together"
    assert "Your team" not in mail, "it is her own line once more"
    assert "Your team" not in card
    assert mail.index("<b>c7</b></a>: 1 lead") < mail.index("<b>c8</b>")
    assert "<b>c0</b>" not in mail
    week = tab.to(week_place(report.week), "The week")
    there = f'<a href="{escape(week)}">in Teams</a>'
    assert f"And 2 more, {there}." in mail, "of eight teams"
    for told in (mail, card):
        assert "7 others: nothing of this week." in told, "of nine campaigns"
    assert "And 2 more, in the tab." in card
    assert "And 2 more, in Teams." in write_weekly_mail(report, names).html
