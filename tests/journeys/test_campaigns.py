"""Campaigns have a code that stays and an owner; a list says them."""

import pytest

from commands import campaign_lists
from commands.lead_files import table
from handoff.campaigns import COLUMNS, Campaign
from handoff.lead_list import Table
from tests.world import World


def listed(*rows: str, head: str = "code;name;owner;source") -> Table:
    return table("\n".join((head, *rows)).encode(), columns=COLUMNS)


async def test_a_list_of_campaigns_says_whose_each_is_and_a_later_one_what_is_so_now(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    services, milo = world.app.services, world.box.person("milo")
    first = listed(
        f"W1;Ports webinar;{milo.mail};Webinar", f"F1;Hannover fair;{milo.mail.upper()};Fair"
    )

    assert await campaign_lists.take_in(services, "campaigns.csv", first) == 0
    assert "2 campaigns, 2 of them new or changed" in capsys.readouterr().out
    later = listed(f"w1;Ports and brokers;{milo.mail};Webinar", head="Code,Name,Owner,Source")
    assert await campaign_lists.take_in(services, "campaigns.csv", later) == 1, "one column"
    later = listed(f"w1;Ports and brokers;{milo.mail};Webinar")
    assert await campaign_lists.take_in(services, "campaigns.csv", later) == 0
    assert await campaign_lists.take_in(services, "campaigns.csv", later) == 0

    said = capsys.readouterr().out
    assert "1 campaigns, 1 of them" in said
    assert "1 campaigns, 0 of them" in said, "nothing was new the second time"
    assert await services.stores.campaigns.all() == [
        Campaign(code="F1", name="Hannover fair", owner=milo.id, source="Fair"),
        Campaign(code="w1", name="Ports and brokers", owner=milo.id, source="Webinar"),
    ]


async def test_a_list_in_which_a_row_is_wrong_is_told_line_by_line_and_changes_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    services, milo = world.app.services, world.box.person("milo")
    assert not await campaign_lists.take_in(services, "a.csv", listed(f"W1;Webinar;{milo.mail};"))
    wrong = listed(
        f"W2;webinar;{milo.mail};",  # the name of W1
        f"W3;Fair;{milo.mail};",
        f"w3;Another;{milo.mail};",
        f"W4;FAIR;{milo.mail};",
        f"W5;;{milo.mail};",
        "W6;Mail;nobody@halden.example;",
        "W7;Post;no address;",
        f"W8;{'x' * 81};{milo.mail};",
        f"W9;Nine;{milo.mail};;more",
    )

    assert await campaign_lists.take_in(services, "b.csv", wrong) == 8

    said = capsys.readouterr().out
    for told in (
        "b.csv: 'W2' goes by what is campaign 'W1' already",
        "b.csv: line 4: code 'w3' is campaign 'W3' already",
        "b.csv: line 5: name 'FAIR' is campaign 'W3' already",
        "b.csv: line 6: missing: name",
        "b.csv: owner nobody@halden.example of 'W6': nobody with that mail address is known",
        "b.csv: line 8: owner 'no address' is not a mail address",
        "b.csv: line 9: name is longer than 80 characters",
        "b.csv: line 10: more values than columns",
    ):
        assert told in said, told
    assert [one.code for one in await services.stores.campaigns.all()] == ["W1"]


async def test_a_list_of_something_else_is_refused_whole(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    table_ = listed("a;b;c", head="code;name;budget")
    assert await campaign_lists.take_in(world.app.services, "c.csv", table_) == 3
    said = capsys.readouterr().out
    assert "unknown column 'budget'" in said
    assert "column 'owner' is missing" in said
    assert "known columns: code, name, owner, source" in said
