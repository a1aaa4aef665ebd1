"""What somebody chooses from who puts Baton's tab into a channel: a page that is the same for
everyone there who may read it. `files/tab.js` tells Teams what was chosen.

https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/create-tab-pages/configuration-page
"""

from collections.abc import Mapping

import htpy as h

from cards.elements import clean
from tabs.page import page as whole
from tabs.page import section
from tabs.reading import Reader

ABOUT = (
    "Everyone in the channel opens the same page. It shows what each of them may read: the rules "
    "to everyone whom Baton knows, a pool to those in it, who manage in it and who hand over leads."
)


async def page(reader: Reader, _asked: Mapping[str, str]) -> h.Element:
    choices = [("rules", "Rules")]
    choices += [
        (f"fairness/{pool.code}", f"Fairness in {clean(pool.name)}")
        for pool in reader.policy.pools
        if reader.scope.reads_pool(pool.code)
    ]
    return whole(
        "What is this tab to show?",
        section(
            "Choose one, then Save",
            h.form("#choose")[
                [
                    h.label[
                        h.input(type="radio", name="page", value=value, data_name=f"Baton: {name}"),
                        name,
                    ]
                    for value, name in choices
                ]
            ],
            h.p(".quiet")[ABOUT],
        ),
        code="configure",
    )
