"""The events: the data of each, and who receives it. How they come about stands in ``translation``.

Names are those of the client API (docs/contract/members.md). Importing a module declares its events.
"""
