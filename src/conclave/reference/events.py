"""``docs/reference/events.md``: what the log of events holds."""

import inspect

from conclave.domain.facts import KINDS
from conclave.reference import glossary, shapes
from conclave.reference.markdown import cite, page, prose, table

INTRODUCTION = """
Whatever changes a room is written to the log of events in the same transaction; all that anybody is told is read from
there. These are the facts that it holds. They are Conclave's inner record, not a wire: members get the events of
[members.md](members.md), which are made from these.

Each fact is kept with `position` (its place in the whole log), `sdkappid`, `room_key` (the life of a room: never used
twice [R0]), `seq` (its number within the room, without a gap), `room_id`, `kind` (the name below), `at` (milliseconds,
never decreasing within a room [R29]), `operator`, `platform`, `client_ip`, and `data`, the fields below as JSON.
A field that is as it is by default (false, 0, empty) may be left out.
What concerns an account and no room is written under `room_key` 0. Passwords are never part of the log. The setting
`event_retention` says for how long it is kept.
"""


def write() -> str:
    """Return the page."""
    blocks = [INTRODUCTION, "## Facts"]
    nested: dict[str, type] = {}
    for kind in KINDS.values():
        rows = []
        for field in shapes.fields(kind):
            if field.owner is not kind:
                nested.setdefault(field.owner.__name__, field.owner)
                continue
            rows.append([f"`{field.path}`", _kind(field, kind), glossary.meaning(field) or ""])
        blocks += [f"### {kind.__name__}", prose(inspect.getdoc(kind)), table(["field", "type", "meaning"], rows)]
    blocks.append("## What facts are made of")
    for name, struct in sorted(nested.items()):
        rows = [[f"`{field.path}`", field.kind, glossary.meaning(field) or ""] for field in shapes.fields(struct)]
        blocks += [f"### {name}", prose(inspect.getdoc(struct)), table(["field", "type", "meaning"], rows)]
    return cite(page("Events", *blocks), 1)


def _kind(field: shapes.Field, kind: type) -> str:
    """Return the type of a field, with a link where it is made of fields itself."""
    inside = (f"{field.path}.", f"{field.path}[]")
    owner = next((each.owner.__name__ for each in shapes.fields(kind) if each.path.startswith(inside)), None)
    return field.kind if owner is None else field.kind.replace("Object", f"[{owner}](#{owner.lower()})")
