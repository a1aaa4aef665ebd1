-- The time that a rep keeps though out of office then, the absence over which they do, and when they were asked who
-- takes it. Of what was asked before, the last is not known.
alter table handoff
    add column kept tstzrange,
    add column kept_over tstzrange,
    add column leave_asked_at timestamptz;
create index handoff_leave on handoff (qualifier) where leave is not null and state <> 'ended';
update handoff set kept = meeting, kept_over = leave where leave_kept;
