"""Callbacks: telling the applications' backends what happened in their rooms, at least once and in order [C7].

**From the log to the queue** (``outbox``). What happened stands in the log of events, complete; ``bodies`` says which
callbacks a fact raises. One reader goes through the log in its order, with a place of its own that is kept in the
database, and puts what is due into the queue, numbered within its room id [C11], in one transaction with its place.
Which configuration is in force at an event is decided by the log itself: every change of it is a fact there [C10].

**From the queue to the endpoint** (``dispatcher``, ``sender``). The first waiting callback of each room id is sent once
it is due, several rooms at a time and each application by itself. The next of a room goes out when the one before is
recorded as delivered, or dead: so a receiver never sees a later one first, whatever happens to this process.

**What came of it** (``ledger``, ``settling``). A refusal counts against the callback, which is tried again by the
schedule, and is dead after the last attempt. A failure of the endpoint counts against the endpoint: after several in a
row it is paused and probed, and nobody's attempts are used up [C12]. A callback of which nothing can be recorded holds
back its own room id, and is sent again after a minute.

Invariants:

- No command calls this package, and no failure in it fails a command. It reads the log and writes its own tables.
- A callback leaves the queue in the transaction that records what became of it; until then it will be sent again.
- What is sent is stored with the callback: every attempt has the same body and the same ``webhook-id``.
- Dead callbacks are kept without a bound, on purpose: what was owed and not taken goes when somebody sends it again or
  discards it, and never by itself.
- The queue of an application whose configuration has changed stands still until the reader has passed the change.

What it does not do: wait for an answer before an action, drop a callback because it is old (but for a paused endpoint,
after ``callback_keep``), or trust anything that an endpoint says.
"""
