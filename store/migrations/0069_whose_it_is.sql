-- Whose what counts is: of each kind of thing the first few of a week say that they are enough.
create index fact_kind on fact (what, code, reason, at);
-- What was counted of a pool in a stretch of time.
create index fact_pool on fact (pool, at);
