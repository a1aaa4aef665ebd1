-- Where no lead says by which message it came, nobody waits for a count of that.

create index lead_with_message on lead (id) where message <> '';
