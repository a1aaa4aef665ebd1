-- What a CRM has been told of each handoff, and where it is told.
create table crm_link (
    handoff uuid primary key references handoff,
    address text not null, -- by which the contact was found
    contact text, -- its id there; none where it could not be made
    note text, -- the note beside it that holds what no field does
    note_tried_at timestamptz, -- when one was to be made, until its id is known
    owner text, -- whom Baton has made the owner there
    owner_before text, -- and who it was before, until that is known to be done
    told bytea, -- what was told last, as a number made of it
    told_at timestamptz,
    trouble text not null default '', -- what it did not take, in its own words
    asked text not null default '', -- an owner whom somebody chose there, as was said
    trouble_at timestamptz -- since when either is so, or was tried last
);
create index crm_link_of_contact on crm_link (contact) where contact is not null;
create index crm_link_in_trouble on crm_link (trouble_at) where trouble_at is not null;

-- Who of our people is who there.
create table crm_user (
    person text primary key references person,
    id text not null
);

-- What may be written of a contact there.
create table crm_account (
    single boolean primary key default true check (single),
    fields text[] not null,
    looked_at timestamptz not null
);
