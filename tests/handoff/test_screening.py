"""What is held of leads that come in: the policy's words and domains, and nothing that is near."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from handoff import handing_over
from handoff.model import Case
from handoff.policy import Policy, Screening
from handoff.screening import against, held, open_with
from tests.handoff.conftest import LEAD, PEOPLE
from tests.hour import MONDAY

RULES = Screening()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"contact_email": "a@example.com"}, "of example.com"),
        ({"contact_email": "a@mail.EXAMPLE.org"}, "of example.org"),
        ({"contact_email": "a@b.test"}, "of test"),
        ({"contact_email": "a@notexample.com"}, ""),
        ({"contact_email": "a@example.com.br"}, ""),
        ({"contact_email": "test@northwind.example"}, ""),
        ({"company": "Test"}, "its company is “test”"),
        ({"company": "TEST, test 1"}, "its company is “test test”"),
        ({"company": "Test & Measurement"}, ""),
        ({"company": "123"}, ""),
        ({"contact_name": "Asdf Qwerty"}, "its contact name is “asdf qwerty”"),
        ({"contact_name": "Foo Lee"}, ""),
        ({"needs": "See https://a.example and www.b.example"}, ""),
        ({"needs": "http://a http://b", "request": "WWW.c"}, "holds 3 addresses of web pages"),
        ({"contact_name": "https://a.example"}, "where a name does"),
    ],
)
def test_what_looks_like_a_test_or_spam_is_said(changes: dict[str, Any], why: str) -> None:
    said = against(replace(LEAD, **changes), RULES)
    assert why in said
    assert bool(said) is bool(why)


def test_the_policy_says_what_that_is() -> None:
    rules = Screening(domains=("spam.example",), words=("zz",), links=0)
    held: list[dict[str, Any]] = [{"contact_email": "a@spam.example"}, {"company": "zz"}]
    for changes in (*held, {"needs": "www.a.b"}):
        assert against(replace(LEAD, **changes), rules)
    assert not against(replace(LEAD, contact_email="a@example.com", company="Test"), rules)


def test_a_number_that_begins_like_the_one_on_the_card_has_not_been_read(
    policy_in_force: Policy,
) -> None:
    quinn = PEOPLE["quinn"]
    begun = handing_over.begin(
        id=uuid4(),
        lead=LEAD,
        qualifier=quinn,
        policy=policy_in_force,
        at=MONDAY,
        search=None,
        source="Website form",
        held=open_with(12),
    )
    case = Case(handoff=begun.handoff, policy=policy_in_force, people={"quinn": quinn})

    again = handing_over.let_in(case, by="quinn", at=MONDAY, already=open_with(1))
    assert held(again.handoff)
    known = handing_over.let_in(case, by="quinn", at=MONDAY, already=open_with(12))
    assert not held(known.handoff)
