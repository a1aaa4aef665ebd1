-- The last call, mail or meeting with a prospect that the company's CRM knows of, and when its people heard that there was none since.
alter table handoff
    add column activity jsonb, -- how and when; nothing of what was said
    add column idle_told timestamptz;
alter table crm_link add column activity_read_at timestamptz; -- when it was asked for last
