-- What a campaign has cost so far, as the list or the CRM says.

alter table campaign
    add column spent bigint check (spent >= 0),                -- minor units
    add column spent_currency text,
    add column spent_by text not null default '',              -- a CRM; empty: the list
    add check ((spent is null) = (spent_currency is null));
