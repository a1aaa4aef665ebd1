-- Outlook keeps two zones: one of the mailbox, one of the hours.

alter table person add column shown_in text;                    -- IANA zone of the mailbox, where that is another than that of the hours (zone)
