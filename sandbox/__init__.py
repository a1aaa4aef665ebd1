"""Microsoft 365 on this machine, over HTTP: Entra, the Bot Framework, the Bot Connector and Graph.

It keeps a company's people, mailboxes and chats, behaves as Microsoft documents, and knows nothing
of the product, which reaches it by URL as it reaches Microsoft. `sandbox.m365.running` starts it.
"""
