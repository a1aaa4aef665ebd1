-- What is asked of one person, one pool or one moment is found without a look through all that ever was.

create index handoff_of_rep on handoff (rep) where state <> 'ended';
create index handoff_of_qualifier on handoff (qualifier) where state <> 'ended';
create index handoff_of_owner on handoff (owner) where state <> 'ended';
create index person_name on person (name, id) where present;
create index person_pools on person using gin (pools);
create index routing_given_pool on routing_given (pool, at);
create index commitment_answered on commitment (who, ended_at) where what = 'answer' and ended_at is not null;
create index commitment_nurtured on commitment (who, made_at) where what = 'nurture';
create index commitment_due on commitment (due_at) where ended_at is null;
create index entry_by_rule on entry (at) where what in ('accepted_by_rule', 'declined_by_rule');
create index entry_below on entry (at) where what = 'below';
drop index entry_chosen;                                       -- nothing asks by it

-- What is to be forgotten is found by when it ended. Of those that ended before that was written down
-- the timeline is asked.
alter table handoff add column prospect_gone_at timestamptz;   -- as the lead has it, where it is looked for
update handoff h set prospect_gone_at = l.contact_gone_at from lead l where l.id = h.lead and l.contact_gone_at is not null;
drop index handoff_texts;
drop index lead_contact;
create index handoff_texts on handoff (coalesce(ended_at, '-infinity')) where state = 'ended' and texts_gone_at is null;
create index handoff_prospect on handoff (coalesce(ended_at, '-infinity')) where state = 'ended' and prospect_gone_at is null;
