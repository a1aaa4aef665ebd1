-- A new lead of a company that is known already begins with what is known of it: found by the
-- beginning of its name.
create index lead_named on lead (lower(company) text_pattern_ops);
