"""The measurements: one table, one run, one machine (docs/performance.md).

What lives here: ``__main__`` (the command line), ``run`` (which lines, in which order), ``measure`` (rounds that
alternate between a bare server and ours), ``wrk`` and ``steady`` (the two generators of load: closed loop and open
loop), ``calls`` and ``commands`` (what is called), ``prepare`` (fills data folders), ``paging``, ``janus``,
``processes``, ``bare`` (the server that answers a constant), ``report`` (the table).

What may not: numbers that were not measured in this run, and results without what they are compared with.

Invariants:

- Whatever is compared is measured in turns, next to each other in time: the machine's mood meets both.
- Ours is a real ``conclave serve`` in its own process, on a disk, with logs on.
- A line whose calls were refused says so; a line that cannot be measured says why.
"""
