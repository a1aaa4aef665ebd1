-- Who corrected the prospect's address, gave the lead on or gave more time: the others in it read so on their cards.

alter table handoff add column deeds jsonb not null default '[]';

-- Whom the invitation names while a stand-in has yet to say yes.
alter table handoff add column named text;

-- What Outlook would not do is on the list of whoever has to do it.
create index handoff_undone on handoff (id) where undone <> '[]';
