"""The qualifier chooses whom a lead goes to, and when."""

from collections.abc import Sequence

from microsoft_teams.cards import Action, CardElement

from cards import named, words
from cards.answering import AT_ONCE, taps, there_line
from cards.changing import correct, decide_by
from cards.elements import (
    Card,
    banner,
    day,
    do,
    facts,
    finished,
    opens,
    plain,
    said,
    submit,
    together,
    told,
    why,
    write,
)
from cards.forms import (
    Targets,
    meeting_input,
    next_day,
    target_inputs,
    worth_form,
    zone_input,
)
from cards.giving import give_lead
from cards.going_out import sent_by_booking, sent_by_calling_off
from cards.heading import heading
from cards.news import News, fell_through, to_choose
from cards.reasons import why_not_other_times
from cards.rotation import rotation_lines, rule_line
from cards.since_back import news_since, since_then, tell_them, why_back
from cards.surroundings import address_line, deed_lines, leader_to_come, unlined_line
from cards.view import View
from cards.why import OWED, counted, more, rule, summary
from handoff.draft import OWN_WORD, TURNED_DOWN
from handoff.handing_over import stands
from handoff.letters import introduced
from handoff.model import OFF, SEEN_TO, Choice, Commitment, Did, Outcome, Search, State
from handoff.passing import had_it
from handoff.policy import Promise
from handoff.routing.gate import below
from handoff.screening import held

CANCELS = (
    "The cancellation is on its way: everyone who was invited gets it as soon as Outlook answers."
)


def choosing_card(view: View, targets: Targets) -> Card:
    """Whom and when; while calendars are read, that; then the times that were found."""
    search = view.handoff.search
    if search is None:
        return _whom(view, targets)
    if search.found is None:
        stays = [_back(view)] if search.moves else [correct(view), ending(view)]
        return looking_card(view, search, stays)
    id, another = view.handoff.id, choose_another(view, search)
    since = news_since(view) if search.moves else None
    today, later = words.date(view.at, view.zone), search.wanted.isoformat()
    return finished(
        [
            *answer(view, search, _news(view, search), _above(view, search)),
            _stands_meanwhile(view),
            left_out(view, search),
            *deed_lines(view),
            address_line(view),
            leader_to_come(view),
            unlined_line(view),
            *([] if another else why_not_other_times(view, search.refused)),
            *why(
                [
                    rule(view, Promise.REWORK if search.moves else Promise.BOOK),
                    rule_line(view, search),
                    how_chosen(view),
                    more(view),
                ]
            ),
        ],
        [
            another,
            opens(
                "other_days",
                "Other days",
                id,
                lambda: (
                    [day("wanted", "From this day on", value=later, least=today)],
                    [submit("Find times", "find_times", id)],
                ),
                first=not search.found,
            ),
            opens(
                "someone_else",
                "Someone else",
                id,
                lambda: (
                    target_inputs(targets, _chosen(search)),
                    [submit("Find times", "find_times", id)],
                ),
            ),
            *(
                [_call_off(view), _back(view)]
                if search.moves
                else [worth_form(view), correct(view), ending(view)]
            ),
        ],
        says=summary(
            view,
            "choose a time",
            view.handoff.owed(Promise.REWORK if search.moves else Promise.BOOK),
            news=since.words if since else "",
        ),
    )


def _news(view: View, search: Search) -> News | None:
    """Why a time is to be chosen, where it is no new lead; what is new since of one that is back,
    whose own card has said why it is.
    """
    return news_since(view) if search.moves else to_choose(view)


def _above(view: View, search: Search) -> list[CardElement]:
    """What whoever chooses has to know first."""
    if not search.moves:
        return _turned_down(view)
    return [one for one in (tell_them(view), since_then(view), why_back(view)) if one]


def _back(view: View) -> Action:
    """To all that may be done with a lead that is back."""
    return do("Back", "leave_time", view.handoff.id)


def _call_off(view: View) -> Action | None:
    """Without another time yet; None where no meeting is ahead."""
    off = sent_by_calling_off(view)
    if not off:
        return None
    press = "Call it off and tell everyone"
    return opens(
        "call_off",
        "Call it off…",
        view.handoff.id,
        lambda: (off, [submit(press, "call_off", view.handoff.id, meets=view.meets)]),
    )


def _stands_meanwhile(view: View) -> CardElement | None:
    """Of a lead that is back: when its meeting is until it moves, and by when that is decided."""
    owed, meeting = view.handoff.owed(Promise.REWORK), view.handoff.meeting
    if owed is None or meeting is None:
        return None
    if not stands(view.handoff, view.at):
        return decide_by(view, owed)
    now = f"Now: **{words.span(meeting.span, view.zone)}**"
    return together(told(now, spacing="Small"), decide_by(view, owed))


