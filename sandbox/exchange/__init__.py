"""Exchange Online: mailboxes, meetings that travel between them, free/busy. No HTTP here."""
