-- What was counted of a team in a stretch of time.
create index fact_team on fact (team, at);

-- By which somebody's own programs read their figures.
create table figure_key (
    id         uuid primary key,
    person     text not null references person,
    name       text not null,
    digest     bytea not null unique,                          -- of the key itself, which nobody keeps here
    made_at    timestamptz not null,
    until      timestamptz not null,
    used_at    timestamptz,                                    -- on which day last
    revoked_at timestamptz
);
create index figure_key_person on figure_key (person);
