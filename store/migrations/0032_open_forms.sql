-- In which message somebody may be filling in a form, and until when nothing else is put there.

alter table card add column form_in text;               -- an id of Teams
alter table card add column form_until timestamptz;
create index card_form on card (form_until) where form_until is not null;
