-- Who is asked again has one card of it: the message before points to the newer one.

alter table pledge add column card text;
