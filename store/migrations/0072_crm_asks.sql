-- What of a deal is wanted in the company's CRM, and is empty or stale there: who was asked, and what they said.
create table crm_ask (
    id uuid primary key default gen_random_uuid(),
    handoff uuid not null references handoff,
    deal text not null, -- its id there
    field text not null, -- which of its fields
    why text not null, -- empty, over, or unchanged for long
    was text not null, -- what stood there when it was asked for
    currency text not null, -- of an amount
    choices jsonb not null, -- of a stage: ids and names
    who text not null references person, -- who was asked first
    asked_at timestamptz not null,
    refused text not null, -- what the CRM said of what was entered before
    value text, -- what somebody has entered
    said_by text references person,
    said_at timestamptz,
    over_at timestamptz,
    became text, -- what became of it
    check ((value is null) = (said_by is null) and (value is null) = (said_at is null)),
    check ((over_at is null) = (became is null))
);
create unique index crm_ask_open on crm_ask (handoff) where over_at is null;
create index crm_ask_of_deal on crm_ask (handoff, deal, field);
create index crm_ask_waits on crm_ask (said_at) where over_at is null;

alter table crm_account add column away_since timestamptz; -- when it first did not answer; null while it does
