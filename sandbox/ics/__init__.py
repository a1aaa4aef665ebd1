"""A person's own exported calendar (.ics) in a mailbox of the sandbox.

RFC 5545, and what Outlook, Google and Apple add to it. Every event of the file is either in the
mailbox afterwards or named in the report with its line and the reason; where it is there in
another form than in the file, or where the file leaves open what it means, the report says that
too. Of two versions of an event the one with the higher SEQUENCE counts. A second import of the
same file, or of a newer one, replaces what an older one made of the same UID and doubles nothing.
No file, however odd, ends an import otherwise or keeps it from ending. Nobody is written to.
"""

from sandbox.ics.importing import read
from sandbox.ics.report import Note, Report

__all__ = ["Note", "Report", "read"]
