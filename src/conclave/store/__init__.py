"""The store: all SQL, and the engines that run it.

What lives here: ``engine`` (the interface), ``sqlite`` with its ``writer``, ``postgres``, ``opening`` (which of them it
is), ``migrations``, ``copying``, and one module for each kind of row, written in ``statements``. ``failures`` are what
every engine raises. What may not: rules. A function here says how rows are read and written, never whether they may be.

Invariants:

- Every key begins with ``sdkappid`` and no statement reads without it, but for what is about all applications at
  once: due work and gauges (``store.due``), the feed of the log and its ends (``store.events``), who answers for
  members (``store.nodes``), and the applications themselves (``store.applications``).
- Statements are written once, with ``$1`` parameters, in the SQL that both engines understand. Where the engines
  differ, the difference lives in ``dialects`` and in the engine's modules.
- Lists are keyset-paged and counts are maintained counters: nothing costs more because a table is larger.
- ``group_key`` (a room's ``room_key``) comes from a counter that never goes back: it is never reused [R0].
"""