AGAIN = "It is yours to find a time for another meeting with them: times are looked for here."


def looking_card(view: View, search: Search, others: Sequence[Action] = ()) -> Card:
    """*others* are what may be done instead: Outlook may be away for hours."""
    news = fell_through(view) if search.again else _news(view, search)
    owes = Promise.REWORK if search.moves else Promise.BOOK
    return finished(
        [
            heading(
                view,
                news.kicker if news else "LOOKING FOR TIMES",
                view.title,
                below=_asked(view, search),
                colour=news.colour if news else "Accent",
            ),
            banner(view.banner),
            *(fallen_through(view) if search.again else _above(view, search)),
            told(
                "Reading your calendars in Outlook. The times appear here in a moment.",
                spacing="Small",
            ),
            _stands_meanwhile(view),
            *why([AGAIN if search.again else rule(view, owes), more(view)]),
        ],
        others,
        says=summary(view, "looking for times"),
    )


def _turned_down(view: View) -> list[CardElement]:
    """Why there is no meeting any more, what the prospect wrote, and by when another is to be
    found.
    """
    handoff = view.handoff
    owed = handoff.owed(Promise.BOOK)
    if handoff.reason != TURNED_DOWN or owed is None:
        return []
    line = f"{view.name(handoff.rep)}'s time is free again. Please find another{view.by(owed)}"
    return [*said_no_words(view), told(f"{line}, or end it.", spacing="Small")]


def said_no_words(view: View) -> list[CardElement]:
    """That the prospect said no, and what they wrote with it."""
    handoff = view.handoff
    name = plain(handoff.lead.contact_name)
    line = f"{name} said no, and the meeting is called off."
    if not handoff.note.strip():
        return [told(line, spacing="Small")]
    return [
        told(f"{line} They wrote:", spacing="Small"),
        said(f"“{handoff.note.strip()}”", italic=True),
    ]


def fallen_through(view: View) -> list[CardElement]:
    """Why a later meeting that was booked will not be; nothing where none has fallen through."""
    handoff = view.handoff
    if handoff.meeting is not None:
        return []
    if handoff.reason == TURNED_DOWN:
        return [*said_no_words(view), told("Your time is free again.", spacing="Small")]
    if handoff.trouble:
        return [told("The invitation was not sent:", spacing="Small"), said(handoff.trouble)]
    return [told("The next meeting was called off in Outlook.", spacing="Small")]


def choose_another(view: View, search: Search) -> Action | None:
    """Who said no is not invited again by a first tap: the times stand behind a button."""
    if not search.found or view.handoff.reason != TURNED_DOWN:
        return None
    return opens(
        "choose_another",
        "Choose another time…",
        view.handoff.id,
        lambda: (
            [
                one
                for one in (
                    *rotation_lines(view, search),
                    *_offered_times(view, search),
                    _cramped(view, search),
                    *why_not_other_times(view, search.refused),
                )
                if one
            ],
            [],
        ),
        first=True,
    )


def answer(
    view: View, search: Search, news: News | None, why_: Sequence[CardElement] = ()
) -> list[CardElement | None]:
    """The times to choose from, or who will have to take it, or that there is none; above them the
    *news* because of which one is looked for, and *why_* that is.
    """
    right = _asked(view, search)
    rotation = rotation_lines(view, search)
    if search.found:
        behind = choose_another(view, search) is not None
        return [
            heading(
                view,
                news.kicker if news else "CHOOSE A TIME",
                view.title,
                below=right,
                colour=news.colour if news else "Accent",
            ),
            banner(view.banner),
            *why_,
            *([] if behind else rotation),
            *([] if behind else _offered_times(view, search)),
            None if behind else _cramped(view, search),
        ]
    since = news if search.moves else None
    if rotation:
        held = "HELD FOR THE NEXT FREE REP" if search.instead == "hold" else "NOBODY CAN TAKE IT"
        kicker, colour = (since.kicker, since.colour) if since else (held, "Accent")
        head_ = heading(view, kicker, view.title, below=right, colour=colour)
        return [head_, banner(view.banner), *why_, *rotation]
    kicker = since.kicker if since else "NO TIME SUITS EVERYONE"
    return [
        heading(view, kicker, view.title, below=right, colour="Attention"),
        banner(view.banner),
        *why_,
        told(
            f"You, {_whom_words(view, search)} and the prospect's working day have no free time in "
            f"common in the {view.policy.days_ahead} days from {search.wanted:%d %b}. "
            "Try other days or someone else.",
            spacing="Small",
        ),
    ]


