"""What each client of Teams does with the parts that our cards are made of, and where that is
written: docs/cards.md is made from it.

Phones have renderers of their own, whose source Microsoft publishes. Which commit of it Teams ships
is nowhere to be read: what is said here was read in the commits that `READ_IN` names.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.taps import table

MOBILE = "https://github.com/microsoft/Teams-AdaptiveCards-Mobile"
DESKTOP = "https://github.com/microsoft/AdaptiveCards"
READ_IN = {
    MOBILE: "c6faeb4e1c5111401f4698c2b0dcc2a22c09ac1e",
    DESKTOP: "644d933e185a8482c4dcf4c375d177aac37fd095",
}
IOS = "source/ios/AdaptiveCards/AdaptiveCards/AdaptiveCards"
ANDROID = "source/android/adaptivecards/src/main/java/io/adaptivecards/renderer"
SHARED = "source/shared/cpp/ObjectModel"
JS = "source/nodejs/adaptivecards/src"
REPORTED = "https://github.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One element, action or property, and what becomes of it."""

    does: str
    so: str  # what our cards therefore do
    read: tuple[tuple[str, str], ...]  # repository and file
    reported: tuple[str, ...] = ()  # issues: owner/repository/issues/number
    untried: str = ""  # what no source tells


PARTS: Mapping[str, Part] = {
    "Action.Execute": Part(
        does="All clients check and send the inputs of the card that a button is on, and of those "
        "around it, unless `associatedInputs` is `none`, which iPhones have passed over on this "
        "action at one time. The title is plain text everywhere. The "
        "answer is shown by the client that clicked, and by no other. What an `Action.ShowCard` "
        "opens below its button opens out of sight: no client scrolls there. One that is "
        "`conditionallyEnabled` is grey on phones until an input that it takes is as it should be.",
        so="`do` takes nothing along, `submit` what its own form has. The message itself is edited "
        "after each click, by the jobs ShowClicked and ShowAnswer. A form comes as an answer, in "
        "place of the card (cards/opening.py); while it is open, the message is not edited. What "
        "waits for something needed is grey, and says for what; clients that do not know this show "
        "it as ever, and the input says so.",
        read=(
            (MOBILE, f"{IOS}/ACRAggregateTarget.mm"),
            (MOBILE, f"{ANDROID}/RenderedAdaptiveCard.java"),
            (MOBILE, f"{ANDROID}/BaseActionElementRenderer.java"),
            (MOBILE, f"{ANDROID}/action/ActionElementRenderer.java"),
            (MOBILE, f"{IOS}/ACRActionExecuteRenderer.mm"),
            (DESKTOP, f"{JS}/card-elements.ts"),
        ),
        reported=(
            "microsoft/AdaptiveCards/issues/8585",
            "microsoft/botbuilder-js/issues/4635",
            "MicrosoftDocs/msteams-docs/issues/8247",
            "OfficeDev/microsoft-365-agents-toolkit/issues/11071",
        ),
    ),
    "Action.OpenUrl": Part(
        does="Android says aloud that it opens a link. A link into a chat opens it in Teams, with "
        "what is given as `message` in the box, unsent. People are named in it by their user "
        "principal name.",
        so="*Write to …* has the lead's name and number in the box and no more; *Join* is the "
        "meeting's own address. Who has another mail address than principal name is not found.",
        read=((MOBILE, f"{ANDROID}/action/ActionElementRenderer.java"),),
        reported=(
            (
                "MicrosoftDocs/msteams-docs/blob/main/msteams-platform/concepts/build-and-test/"
                "deep-link-teams.md"
            ),
        ),
        untried="Whether a phone puts the beginning of the message into the box.",
    ),
    "Action.ToggleVisibility": Part(
        does="Android says the id of what opens aloud, with “Expanded” behind it; an iPhone moves "
        "on without a word.",
        so="What opens has the words of its button for an id. Whom a lead goes to and when is "
        "behind one, beside the brief, filled in with what was chosen before.",
        untried="Whether a phone sends what stands in an input that is not in view.",
        read=(
            (MOBILE, f"{ANDROID}/BaseActionElementRenderer.java"),
            (MOBILE, f"{IOS}/ACRToggleVisibilityTarget.mm"),
        ),
    ),
    "ActionSet": Part(
        does="Its buttons are drawn where it stands; forms that they open belong to the card that "
        "it is on.",
        so="Quick actions stand in one apart from the form, so that nothing of it goes along.",
        read=((MOBILE, f"{IOS}/ACRActionSetRenderer.mm"),),
    ),
    "AdaptiveCard": Part(
        does="`fallbackText` is what an old client shows, `speak` what may be read aloud. Neither "
        "is the lock screen's: that has the message's `summary`.",
        so="All three are one line of plain words; an edit sends its `summary` too.",
        read=((MOBILE, f"{SHARED}/SharedAdaptiveCard.cpp"),),
        untried="How many characters a lock screen shows, and whether the list of chats takes the "
        "`summary` of an edit.",
    ),
    "Container": Part(
        does="One thing below the other. With a style it has padding on all sides. One with a "
        "`selectAction` can be tapped anywhere; Android says the title of that in place of what "
        "is written there.",
        so="Nothing that is read shares a line. An `auto` column has all that it wants, "
        "and its neighbour what is left.",
        read=(
            (MOBILE, f"{SHARED}/Container.cpp"),
            (MOBILE, f"{SHARED}/Column.cpp"),
            (MOBILE, f"{ANDROID}/readonly/ContainerRenderer.java"),
        ),
        untried="What an iPhone's own letters measure, which Apple gives to nobody else: the test "
        "of layout takes Android's (Roboto), and in their place those of Inter, which is made "
        "after them and wider.",
    ),
    "Input.ChoiceSet": Part(
        does="An iPhone sends a compact choice by looking its title up: of two equal titles the "
        "last wins. Titles are plain on phones, and markdown beside a radio button on the desktop. "
        "Android shows one without a value as a blank line. One that is searched (`filtered`) "
        "begins without its value on some iPhones, and its lines are cut there; where a bot is "
        "asked for choices, phones hide those of the card, and iPhones show values.",
        so="No two titles of a list read alike. Signs of markdown are others that look alike. A "
        "compact choice has a value from the first. Zones are searched, all of them on the card, "
        "and none is chosen before it is known of the lead; of many reps a team is chosen first, "
        "then one of it, or one by name.",
        read=(
            (MOBILE, f"{IOS}/ACRChoiceSetCompactStyleView.mm"),
            (MOBILE, f"{ANDROID}/input/ChoiceSetInputRenderer.java"),
            (DESKTOP, f"{JS}/card-elements.ts"),
        ),
        reported=(
            "MicrosoftDocs/msteams-docs/issues/13951",
            "MicrosoftDocs/msteams-docs/issues/10472",
            "MicrosoftDocs/msteams-docs/issues/10513",
            "MicrosoftDocs/msteams-docs/issues/13445",
            "MicrosoftDocs/msteams-docs/issues/14348",
        ),
    ),
    "Input.Date": Part(
        does="Phones write the day in the digits of where they are, an iPhone in its calendar too: "
        "2569 in Thailand. The same iPhone reads `max` by that calendar, as a day five hundred "
        "years ago, and then takes none. Android refuses what it cannot read by itself.",
        so="There is no `max`; how far ahead is looked at when the click arrives. Digits and "
        "Buddhist years are read, other calendars asked for again.",
        read=(
            (MOBILE, f"{IOS}/ACRDateTextField.mm"),
            (MOBILE, f"{ANDROID}/inputhandler/DateInputHandler.java"),
        ),
        untried="What an iPhone set to Thai or Arabic shows for the day that is filled in.",
    ),
    "Input.Number": Part(
        does="An iPhone takes digits of any script, a minus and a point, and no comma; Android "
        "takes what Java reads as a number, so no digits but 0 to 9. Both send it as it was typed.",
        so="Digits of any script and their signs are read. What is wrong says how it is written.",
        read=(
            (MOBILE, f"{IOS}/ACRTextInputHandler.mm"),
            (MOBILE, f"{ANDROID}/inputhandler/NumberInputHandler.java"),
        ),
        untried="Whether the keyboard of an Android phone in Arabic offers 0 to 9 there.",
    ),
    "Input.Text": Part(
        does="Label, placeholder and value are plain text. An iPhone may send null for what was "
        "left empty. With `style: email` the keyboard has the @ in view.",
        so="Whatever is needed is looked at when the click arrives, whatever the client let pass.",
        read=(
            (MOBILE, f"{IOS}/ACRTextInputHandler.mm"),
            (MOBILE, f"{ANDROID}/input/TextInputRenderer.java"),
        ),
        reported=("MicrosoftDocs/msteams-docs/issues/13951",),
    ),
    "RichTextBlock": Part(
        does="Shows its text as it is, on every client.",
        so="What people wrote stands here.",
        read=((MOBILE, f"{IOS}/ACRRichTextBlockRenderer.mm"),),
    ),
    "TextBlock": Part(
        does="Reads markdown on every client, phones by a parser of their own that knows a "
        "backslash before * and _ alone.",
        so="Our own words stand here. Names in them go through `plain`, and those from right to "
        "left are set apart.",
        read=(
            (MOBILE, f"{SHARED}/MarkDownParser.cpp"),
            (MOBILE, f"{IOS}/UtiliOS.mm"),
            (MOBILE, f"{ANDROID}/readonly/RendererUtil.java"),
        ),
    ),
    "TextRun": Part(
        does="As the rich text block that it is in.",
        so="Words without a size that a phone with large letters has no room for: `head` chooses.",
        read=((MOBILE, f"{ANDROID}/readonly/RichTextBlockRenderer.java"),),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What only a device can tell, in ten minutes."""

    of: str
    steps: tuple[str, ...]
    right: str


TRIALS = (
    Trial(
        of="One click, every device (iPhone, Android, laptop; one person signed in on all three)",
        steps=(
            "`make run`, then hand a lead to yourself as *rita*; open the chat on all three.",
            "Accept on the laptop. Look at the other two; close and open the chat on each.",
            "Put a thumbs-up on the card on the laptop. Reload.",
        ),
        right="All three read ACCEPTED at once and ever after; no button of the offer is left.",
    ),
    Trial(
        of="Twins (iPhone)",
        steps=(
            "Give two reps of the trial the same name. Say *book*.",
            "Choose the second of the two under *Hand over to*, find times, book.",
        ),
        right="The invitation is the second's; both titles can be told apart.",
    ),
    Trial(
        of="Forms (iPhone, then Android)",
        steps=(
            (
                "After a meeting, press *Send back* without touching *Other…*; then *End it…*, "
                "*Close* on a lead below the line of fit, with *Why it should go on* left empty."
            ),
            "Open *Send back* at the foot of the screen: do the reasons stand where it was?",
            (
                "Open *Other…*, *Another day…*, and have somebody move the meeting in Outlook: "
                "does the form stay? Press *Back*."
            ),
            "Leave the offer for three days, then book a follow-up on *Another day…*.",
            "Press *Write to …*: is the beginning of the message in the box?",
        ),
        right="No button is refused for an input that is not its own; the form stays; after *Back* "
        "the card shows what has come.",
    ),
    Trial(
        of="Large letters (iPhone: Larger Text at the fourth step; Android: font 130 %)",
        steps=(
            (
                "A lead whose company is *Norddeutsche Versicherungsmaklergenossenschaft für "
                "Reedereien*."
            ),
            "Read the offer, *mine*, and *why* with its number, in light and in dark.",
        ),
        right="Each line has the width of the card, and no word breaks that would fit one.",
    ),
    Trial(
        of="Screen readers (VoiceOver, TalkBack)",
        steps=(
            "Open *Why am I seeing this?* and *Why not other times?* by touch.",
            "Choose a reason under *Send back* and a time from a list.",
            "Swipe through the report of a week: does the focus stop at the bars?",
        ),
        right="Titles are read, and no id such as “reason” or “other”; each bar's words are read.",
    ),
    Trial(
        of="The report of a week (iPhone, Android)",
        steps=("Read Monday's report in light and in dark: how far leads come, in four bars.",),
        right="Each bar is as long as its words say, and no taller than two lines.",
    ),
    Trial(
        of="Other countries (iPhone in Thai with the Buddhist calendar; Android in Arabic)",
        steps=(
            "Under *Other days* touch nothing and press *Find times*; then choose tomorrow.",
            "Type an amount in the phone's own digits under *What it is worth*.",
            "Hand over a lead of a company with an Arabic name, and read the banner of the offer.",
        ),
        right="Each day is the one chosen, or it is asked for again; company and contact stand in "
        "this order.",
    ),
    Trial(
        of="The lock screen and the feed (iPhone, Android)",
        steps=(
            "Lock the phone; have an offer come. Count the characters that are shown.",
            "Say *help*. Look at the activity feed, and at the line in the list of chats.",
            "Accept on the laptop; look at the list of chats on the phone.",
        ),
        right="The line begins with the day and the company, *help* is not in the feed, and no "
        "line reads “Card”.",
    ),
)


def page() -> str:
    """docs/cards.md"""
    lines = [
        "# Cards on each client",
        "",
        (
            "Teams draws our cards in a browser on the desktop and with renderers of their own on "
            "iPhones and Android, which do and send other things. Each rule below is a test over "
            "every card that the code can make, with twins, long and German names, names from "
            "right to left, 550 reps and nothing filled in: [`tests/cards/`](../tests/cards/). "
            "This page is made from [`tools/clients.py`](../tools/clients.py)."
        ),
        "",
        (
            "What is said of a client was read in Microsoft's sources, which may be newer or older "
            "than what Teams ships:"
        ),
        "",
        *(f"- [{of.removeprefix(REPORTED)}]({of}/tree/{commit})" for of, commit in READ_IN.items()),
        "",
    ]
    for name, part in PARTS.items():
        lines += [f"## {name}", "", part.does, "", f"**So:** {part.so}", ""]
        if part.untried:
            lines += [f"**Not known:** {part.untried}", ""]
        sources = [_source(of, file) for of, file in part.read]
        sources += [f"[{one}]({REPORTED}{one})" for one in part.reported]
        lines += [f"Read in {', '.join(sources)}.", ""]
    lines += [
        "## How many taps",
        "",
        (
            "A button is one tap, and so is a choice in view, or to begin to type; a list or a day "
            "is two. Counted by [`tests/journeys/test_taps.py`](../tests/journeys/test_taps.py); "
            "*before* is when each form opened below its button, and the brief was one form. Of a "
            "company that is new it is one more: who it is about is asked by itself, and whatever "
            "is in the way is said before the brief is typed. So it is of a reply to a customer "
            "and of a question for a confirmation, which are read before they go, and of giving a "
            "booked meeting away, which stands behind *Change…* with all else that its qualifier "
            "may change."
        ),
        "",
        *table(),
        "",
        "## What only a device can tell",
        "",
        (
            "Ten minutes each, for whoever has the device. What comes out otherwise is a fault of "
            "ours: please say which device, which version of Teams, and what was on the screen."
        ),
        "",
    ]
    for trial in TRIALS:
        lines += [f"### {trial.of}", ""]
        lines += [f"{n}. {step}" for n, step in enumerate(trial.steps, 1)]
        lines += ["", f"**Right is:** {trial.right}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _source(of: str, file: str) -> str:
    return f"[{file.rpartition('/')[2]}]({of}/blob/{READ_IN[of]}/{file})"
