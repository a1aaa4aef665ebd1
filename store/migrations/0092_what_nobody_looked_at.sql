-- What is in a rep's calendar at a time to which a meeting was moved is not known before somebody has looked.
alter table handoff alter column obstacles drop not null;
