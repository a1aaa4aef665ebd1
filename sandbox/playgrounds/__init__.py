"""Microsoft 365 Agents Playground, Microsoft's own Teams test client: one for each person whose
Teams somebody wants to see, wired to the sandbox.

A browser's page talks to a window of ours (`window`), which stands before the Playground's process
(`process`). What the person does travels page → window → Playground → sandbox → bot. What happens
in the chat is told to the Playground through its own connector API, and to the pages by the window
(`playground`), because a Playground forgets what it has shown as soon as a page is reloaded.
"""
