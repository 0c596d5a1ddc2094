"""JSON Schema of requests and replies: what msgspec says of a struct, with the glossary's words added."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from conclave.reference import glossary, shapes
from conclave.reference.markdown import prose


def components(structs: Sequence[type[msgspec.Struct]], prefix: str) -> dict[str, Any]:
    """Return the schemas of ``structs`` and of what they are made of, by name.

    Raises ``ValueError`` when two different structs have one name: a document can hold only one of them.
    """
    owners: dict[str, type[Any]] = {}
    for struct in _every(structs):
        if owners.setdefault(struct.__name__, struct) is not struct:
            raise ValueError(f"two structs of commands are called {struct.__name__}; rename one of them")
    _, found = msgspec.json.schema_components(list(owners.values()), ref_template=prefix + "{name}")
    for name, struct in owners.items():
        schema = found[name]
        schema["description"] = prose(schema.get("description"))
        for field in shapes.fields(struct):
            meaning = glossary.meaning(field)
            if field.owner is struct and meaning:
                schema["properties"][field.name] = {**schema["properties"][field.name], "description": meaning}
    return {name: found[name] for name in sorted(found)}


def reference(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the reference to a struct's schema."""
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


def _every(structs: Sequence[type[msgspec.Struct]]) -> Iterator[type[Any]]:
    for struct in structs:
        yield struct
        yield from (field.owner for field in shapes.fields(struct))
