-- Of sums by team what a page reads: of a kind of thing the days, so that none reads what it does not count.
drop index day_sum_of_teams;
create index day_sum_of_teams on day_sum (what, day) include (region, team, code, reason, count)
    where team is not null;
