-- What a rule told somebody, by when: by these it is counted how often that helped. While the index is made, nobody
-- writes on a timeline.
create index entry_rang on entry (at) where what in ('reminded', 'stalled', 'escalated', 'chased');
