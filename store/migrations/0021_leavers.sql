-- Meetings stay in the mailbox of whoever invited, also when the lead is another qualifier's by now.

alter table handoff add column organizer text;                  -- Entra object id; null: the qualifier
