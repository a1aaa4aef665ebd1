-- Delivery: who is reached and who is not, and the links in mails to those whom Teams does not reach.

alter table commitment add column undelivered text;                        -- why its owner could not be told; null once they were
alter table commitment add column undelivered_at timestamptz;
alter table commitment add column excused_at timestamptz;                  -- from then on it is nobody's miss
create index commitment_untold on commitment (who) where undelivered is not null and ended_at is null;

create table delivery (                                                    -- by person: the last that reached them and did not
    person       text primary key references person on delete cascade,
    delivered_at timestamptz,                                              -- the last card that Teams took
    failing_at   timestamptz,                                              -- since when it takes none; null while it does
    failed_at    timestamptz,                                              -- the last that it did not take
    why          text,
    mailed_at    timestamptz,                                              -- the last mail instead of a card
    unmailed_at  timestamptz,                                              -- the last that Outlook did not take; null after one it did
    mail_why     text
);

create table signing_key (                                                 -- the newest signs; older ones only prove
    id      int generated always as identity primary key,
    key     bytea not null,
    made_at timestamptz not null
);

create table link (                                                        -- a link in a mail: good once
    id         uuid primary key,
    handoff    uuid not null references handoff on delete cascade,
    person     text not null references person on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index link_expires on link (expires_at);
