-- What the company's CRM knows of a blank of the brief, for the qualifier to take or leave.

alter table handoff add column proposed jsonb not null default '[]'; -- field, words, currency, whose
