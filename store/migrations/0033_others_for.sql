-- Who asked for the other times of a meeting: its rep, to propose one, or its qualifier, to move it.

alter table handoff add column others_for text references person;
