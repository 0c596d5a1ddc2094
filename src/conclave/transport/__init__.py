"""Bytes from and to the outside: Granian's RSGI, TLS, and the pages for operators.

What lives here: ``server`` (one Granian in this process), ``address`` (what it listens on), ``connections`` (how many
there may be, and how long they may be silent), ``http`` and ``websocket`` (from RSGI to the gateway and the members,
and back), ``hops`` (whose address counts behind proxies), ``member_port``, ``member_socket`` and ``wire`` (a port for
members alone: the listener, a connection, its bytes), ``allocation`` (what keeps its memory small over TLS),
``operations`` (``/healthz``, ``/readyz``, ``/metrics``), ``tls`` (the local CA and its certificates) and ``issue``
(making them). What may not: checks of the contract, rules, SQL.

Invariant: a body is never held beyond its limit, nor waited for beyond its time, and neither is a connection.
"""
