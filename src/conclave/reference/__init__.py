"""The reference: pages and the OpenAPI document that are derived from the declarations, and the check that holds them.

``python -m conclave.reference`` writes ``docs/reference/`` and ``docs/openapi.json``; ``--check`` writes nothing and
lists what is stale, undocumented, cited without existing, or linked to nowhere.

What lives here: one module per page, each a function from declarations to Markdown; ``shapes`` (fields of a struct as
rows), ``glossary`` (what a wire field means), ``codes`` (who answers which code), ``openapi``, and the checks. What may
not: a fact that a declaration could tell. Nothing of the server imports this package.

Invariant: the same source gives the same bytes, on every machine and at any time.
"""
