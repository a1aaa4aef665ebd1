-- Which message or creative of a campaign brought a lead, as it came in.

alter table lead add column message text not null default '';
