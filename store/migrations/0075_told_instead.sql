-- The jobs, whose new cards Teams does not take, of which a mail has told; and those that bring no card until then.
alter table delivery add column told_instead bigint[] not null default '{}';
alter table delivery add column held_instead bigint[] not null default '{}';
alter table delivery add column held_until timestamptz;
