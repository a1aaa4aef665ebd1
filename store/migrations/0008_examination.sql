-- What the doctor found, for whoever has the link to it, for an hour.
create table examination (
    link        bytea primary key,                             -- SHA-256 of the secret in the link
    report      jsonb not null,
    until       timestamptz not null                           -- by the database's clock
);
