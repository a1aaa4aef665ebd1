-- Versions that do not know this cannot run after it.
-- Whoever asked not to be stored is kept as a number that only this database can make of their address, so that no list brings them in again.

create table objection (
    address bytea primary key,   -- HMAC-SHA256 of the address
    at      timestamptz not null
);
create table objection_key (
    single boolean primary key default true check (single),
    key    bytea not null
);
