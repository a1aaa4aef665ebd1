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

-- What the timeline says of each, in one pass, for each row is long.
-- "Nurture" told nobody: what is certain is that there was no need then. "Done" said of a prospect who stayed away
-- twice is that; whether any other led to a deal only its rep can say, so it has no code until they do.
update handoff h set
    no_shows = told.absent,
    met = told.held,
    ended_by = case when h.state = 'ended' then told.by end,
    ended_at = case when h.state = 'ended' then told.at end,
    outcome = case h.outcome when 'nurture' then 'no_need'
        when 'done' then case when told.held = 0 and told.absent >= 2 then 'no_show' end
        else h.outcome end
from (select handoff, count(*) filter (where what = 'went' and detail ->> 'outcome' = 'prospect_absent') as absent,
             count(*) filter (where what = 'went' and detail ->> 'outcome' = 'held') as held,
             (array_agg(by order by n desc) filter (where what <> 'went'))[1] as by,
             (array_agg(at order by n desc) filter (where what <> 'went'))[1] as at
      from entry where what in ('went', 'done', 'closed', 'nurture') group by handoff) as told
where told.handoff = h.id;
update handoff set outcome = case outcome when 'nurture' then 'no_need' end where outcome in ('nurture', 'done');
