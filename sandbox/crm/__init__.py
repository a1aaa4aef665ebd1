"""The company's CRM: one store of records, and the dialects that it is asked in."""
