"""What is stored, why and for how long: every table and every column, in words that people read.

The one source of the page /privacy, of docs/privacy.md and of what `person export` gives out. A
test holds it to the database: no table and no column is there without its line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

HASHED = frozenset({"routing_record", "routing_chain"})
"""Tables in which nothing may change, because each row is proved by the next. They hold ids."""


@dataclass(frozen=True, slots=True)
class Given:
    """Which rows are about somebody, and which columns of those are theirs to read.

    What is about others is theirs: in a column that holds JSON, whatever names another person is
    left out, and whatever stands beside that name.
    https://eur-lex.europa.eu/eli/reg/2016/679/oj, article 15, paragraph 4
    """

    where: str  # by %(id)s and %(mails)s of a colleague, or %(leads)s of a prospect
    columns: frozenset[str] | None = None  # None: all that are anybody's
    naming: frozenset[str] = frozenset()  # of those, which name others because it is theirs to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One table. *kept* may name a key of `Retention` in braces, in days."""

    table: str
    what: str
    why: str
    kept: str
    columns: Mapping[str, str]
    colleague: tuple[Given, ...] = ()  # a row is given by the first that it fits
    prospect: tuple[Given, ...] = ()
    nobodys: frozenset[str] = frozenset()  # columns that are given to nobody, and why stands there


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    tables: tuple[Stored, ...]


_THEIR_LEADS = "handoff in (select id from handoff where lead = any(%(leads)s))"
_ASKED = frozenset({"handoff", "deal", "field", "why", "was", "currency", "choices", "who"})
_ASKED |= {"asked_at", "refused", "over_at", "became"}
_HANDOFF = frozenset(
    {
        "id",
        "number",
        "qualifier",
        "owner",
        "rep",
        "leader",
        "policy",
        "place",
        "state",
        "meeting",
        "uid",
        "join_url",
        "invited_at",
        "moving",
        "meeting_was",
        "undone",
        "deeds",
        "response",
        "response_at",
        "prospect",
        "prospect_at",
        "prospect_other",
        "named",
        "proposal",
        "may_propose",
        "reason",
        "trouble",
        "letters",
        "held",
        "met",
        "no_shows",
        "outcome",
        "ended_for",
        "ended_by",
        "changed_by",
        "ended_at",
        "contests",
    }
)
"""Of a handoff, what whoever has a part in it knows from its card."""

