"""What the nodes of one database share beside it: Redis, or Valkey, which counts and wakes.

Named for what it is to the house, not for the product: numbers and news that several nodes have in common, and that
any of them can do without. What lives here: ``address`` (where it is), ``line`` (a connection that is made again for
as long as it is lost), ``questions`` (what is asked, many things in one round trip), ``rates`` (the limits of all
nodes together), ``topics`` (telling other nodes something at once), ``service`` (puts it together). What may not: a
fact, rules, anything that the house waits for longer than ``questions.ANSWER_SECONDS``.

Invariant: losing Redis at any moment, with everything in it, loses nothing. Nobody else's failure gets out of here: a
question that was not answered, or not sensibly, is a question that nobody could answer.

The package ``redis`` is imported when the setting is used, and not before.
"""
