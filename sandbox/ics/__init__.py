"""A person's own exported calendar (.ics) in a mailbox of the sandbox.

RFC 5545, and what Outlook, Google and Apple add to it. Every event of the file is either in the
mailbox afterwards or named in the report with its line and the reason; where it is there in
another form than in the file, the report says that too. A second import of the same file, or of
a newer one, replaces events by their UID and doubles none. Nobody is written to.
"""

from sandbox.ics.importing import read
from sandbox.ics.report import Note, Report

__all__ = ["Note", "Report", "read"]
