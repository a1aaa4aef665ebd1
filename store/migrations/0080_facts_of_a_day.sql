-- What was counted of one day is found by it: facts of one lead lie together and are of many weeks,
-- so that of blocks in which there may be one of that day a twentieth of all had to be read.
drop index fact_at;
create index fact_at on fact (at);
