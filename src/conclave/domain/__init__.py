"""The rules: accounts, groups, rooms, members, seats, bans, robots, schedules, and the events they write.

What lives here: plain ``async def`` functions over an ``Operation``, which is a transaction with the application and
whoever asked. What may not: HTTP, JSON of the wire, WebSockets, the names of engines. REST and the member protocol
call the same functions; a rule exists once.

Invariants:

- Every change of a room begins with ``rooms.lock`` and ends with an event in the log, in the same transaction. A call
  that changes nothing writes none [R28].
- A refusal is raised before anything is written, or undoes what was: nothing half-done stays.
- What an event says is complete: nobody reads the present to explain the past.
- Time is ``tx.now``; within a room it never goes back [R29].
"""
