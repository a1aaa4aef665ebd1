-- The jobs, whose new cards Teams does not take, of which a mail has told.
alter table delivery add column told_instead bigint[] not null default '{}';
