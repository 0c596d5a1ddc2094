"""The v4 contract: what a call looks like, who may make it, and how it is answered.

``registry`` holds one declaration per command; ``gateway`` runs the checks of decision G1 in their order; the modules
beside it are those checks, and ``failures``, what a caller is told of a failure; members hear the same. ``services``
has one module per service name. What may not live here: rules about rooms, and SQL.

Invariants:

- Every request that reaches the gateway is answered with HTTP 200 and an envelope with a RequestId [G6] [G11].
- A command answers only the codes it declares, beside those of the gateway.
- Nothing of a traceback, a secret or a UserSig is ever in an answer or a log line [G19].
"""
