-- One database serves one Baton: a second one that is led here by mistake is told so.
create table whose (
    one boolean primary key default true check (one),
    tenant_id text not null,
    client_id text not null
);
