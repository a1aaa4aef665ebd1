-- The time that a rep keeps though out of office then, and when they were asked who takes it. Of what was asked before,
-- the second is not known.
alter table handoff
    add column kept tstzrange,
    add column leave_asked_at timestamptz;
create index handoff_leave on handoff (qualifier) where leave is not null and state <> 'ended';
update handoff set kept = meeting where leave_kept;
