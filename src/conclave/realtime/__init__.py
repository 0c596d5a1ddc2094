"""The member protocol: WebSockets at ``/v1/members``, on the same domain functions as REST.

What lives here: ``frames`` (the wire), ``registry`` (what methods and events there are), ``methods``, ``events`` and
``shapes`` (their declarations), ``connection`` (one WebSocket), ``hub`` (who is where), ``feed`` (reads the log),
``translation`` and ``delivery`` (from a fact to the frames that tell it), ``presence`` (who shows a sign of life),
``server`` (puts it together). What may not: rules about rooms, SQL, the names of engines or of the HTTP server.

Invariants:

- What happens in a room is told from the event log alone, in its order. A method answers; it tells nobody else.
- A method that changes something is answered in its commit, before the log is read on: an answer comes before the
  news of what it did, and a subscription begins with the commit of the entry, at the entry's own number. No event is
  lost between the snapshot and the first frame, and none is told twice.
- ``seq`` never decreases within a room on one connection. It may skip: facts that members do not learn have numbers
  too [M5].
- A frame is encoded once, for however many receivers. Nobody connected: the log is not read.
- Membership is the database's. The hub holds who shows the sign of life for it: a ``Place`` with a connection, or
  without one until its grace ends. A place without a row does no harm; a row without a place is found after the
  grace of the server's start.
- A connection has bounds: one frame at a time, a rate, a queue in frames and in characters. Whoever breaks one is
  closed, never waited for; the membership goes on into its grace.
- Before the server closes a connection it says why, with the WebSocket's close code, in ``onError``.
- No password is ever in a frame that the server sends.
"""
