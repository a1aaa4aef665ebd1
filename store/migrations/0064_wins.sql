-- Whether those who brought a deal have heard that it is won, and who has yet to: nobody does in their time off.
create table win (
    handoff uuid primary key references handoff on delete cascade,
    stands boolean not null,                                   -- false: it was told, and is not won after all
    told_at timestamptz not null,
    waits text[] not null default '{}',
    told text[] not null default '{}'                          -- who has heard what stands
);
create index win_waits on win (handoff) where waits <> '{}';
