-- From where leads come in by themselves: a form, a flow, another system.
create table lead_source (
    id         uuid primary key,
    name       text not null,
    name_key   text not null,                                  -- however it is spelled
    owner      text not null references person,                -- who answers for it
    qualifiers text[] not null,                                -- whose its leads are, in turn
    campaign   text not null,                                  -- of leads that name none
    made_at    timestamptz not null,
    ended_at   timestamptz                                     -- since when nothing comes in from it
);
create unique index lead_source_name on lead_source (name_key) where ended_at is null;
create index lead_source_owner on lead_source (owner);

-- How it proves itself: by a token that it bears, or by a secret with which it signs.
create table lead_source_key (
    id      uuid primary key,
    source  uuid not null references lead_source,
    digest  bytea unique,                                      -- of the token, which nobody keeps here
    secret  bytea,                                             -- as it is, for we sign with it too
    made_at timestamptz not null,
    until   timestamptz,
    used_at timestamptz,                                       -- on which day last
    check ((digest is null) <> (secret is null))
);
create index lead_source_key_source on lead_source_key (source);

-- What came in lately, by which the same is known and another by the same name is not taken for it.
create table arrival (
    handoff uuid primary key references handoff,
    source  uuid not null references lead_source,
    digest  bytea,                                             -- gone with whoever is forgotten
    at      timestamptz not null
);
create index arrival_at on arrival (at);

-- Who got a lead to hand over longest ago.
create index commitment_taken on commitment (who, made_at) where what in ('book', 'fit');
