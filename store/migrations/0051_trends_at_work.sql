-- Who has yet to hear of a reason that was given more often: nobody does in their time off.
alter table trend add column waits text[] not null default '{}';
create index trend_waits on trend (id) where waits <> '{}';
