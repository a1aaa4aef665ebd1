-- What is to be put back, and who reads of what the CRM refuses, and when.
alter table crm_link
    add column owner_found text, -- who it was when Baton first made somebody the owner there
    add column former text[] not null default '{}', -- contacts of addresses that were corrected
    add column said_at timestamptz; -- when a person read last of what it did not take
create index crm_link_said on crm_link (said_at) where said_at is not null;
