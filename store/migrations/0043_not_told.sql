-- What Outlook was not told, or would not do, is told to people.

alter table handoff add column meeting_was tstzrange;                      -- the time that Outlook has, until it is told of `meeting`
alter table handoff add column undone jsonb not null default '[]';         -- what it would not do: what, and in whose calendar
