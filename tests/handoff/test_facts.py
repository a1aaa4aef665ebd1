"""What is counted of a handoff: once, at its moment, and as its timeline has it."""

from collections import Counter
from random import Random

import pytest

from handoff.facts import STEPS, What, of_record, standing
from handoff.model import Place
from handoff.policy import Policy
from tests.handoff.histories import Lived, live
from tests.thoroughness import THOROUGH

HISTORIES = 4_000 if THOROUGH else 250


def bare(place: Place | None) -> Place:
    assert place
    return Place(**{name: getattr(place, name) for name in ("begun", "qualifier", "hander")})


@pytest.mark.large
def test_what_was_counted_decision_by_decision_is_what_the_timeline_tells(
    policy_in_force: Policy,
) -> None:
    told: Counter[str] = Counter()
    for seed in range(HISTORIES):
        story = live(Lived(policy_in_force), Random(seed))
        handoff = story.handoff

        place, found = of_record(handoff, story.entries, story.people, bare(handoff.place))

        assert standing(story.facts) == standing(found), seed
        assert handoff.place
        assert place.reached.keys() == handoff.place.reached.keys(), seed
        assert all(count == 1 or key[3] == 0 for key, count in standing(found).items()), seed
        told.update({str(key[0]) for key in standing(found)})
    never = {str(one) for one in What} - told.keys()
    assert not never - {"nurtured"}, "each kind is seen in some history"
    assert [told[step] for step in STEPS] == sorted((told[step] for step in STEPS), reverse=True)
