-- Mailboxes: a subscription for each kind of thing that is watched in one, and absences by where they were seen.

alter table subscription add column kind text not null default 'events';   -- what is watched: events, sent
alter table subscription alter column kind drop default;
alter table subscription drop constraint subscription_pkey;
alter table subscription add primary key (mailbox, kind);
alter table subscription add column renew_at timestamptz;                  -- at the mailbox's own second of the day
alter table subscription add column poll_at timestamptz;                   -- the next poll, while the subscription lives
alter table subscription add column stirred_at timestamptz;                -- something of the person's own changed
alter table subscription add column closed boolean not null default false;  -- it cannot even be read
alter table subscription add column trouble text;                          -- why it cannot be watched
alter table subscription add column tries int not null default 0;          -- without success, one after the other
alter table subscription add column try_at timestamptz;                    -- not before then
create index subscription_stirred on subscription (stirred_at) where stirred_at is not null;

create table seen (                                                        -- what is known of each event that was read
    event text primary key,
    etag  text,                                                            -- a notice of this version tells nothing new
    at    timestamptz not null
);
create index seen_at on seen (at);

alter table person add column former text[] not null default '{}';         -- mail addresses that were theirs before
alter table person add column replies tstzmultirange not null default '{}';  -- away by automatic replies
alter table person add column absent tstzmultirange not null default '{}';   -- away by their calendar
alter table person add column settings_at timestamptz;                     -- when the mailbox's settings were last read
update person set absent = away;

alter table handoff add column leave tstzrange;                            -- the absence the rep was asked about
alter table handoff add column leave_kept boolean not null default false;
