-- Which form that is: it is shown once more where news was on its way to its message.
alter table card add column form_name text;