def _asked(view: View, search: Search) -> str:
    return f"{search.minutes} min" + ("" if search.again else f" · {_whom_words(view, search)}")


def _code(choice: Choice) -> str:
    return f"{choice.start.isoformat()}|{choice.rep}"


def left_out(view: View, search: Search) -> CardElement | None:
    dark = [view.name(rep) for rep in search.nobody]
    if not dark:
        return None
    return told(
        f"Left out: {words.names(dark)}. Outlook cannot read the calendar, so it is not free.",
        size="Small",
        subtle=True,
    )


def _offered_times(view: View, search: Search) -> list[CardElement | None]:
    """The first of them a tap each, the others behind a button; each books and invites."""
    found, shown = search.found or (), _at_once(search)
    times, moves = _times(view, search), stands(view.handoff, view.at)
    new = [n for n in shown if not introduced(view.handoff, found[n].rep)]
    like = (new or shown)[0]  # whoever is introduced is introduced in words that are read here
    writes = view.policy.wording.introduce and not search.again and bool(new)
    starts = [choice.start for n, choice in enumerate(found) if n in shown]
    return [
        *sent_by_booking(view, search, found[like], one_of=len(times)),
        told("Times that suit everyone", bold=True, spacing="Medium"),
        told(
            f"One tap {'moves the meeting there' if moves else 'books it'} and sends this. "
            f"Your time, {words.city(view.zone)}:",
            spacing="Small",
        ),
        there_line(view, starts, view.handoff.lead.contact_zone),
        taps(
            view,
            "book",
            times,
            shown,
            name="choice",
            press="Move it there" if moves else "Book and invite",
            tap=submit if writes else do,
            sends=lambda n: sent_by_booking(view, search, found[n], one_of=len(times) - len(shown)),
        ),
    ]


def _at_once(search: Search) -> list[int]:
    """Which of the times are a tap each: the first of each rep, then whatever comes first."""
    found = search.found or ()
    firsts = {choice.rep: n for n, choice in reversed(list(enumerate(found)))}
    order = sorted(range(len(found)), key=lambda n: (firsts[found[n].rep] != n, n))
    return sorted(order[:AT_ONCE])


def _times(view: View, search: Search) -> list[tuple[str, str]]:
    """Each time that was found, with whom."""
    found = search.found or ()
    reps = {id: name for name, id in named.reps(view, dict.fromkeys(c.rep for c in found))}
    return [(_time_title(view, search, c, reps[c.rep]), _code(c)) for c in found]


def _time_title(view: View, search: Search, choice: Choice, rep: str) -> str:
    when = words.when(choice.start, view.zone)
    return when if search.again else f"{when}, {rep}"


def _cramped(view: View, search: Search) -> CardElement | None:
    """Said before booking: before which of the times there is no room to prepare."""
    tight = [words.when(c.start, view.zone) for c in search.found or () if c.cramped]
    if not tight:
        return None
    whose = "your" if search.again else "the rep's"
    return told(
        f"No room to prepare before {words.names(tight)}: {whose} working hours have no free time "
        "until then.",
        size="Small",
    )


def how_chosen(view: View) -> str:
    policy = view.policy
    return (
        "Shown are times within both your working hours with nothing in either calendar, "
        f"between {policy.prospect_start:%H:%M} and {policy.prospect_end:%H:%M} where the prospect "
        f"is, at least {words.hours(policy.notice)} ahead."
    )


def _whom(view: View, targets: Targets) -> Card:
    """A lead that is ready: whom it goes to, how long, from when."""
    handoff = view.handoff
    if held(handoff):
        return _held(view, targets)
    owed = handoff.owed(Promise.FIT) or handoff.owed(Promise.BOOK)
    news = to_choose(view)
    return finished(
        [
            heading(
                view,
                news.kicker if news else "READY TO HAND OVER",
                view.title,
                colour=news.colour if news else "Accent",
            ),
            banner(view.banner),
            *_turned_down(view),
            said(handoff.trouble) if handoff.trouble else None,
            *deed_lines(view),
            cancellation_waits(view, owed),
            _by_when(view, owed),
            facts(view.brief()),
            address_line(view),
            None if handoff.lead.contact_zone else zone_input("", view.zone),
            *search_inputs(view, targets),
            write("reason", "Why it should go on", most=200)
            if handoff.trouble and below(handoff.lead, view.policy.routing)
            else None,
            *why(
                [
                    rule(view, owed.what if owed else Promise.BOOK),
                    counted(view, owed) if owed else "",
                    more(view),
                ]
            ),
        ],
        [
            submit("Find times", "find_times", handoff.id, first=True),
            correct(view),
            give_lead(view, targets),
            ending(view),
        ],
        says=summary(view, OWED[owed.what if owed else Promise.BOOK].lower(), owed),
    )


