-- Versions that do not know this cannot run after it.
-- Who was asked to agree to the rules in force, where the policy asks for it; without a moment they have yet to.

alter table routing_signed add column asked_at timestamptz;
alter table routing_signed alter column at drop not null;

-- Whether the card that asks for a promise without a handoff has arrived.
alter table pledge add column undelivered text;                -- why not, in words
alter table pledge add column undelivered_at timestamptz;
create index pledge_untold on pledge (who) where undelivered is not null and ended_at is null;
alter table pledge add column given_by text references person; -- who gave more time for it last: Entra object id
alter table pledge add column given_why text;

-- What was told as overdue is looked for, of every promise, by those who look whether the books are true.
create index entry_overdue on entry (handoff) where what = 'overdue';
