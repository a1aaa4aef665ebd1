-- Who is asked for a meeting that somebody passes on; and who was said to be away.

alter table handoff add column giving jsonb;                              -- by whom it is passed on, to whom, how
alter table person add column said tstzmultirange not null default '{}';  -- absences that somebody responsible told Baton of
alter table person add column said_by text;                               -- who did: Entra object id
