-- Campaigns: where leads come from, and whose that is.

create table campaign (
    code       text not null,
    code_key   text primary key,                               -- by which it is found, however it is spelled
    name       text not null,
    name_key   text not null unique,
    owner      text not null references person,
    source     text not null,
    changed_at timestamptz not null
);
