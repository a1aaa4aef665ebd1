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
