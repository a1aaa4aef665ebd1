-- Prospects answer invitations from addresses that nobody knew.

alter table handoff add column prospect_other text;             -- of the prospect's company, which accepted: theirs too, once somebody says so