LEADS = Part(
    "Leads and handoffs",
    (
        Stored(
            table="lead",
            what="The prospect, and what a qualifier wrote of them",
            why="A lead is handed over with all that the next person must know; the next one of "
            "the same contact or company begins with company, name and time zone.",
            kept=(
                "What was written: {texts} days after the handoff has ended. Name and address: "
                "{prospects} days after. One that nobody hands over ends after {unbooked} days. "
                "Company, time zone, value, campaign and message stay, for the sums."
            ),
            columns={
                "id": "id",
                "company": "company",
                "contact_name": "name",
                "contact_email": "mail address; later the domain alone",
                "contact_zone": "time zone",
                "needs": "needs",
                "pains": "pains",
                "current_solution": "what is used now",
                "request": "what is wanted",
                "value": "worth per year, as it was written where that is no amount for certain",
                "worth": "worth per year, in the currency's minor units",
                "worth_currency": "currency of it",
                "worth_unclear": "whether what was written is no amount for certain",
                "campaign": "campaign",
                "message": "which message of it brought them",
                "contact_gone_at": "when name and address were forgotten",
            },
            prospect=(Given("id = any(%(leads)s)"),),
        ),
        Stored(
            table="handoff",
            what="Where each lead stands, and its meeting in Outlook",
            why="So that it is met and followed up, and everybody sees whose turn it is.",
            kept=(
                "Notes, mails, links to Outlook and subjects of what stood in the way: {texts} "
                "days after it has ended. That it was, and how it went, stays, for the sums."
            ),
            columns={
                "id": "id",
                "number": "number",
                "lead": "lead",
                "qualifier": "qualifier",
                "owner": "who has it now",
                "rep": "rep",
                "leader": "leader who was invited",
                "policy": "version of the policy",
                "place": "in whose figures it is, and how far it has come",
                "state": "state",
                "search": "times that were looked for, and why others were not free",
                "meeting": "time of the meeting",
                "organizer_event": "event in the calendar of whoever invites",
                "organizer": "who that is, where the lead has passed to another qualifier",
                "rep_event": "event in the rep's calendar",
                "uid": "id of the meeting in Outlook",
                "join_url": "link to the Teams meeting",
                "obstacles": "what stood in the rep's calendar then",
                "invited_at": "since when the invitation is on its way to the rep",
                "moving": "whether Outlook has yet to be told of a new time",
                "meeting_was": "the time that Outlook has until then",
                "response": "the rep's answer in Outlook",
                "response_at": "when the rep answered",
                "prospect": "the prospect's answer in Outlook",
                "prospect_at": "when the prospect answered",
                "prospect_other": "another address of the prospect's company, which accepted",
                "named": "whom the invitation names until a stand-in has said yes",
                "proposal": "another time that was proposed",
                "others": "other times that were shown",
                "others_for": "who asked for them",
                "others_with": "whose they are, where the rep has none",
                "others_refused": "why further times were not free",
                "may_propose": "of a version before: whether another time might be proposed",
                "stand_ins": "who else was free",
                "giving": "who gives the meeting to a colleague just now, and to whom",
                "reason": "why it was sent back, by its code",
                "note": "what the rep wrote when sending it back",
                "trouble": "what Outlook would not do",
                "words": "the qualifier's own words for the introduction",
                "letters": "mails in people's names: to which address, when sent and answered, "
                "and until then what they say",
                "attendance": "how long rep and guests were in the meeting",
                "held": "how the meeting went",
                "leave": "an absence of the rep at that time",
                "leave_asked_at": "when the rep was asked who takes it",
                "leave_kept": "whether the rep keeps it all the same",
                "kept": "the time at which they do",
                "kept_over": "the absence over which they do",
                "met": "how often they have spoken",
                "no_shows": "how often the prospect did not come",
                "outcome": "how it ended, by its code",
                "ended_for": "why it was lost, by its code",
                "ended_by": "who said how it ended",
                "ended_at": "when that was said",
                "undone": "what Outlook would not do, in whose calendar, and when that begins",
                "deeds": "who corrected the address, gave the lead on, gave more time or told the "
                "prospect that it is off last, and whether Outlook did",
                "contests": "what was contested, by whom, and what came of it, by codes",
                "deals": "deals in the company's CRM that may be its: stage, amount, owner, "
                "next step",
                "deal_id": "which of them is its",
                "proposed": "what the CRM knows of the blanks of its brief",
                "touched": "by what the prospect first and last came, as the CRM had it",
                "activity": "the last call, mail or meeting that the CRM knows of: which, and when",
                "changed_by": "who changed last what the CRM is told",
                "idle_told": "when its people heard that there was none since",
                "texts_gone_at": "when what was written was forgotten",
                "prospect_gone_at": "when the prospect's name and address were forgotten",
            },
            colleague=(
                Given(
                    "rep = %(id)s",
                    _HANDOFF
                    | {"rep_event", "obstacles", "note", "leave", "leave_asked_at", "leave_kept"}
                    | {"kept", "kept_over", "attendance"}
                    | {"search", "others_refused", "others_for"},
                ),
                Given(
                    "%(id)s in (qualifier, owner, organizer)",
                    _HANDOFF
                    | {"lead", "organizer", "organizer_event", "words"}
                    | {"others", "others_for"},
                ),
                Given("leader = %(id)s", frozenset({"number", "leader", "state", "meeting"})),
                Given(
                    # Of these alone, for the whole of every row would be read for an id.
                    "concat_ws(' ', search, others_refused, others_with, stand_ins, giving, "
                    "contests, letters, ended_by, undone, deeds, named) "
                    "like '%%' || %(id)s || '%%'",
                    frozenset({"number", "search", "others_refused", "others_with"})
                    | {"stand_ins", "giving", "undone", "deeds", "named"},
                ),
            ),
            prospect=(
                Given(
                    "lead = any(%(leads)s)",
                    frozenset(
                        {
                            "number",
                            "lead",
                            "state",
                            "meeting",
                            "uid",
                            "join_url",
                            "prospect",
                            "prospect_at",
                            "prospect_other",
                            "deeds",
                            "reason",
                            "note",
                            "words",
                            "held",
                            "attendance",
                            "met",
                            "no_shows",
                            "outcome",
                            "ended_for",
                            "ended_at",
                            "deals",
                            "deal_id",
                            "proposed",
                            "touched",
                            "activity",
                            "idle_told",
                        }
                    ),
                ),
            ),
            nobodys=frozenset({"texts_gone_at", "prospect_gone_at"}),  # of the row, not of anybody
        ),
        Stored(
            table="invitation",
            what="What is posted to Outlook for a meeting: subject, text, time and guests",
            why="Another try must say the same as the first, or Outlook takes it for another.",
            kept="Until Outlook has it: seconds, as a rule.",
            columns={"key": "number", "handoff": "handoff", "content": "what is posted"},
            colleague=(Given("content::text like '%%' || %(id)s || '%%'"),),
            prospect=(Given(_THEIR_LEADS, frozenset({"content"})),),
        ),
        Stored(
            table="commitment",
            what="Who promised what by when, and whether it was kept",
            why="Promises are what Baton reminds of; the same sums are shown to everyone.",
            kept="Stays, for the sums. Whoever is forgotten is in them without a name.",
            columns={
                "handoff": "handoff",
                "n": "number",
                "what": "what was promised",
                "who": "who promised",
                "made_at": "when it was promised",
                "due_at": "when it is due",
                "first_due_at": "when it was due before anybody gave more time",
                "counted_from": "since when its hours count",
                "hours": "working hours it may take",
                "brought_forward": "whether it is due earlier because the meeting is near",
                "alarms": "what happens until then",
                "rings_at": "when that happens next",
                "reached": "the last that happened",
                "about": "the promise that a manager decides on",
                "said_at": "when the person clicked",
                "kind": "kind of next step, why it is asked, or why there is no time to prepare",
                "not_before": "not before, or the time that was proposed",
                "minutes": "minutes it takes",
                "span": "its time in the calendar",
                "event": "its event in the calendar",
                "undelivered": "why its maker could not be told of it",
                "undelivered_at": "when that was found",
                "untold_since": "since when its maker has known nothing of it",
                "mailed_at": "when a mail told of it instead of a card",
                "excused_at": "since when it is nobody's miss",
                "missed_at": "when it was first overdue",
                "ended_at": "when it ended",
                "ending": "how it ended",
            },
            colleague=(Given("who = %(id)s"),),
        ),
        Stored(
            table="pledge",
            what="What somebody owes that is about no handoff: a week, a dispute, an alarm",
            why="Whoever waits for a word gets it, and sees by when.",
            kept="Stays, for the sums. Whoever is forgotten is in them without a name.",
            columns={
                "id": "id",
                "about": "what it is about",
                "given_to": "to whom it was promised",
                "n": "number of whom was asked",
                "what": "what was promised",
                "who": "who promised",
                "made_at": "when it was promised",
                "due_at": "when it is due",
                "first_due_at": "when it was due before anybody gave more time",
                "counted_from": "since when its hours count",
                "hours": "working hours it may take",
                "alarms": "what happens until then",
                "rings_at": "when that happens next",
                "reached": "the last that happened",
                "given_by": "who gave more time for it",
                "card": "the message that asks for it",
                "given_why": "and why",
                "undelivered": "why the card did not arrive",
                "undelivered_at": "since when",
                "excused_at": "since when it is nobody's miss",
                "missed_at": "when it was first overdue",
                "ended_at": "when it ended",
                "ending": "how it ended",
            },
            colleague=(
                Given("who = %(id)s"),
                Given(
                    "given_to = %(id)s or about like '%%' || %(id)s",
                    frozenset(
                        {
                            "id",
                            "what",
                            "about",
                            "given_to",
                            "made_at",
                            "due_at",
                            "ended_at",
                            "ending",
                        }
                    ),
                ),
            ),
        ),
        Stored(
            table="lead_source",
            what="From where leads come in by themselves: a form, a flow, another system",
            why="It is known who answers for it, and whose its leads are.",
            kept="Stays, also once it is revoked: leads name it.",
            columns={
                "id": "its id",
                "name": "what it is called",
                "name_key": "by which it is found",
                "owner": "who answers for it",
                "qualifiers": "whose its leads are, in turn",
                "campaign": "campaign of leads that name none",
                "made_at": "since when",
                "ended_at": "when it was revoked",
            },
            colleague=(
                Given("owner = %(id)s"),
                Given(
                    "%(id)s = any(qualifiers)", frozenset({"id", "name", "qualifiers", "made_at"})
                ),
            ),
        ),
        Stored(
            table="lead_source_key",
            what="How each of them proves itself: the digest of a token, or a secret to sign with",
            why="Nobody else hands leads in. Who proves a signature makes it anew, so a secret to "
            "sign with is kept as it is, as are the keys of links in mails: whoever reads the "
            "database, or a copy of it, could hand leads in.",
            kept="30 days after its end.",
            columns={
                "id": "its id",
                "source": "whose",
                "digest": "digest of a token, of which the token cannot be made",
                "secret": "the secret to sign with",
                "made_at": "since when",
                "until": "until when it is good",
                "used_at": "when it was last used, by day",
            },
        ),
        Stored(
            table="arrival",
            what="Which lead came in from where lately, and the digest of what was sent",
            why="The same that is sent again is one lead, and another is not taken for it.",
            kept="30 days; the digest no longer than the lead's own texts.",
            columns={
                "handoff": "handoff",
                "source": "from where",
                "digest": "digest of what was sent",
                "at": "when",
            },
            prospect=(Given(_THEIR_LEADS, frozenset({"handoff", "source", "at"})),),
            nobodys=frozenset({"digest"}),  # of what they are given as it was written
        ),
        Stored(
            table="objection",
            what="Who asked not to be stored or contacted, as numbers that lead to nobody",
            why="No list and no form brings them in again.",
            kept="Stays: it is what they asked for.",
            columns={"address": "a number made of the address", "at": "when"},
        ),
        Stored(
            table="objection_key",
            what="The key with which those numbers are made. Nothing about anybody",
            why="Nobody can try out addresses without it.",
            kept="Stays.",
            columns={"single": "only one", "key": "the key"},
        ),
        Stored(
            table="untrue",
            what="Handoffs that are not as they always should be. Nothing about anybody",
            why="A mistake in the books is found within the hour.",
            kept="As long as it lasts.",
            columns={"what": "what should be", "number": "number", "seen_at": "since when"},
        ),
        Stored(
            table="correction",
            what="As what a promise counts after all, who said so, and the evidence",
            why="What was missed stays missed; whoever corrects it does so in their own name.",
            kept="Stays, for the sums. The words: {texts} days after the end.",
            columns={
                "id": "number",
                "handoff": "handoff",
                "n": "number of the promise",
                "at": "when",
                "by": "who",
                "ending": "as what it counts",
                "why": "the evidence",
            },
            colleague=(
                Given("(handoff, n) in (select handoff, n from commitment where who = %(id)s)"),
                Given("by = %(id)s", frozenset({"handoff", "n", "at", "by", "ending", "why"})),
            ),
        ),
        Stored(
            table="entry",
            what="The timeline: who did what, when, by which rule",
            why="“Why” is answered with what happened, and nobody can rewrite it.",
            kept="Reasons that people typed: {texts} days after the end. The rest stays.",
            columns={
                "n": "number",
                "handoff": "handoff",
                "at": "when",
                "by": "who",
                "what": "what",
                "rule": "rule",
                "detail": "details",
                "open_for": "seconds that the form was open from which it came",
            },
            colleague=(
                Given("by = %(id)s"),
                Given(
                    "detail ->> 'to' = %(id)s", frozenset({"n", "handoff", "at", "what", "rule"})
                ),
            ),
            prospect=(Given(_THEIR_LEADS, frozenset({"n", "at", "what"})),),
        ),
        Stored(
            table="crm_link",
            what="Where the company's CRM is told of a handoff, and what it was told last",
            why="The CRM is told of each change once, and nobody's own change there is undone.",
            kept="Until the prospect is forgotten: {prospects} days after the handoff has ended. "
            "What stands in the CRM itself is kept by its own rules.",
            columns={
                "handoff": "handoff",
                "address": "by which the contact was found",
                "contact": "the contact's id there",
                "note": "the note beside it",
                "note_tried_at": "when that was to be made",
                "owner": "whom Baton made the owner there",
                "owner_before": "who it was before",
                "owner_found": "who it was at first",
                "former": "contacts of addresses that were corrected",
                "told": "a number made of what was told last",
                "told_at": "when that was",
                "trouble": "what the CRM did not take, in its words",
                "trouble_at": "since when, or since when it is being told",
                "asked": "an owner whom somebody chose there",
                "said_at": "when a person read of that",
                "deals_read_at": "when the deals of the contact were read",
                "activity_read_at": "when it was read who was in touch with it last",
                "differs": "how its deal stands there, where it is said to be otherwise here",
                "differs_at": "since when",
                "differs_said": "what of that its people have read",
            },
            prospect=(
                Given(
                    _THEIR_LEADS,
                    frozenset(
                        {"handoff", "address", "contact", "former", "note", "told_at", "trouble"}
                    ),
                ),
            ),
            # Of the telling, not of anybody; whose ids stand there is the CRM's to say.
            nobodys=frozenset(
                {"note_tried_at", "owner", "owner_before", "owner_found", "told", "trouble_at"}
                | {
                    "activity_read_at",
                    "asked",
                    "said_at",
                    "deals_read_at",
                    "differs",
                    "differs_at",
                    "differs_said",
                }
            ),
        ),
        Stored(
            table="campaign",
            what="Campaigns that bring leads, and who owns each",
            why="What comes of a campaign is its owner's to know.",
            kept="Stays, for the sums.",
            columns={
                "code": "code",
                "code_key": "by which it is found",
                "name": "name",
                "name_key": "by which it is found, too",
                "owner": "whose it is",
                "source": "what kind of effort it is",
                "spent": "what it has cost",
                "spent_currency": "in which currency",
                "spent_by": "who says so",
                "changed_at": "when it was last changed",
            },
            colleague=(Given("owner = %(id)s"),),
        ),
        Stored(
            table="spend",
            what="What campaigns have cost in each month, as a list says",
            why="Whoever owns a campaign reads what came back of it.",
            kept="Stays; nobody is in it.",
            columns={
                "campaign": "code of the campaign",
                "month": "month",
                "minor": "what it has cost",
                "currency": "in which currency",
                "changed_at": "when it was last changed",
            },
        ),
        Stored(
            table="fact",
            what="What is counted: a step that a lead has come, what became of a promise",
            why="Figures that are the same for everybody, and lead to the very handoff.",
            kept="Stays, for the sums.",
            columns={
                "id": "number",
                "handoff": "handoff",
                "pledge": "promise that is about no handoff",
                "n": "number of the promise",
                "sign": "1; or -1, where it counts no more",
                "what": "what",
                "code": "of which kind",
                "reason": "why",
                "at": "from when on it counts",
                "known_at": "when that was decided",
                "who": "whose it is",
                "rep": "rep",
                "qualifier": "qualifier",
                "team": "who leads the team",
                "pool": "pool",
                "region": "region",
                "segment": "segment",
                "stage": "how far the lead had come",
                "campaign": "campaign",
                "worth": "worth per year, in the currency's minor units",
                "currency": "currency of it",
                "policy": "version of the policy",
                "took": "how long it took, in seconds",
                "took_working": "how long of working time",
                "late": "how late it was, in seconds",
                "late_working": "how late in working time",
            },
            colleague=(
                Given("who = %(id)s"),
                Given(
                    "%(id)s in (rep, qualifier, team)",
                    frozenset({"id", "handoff", "n", "sign", "what", "code", "at", "rep"})
                    | {"qualifier", "team", "pool", "region", "segment", "campaign"},
                ),
            ),
            prospect=(Given(_THEIR_LEADS, frozenset({"id", "what", "at"})),),
        ),
        Stored(
            table="day_sum",
            what="What was counted on each day, added up by team and by campaign",
            why="Figures of a year are there at once.",
            kept="Stays; but for who leads a team, nobody is in it.",
            columns={
                "day": "day",
                "region": "region",
                "team": "who leads the team",
                "campaign": "campaign",
                "what": "what",
                "code": "of which kind",
                "reason": "why",
                "count": "how many",
            },
            colleague=(Given("team = %(id)s"),),
        ),
        Stored(
            table="day_total",
            what="What was counted on each day, added up by region",
            why="Figures of everybody are there at once.",
            kept="Stays; nobody is in it.",
            columns={
                "day": "day",
                "region": "region",
                "what": "what",
                "code": "of which kind",
                "reason": "why",
                "count": "how many",
            },
        ),
        Stored(
            table="goal",
            what="What a figure is to come to, of somebody and in a time",
            why="Everybody sees how they stand to what was agreed; what it was before stays.",
            kept="Stays.",
            columns={
                "id": "number",
                "figure": "figure",
                "kind": "of what",
                "whose": "whose",
                "since": "from when on",
                "until": "until before when",
                "target": "what it is to come to",
                "set_at": "when it was set",
            },
            colleague=(Given("whose = %(id)s"),),
        ),
        Stored(
            table="dirty_day",
            what="Of which days something was counted since they were added up",
            why="They are added up anew.",
            kept="Until they are. Nobody is in it.",
            columns={"day": "day"},
        ),
        Stored(
            table="added_up",
            what="How often what was counted has been added up",
            why="What was read of it stays in memory for as long as nothing else is counted.",
            kept="Stays. Nobody is in it.",
            columns={"it": "that it is the one row", "times": "how often"},
        ),
        Stored(
            table="day_added_up",
            what="How often what was counted of a day has been added up",
            why="What was read of it stays in memory for as long as nothing else is counted.",
            kept="Stays. Nobody is in it.",
            columns={"day": "day", "times": "how often"},
        ),
        Stored(
            table="weekly_report",
            what="That there was a report of a week",
            why="What was sent stays as it was; what is otherwise by now is shown beside it.",
            kept="Stays. Nobody is in it.",
            columns={
                "week": "the Monday on which the week began",
                "zone": "on whose clocks",
                "made_at": "when it was made",
                "cut_off": "what was known then is in it",
                "definition": "which figures stand in it",
                "policy": "version of the policy",
            },
        ),
        Stored(
            table="weekly_line",
            what="What a report of a week says of somebody, a team, a campaign or everybody",
            why="The same numbers for a person and for whoever leads them, as they were sent.",
            kept="Of persons {reports} days. The sums of teams, campaigns and everybody stay.",
            columns={
                "week": "week",
                "kind": "of what kind",
                "whose": "whose",
                "reader": "for whom alone, where it is not the same for all",
                "now": "what each figure came to",
                "before": "and in the week before",
            },
            colleague=(
                Given(
                    "whose = %(id)s and kind in ('person', 'team', 'below') and "
                    "reader in ('', %(id)s) or reader = %(id)s",
                    naming=frozenset({"whose"}),
                ),
            ),
        ),
        Stored(
            table="weekly_reader",
            what="Who had the report of a week, and what of it",
            why="Everyone reads in the tab what they were sent, once a week.",
            kept="{reports} days.",
            columns={
                "week": "week",
                "person": "whose report",
                "names": "whom they see in it by name",
                "teams": "who leads the teams in it",
                "campaigns": "campaigns in it",
                "due_at": "when they were to have it",
                "card_at": "when its card was put in line",
                "mail_at": "when its mail was",
            },
            colleague=(
                Given(
                    "person = %(id)s",
                    naming=frozenset({"names", "teams"}),
                ),
            ),
        ),
        Stored(
            table="trend",
            what="A reason that was given more often than before, of a campaign and a segment",
            why="Who can do something about it hears of it, and not twice of the same.",
            kept="Stays. Who has yet to hear of it is in it until they have.",
            columns={
                "id": "number",
                "waits": "who has yet to hear of it",
                "week": "the last week that was looked at",
                "zone": "on whose clocks",
                "found_at": "when it was found",
                "reason": "why leads came back or were lost",
                "campaign": "campaign",
                "segment": "segment",
                "recent": "how often in four weeks",
                "recent_of": "of how many leads handed over then",
                "before": "how often in the twelve weeks before",
                "before_of": "of how many handed over before",
                "chance": "how likely that is by chance",
            },
            colleague=(Given("%(id)s = any(waits)"),),
        ),
        Stored(
            table="win",
            what="Of which deals that are won people have heard",
            why="Those who brought it hear of it once, and not in their time off.",
            kept="Stays. Who has yet to hear of it is in it until they have.",
            columns={
                "handoff": "handoff",
                "stands": "whether it was told as won, or as not won after all",
                "told_at": "when",
                "waits": "who has yet to hear of it",
                "told": "who has heard it",
            },
            colleague=(Given("%(id)s = any(waits || told)"),),
            prospect=(Given(_THEIR_LEADS, frozenset({"stands", "told_at"})),),
        ),
        Stored(
            table="reservation",
            what="The time of a rep that a meeting holds",
            why="Nobody is booked twice.",
            kept="Until the meeting is over or given back.",
            columns={"handoff": "handoff", "rep": "number of the rep", "during": "time"},
            colleague=(Given("rep = (select n from person where id = %(id)s)"),),
        ),
    ),
)

