-- How long a form had been open from which something was decided: seconds, of whoever filled it in and for them alone.
alter table entry add column open_for int;
