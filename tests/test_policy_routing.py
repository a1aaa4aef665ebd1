"""Who gets a lead, as the policy file says it: read aloud, checked, refused where it must be."""

from dataclasses import replace

import pytest

from handoff.money import Money, whole
from handoff.policy import DealField, Want
from handoff.routing import gate
from handoff.routing.aloud import gate_aloud, pool_aloud, rule_aloud, trait_aloud
from handoff.routing.check import flaws, too_low
from handoff.routing.policy import Limits, RepTerms
from handoff.routing.rules import fits, route, traits_of
from policy import lines, reading
from policy.rules import rules_of
from tests.conftest import ROOT
from tests.handoff.conftest import LEAD

TEXT = (ROOT / "policy.toml").read_text()
ENTERPRISE = """
[[pools]]
code = "large"
name = "EMEA Enterprise"
reps = ["rita.osei@halden.example"]
needs = ["language"]

[[traits]]
kind = "region"
name = "EMEA"
zones = ["Europe/", "Africa/"]

[[traits]]
kind = "language"
name = "German"
domains = [".de", ".at"]

[[rules]]
name = "Enterprise"
region = ["EMEA"]
value_from = 100000
to = "large"

[[rules]]
name = "Americas"
"""
LARGE = TEXT.replace('[[rules]]\nname = "Americas"\n', ENTERPRISE, 1)


def test_a_rule_reads_aloud_from_the_very_values_that_run() -> None:
    rules = rules_of(reading.read(LARGE), 1)
    rule = rules.routing.rules[0]

    def say(of: Money) -> str:
        return f"{of.plain()} {of.currency}"

    assert rule_aloud(rule, "EMEA Enterprise", say) == (
        "Leads from EMEA known to be worth 100000 EUR or more go to EMEA Enterprise: whoever "
        "has the company already, else the qualifier's own rep, else next in turn."
    )
    lead = replace(LEAD, value=whole(100_000, "EUR"))
    assert route(lead, rules.routing) is rule
    cent_less = replace(lead, value=Money(9_999_999, "EUR"))
    assert route(cent_less, rules.routing).name == "Everyone else"
    higher = replace(rule, value_from=whole(200_000, "EUR"))
    assert "200000 EUR" in rule_aloud(higher, "EMEA Enterprise", say)
    assert not fits(higher, traits_of(lead, rules.routing), lead.value), "text and rule agree"


EVERYTHING = LARGE.replace(
    'needs = ["language"]\n',
    """needs = ["language"]
mode = "balanced"
within = 0.5
skills = "on_top"
limits = { hour = 2, week = 5, open = 9, tags = { German = 3 } }
at_most = { day = 20 }
overflow = { how = "next", pool = "emea" }
""",
).replace(
    "load_per_lead = 10\n",
    "load_per_lead = 10\nfit = { least = 40, points = { German = 50, EMEA = -10 } }\n",
)


def test_all_that_decides_reads_aloud() -> None:
    rules = rules_of(reading.read(EVERYTHING), 1)
    routing, names = rules.routing, {pool.code: pool.name for pool in rules.pools}

    assert pool_aloud(routing.terms("large"), "EMEA Enterprise", names) == (
        "In EMEA Enterprise, the first free of those owed at most 0.5 leads less than whoever is "
        "owed most, until somebody is short by a whole lead. Each rep gets at most 2 in any hour, "
        "5 a week, 9 open at a time, 3 of German a week. All its reps together get at most 20 in "
        "any 24 hours. Who lacks the language of a lead does not get it, and it costs them no "
        "share. When nobody can, the lead goes to EMEA."
    )
    assert pool_aloud(routing.terms("emea"), "EMEA", names) == (
        "In EMEA, whoever is next, or whom the qualifier picks, which is recorded. When nobody "
        "can, it is held for the next free rep, 24 hours; then it is the qualifier's."
    )
    [gate_said] = gate_aloud(routing)
    assert gate_said == (
        "A lead needs 40 points of fit (German +50, EMEA -10); below, its qualifier keeps it, or "
        "says why not. What nobody knows of a lead has no points."
    )
    german = next(trait for trait in routing.traits if trait.name == "German")
    assert trait_aloud(german, str) == (
        "German (language) is a lead with a mail address that ends in .de or .at."
    )


