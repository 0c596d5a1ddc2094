"""Conclave: a self-hosted conference-room backend.

One direction runs through the house: ``transport`` and ``realtime`` take bytes from outside, ``api`` checks and
dispatches, ``domain`` holds the rules, ``store`` holds the SQL. Nothing below knows anything above. ``errors``,
``clock``, ``log`` and ``metrics`` stand beside the rooms and know none of them. ARCHITECTURE.md draws it.
"""

__version__ = "0.1.0"
