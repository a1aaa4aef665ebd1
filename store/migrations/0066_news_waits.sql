-- Whether news has been kept from a message because a form is open in it: without any the form stays.
alter table card add column news_waits boolean not null default false;
update card set news_waits = true where form_until is not null;
drop index card_form;
create index card_form on card (form_until) where news_waits;
