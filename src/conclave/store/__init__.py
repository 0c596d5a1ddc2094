"""The store: all SQL, and the engines that run it.

What lives here: ``engine`` (the interface), ``sqlite`` with its ``writer``, ``postgres``, ``opening`` (which of them it
is), ``migrations``, ``copying``, and one module for each kind of row, written in ``statements``. ``failures`` are what
every engine raises. What may not: rules. A function here says how rows are read and written, never whether they may be.

Invariants:

- Every key begins with ``sdkappid`` and no statement reads without it, but for the due-work statements of
  ``store.due``, which serve timers and pruning across applications, ``store.events.after``, the feed of the log, and
  ``store.applications``, whose rows are the applications themselves.
- Statements are written once, with ``$1`` parameters, in the SQL that both engines understand. Where the engines
  differ, the difference lives in ``dialects`` and in the engine's modules.
- Lists are keyset-paged and counts are maintained counters: nothing costs more because a table is larger.
- ``group_key`` (a room's ``room_key``) comes from a counter that never goes back: it is never reused [R0].
"""
