-- What was counted of one day is found by it: facts of one lead lie together and are of many weeks,
-- so that of blocks in which there may be one of that day a twentieth of all had to be read.
drop index fact_at;
create index fact_at on fact (at);
-- What is of one region, or of a campaign, is found among days of very many of these.
create index day_total_region on day_total (region, day);
create index day_sum_of_campaigns on day_sum (campaign, what, day) include (region, code, reason, count)
    where campaign is not null;
-- Who is below somebody, which is asked for each page.
create index person_managers on person using gin (managers);
-- Leads of a team or a pool by when they were handed over: one fact of thirteen.
create index fact_team_handed_over on fact (team, at) where what = 'handed_over';
create index fact_pool_handed_over on fact (pool, at) where what = 'handed_over';
