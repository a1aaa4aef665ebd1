-- Versions that do not know this cannot run after it.
-- Who is asked to agree to the rules in force, where the policy asks for it; without a moment they have yet to.

alter table routing_signed add column asked_at timestamptz;
alter table routing_signed alter column at drop not null;
