-- The report of each week, as it was sent. It never changes.
create table weekly_report (
    week       date primary key,                               -- the Monday on which it began
    zone       text not null,                                  -- on whose clocks it began and ended
    made_at    timestamptz not null,
    cut_off    timestamptz not null,                           -- what was known then is in it
    definition int not null,                                   -- handoff/weekly.py
    policy     int not null
);

create table weekly_line (                                     -- what a report says of one thing
    week   date not null references weekly_report on delete cascade,
    kind   text not null,                                      -- organisation, below, team, person or campaign
    whose  text not null,                                      -- id or key; empty for the organisation
    now    jsonb not null,                                     -- by figure: what it came to in the week
    before jsonb not null,                                     -- … and in the week before
    primary key (week, kind, whose)
);

create table weekly_reader (                                   -- whose a report is, and what of it
    week      date not null references weekly_report on delete cascade,
    person    text not null,
    names     text[] not null,                                 -- whom they see by name
    teams     text[] not null,
    campaigns text[] not null,
    due_at    timestamptz not null,
    card_at   timestamptz,                                     -- its card was put in line then
    mail_at   timestamptz,                                     -- its mail was
    primary key (week, person)
);
create index weekly_reader_person on weekly_reader (person, week);
create index weekly_reader_card on weekly_reader (due_at) where card_at is null;
create index weekly_reader_mail on weekly_reader (due_at) where mail_at is null;

create table trend (                                           -- a reason that was given more often than before
    id        uuid primary key,
    week      date not null,                                   -- the last of the four weeks, by its Monday
    zone      text not null,
    found_at  timestamptz not null,
    reason    text not null,
    campaign  text not null,                                   -- key; empty for none
    segment   text not null,
    recent    int not null,                                    -- how often in four weeks, …
    recent_of int not null,                                    -- … of so many handed over then
    before    int not null,                                    -- and in the twelve before
    before_of int not null,
    chance    double precision not null
);
create index trend_found on trend (found_at);
