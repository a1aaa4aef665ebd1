"""Microsoft Graph v1.0: its addresses, its JSON, its errors."""
