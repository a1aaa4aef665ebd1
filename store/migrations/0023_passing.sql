-- A reply goes past cards that wait for their place in the line to Teams.

alter table pace add column passing_at timestamptz not null default '-infinity';   -- when the next reply may
