"""In which columns people write words, and in which there are codes. A name is looked for in words.

"emea" may be a name and is a pool; "Sofia" is in a time zone. So each column that can hold text is
in one of four lists, and a test holds them to the database: no column is there without a decision.
"""

from collections.abc import Mapping

from handoff.correcting import NOW, WAS

Path = tuple[str | int, ...]
"""Where a text is inside JSON: by key and by place; "*" is any of a list."""
_ITSELF: tuple[Path, ...] = ()  # the column holds no JSON
_SUBJECT = 3  # in an obstacle, which is kept as a list
_FACTS = (5, 2)  # what makes a phantom of it

WORDS: Mapping[str, tuple[Path, ...]] = {
    "lead.needs": _ITSELF,
    "lead.pains": _ITSELF,
    "lead.current_solution": _ITSELF,
    "lead.request": _ITSELF,
    "lead.value": _ITSELF,
    "handoff.note": _ITSELF,
    "handoff.words": _ITSELF,
    "handoff.search": (("refused", "*", 1, "*", 1, _SUBJECT),),
    "handoff.obstacles": (("*", _SUBJECT),),
    "handoff.others_refused": (("*", 1, "*", 1, _SUBJECT),),
    "handoff.letters": (("*", "words"),),
    "handoff.giving": (("why",),),
    "handoff.proposed": (("*", 1),),
    "handoff.deals": (("*", "next_step"),),
    "handoff.touched": (("first",), ("last",)),
    "correction.why": _ITSELF,
    "routing_report.note": _ITSELF,
    "pledge.given_why": _ITSELF,
    "figure_key.name": _ITSELF,
    "entry.detail": (
        ("why",),
        ("reason",),
        ("note",),
        *(
            (f"{when}{name}",)
            for when in (WAS, NOW)
            for name in ("contact_name", "needs", "pains", "current_solution", "request", "value")
        ),
    ),
    "invitation.content": (("subject",), ("html",), ("guests", "*", "name")),
    "week.lines": (("*", "subject"),),
    "crm_link.trouble": _ITSELF,
    "crm_ask.was": _ITSELF,
    "crm_ask.value": _ITSELF,
    "crm_ask.refused": _ITSELF,
    "examination.report": (("checks", "*", "found"), ("checks", "*", "then")),
}
"""What people wrote, or what was written for them to read: whoever is forgotten goes by name."""

ADDRESSES: Mapping[str, tuple[Path, ...]] = {
    "handoff.prospect_other": _ITSELF,
    "handoff.deeds": (("*", "was"),),
    "handoff.letters": (("*", "to"),),
    "leaver.who": _ITSELF,
    "crm_link.address": _ITSELF,
    "lead.campaign": _ITSELF,
    "lead.message": _ITSELF,
    "lead_source.campaign": _ITSELF,
    "fact.campaign": _ITSELF,
    "day_sum.campaign": _ITSELF,
    "trend.campaign": _ITSELF,
    "entry.detail": ((f"{WAS}contact_email",), (f"{NOW}contact_email",)),
    "handoff.search": (("refused", "*", 1, "*", 1, *_FACTS, "who"),),
    "handoff.obstacles": (("*", *_FACTS, "who"),),
    "handoff.others_refused": (("*", 1, "*", 1, *_FACTS, "who"),),
    "invitation.content": (("guests", "*", "mail"),),
    "week.lines": (("*", "finding", 2, "who"),),
}
"""Codes that hold an address, or may, for people type them: addresses and numbers go, no name."""

OWN = frozenset(
    {"person.name", "person.mail", "person.former", "person.aliases", "policy.text"}
    | {"lead.contact_name", "lead.contact_email", "lead.company"}
)
"""Columns that say who someone else is, perhaps of the same name. Each has a way of its own."""

_CODES = {
    "beat": "what",
    "campaign": "code code_key name name_key owner source spent_by spent_currency",
    "card": "activity form_in form_name person",
    "commitment": "alarms ending event kind reached undelivered what who",
    "conversation": "person reference",
    "correction": "by ending",
    "crm_account": "currency fields",
    "crm_ask": "became choices currency deal field said_by who why",
    "crm_leads": "trouble wanted",
    "crm_left_out": "record why",
    "crm_link": ("asked contact differs differs_said former note owner owner_before owner_found"),
    "crm_user": "id person",
    "day_sum": "code reason region team what",
    "day_total": "code reason region what",
    "delivery": "mail_why person why",
    "entry": "by rule what",
    "fact": "code currency pool qualifier reason region rep segment stage team what who",
    "figure_key": "person",
    "goal": "figure kind whose",
    "group_reading": "entry members",
    "handoff": (
        "activity attendance changed_by contests deal_id ended_by ended_for held join_url leader "
        "organizer named organizer_event others_for others_with outcome owner place prospect "
        "qualifier reason rep rep_event response stand_ins state trouble uid undone"
    ),
    "heard": "activity",
    "invitation": "key",
    "lead": "contact_zone worth_currency",
    "lead_source": "name name_key owner qualifiers",
    "leaver": "how",
    "link": "person",
    "look": "by what whose",
    "migration": "name",
    "person": "dark id managers pools roles said_by shown_in unreachable zone",
    "pledge": "about alarms card ending given_by given_to reached undelivered what who",
    "policy": "digest",
    "procrastinate_jobs": "args lock queue_name queueing_lock task_name",
    "procrastinate_periodic_defers": "periodic_id task_name",
    "roll_call": "manager",
    "routing_alarm": "answer counter found manager person",
    "routing_book": "counter person",
    "routing_given": "backup counter credited_for how person pool tags",
    "routing_question": "asked pool",
    "routing_report": "answer by manager",
    "routing_signed": "person",
    "routing_stage": "by stage",
    "seen": "etag event",
    "sent": "conversation",
    "silenced": "key kind person",
    "spend": "campaign currency",
    "subscription": "client_state delta id kind mailbox trouble",
    "trend": "reason segment waits zone",
    "untrue": "what",
    "week": "activity days person",
    "weekly_line": "before kind now reader whose",
    "weekly_reader": "campaigns names person teams",
    "win": "told waits",
    "weekly_report": "zone",
    "whose": "client_id tenant_id",
}
CODES = frozenset(f"{table}.{name}" for table, names in _CODES.items() for name in names.split())
"""Codes, ids, zones and keys, by which Baton goes: no name is looked for there."""
