-- Who is who, as a directory tells it that lags behind itself.

alter table person add column aliases text[] not null default '{}';        -- other addresses of theirs, the sign-in name among them
create index person_aliases on person using gin (aliases);

create table group_reading (                                    -- who was in a group of the policy when it was last read
    entry   text primary key,                                   -- as the policy writes it
    members text[] not null,                                    -- Entra object ids
    read_at timestamptz not null
);

alter table leaver add column was_user boolean not null default false;     -- Entra once had an account with this address or id
