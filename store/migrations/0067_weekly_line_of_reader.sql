-- What a report says where it depends on who reads it, for whom it is: what is about too few people
-- for one of them may not be for another. Lines that were made before are as they were.
alter table weekly_line add column reader text not null default '';  -- empty where it is the same for all
alter table weekly_line drop constraint weekly_line_pkey;
alter table weekly_line add primary key (week, kind, whose, reader);
create index weekly_line_reader on weekly_line (reader) where reader <> '';
