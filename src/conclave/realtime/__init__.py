"""The member protocol: WebSockets at ``/v1/members``, on the same domain functions as REST.

What lives here: ``channel`` and ``frames`` (the wire), ``registry`` (what methods and events there are), ``methods``,
``events`` and ``shapes`` (their declarations, which ``declared`` loads), ``connection`` (one WebSocket), ``call`` (one
request on it), ``entrance`` (how it comes to stand in a room), ``hub`` (who is where), ``logging_in`` (who is about to
be), ``talk`` and ``guesses`` (how fast people send messages, and try passwords; ``backlog`` counts both), ``feed``
(reads the log), ``translation`` and ``delivery`` (from a fact to the frames that tell it), ``recent`` (what was told
lately, for whoever resumes), ``patience`` and ``presence`` (who shows a sign of life), ``outcome`` (how a call ended),
``server`` (puts it together).
What may not: rules about rooms, SQL, the names of engines or of the HTTP server.

Invariants:

- What happens in a room is told from the event log alone, in its order. A method answers its caller. The one thing it
  tells another is told to a connection that it takes the place of: by the login of the same device, or by the entry of
  the same account from another, of which the log, where nothing about the membership changes, has nothing to say.
- A method that changes something is answered in its commit, before the log is read on: an answer comes before the
  news of what it did, and a subscription begins with the commit of the entry, at the entry's own number. No event is
  lost between the snapshot and the first frame, and none is told twice.
- ``seq`` never decreases within a room on one connection. It may skip: facts that members do not learn have numbers
  too [M5].
- A frame is encoded once, for however many receivers. Nobody connected: the log is not read.
- Membership is the database's. The hub holds who shows the sign of life for it: a ``Place`` with a connection, or
  without one until its grace ends. A place without a row does no harm. A row without a place is what an entry
  leaves whose COMMIT was not answered: ``presence`` finds it, and puts the member out after the grace; those that an
  ended server has left, ``orphans`` does.
- A connection has bounds: one frame at a time, a rate, a queue in frames and in characters. It is read no faster than
  its rate; whoever does not read is closed, never waited for, and the membership goes on into its grace.
- Before the server closes a connection it says why: with the WebSocket's close code in ``onError``, or in
  ``onKickedOffLine``. Only who has not logged in, and makes room for a newcomer, is closed without a word: whoever
  does not read would keep his place for as long as the word waits.
- No password is ever in a frame that the server sends.
"""
