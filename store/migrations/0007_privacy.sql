-- What is forgotten in time, and who looked at whose figures.

alter table person add column left_at timestamptz;             -- since when nobody names them
alter table person add column cleared_at timestamptz;          -- hours, absences and chat are gone
alter table person add column forgotten_at timestamptz;        -- name and address are gone
update person set left_at = now() where not present;

alter table conversation add column since timestamptz not null default now();

alter table handoff add column texts_gone_at timestamptz;      -- what people wrote is gone
alter table lead add column contact_gone_at timestamptz;       -- who the prospect was is gone
create index handoff_texts on handoff (id) where state = 'ended' and texts_gone_at is null;
create index lead_contact on lead (id) where contact_gone_at is null;

alter table routing_chain add column gone_n bigint not null default 0;    -- the last record that
alter table routing_chain add column gone_hash text not null default '';  -- is no longer kept

create table look (                                            -- who was shown whose figures
    n       bigint generated always as identity primary key,
    at      timestamptz not null,
    by      text not null,                                     -- a person, or "command" for app.py
    whose   text not null references person,
    what    text not null,                                     -- a word of cards/looked.py
    handoff uuid references handoff
);
create index look_whose on look (whose, at);
create index look_at on look (at);