def cancellation_waits(view: View, owed: Commitment | None) -> CardElement | None:
    """That the cancellation has yet to go out. That it has, never will, or somebody has seen to it
    is a line of its own.
    """
    handoff = view.handoff
    known = any(handoff.deed(one) for one in (Did.CANCELLED, Did.NOT_CANCELLED, *SEEN_TO))
    if known or owed is None or owed.kind != OWN_WORD:
        return None
    return (
        None if any(one.what in OFF for one in handoff.undone) else told(CANCELS, spacing="Small")
    )


def _held(view: View, targets: Targets) -> Card:
    """What came in and may be none: why, all that is known, and a click for each answer."""
    handoff, news = view.handoff, to_choose(view)
    owed = handoff.owed(Promise.FIT)
    assert news
    return finished(
        [
            heading(view, news.kicker, view.title, colour=news.colour),
            banner(view.banner),
            said(handoff.trouble) if handoff.trouble else None,
            *deed_lines(view),
            _by_when(view, owed),
            facts(view.brief()),
            address_line(view),
            *why([rule(view, Promise.FIT), counted(view, owed) if owed else "", more(view)]),
        ],
        [
            do("It is a lead", "let_in", handoff.id, first=True),
            do("Drop it", "end", handoff.id, outcome=Outcome.CLOSED.value),
            correct(view),
            give_lead(view, targets),
        ],
        says=summary(view, "say whether it is a lead", owed),
    )


def _by_when(view: View, owed: Commitment | None) -> CardElement | None:
    """By when it is to be handed over, or decided on; where the prospect has said no, that says
    it already.
    """
    if owed is None or view.handoff.reason == TURNED_DOWN:
        return None
    due = f"**{view.soon(owed.due_at)}**"
    owes = "Please hand it over, or end it," if owed.what is Promise.BOOK else "Please decide"
    line = f"It was due {due}." if owed.due_at <= view.at else f"{owes} by {due}."
    return told(line, spacing="Small")


def search_inputs(view: View, targets: Targets) -> list[CardElement]:
    search = view.handoff.search
    today, later = words.date(view.at, view.zone), next_day(view.viewer, view.at)
    return [
        *target_inputs(targets, _another_than_before(view, targets)),
        meeting_input(view.policy, search.type if search else None),
        day("wanted", "From this day on", value=later, least=today),
    ]


def _chosen(search: Search | None) -> str:
    if search is None:
        return ""
    return f"rep:{search.rep}" if search.rep else f"pool:{search.pool}"


def _another_than_before(view: View, targets: Targets) -> str:
    """Whom it went to, as a choice; another, of a lead that is back from whoever had it: nobody is
    to be asked again by a button whose choice nobody has made.
    """
    handoff, chosen = view.handoff, _chosen(view.handoff.search)
    had = {f"rep:{one}" for one in (*had_it(handoff), handoff.rep)}
    codes = [code for _, code in targets.choices]
    chosen = chosen if chosen in codes else next(iter(codes), "")
    if handoff.state is not State.SENT_BACK or chosen not in had:
        return chosen
    return next((code for code in codes if code not in had), chosen)


def _whom_words(view: View, search: Search) -> str:
    if search.again:
        return view.name(view.handoff.qualifier)
    if search.rep:
        return view.name(search.rep)
    pool = view.policy.pool(search.pool or "")
    return f"next in {plain(pool.name)}" if pool else "next in turn"


NURTURE = "nurture"  # no ending: marketing keeps in touch
ENDED_BY = (
    ("No need now", Outcome.NO_NEED),
    ("Not reachable", Outcome.NOT_REACHABLE),
    ("No lead after all", Outcome.CLOSED),
)


def ending(view: View) -> Action:
    """Nurture or no lead: said once more before it happens."""
    off = sent_by_calling_off(view)
    press = submit if off else do  # which takes the words along that stand there
    return opens(
        "end",
        "End it…",
        view.handoff.id,
        lambda: (
            [
                told(
                    "Nurture: not now, marketing keeps in touch. The others end it: no need now, "
                    "nobody gets through to them, or no lead after all."
                ),
                *off,
            ],
            [
                press("Nurture", "end", view.handoff.id, outcome=NURTURE),
                *(
                    press(title, "end", view.handoff.id, outcome=outcome.value)
                    for title, outcome in ENDED_BY
                ),
            ],
        ),
    )
