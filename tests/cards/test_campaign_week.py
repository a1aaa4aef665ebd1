"""What whoever owns campaigns reads of each in the report of a week."""

from cards.campaign_week import campaign_words
from cards.weekly_report import Names
from handoff.figures import Share, Value
from handoff.policy import Policy
from handoff.weekly import OF_CAMPAIGN, Line, Told
from tests.handoff.conftest import PEOPLE


def a_campaign(key: str, parts: dict[str, dict[str, Value]], **wholes: Value) -> Line:
    now = {
        item.key: Told(wholes.get(item.figure, 0), parts.get(item.key, {})) for item in OF_CAMPAIGN
    }
    return Line(kind="campaign", whose=key, now=now, before=now)


def names(policy: Policy, **sources: str) -> Names:
    called = {"fair": "Hannover fair", "ports": "Ports webinar"}
    return Names(
        people=PEOPLE, policy=policy, viewer=PEOPLE["milo"], campaigns=called, sources=sources
    )


FAIR = a_campaign(
    "fair",
    {
        "sent_back-reason": {"not_a_fit": 2, "": 1},
        "handed_over-segment": {"Enterprise": 5, "": 3},
        "accepted-segment": {"Enterprise": 4, "": 1},
        "took_place-segment": {"Enterprise": Share(2, 3)},
        "won-segment": {"Enterprise": 1},
    },
    handed_over=8,
    accepted=5,
    took_place=Share(2, 3),
    sent_back=3,
    won=1,
)
PORTS = a_campaign("ports", {"handed_over-segment": {"": 2}}, handed_over=2)


def test_each_has_what_came_of_it_why_leads_came_back_and_each_segment(
    policy_in_force: Policy,
) -> None:
    told = campaign_words([PORTS, FAIR], names(policy_in_force))
    not_a_fit = policy_in_force.reasons.get("not_a_fit", "not_a_fit")
    assert told[0] == (
        "**Hannover fair**: 8 leads were handed over, 5 accepted this week, 2 of 3 meetings took "
        "place, 3 went back, 1 won."
    )
    assert told[1].startswith("Sent back: 2 × ")
    assert not_a_fit.lower()[:5] in told[1].lower()
    assert told[2:4] == [
        (
            "Segment Enterprise: 5 leads were handed over, 4 accepted this week, 2 of 3 meetings "
            "took place, 1 won."
        ),
        "No segment: 3 leads were handed over, 1 accepted this week.",
    ]
    assert told[4] == "**Ports webinar**: 2 leads were handed over."
    assert len(told) == 5, "of what is not known nothing is said: no segment, source or message"


def test_what_kind_of_effort_it_was_is_told_where_there_are_several(
    policy_in_force: Policy,
) -> None:
    both = campaign_words([PORTS, FAIR], names(policy_in_force, fair="Fair", ports="Webinar"))
    assert both[-2].startswith("Source Fair: 8 leads were handed over, 5 accepted")
    assert both[-1] == "Source Webinar: 2 leads were handed over."
    one = campaign_words([PORTS], names(policy_in_force, ports="Webinar"))
    assert one == ["**Ports webinar**: 2 leads were handed over."]


def test_of_campaigns_without_anything_nothing_is_said(policy_in_force: Policy) -> None:
    assert campaign_words([a_campaign("fair", {})], names(policy_in_force)) == []
    assert campaign_words([], names(policy_in_force)) == []


def test_of_more_than_there_is_room_for_it_says_how_many(policy_in_force: Policy) -> None:
    many = [a_campaign(f"c{n}", {}, handed_over=1) for n in range(9)]
    assert campaign_words(many, names(policy_in_force))[-1] == "And 3 more, in the tab."
