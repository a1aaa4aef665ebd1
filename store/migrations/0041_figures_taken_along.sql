-- What was counted of a team in a stretch of time.
create index fact_team on fact (team, at);
-- What happens seldom: by itself, for its reasons or its worth are asked for.
create index fact_seldom on fact (what, at)
    where what in ('sent_back', 'rerouted', 'made_exception', 'won');
-- What tells how long something took.
create index fact_timed on fact (at)
    where what in ('late', 'handed_over') or code in ('answer', 'invite');
-- Of sums by team all that a page reads.
create index day_sum_of_teams on day_sum (day) include (region, team, what, code, reason, count)
    where team is not null;

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