@pytest.mark.parametrize("worth", [None, whole(900_000, "USD")], ids=["unknown", "in dollars"])
def test_a_worth_that_is_not_known_in_the_policys_currency_is_neither_enough_nor_too_little(
    worth: Money | None,
) -> None:
    rules = rules_of(reading.read(LARGE), 1).routing
    [rule] = [one for one in rules.rules if one.value_from]
    lead = replace(LEAD, value=worth)
    small = replace(rule, value_from=None, value_below=whole(1_000_000, "EUR"))

    assert route(lead, rules).name == "Everyone else"
    assert not fits(small, traits_of(lead, rules), worth)
    assert fits(small, traits_of(lead, rules), whole(900_000, "EUR"))


def test_what_a_lead_is_is_seen_in_what_is_known_of_it() -> None:
    rules = rules_of(reading.read(LARGE), 1).routing

    german = replace(LEAD, contact_email="A@Firma.DE", contact_zone="Europe/Berlin")

    assert traits_of(german, rules) == (("region", "EMEA"), ("language", "German"))
    assert traits_of(replace(german, contact_zone="America/New_York"), rules) == (
        ("region", "Americas"),
        ("language", "German"),
    )


BAD = [
    ("negative", ('name = "EMEA"\n', 'name = "EMEA"\nweight = -1\n'), "pools.0.weight"),
    ("text", ('name = "EMEA"\n', 'name = "EMEA"\nweight = "much"\n'), "pools.0.weight"),
    ("cap", ('name = "EMEA"\n', 'name = "EMEA"\nlimits = { week = 0 }\n'), "limits.week"),
    ("rule", ('name = "Everyone else"', 'name = "Americas"'), "the same name twice"),
    ("pool", ('to = "emea"', 'to = "asia"'), "there is no pool 'asia'"),
    ("trait", ('region = ["Americas"]', 'region = ["Mars"]'), "what 'Mars' is"),
    ("owner", ('to = "emea"', 'region = ["Americas"]\nto = "emea"'), "would have no owner"),
    (
        "loop",
        ('name = "EMEA"\n', 'name = "EMEA"\noverflow = { how = "next", pool = "emea" }\n'),
        "would go round without an owner: emea → emea",
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=[one[0] for one in BAD])
def test_what_cannot_work_is_refused_with_file_line_and_key(
    bad: tuple[str, tuple[str, str], str],
) -> None:
    _, mend, named = bad
    assert mend[0] in TEXT
    text = TEXT.replace(*mend, 1)

    with pytest.raises(reading.BadPolicyError) as error:
        reading.read(text, "sales.toml")

    said = str(error.value)
    assert named in said
    assert "sales.toml, line " in said
    line = int(said.partition("line ")[2].partition(",")[0])
    assert text.splitlines()[line - 1].strip(), "a line of the file"


def test_the_line_is_the_keys_own() -> None:
    text = "a = 1\n\n[[pools]]\ncode = 'x'\n[[pools]]\ncode = 'y'\nweight = 3\n[one.two]\nthree = 4"

    assert lines.find(text, ("pools", 1, "weight")) == 7
    assert lines.find(text, ("pools", 0, "weight")) == 3
    assert lines.find(text, ("one", "two", "three")) == 9
    assert lines.find(text, ("nowhere",)) is None


def test_a_file_half_saved_is_refused_wherever_it_was_cut() -> None:
    reading.read_new(TEXT, "policy.toml")
    whole, last = len(TEXT.rstrip()), TEXT.rindex("[[rules]]")

    for cut in (*range(0, last, 37), *range(last, whole, 5)):
        with pytest.raises(reading.BadPolicyError) as error:
            reading.read_new(TEXT[:cut], "policy.toml")
        assert "policy.toml" in str(error.value)
    with pytest.raises(
        reading.BadPolicyError, match=r"policy.toml, line \d+, at or after rules\.1\.to: "
    ):
        reading.read_new(TEXT[: whole - 3], "policy.toml")


def test_rules_that_never_decide_or_meet_are_named_and_pools_and_people_left_out() -> None:
    text = LARGE.replace(
        '[[rules]]\nname = "Americas"\n',
        '[[rules]]\nname = "Huge"\nregion = ["EMEA"]\nvalue_from = 500000\nto = "emea"\n\n'
        '[[rules]]\nname = "Costly"\nvalue_from = 50000\nto = "emea"\n\n'
        '[[rules]]\nname = "Americas"\n',
    )
    text = text.replace("[routing]", '[[reps]]\nwho = "noah@halden.example"\n\n[routing]', 1)
    file = reading.read(text)

    members = {"emea": ["rita@halden.example"], "americas": [], "large": ["ravi@halden.example"]}
    said = [flaw.words for flaw in reading.check(file, members)]

    assert "'Huge' is never reached: 'Enterprise' comes first and fits them all" in said
    assert any("'Enterprise' and 'Costly' fit some of the same leads" in words for words in said)
    assert "pool 'americas' is empty" in said
    assert "noah@halden.example is in no pool" in said
    assert not any(flaw.refused for flaw in reading.check(file, members))


def test_what_no_worth_fits_and_what_two_rules_cover_together_is_named() -> None:
    text = TEXT.replace(
        '[[rules]]\nname = "Americas"\n',
        '[[traits]]\nkind = "segment"\nname = "Odd"\nvalue_from = 900\nvalue_below = 100\n\n'
        '[[rules]]\nname = "Upside down"\nvalue_from = 500\nvalue_below = 500\nto = "emea"\n\n'
        '[[rules]]\nname = "Small"\nvalue_below = 50000\nto = "emea"\n\n'
        '[[rules]]\nname = "Big"\nvalue_from = 50000\nto = "emea"\n\n'
        '[[rules]]\nname = "Known"\nvalue_from = 1000\nto = "americas"\n\n'
        '[[rules]]\nname = "Americas"\n',
        1,
    )

    found = {flaw.words: flaw.at for flaw in reading.check(reading.read(text))}

    traits = rules_of(reading.read(text), 1).routing.traits
    odd = [trait.name for trait in traits].index("Odd")
    assert found["'Odd' fits no lead: nothing is worth 900 or more and less than 100"] == (
        "traits",
        odd,
    )
    assert "'Upside down' fits no lead: nothing is worth 500 or more and less than 500" in found
    assert (
        "'Known' is never reached: 'Small' and 'Big' come first and fit them all together" in found
    )
    assert not any("'Americas' is never" in words for words in found), "a worth may be unknown"


def test_weights_that_add_up_to_nothing_are_refused() -> None:
    text = TEXT.replace('name = "EMEA"\n', 'name = "EMEA"\nweight = 0\n', 1)
    members = {"emea": ["rita@halden.example"], "americas": ["noah@halden.example"]}

    [flaw] = [flaw for flaw in reading.check(reading.read(text), members) if flaw.refused]

    assert flaw.words == "the weights in 'emea' add up to nothing"


def test_a_limit_below_what_was_given_already_is_refused() -> None:
    whole = rules_of(reading.read(TEXT), 1).routing
    rita = RepTerms(who="rita.osei@halden.example", limits=Limits(week=3))
    given = {"rita.osei@halden.example": {"week": 5, "day": 1}}

    [flaw] = too_low(replace(whole, reps=(rita,)), given)

    assert flaw.words == "3 is below what has been given already: 5"
    assert too_low(replace(whole, reps=(replace(rita, limits=Limits(week=5)),)), given) == []


def test_the_project_s_own_policy_has_nothing_to_say_against_it() -> None:
    rules = rules_of(reading.read(TEXT), 1).routing

    assert flaws(rules, ["emea", "americas"]) == []
    assert gate.below(LEAD, rules) is None


def test_points_that_hang_on_a_worth_that_nobody_knows_are_said_to_be_unknown() -> None:
    costly = '[[traits]]\nkind = "segment"\nname = "Costly"\nvalue_from = 100000\n\n[[rules]]\n'
    text = TEXT.replace("[[rules]]\n", costly, 1).replace(
        "load_per_lead = 10\n",
        "load_per_lead = 10\nfit = { least = 40, points = { Costly = 50, Americas = 10 } }\n",
    )
    routing = rules_of(reading.read(text), 1).routing

    said = {}
    for worth in (None, whole(900_000, "USD"), whole(5, "EUR"), whole(100_000, "EUR")):
        found = gate.below(replace(LEAD, value=worth), routing)
        said[worth] = found.words() if found else ""

    asked = "fit is 0 of the 40 points that the policy asks for"
    unknown = (
        f"{asked}; whether it is Costly is unknown, for what it is worth is not known in the "
        "policy's currency"
    )
    assert list(said.values()) == [unknown, unknown, asked, ""]


def test_a_stage_of_deals_that_counts_as_nothing_is_refused_by_its_line() -> None:
    good = '[crm.stages]\nclosedwon = "won"\n"1066193534" = "negotiation"\n'
    rules = rules_of(reading.read_new(f"{TEXT}\n{good}", "policy.toml"), 1)
    assert rules.crm.stages == {"closedwon": "won", "1066193534": "negotiation"}
    assert rules.routing.deal_stages == {"1066193534": "negotiation"}
    with pytest.raises(reading.BadPolicyError, match=r"crm.stages.sent: 'signed' is neither open"):
        reading.read_new(f'{TEXT}\n{good}sent = "signed"\n', "policy.toml")


def test_a_line_for_leaders_in_what_is_no_currency_is_refused_by_its_line() -> None:
    text = TEXT.replace("value_from = 100000", 'value_from = 100000\ncurrency = "XQQ"', 1)
    with pytest.raises(reading.BadPolicyError, match=r"leaders.0.currency: 'XQQ' is no currency"):
        reading.read_new(text, "policy.toml")


def test_whose_a_deal_is_by_its_stage_is_a_pool_or_an_address_that_there_may_be() -> None:
    good = '[crm.accountable]\nsent = "pool:emea"\nmet = "ravi@halden.example"\n'
    rules = rules_of(reading.read_new(f'{TEXT}\n{good}[wins]\npool = "emea"\n', "policy.toml"), 1)
    assert rules.crm.accountable == {"sent": "pool:emea", "met": "ravi@halden.example"}
    assert rules.wins.pool == "emea"
    for wrong in ("pool:moon", "emea", "Ravi"):
        with pytest.raises(reading.BadPolicyError, match=r"crm.accountable.met: .* is neither"):
            reading.read_new(f'{TEXT}\n[crm.accountable]\nmet = "{wrong}"\n', "policy.toml")
    with pytest.raises(reading.BadPolicyError, match=r"wins.pool: 'moon' is the code of no pool"):
        reading.read_new(f'{TEXT}\n[wins]\npool = "moon"\n', "policy.toml")


def test_what_is_wanted_of_a_deal_is_read_and_a_stage_needs_an_age() -> None:
    good = '[[crm.wants]]\nfield = "amount"\nstages = ["sent"]\n[[crm.wants]]\nfield = "stage"\n'
    rules = rules_of(reading.read_new(f"{TEXT}\n{good}days = 21\n", "policy.toml"), 1)
    assert rules.crm.wants == (
        Want(field=DealField.AMOUNT, stages=("sent",)),
        Want(field=DealField.STAGE, days=21),
    )
    with pytest.raises(reading.BadPolicyError, match=r"a stage is never empty"):
        reading.read_new(f"{TEXT}\n{good}", "policy.toml")
    with pytest.raises(reading.BadPolicyError, match=r"crm.wants.0.field"):
        reading.read_new(f'{TEXT}\n[[crm.wants]]\nfield = "colour"\n', "policy.toml")
