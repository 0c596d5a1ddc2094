"""The page for meetings and the browser's client, as files that the server itself serves under ``/meet/``.

What lives here: ``conclave.js``, a client of the member protocol in one ES module without dependencies, and the page,
which uses nothing else. What may not: anything that is built, or fetched from elsewhere. What somebody else wrote
(names, messages) reaches the page as text only, never as markup. ``transport/meet.py`` serves it.
"""
