-- A prospect who moves their meeting may meet a colleague, where the rep has no other time.

alter table handoff add column others_with text;                           -- whose the other times are, where not the rep's