PEOPLE = Part(
    "Colleagues",
    (
        Stored(
            table="person",
            what="Everyone whom the policy names, and their managers",
            why="Clocks run in a person's own working hours, and pause while they are away.",
            kept=(
                "While the policy names them. Hours, absences and managers: {leavers} days "
                "after. Name and address: {names} days after, or when they ask."
            ),
            columns={
                "id": "id in Microsoft Entra",
                "n": "number",
                "name": "name",
                "mail": "mail address",
                "former": "mail addresses from before",
                "aliases": "other addresses, the sign-in name among them",
                "zone": "time zone of the working hours",
                "shown_in": "time zone of the mailbox, where that is another",
                "days": "working days",
                "day_start": "begin of the day",
                "day_end": "end of the day",
                "holidays": "public holidays",
                "away": "absences",
                "replies": "absences by automatic replies",
                "absent": "absences by the calendar",
                "said": "absences that a manager or qualifier told of",
                "said_by": "who did",
                "managers": "managers",
                "roles": "roles",
                "pools": "pools",
                "unreachable": "why Teams does not deliver",
                "dark": "why the calendar cannot be read",
                "present": "whether the policy names them, or something open is theirs",
                "synced_at": "when this was last read",
                "settings_at": "when automatic replies were last read",
                "left_at": "since when neither is so",
                "cleared_at": "when hours and absences were forgotten",
                "forgotten_at": "when name and address were forgotten",
            },
            colleague=(Given("id = %(id)s", naming=frozenset({"managers"})),),
        ),
        Stored(
            table="group_reading",
            what="Who was in each group that the policy names, when it was last read",
            why="Microsoft's directory lags behind itself: nobody goes by one reading.",
            kept="Until the next reading.",
            columns={
                "entry": "the group, as the policy names it",
                "members": "ids of its members",
                "read_at": "when it was read",
            },
            colleague=(Given("%(id)s = any(members)", frozenset({"entry", "read_at"})),),
            nobodys=frozenset({"members"}),  # all the others who are in it
        ),
        Stored(
            table="conversation",
            what="Where someone is reached in Teams. What they type is not kept",
            why="Cards come by themselves, not only as answers.",
            kept="{leavers} days after the policy no longer names them.",
            columns={
                "person": "person",
                "reference": "address of the chat",
                "welcomed_at": "when they were welcomed",
                "since": "since when",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="delivery",
            what="Whether cards and mails have reached someone",
            why="Whoever could not be told of something has not missed it.",
            kept="{leavers} days after the policy no longer names them.",
            columns={
                "person": "person",
                "delivered_at": "the last card that Teams took",
                "failing_at": "since when it takes none",
                "trying_since": "since when one is tried in vain",
                "told_instead": "which of those a mail has told of",
                "held_instead": "which of those wait for their working hours",
                "held_until": "until when",
                "failed_at": "the last that it did not take",
                "why": "why",
                "mailed_at": "the last mail instead of a card",
                "unmailed_at": "since when Outlook takes none",
                "mail_why": "why not",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="link",
            what="Links in mails to someone whom Teams does not reach",
            why="Each works once.",
            kept="30 days after its end; {leavers} days after the policy no longer names them.",
            columns={
                "id": "its id",
                "handoff": "handoff",
                "person": "whose it is",
                "expires_at": "until when it is good",
                "used_at": "when it was used",
            },
            colleague=(Given("person = %(id)s"),),
            nobodys=frozenset({"id"}),  # who knows it may answer for them
        ),
        Stored(
            table="crm_ask",
            what="What of a deal the company's CRM is to say, who was asked, and what they said",
            why="The CRM is brought up to date by a click, and nobody's own change is undone.",
            kept="Until the prospect is forgotten: {prospects} days after the handoff has ended.",
            columns={
                "id": "id",
                "handoff": "handoff",
                "deal": "the deal's id there",
                "field": "which field of it",
                "why": "why it is wanted: it is empty, over, or unchanged for long",
                "was": "what stood there",
                "currency": "of an amount",
                "choices": "stages to choose from",
                "who": "who was asked first",
                "asked_at": "when",
                "refused": "what the CRM said of what was entered before",
                "value": "what was entered",
                "said_by": "by whom",
                "said_at": "when they did",
                "over_at": "when it was over",
                "became": "what became of it",
            },
            colleague=(
                Given("said_by = %(id)s", _ASKED - {"who"} | {"value", "said_by", "said_at"}),
                Given("who = %(id)s", _ASKED),
            ),
            prospect=(
                Given(_THEIR_LEADS, frozenset({"handoff", "field", "was", "value", "asked_at"})),
            ),
            nobodys=frozenset({"id"}),  # who was asked may answer by it
        ),
        Stored(
            table="crm_leads",
            what="How far the leads of the company's CRM were read. Nothing about anybody",
            why="What became a lead there is one here, once.",
            kept="As long as the policy asks for them.",
            columns={
                "single": "only one",
                "wanted": "which they are, as the policy has it",
                "began_at": "since when they come in",
                "read_to": "the last change there that was read",
                "trouble": "why they are not read",
            },
        ),
        Stored(
            table="crm_left_out",
            what="Which contacts of the company's CRM are no lead as they stand there, and why",
            why="Whoever looks after Baton can have them put right; none is lost in silence.",
            kept="30 days, or until they come in. Of whoever asked not to be stored, nothing.",
            columns={"record": "the contact's id there", "why": "what is missing", "at": "when"},
            nobodys=frozenset({"record", "why", "at"}),  # the id is the CRM's, and leads to nobody
        ),
        Stored(
            table="crm_user",
            what="Who of our people is which user of the company's CRM",
            why="Whoever has a lead can be its owner there.",
            kept="{leavers} days after the policy no longer names them.",
            columns={"person": "who", "id": "their user's id there"},
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="figure_key",
            what="Keys by which somebody's own programs read their figures",
            why="A program asks without anybody at it; what it may read is what its owner may.",
            kept="30 days after its end; {leavers} days after the policy no longer names them.",
            columns={
                "id": "its id",
                "person": "whose it is",
                "name": "what they call it",
                "digest": "its digest, of which the key cannot be made",
                "made_at": "since when",
                "until": "until when it is good",
                "used_at": "when it was last used, by day",
                "revoked_at": "when it was revoked",
            },
            colleague=(Given("person = %(id)s"),),
            nobodys=frozenset({"id", "digest"}),
        ),
        Stored(
            table="pass",
            what="By which link a prospect may change their meeting",
            why="The link in the invitation stays the same; another address has another one.",
            kept="{prospects} days after the handoff has ended.",
            columns={
                "handoff": "handoff",
                "id": "its id",
                "key": "which key signs it",
                "expires_at": "until when it is good",
            },
            nobodys=frozenset({"id"}),  # who knows it may change the meeting
        ),
        Stored(
            table="signing_key",
            what="The keys that sign such links. Nothing about anybody",
            why="A link that was changed does nothing.",
            kept="67 days, or as long as a link that it signs is good.",
            columns={"id": "number", "key": "the key", "made_at": "when it was made"},
        ),
        Stored(
            table="card",
            what="Which message in Teams holds the live card of a handoff",
            why="The card is redrawn instead of sent again.",
            kept=(
                "{prospects} days after the handoff has ended; {leavers} days after the policy no "
                "longer names the reader."
            ),
            columns={
                "handoff": "handoff",
                "person": "reader",
                "activity": "id of the message",
                "held_until": "waits for working hours until",
                "form_in": "message in which a form is open",
                "form_until": "until then",
                "form_name": "which form",
                "news_waits": "whether news waits for it",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="look",
            what="Who was shown whose figures, and when",
            why="So that people can ask who looked. Nobody looks unseen.",
            kept="{looks} days.",
            columns={
                "n": "number",
                "at": "when",
                "by": "who looked",
                "whose": "at whose figures",
                "what": "at what",
                "handoff": "handoff",
            },
            colleague=(Given("%(id)s in (by, whose)"),),
        ),
    ),
)

CALENDARS = Part(
    "Calendars and mailboxes",
    (
        Stored(
            table="week",
            what="What a weekly check saw in a rep's calendar, and what they said to it",
            why="The rep alone is asked what is still true; the manager sees who has confirmed.",
            kept="{calendars} days after the week.",
            columns={
                "person": "whose calendar",
                "monday": "week",
                "checked_at": "when it was read",
                "days": "working hours and how much of them is taken",
                "lines": "what looked untrue, with its subject; never of private events",
                "sent_at": "when the card was sent",
                "confirmed_at": "when the week was confirmed",
                "activity": "the message with the card",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="silenced",
            what="Events that their owner has called real",
            why="Nobody is asked about them again.",
            kept="{leavers} days after the policy no longer names their owner.",
            columns={
                "person": "whose",
                "key": "id of the event in Outlook",
                "kind": "what it looked like",
                "at": "when",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="leaver",
            what="Whether somebody who is named in an event has left the company",
            why="A meeting with them will not take place.",
            kept="30 days.",
            columns={
                "who": "address or id",
                "how": "how they left",
                "was_user": "whether Entra once had an account of it",
                "seen_at": "when asked",
            },
            colleague=(Given("who = %(id)s or lower(who) = any(%(mails)s)"),),
        ),
        Stored(
            table="roll_call",
            what="That a manager was told who has confirmed a week",
            why="It is told once.",
            kept="{calendars} days after the week.",
            columns={"manager": "manager", "monday": "week", "sent_at": "when"},
            colleague=(Given("manager = %(id)s"),),
        ),
        Stored(
            table="subscription",
            what="That Outlook tells of changes in a mailbox, with the secret it is believed by",
            why="An answer given in Outlook counts at once.",
            kept="{outlook} days after the mailbox was last in use.",
            columns={
                "mailbox": "whose mailbox",
                "kind": "events or sent mail",
                "id": "id of the subscription",
                "client_state": "secret",
                "expires_at": "ends",
                "renew_at": "is renewed",
                "delta": "where reading left off",
                "delta_until": "how far ahead is read",
                "polled_at": "last read",
                "poll_at": "next read",
                "stirred_at": "something else has changed since",
                "closed": "whether it cannot be read",
                "trouble": "why it cannot be watched",
                "tries": "tries without success",
                "try_at": "next try",
            },
            colleague=(Given("mailbox = %(id)s"),),
            nobodys=frozenset(
                {"client_state", "delta"}
            ),  # by which notifications are believed, and where reading goes on
        ),
        Stored(
            table="seen",
            what="Which version of an event was read last, by its id",
            why="What has not changed is not read again.",
            kept="{outlook} days.",
            columns={"event": "event", "etag": "version", "at": "when"},
        ),
    ),
)

ROUTING = Part(
    "Who gets a lead",
    (
        Stored(
            table="routing_book",
            what="How many leads a rep was owed and got",
            why="Leads are shared out fairly, and anybody may check it.",
            kept="Stays, for the sums; it holds an id and no name.",
            columns={
                "counter": "counter",
                "person": "rep",
                "target": "what their share adds up to",
                "got": "leads they got",
                "credits": "leads that do not count",
                "last": "when they got the last",
                "here": "whether they took part",
                "since": "since when",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="routing_given",
            what="Which lead was given to which rep, and why",
            why="Limits and figures are counted on it.",
            kept="Stays, for the sums; it holds ids and no names.",
            columns={
                "id": "number",
                "handoff": "handoff",
                "person": "rep",
                "counter": "counter",
                "pool": "pool",
                "at": "when",
                "tags": "what the lead was",
                "how": "how they were chosen",
                "backup": "who was next after them",
                "credited_at": "when it was credited",
                "credited_for": "why it does not count",
            },
            colleague=(
                Given(
                    "person = %(id)s",
                    frozenset(
                        {
                            "id",
                            "handoff",
                            "person",
                            "counter",
                            "pool",
                            "at",
                            "tags",
                            "how",
                            "credited_at",
                            "credited_for",
                        }
                    ),
                ),
                Given("backup = %(id)s", frozenset({"id", "backup", "counter", "pool", "at"})),
            ),
            prospect=(Given(_THEIR_LEADS, frozenset({"at", "tags"})),),
        ),
        Stored(
            table="routing_record",
            what="Each choice of the router with the figures of everyone it was made from",
            why="“Why not me?” is answered with the numbers that decided. Each proves the last.",
            kept="{decisions} days, and while the handoff is open; ids and no names.",
            columns={
                "n": "number",
                "at": "when",
                "kind": "kind",
                "handoff": "handoff",
                "pool": "pool",
                "counter": "counter",
                "policy": "version of the policy",
                "chosen": "who was chosen",
                "record": "figures of everyone in the pool",
                "hash": "proof",
            },
            colleague=(
                Given("chosen = %(id)s"),
                Given(
                    # Whoever was in a choice is in the books of its counter: others are not read.
                    "case when counter = any(array(select counter from routing_book "
                    "where person = %(id)s)) then record::text like '%%' || %(id)s || '%%' end",
                    frozenset(
                        {
                            "n",
                            "at",
                            "kind",
                            "handoff",
                            "pool",
                            "counter",
                            "policy",
                            "record",
                            "hash",
                        }
                    ),
                ),
            ),
        ),
        Stored(
            table="routing_chain",
            what="The ends of that chain of proofs",
            why="A record that was changed or left out is found.",
            kept="Stays; nobody is in it.",
            columns={
                "single": "only one",
                "n": "last record",
                "hash": "its proof",
                "gone_n": "last record no longer kept",
                "gone_hash": "proof of that one",
            },
        ),
        Stored(
            table="routing_question",
            what="Which reps could take a lead when, as their calendars said",
            why="The one who is next is chosen when the time is.",
            kept="{texts} days after the handoff has ended.",
            columns={
                "handoff": "handoff",
                "pool": "pool",
                "asked": "who was free when",
                "held_until": "held until",
                "looks_at": "looked at again",
            },
            colleague=(Given("asked::text like '%%' || %(id)s || '%%'"),),
        ),
        Stored(
            table="routing_stage",
            what="How far a deal has come",
            why="Whoever has much to do gets fewer leads.",
            kept="Stays, for the sums.",
            columns={"handoff": "handoff", "stage": "stage", "by": "who said so", "at": "when"},
            colleague=(Given("by = %(id)s"),),
            prospect=(Given(_THEIR_LEADS, frozenset({"stage", "at"})),),
        ),
        Stored(
            table="routing_signed",
            what="Who has agreed to which version of the policy",
            why="Where the policy asks for it, only they take part.",
            kept="Stays; it holds an id and no name.",
            columns={
                "person": "who",
                "policy": "version of the policy",
                "at": "when",
                "asked_at": "when they were asked",
            },
            colleague=(Given("person = %(id)s"),),
        ),
        Stored(
            table="routing_report",
            what="That somebody called a choice wrong, and what their manager said",
            why="It is answered.",
            kept="What was written: {texts} days after the end. The rest stays.",
            columns={
                "id": "id",
                "handoff": "handoff",
                "by": "who said so",
                "manager": "manager",
                "at": "when",
                "answered_at": "when it was answered",
                "answer": "answer",
                "note": "what was written",
            },
            colleague=(
                Given("by = %(id)s"),
                Given(
                    "manager = %(id)s",
                    frozenset({"id", "handoff", "manager", "at", "answered_at", "answer"}),
                ),
            ),
        ),
        Stored(
            table="routing_alarm",
            what="That a rep had no leads for a while, and what their manager did",
            why="Leads that run unevenly are seen.",
            kept="Stays, for the sums; it holds ids and no names.",
            columns={
                "id": "id",
                "counter": "counter",
                "person": "rep",
                "manager": "manager",
                "at": "when",
                "found": "figures",
                "answered_at": "when it was answered",
                "answer": "answer",
            },
            colleague=(
                Given("person = %(id)s"),
                Given(
                    "manager = %(id)s", frozenset({"id", "manager", "at", "answered_at", "answer"})
                ),
            ),
        ),
    ),
)

WORKINGS = Part(
    "The workings",
    (
        Stored(
            table="policy",
            what="Every version of the policy, with the addresses that it names",
            why="A handoff keeps the rules that it began with.",
            kept="Stays. Whoever is forgotten is taken out of all versions.",
            columns={
                "version": "version",
                "digest": "checksum",
                "text": "text",
                "since": "since when",
            },
        ),
        Stored(
            table="procrastinate_jobs",
            what="Jobs to be done: their name, and ids of handoffs, people and events",
            why="What follows a click is done even if a machine stops.",
            kept="Until done; those that failed {jobs} days. Never a name or a text.",
            columns={
                "id": "number",
                "queue_name": "queue",
                "task_name": "what is done",
                "priority": "priority",
                "lock": "not beside",
                "queueing_lock": "not twice",
                "args": "for what, by ids",
                "status": "state",
                "scheduled_at": "not before",
                "attempts": "tries",
                "abort_requested": "to be stopped",
                "worker_id": "which worker",
            },
            colleague=(
                Given(
                    "args::text like '%%' || %(id)s || '%%'",
                    frozenset({"id", "task_name", "status", "scheduled_at", "attempts"}),
                ),
            ),
            nobodys=frozenset(
                {
                    "queue_name",
                    "priority",
                    "lock",
                    "queueing_lock",
                    "args",
                    "abort_requested",
                    "worker_id",
                }
            ),  # how the work is done; ids of others
        ),
        Stored(
            table="procrastinate_events",
            what="When a job was begun and ended",
            why="To see how the queue is doing.",
            kept="As long as the job.",
            columns={"id": "number", "job_id": "job", "type": "what happened", "at": "when"},
        ),
        Stored(
            table="procrastinate_workers",
            what="Which workers are alive",
            why="Jobs of one that died are done by another.",
            kept="While the worker runs.",
            columns={"id": "number", "last_heartbeat": "last sign of life"},
        ),
        Stored(
            table="procrastinate_periodic_defers",
            what="When something that is done again and again was done last",
            why="It is done once.",
            kept="Stays; nobody is in it.",
            columns={
                "id": "number",
                "task_name": "what",
                "defer_timestamp": "when",
                "job_id": "job",
                "periodic_id": "which",
            },
        ),
        Stored(
            table="heard",
            what="Ids of messages that Teams has delivered, and checksums of clicks",
            why="Teams may deliver one twice; it is done once.",
            kept="One hour.",
            columns={"activity": "chat, and message or checksum", "at": "when"},
        ),
        Stored(
            table="sent",
            what="When something was sent to a chat",
            why="Teams allows so many in a minute.",
            kept="One hour.",
            columns={"conversation": "chat", "at": "when"},
        ),
        Stored(
            table="pace",
            what="When the next message may be sent",
            why="Teams allows so many in a second.",
            kept="Stays; nobody is in it.",
            columns={"single": "only one", "next_at": "when", "passing_at": "when a reply"},
        ),
        Stored(
            table="crm_account",
            what="Which fields the company's CRM has, and its currency. Nothing about anybody",
            why="What has no field there stands in a note; an amount there may name no currency.",
            kept="Stays.",
            columns={
                "single": "only one",
                "fields": "names of fields",
                "currency": "currency of amounts that name none",
                "looked_at": "when they were looked at",
                "away_since": "since when it has not answered",
            },
        ),
        Stored(
            table="beat",
            what="When the clock was last looked at",
            why="A clock that stops is an alarm.",
            kept="Stays; nobody is in it.",
            columns={"what": "what", "at": "when", "real_at": "when, by the database's clock"},
        ),
        Stored(
            table="examination",
            what="What the doctor has found, with names of whoever is not reached",
            why="An admin can open it as a page.",
            kept="One hour.",
            columns={
                "link": "checksum of the secret in its address",
                "report": "what was found",
                "until": "until when",
            },
        ),
        Stored(
            table="migration",
            what="How far the database is up to date",
            why="So that a new version of Baton can be installed.",
            kept="Stays; nobody is in it.",
            columns={
                "name": "name",
                "at": "when",
                "bars_older": "whether versions before cannot run after it",
            },
        ),
        Stored(
            table="whose",
            what="Which app registration the database belongs to",
            why="So that another Baton that is led here by mistake is told so.",
            kept="Stays; nobody is in it.",
            columns={"one": "only one", "tenant_id": "tenant", "client_id": "app registration"},
        ),
    ),
)

PARTS = (LEADS, PEOPLE, CALENDARS, ROUTING, WORKINGS)
TABLES: Mapping[str, Stored] = {one.table: one for part in PARTS for one in part.tables}
