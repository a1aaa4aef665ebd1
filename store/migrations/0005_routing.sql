-- Whoever is next: the books of each counter, every decision with its inputs, and what people said.

alter table handoff add column leader text references person;  -- invited because of what it is worth

create table routing_book (                                    -- how one rep stands in one counter
    counter text not null,
    person  text not null references person,
    target  bigint not null,                                   -- parts of a lead, see handoff/routing/inputs.py
    got     int not null,
    credits int not null,
    last    bigint,                                            -- microseconds since 1970
    here    boolean not null,
    since   timestamptz not null,
    primary key (counter, person),
    check (credits between 0 and got)
);

create table routing_given (                                   -- every lead that a rep was given
    id           bigint generated always as identity primary key,
    handoff      uuid not null references handoff,
    person       text not null references person,
    counter      text not null,
    pool         text not null,
    at           timestamptz not null,
    tags         text[] not null,
    how          text not null,                                -- "next", "pick", "owner", "pair", "named", "reassigned", …
    backup       text references person,                       -- free at the same time, and next after them
    credited_at  timestamptz,
    credited_for text,
    check ((credited_at is null) = (credited_for is null))
);
create index routing_given_person on routing_given (person, at);
create index routing_given_handoff on routing_given (handoff, id);
create unique index routing_given_credit on routing_given (handoff, person) where credited_at is not null;

create table routing_record (                                  -- what was decided, from what; never changed
    n       bigint primary key,
    at      timestamptz not null,
    kind    text not null,                                     -- "turn", "given", "credit" or "level"
    handoff uuid references handoff,
    pool    text not null,
    counter text not null,
    policy  int not null references policy,
    chosen  text,
    record  jsonb not null,
    hash    text not null                                      -- over all this and the hash before
);
create index routing_record_handoff on routing_record (handoff, n);
create index routing_record_at on routing_record (at);

create table routing_chain (                                   -- its end; whoever decides holds this row
    single boolean primary key default true check (single),
    n      bigint not null,
    hash   text not null
);
insert into routing_chain (n, hash) values (0, '');

create table routing_question (                                -- who could take it when, as it was last looked up
    handoff    uuid primary key references handoff,
    pool       text not null,
    asked      jsonb not null,
    held_until timestamptz,                                    -- held for the next free rep
    looks_at   timestamptz
);
create index routing_question_looks on routing_question (looks_at) where looks_at is not null;

create table routing_stage (                                   -- how far the deal has come
    handoff uuid primary key references handoff,
    stage   text not null,
    by      text not null references person,
    at      timestamptz not null
);

create table routing_signed (                                  -- who has agreed to which version of the rules
    person text not null references person,
    policy int not null references policy,
    at     timestamptz not null,
    primary key (person, policy)
);

create table routing_report (                                  -- "this assignment looks wrong"
    id          uuid primary key,
    handoff     uuid not null references handoff,
    by          text not null references person,
    manager     text not null references person,
    at          timestamptz not null,
    answered_at timestamptz,
    answer      text,
    note        text not null default '',
    unique (handoff, by)
);

create table routing_alarm (                                   -- none for weeks, while a comparable rep had some
    id          uuid primary key,
    counter     text not null,
    person      text not null references person,
    manager     text not null references person,
    at          timestamptz not null,
    found       jsonb not null,
    answered_at timestamptz,
    answer      text
);
create unique index routing_alarm_open on routing_alarm (counter, person) where answered_at is null;
