-- Versions that do not know this cannot run after it.
-- Campaigns: where leads come from, and whose that is.

create table campaign (
    code       text not null,
    code_key   text primary key,                               -- by which it is found, however it is spelled
    name       text not null,
    name_key   text not null unique,
    owner      text not null references person,
    source     text not null,
    changed_at timestamptz not null
);

-- What is counted: one row for each thing that counts from its moment on, never changed. What turns
-- out to be otherwise is taken back by a row of the sign -1. Whose it is and where it belongs is as
-- it was when the lead was handed over.
alter table handoff add column place jsonb;                    -- null: from before, until it is found
create index handoff_unplaced on handoff (id) where place is null;

create table fact (
    id           bigint generated always as identity primary key,
    handoff      uuid references handoff,
    pledge       uuid references pledge,
    n            int not null,                                 -- of the promise that it is of, else 0
    sign         smallint not null check (sign in (1, -1)),
    what         text not null,                                -- of handoff/facts.py
    code         text not null,
    reason       text not null,
    at           timestamptz not null,                         -- from when on it counts
    known_at     timestamptz not null,                         -- when it was decided
    who          text not null,
    rep          text,
    qualifier    text,
    team         text not null,
    pool         text not null,
    region       text not null,
    segment      text not null,
    stage        text not null,
    campaign     text not null,
    worth        bigint,
    currency     text,
    policy       int not null,
    took         int,                                          -- seconds; the next of working time
    took_working int,
    late         int,
    late_working int,
    check (handoff is null or pledge is null)
);
create index fact_at on fact using brin (at);
create index fact_who on fact (who, at);
create index fact_handoff on fact (handoff);

create function fact_stays() returns trigger language plpgsql as $$
begin
    raise exception 'fact % was counted: it is taken back by another', old.id;
end
$$;
create trigger fact_stays before update on fact for each row
    when ((old.sign, old.what, old.code, old.at, old.who, old.team, old.n)
          is distinct from (new.sign, new.what, new.code, new.at, new.who, new.team, new.n))
    execute function fact_stays();

create table dirty_day (                                       -- of which something has changed since it was added up
    day date not null                                          -- UTC; a row for each change, so that nobody waits
);

create table day_sum (                                         -- facts of a day added up, by team and by campaign
    day      date not null,                                    -- UTC
    region   text not null,
    team     text,                                             -- null in those by campaign
    campaign text,                                             -- null in those by team
    what     text not null,
    code     text not null,
    reason   text not null,
    count    int not null,
    check ((team is null) <> (campaign is null))
);
create index day_sum_day on day_sum (day);
create index dirty_day_day on dirty_day (day);

-- What came of the leads that somebody handed over: found as what they themselves owe is.
create index fact_qualifier on fact (qualifier, at) where what in
    ('begun', 'handed_over', 'accepted', 'met', 'opportunity', 'won', 'ended', 'went', 'sent_back', 'fell_through');

create table goal (                                            -- what a figure is to come to; another target is another row
    id      bigint generated always as identity primary key,
    figure  text not null,
    kind    text not null,                                     -- person, team, pool, campaign or organisation
    whose   text not null,                                     -- id, code or key; empty for the organisation
    since   date not null,
    until   date not null,                                     -- the day after
    target  int not null check (target > 0),
    set_at  timestamptz not null,
    check (until > since)
);
create index goal_of on goal (kind, whose, until);
