-- Versions that do not know this cannot run after it.
-- A later meeting may come to nothing, and the lead is followed up all the same, with no meeting.

alter table handoff drop constraint handoff_meeting_check;
alter table handoff add constraint handoff_meeting_check check (
    state in ('qualified', 'sent_back', 'nurtured', 'contested', 'ended')
    or rep is not null and (meeting is not null or state = 'following')
) not valid;
