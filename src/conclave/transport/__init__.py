"""Bytes from and to the outside: Granian's RSGI, TLS, and the pages for operators.

What lives here: ``server`` (one Granian in this process), ``connections`` (how many there may be, and how long they may
be silent), ``http`` (from an RSGI request to the gateway and back), ``operations`` (``/healthz``, ``/readyz``,
``/metrics``) and ``tls`` (the local CA). What may not: checks of the contract, rules, SQL.

Invariant: a body is never held beyond its limit, nor waited for beyond its time, and neither is a connection.
"""
