-- Of sums by team what a page reads, and no more: of some teams, or of all, the days of a kind of thing.
drop index day_sum_of_teams;
create index day_sum_of_teams on day_sum (team, what, day) include (region, code, reason, count)
    where team is not null;
create index day_sum_of_all on day_sum (what, day) include (region, team, code, reason, count)
    where team is not null;
