-- Around the meeting: the introduction and its answer, the prospect's own answer, and how it went.

alter table handoff
    add column prospect    text,                               -- the prospect's own answer
    add column prospect_at timestamptz,
    add column words       text not null default '',           -- the qualifier's own, for the introduction
    add column letters     jsonb not null default '[]',        -- mails that Baton sends in people's names
    add column attendance  jsonb,                              -- what Teams tells of the meeting
    add column held        text check (held in ('held', 'prospect_absent', 'rep_absent', 'moved', 'cancelled'));

-- Meetings accepted before there was any prep: said to have needed none, so that what holds for
-- every accepted meeting holds for them.
insert into commitment (handoff, n, what, who, made_at, due_at, brought_forward, alarms, kind, minutes, ended_at, ending)
select m.handoff, (select max(n) + 1 from commitment c where c.handoff = m.handoff), 'prepare', m.who, m.made_at,
       m.made_at, false, '[]', 'not_needed', 0, m.made_at, 'released'
from commitment m
where m.what = 'meet' and m.ended_at is null;

-- Meetings that were over before anybody asked how they went are not asked about now.
update handoff set held = 'held' where state = 'following';
