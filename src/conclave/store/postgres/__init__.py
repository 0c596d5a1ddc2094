"""PostgreSQL behind the engine interface.

``address`` (where the database is), ``schema`` (migrations, and what PostgreSQL needs beside them), ``session`` (one
connection, and how an operation is run on it), ``transaction``, ``prepared`` (its statements), ``queue`` (who waits for
a session), ``news`` (who is woken when), ``standing`` (this node among the others), ``tenure`` (a duty that it has),
``hearsay`` (what nodes tell each other), ``engine`` (puts it together), ``alone`` (one operation of the command line).

**Isolation.** Changes run in READ COMMITTED. What a rule rests on is held by a lock while it is looked at: a room by
its row (``rooms.lock``, with which every change of a room begins), an application's settings by the one row of
``application_changes``, an application's queue of callbacks by its row of ``callback_endpoints``, an id by the unique
index on it. Counters are added to, never read and written back. SERIALIZABLE would need none of that, but would refuse
and repeat: members of one room meet in the same rows all the time, and the second one waits for a lock in the time in
which it would be begun anew. Whoever waits for a lock reads, after it, what the one before has left. Reads run in one
REPEATABLE READ snapshot, and never wait.

A deadlock, or a collision in a unique index, ends one of the transactions, and it is begun anew: operations may run
twice on SQLite already. Nothing is remembered beyond a transaction, as another process may have changed it.

**The log with several writers.** A position is drawn when a fact is written, and seen when its transaction commits: a
later position may be seen before an earlier one. A reader who passed the gap would never come back to it. So a
transaction says, before it draws its first position, behind which position it will draw: it takes a shared advisory
lock whose key is the last position that was drawn by anybody (``next_position``). The log is *settled* up to the least
of those keys, or up to the last drawn position while nobody holds one (``settled_position``); readers read no further.

Why that is enough: ``settled_position`` first reads the last drawn position, then looks at the locks. Whoever drew one
up to there had taken his lock before. Either he holds it still, and then the log is settled below his position; or he
has let go of it, which PostgreSQL does only after his commit can be seen, or he has rolled back, and then there is
nothing to see. So everything up to the settled position is seen by every snapshot that is taken later. Facts of one
room are drawn under its lock, so their positions rise with their numbers.

What else was weighed: one lock for the order of all commits would let only one transaction at a time wait for the
disk. Reading below ``pg_snapshot_xmin`` costs the writer nothing, but there any long transaction of the same server,
of another database even, stops the news; and the order of transaction ids is not the order of a room's facts. Here a
writer pays a lock in memory that nobody waits for, and only what writes facts holds the log back, from its first fact
to its commit.

**News.** A commit of this process wakes its readers at once. Other processes are told by NOTIFY, sent after the commit
by a connection of its own, one for all commits of some milliseconds: NOTIFY inside of a transaction takes a lock on the
whole server from then to the end of COMMIT, so that only one at a time could wait for the disk. Where there is a
``Wire``, they are told by it instead. Nothing depends on either: every reader also looks by itself, twice a second.
"""
