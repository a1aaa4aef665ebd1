-- Whoever hands over a lead is told what its company has open, and has it owned by who had it last: found without a look through all leads.

create index lead_company on lead (lower(split_part(contact_email, '@', 2)));
create index lead_mail on lead (lower(contact_email));
create index handoff_lead on handoff (lead);
