-- The time that a rep keeps though out of office then, and when they were asked who takes it. Of what was asked before,
-- the second is not known.
alter table handoff
    add column kept tstzrange,
    add column leave_asked_at timestamptz;
update handoff set kept = meeting where leave_kept;
