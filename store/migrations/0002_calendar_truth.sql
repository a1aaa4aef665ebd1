-- Calendars: why times were refused, what looked like a phantom, who says that a week is true.

alter table handoff add column others_refused jsonb not null default '[]';

create table week (                                            -- what was seen in a calendar, and said to it
    person       text not null references person,
    monday       date not null,                                -- of the week it is about
    checked_at   timestamptz not null,
    days         jsonb not null,
    lines        jsonb not null,
    sent_at      timestamptz,                                  -- the card of the weekly check; null until then
    confirmed_at timestamptz,
    activity     text,                                         -- the message that holds its card
    primary key (person, monday)
);

create table silenced (                                        -- "It's real": not asked about again
    person text not null references person,
    key    text not null,                                      -- of a series its id, otherwise the iCalUId
    kind   text not null,
    at     timestamptz not null,
    primary key (person, key, kind)
);

create table leaver (                                          -- whoever is named in events: have they left?
    who     text primary key,                                  -- mail address or Entra object id
    how     text,                                              -- null: still there
    seen_at timestamptz not null
);

create table roll_call (                                       -- who confirmed, as a manager was told
    manager text not null references person,
    monday  date not null,
    sent_at timestamptz not null,
    primary key (manager, monday)
);
