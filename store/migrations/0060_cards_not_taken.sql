-- Since when a card for them is tried in vain, from the first try on; of a promise whose card Teams
-- did not take, since when its maker has known nothing of it, and when a mail told them.
alter table delivery add column trying_since timestamptz;
create index delivery_trying on delivery (person) where trying_since is not null;
alter table commitment add column untold_since timestamptz;
alter table commitment add column mailed_at timestamptz;
