-- How far the leads of the company's CRM were read, in the order in which they were changed there.
create table crm_leads (
    single boolean primary key default true check (single),
    wanted text not null, -- which they are, as the policy has it
    began_at timestamptz not null, -- what was so before that stays there
    read_to timestamptz not null, -- the last change there that was read
    trouble text not null default '' -- why none could be read, or be anybody's
);

-- Those of them that are no lead as they stand there.
create table crm_left_out (
    record text primary key, -- its id there
    why text not null,
    at timestamptz not null
);
create index crm_left_out_at on crm_left_out (at);

-- Whether a contact there is told of a handoff already, also by a former address or before it is known.
create index crm_link_former on crm_link using gin (former);
create index crm_link_awaited on crm_link (lower(address)) where contact is null;
