-- Who is who, as a directory tells it that lags behind itself.

alter table person add column aliases text[] not null default '{}';        -- other addresses of theirs, the sign-in name among them
create index person_aliases on person using gin (aliases);

create table group_reading (                                    -- who was in a group of the policy when it was last read
    entry   text primary key,                                   -- as the policy writes it
    members text[] not null,                                    -- Entra object ids
    read_at timestamptz not null
);

alter table leaver add column was_user boolean not null default false;     -- Entra once had an account with this address or id

alter table handoff add column invited_at timestamptz;                     -- since when the rep's own copy is on its way

create table invitation (                                       -- what is posted to Outlook, until it has it
    key     text primary key,                                   -- the transaction id
    handoff uuid not null references handoff on delete cascade,
    content jsonb not null
);
