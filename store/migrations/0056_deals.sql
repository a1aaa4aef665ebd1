-- The deals of the company's CRM that may be a lead's, which of them is, and when they were read last.
alter table handoff
    add column deals jsonb not null default '[]', -- stage, amount and owner there, and how it stands
    add column deal_id text; -- null until it is known which
create index handoff_deals_go_on on handoff (rep)
    where state = 'ended' and outcome = 'opportunity' and deal_id is not null;
alter table crm_link
    add column deals_read_at timestamptz, -- when the deals of its contact were read last
    add column differs text not null default '', -- how the deal stands there, where it is otherwise here
    add column differs_at timestamptz, -- since when
    add column differs_said text not null default ''; -- what of that its people have read
alter table crm_account add column currency text not null default ''; -- of amounts that name none
