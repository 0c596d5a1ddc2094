"""The fields of a struct as rows of a table: path, type, limits, default.

Reads ``msgspec.inspect``, so that a page tells exactly what the decoder enforces.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from conclave.api.fields import INT64_MAX

ABSENT: Final = "—"
_PATTERNS: Final = {
    "^[ -~]+$": "printable ASCII",
    "^[^\\x00-\\x1f\\x7f-\\x9f]+$": "no control characters",
    "^[^\\x00-\\x1f\\x7f-\\x9f]*$": "no control characters",
    "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]*$": "no control characters but line breaks and tabs",
}
_CHOICES: Final = re.compile(r"\^\(([\w|]+)\)\$")
_SCALARS: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "String",
    inspect.IntType: "Integer",
    inspect.FloatType: "Number",
    inspect.BoolType: "Boolean",
    inspect.RawType: "any JSON",
    inspect.AnyType: "any JSON",
}


class Field(msgspec.Struct, frozen=True):
    """One field: where it stands, what it takes, and the struct that declares it."""

    path: str
    name: str
    owner: type[Any]
    kind: str
    limits: str
    required: bool
    default: Any
    description: str


def fields(struct: type[Any], prefix: str = "") -> Iterator[Field]:
    """Yield the fields of a struct and of those nested in it, in the order of the declaration."""
    shape = inspect.type_info(struct)
    assert isinstance(shape, inspect.StructType | inspect.TypedDictType | inspect.DataclassType)
    for field in shape.fields:
        path = prefix + field.encode_name
        yield Field(
            path,
            field.encode_name,
            struct,
            kind(field.type),
            "; ".join(limits(field.type)),
            field.required,
            _default(field),
            description(field.type),
        )
        for nested, separator in _nested(field.type):
            yield from fields(nested, f"{path}{separator}")


def _default(field: inspect.Field) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default in (msgspec.NODEFAULT, msgspec.UNSET) else field.default


def options(of: inspect.Type) -> list[inspect.Type]:
    """Return what a type may be, without null."""
    if isinstance(of, inspect.Metadata):
        return options(of.type)
    if isinstance(of, inspect.UnionType):
        return [each for part in of.types for each in options(part)]
    return [] if isinstance(of, inspect.NoneType) else [of]


def _nested(of: inspect.Type) -> Iterator[tuple[type[Any], str]]:
    for option in options(of):
        if isinstance(option, inspect.StructType | inspect.TypedDictType | inspect.DataclassType):
            yield option.cls, "."
        elif isinstance(option, inspect.ListType | inspect.VarTupleType):
            for nested, separator in _nested(option.item_type):
                yield nested, f"[]{separator}"


def kind(of: inspect.Type) -> str:
    """Return the type in words: ``String``, ``Array of Integer`` and the like."""
    return " or ".join(dict.fromkeys(_kind(option) for option in options(of)))


def _kind(of: inspect.Type) -> str:
    if isinstance(of, inspect.LiteralType):
        return " or ".join(dict.fromkeys("Integer" if isinstance(value, int) else "String" for value in of.values))
    if isinstance(of, inspect.ListType | inspect.VarTupleType):
        return f"Array of {kind(of.item_type)}"
    if isinstance(of, inspect.DictType):
        return f"Object of {kind(of.value_type)}"
    return _SCALARS.get(type(of), "Object")


def description(of: inspect.Type) -> str:
    """Return the description that rides in the ``Meta`` of a type, or nothing."""
    if isinstance(of, inspect.Metadata):
        found: str = (of.extra_json_schema or {}).get("description", "")
        return found or description(of.type)
    if isinstance(of, inspect.UnionType):
        return next((found for part in of.types if (found := description(part))), "")
    return ""


def limits(of: inspect.Type) -> list[str]:
    """Return what a value must keep to, in words."""
    if isinstance(of, inspect.Metadata):
        return [*_declared(of.extra_json_schema or {}), *limits(of.type)]
    if isinstance(of, inspect.UnionType):
        return list(dict.fromkeys(rule for part in of.types for rule in limits(part)))
    if isinstance(of, inspect.LiteralType):
        return [", ".join(f'`"{value}"`' if isinstance(value, str) else f"`{value}`" for value in of.values)]
    if isinstance(of, inspect.IntType | inspect.FloatType):
        return _range(of)
    if isinstance(of, inspect.StrType):
        return [*_span(of.min_length, of.max_length, "characters"), *([_of_pattern(of.pattern)] if of.pattern else [])]
    if isinstance(of, inspect.ListType | inspect.VarTupleType):
        return [*_span(of.min_length, of.max_length, "entries"), *_each(of.item_type)]
    return _each(of.value_type) if isinstance(of, inspect.DictType) else []


def _each(of: inspect.Type) -> list[str]:
    rules = limits(of)
    return [f"each {', '.join(rules)}"] if rules else []


def _declared(schema: dict[str, Any]) -> list[str]:
    rules = _span(schema.get("minLength"), schema.get("maxLength"), "bytes")
    pattern = schema.get("pattern")
    return [*rules, _of_pattern(pattern)] if pattern else rules


def _of_pattern(pattern: str) -> str:
    choices = _CHOICES.fullmatch(pattern)
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices[1].split("|"))
    return _PATTERNS.get(pattern, f"`{pattern}`")


def _range(of: inspect.IntType | inspect.FloatType) -> list[str]:
    least = of.ge if of.ge is None or of.ge > -INT64_MAX else None
    most = of.le if of.le is None or of.le < INT64_MAX else None
    above = [f"above {of.gt:g}"] if of.gt is not None else []
    return above + _span(least, most, "")


def _span(least: float | None, most: float | None, unit: str) -> list[str]:
    """Return bounds in words; of a length, 0 as the lower one says nothing."""
    if unit and not least:
        least = None
    if least is None and most is None:
        return []
    if most is None:
        return ["not empty"] if unit and least == 1 else [f"at least {least} {unit}".rstrip()]
    if least is None:
        return [f"at most {most} {unit}".rstrip()]
    return [f"{least}–{most} {unit}".rstrip() if least != most else f"{most} {unit}".rstrip()]
