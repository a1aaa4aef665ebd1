"""A deal is won, and somebody looks after the customer from now on: what they read."""

from cards.deals import deal_lines
from cards.elements import Card, banner, facts, finished, plain, told, why
from cards.heading import heading
from cards.view import View
from cards.why import more, summary

HANDED_ON = (
    "A deal that is won is handed on by the policy, an hour after its rep has said so, to whoever "
    "is next in turn where customers are looked after."
)


def customer_card(view: View) -> Card:
    """For whoever is next in turn for customers: what is known of it, and who knows more; or that
    it is not won after all.
    """
    handoff = view.handoff
    rep, name = view.name(handoff.rep), plain(handoff.lead.contact_name)
    if handoff.owner != view.viewer.id:
        return finished(
            [
                heading(view, "NOT WON AFTER ALL", view.title),
                banner(view.banner),
                told(f"{rep} has it again. Nothing is asked of you.", spacing="Small"),
                *why([HANDED_ON, more(view)]),
            ],
            says=summary(view, "not won after all"),
        )
    pool = view.policy.pool(view.policy.wins.pool)
    team = f" in {plain(pool.name)}" if pool else ""
    return finished(
        [
            heading(view, "WON, AND YOURS", view.title),
            banner(view.banner),
            told(
                f"{rep} won it, and you are next in turn{team}: you look after {name} from now on. "
                f"{rep} knows the rest.",
                spacing="Small",
            ),
            *deal_lines(view),
            facts(view.brief()),
            *why(
                [
                    HANDED_ON,
                    more(view),
                ]
            ),
        ],
        says=summary(view, "you look after them"),
    )
