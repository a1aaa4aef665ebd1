-- Who changed last what the company's CRM is told of a handoff.

alter table handoff add column changed_by text; -- Entra object id, or nobody's name as in entry.by
