-- By what somebody first came to the company and what they came by last, as its CRM had it once.

alter table handoff add column touched jsonb; -- first, last, and which CRM says so
