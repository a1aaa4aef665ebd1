-- Versions that do not know this cannot run after it.
-- How things end: by one code, always; what is contested has a judge; marketing keeps in touch.

alter table handoff add column met int not null default 0;                 -- how often rep and prospect have spoken
alter table handoff add column no_shows int not null default 0;            -- how often the prospect did not come
alter table handoff add column ended_for text;                             -- why it was lost: a code of the policy
alter table handoff add column ended_by text;                              -- Entra object id
alter table handoff add column ended_at timestamptz;
alter table handoff add column contests jsonb not null default '[]';       -- what was contested, by whom, and what came of it

alter table handoff drop constraint handoff_state_check;
alter table handoff add constraint handoff_state_check check (state in (
    'qualified', 'booking', 'offered', 'proposed', 'accepting', 'accepted', 'following', 'sent_back',
    'nurtured', 'contested', 'ended')) not valid;
-- What ended before there were codes may have none; the doctor names those. Nothing open has one.
alter table handoff drop constraint handoff_check;
alter table handoff add constraint handoff_outcome_check
    check (outcome is null or state in ('ended', 'contested')) not valid;
alter table handoff drop constraint handoff_check1;
alter table handoff add constraint handoff_meeting_check check (
    state in ('qualified', 'sent_back', 'nurtured', 'contested', 'ended') or (rep is not null and meeting is not null)
) not valid;

-- What the timeline says of each.
update handoff h set no_shows = told.absent, met = told.held
from (select handoff, count(*) filter (where detail ->> 'outcome' = 'prospect_absent') as absent,
             count(*) filter (where detail ->> 'outcome' = 'held') as held
      from entry where what = 'went' group by handoff) as told
where told.handoff = h.id;
update handoff h set ended_by = told.by, ended_at = told.at
from (select distinct on (handoff) handoff, by, at from entry where what in ('done', 'closed', 'nurture')
      order by handoff, n desc) as told
where told.handoff = h.id and h.state = 'ended';

-- "Nurture" told nobody: what is certain is that there was no need then. "Done" said of a prospect who stayed away
-- twice is that; whether any other led to a deal only its rep can say, so it has no code until they do.
update handoff set outcome = 'no_need' where outcome = 'nurture';
update handoff set outcome = case when met = 0 and no_shows >= 2 then 'no_show' end where outcome = 'done';
