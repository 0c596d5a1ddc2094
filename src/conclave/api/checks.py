"""Rules of fields, collected once per request type and run on every request.

``compile_checks`` walks a type and returns one function for all the rules in it (``Meta.extra["rule"]``, see
``conclave.api.fields``); a value that breaks one raises ``Fault``, which learns its path on the way up.
"""

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")


class Fault(Exception):  # noqa: N818 - internal: turned into a refusal with the service's code
    """A value that breaks a rule; its path is put together while it travels up, so that good bodies pay nothing."""

    def __init__(self, rule: str, path: str = "") -> None:
        super().__init__(rule, path)
        self.rule = rule
        self.path = path

    def inside(self, outer: str) -> "Fault":
        """Return the same fault, seen from one level above."""
        separator = "." if self.path and not self.path.startswith("[") else ""
        return Fault(self.rule, f"{outer}{separator}{self.path}")


Check = Callable[[Any], None]


def within(place: str, work: Callable[..., T], *arguments: Any) -> T:
    """Do ``work`` on what lies at ``place``; a fault in there is named from here."""
    try:
        return work(*arguments)
    except Fault as fault:
        raise fault.inside(place) from None


def struct_of(annotation: Any) -> type[msgspec.Struct] | None:
    """Return the struct behind ``Struct``, ``Struct | None`` or ``Annotated`` of either."""
    if get_origin(annotation) is Annotated:
        return struct_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for each in get_args(annotation) if (found := struct_of(each))), None)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    return None


def item_of(annotation: Any) -> Any:
    """Return the element type of ``list[...]``, ``list[...] | None`` or ``Annotated`` of either."""
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    for each in get_args(annotation):
        item = item_of(each)
        if item is not None:
            return item
    return None


def compile_checks(annotation: Any) -> Check | None:
    """Return the check of every rule inside ``annotation``, or ``None`` when it has none; values are never ``None``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        checks = [compile_checks(inner), *(_of_rule(meta) for meta in metadata)]
        return _all(check for check in checks if check is not None)
    if origin in (Union, types.UnionType):
        return next((found for each in get_args(annotation) if (found := compile_checks(each))), None)
    if origin is list:
        return _each(compile_checks(get_args(annotation)[0]))
    if origin is dict:
        return _entries(*(compile_checks(each) for each in get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _fields(annotation)
    return None


def _of_rule(meta: Any) -> Check | None:
    rule = (getattr(meta, "extra", None) or {}).get("rule")
    if rule is None:
        return None

    def check(value: Any) -> None:
        broken = rule(value)
        if broken is not None:
            raise Fault(broken)

    return check


def _all(checks: Iterator[Check]) -> Check | None:
    every = list(checks)
    if len(every) <= 1:
        return every[0] if every else None

    def check(value: Any) -> None:
        for each in every:
            each(value)

    return check


def _each(item: Check | None) -> Check | None:
    if item is None:
        return None

    def check(value: Any) -> None:
        for index, each in enumerate(value):
            try:
                item(each)
            except Fault as fault:
                raise fault.inside(f"[{index}]") from None

    return check


def _entries(name: Check | None, value: Check | None) -> Check | None:
    if name is None and value is None:
        return None

    def check(entries: Any) -> None:
        for key, each in entries.items():
            if name is not None:
                name(key)
            if value is not None:
                within(key, value, each)

    return check


def _fields(struct: type[msgspec.Struct]) -> Check | None:
    hints = get_type_hints(struct, include_extras=True)
    found = [
        (field.name, field.encode_name, check)
        for field in msgspec.structs.fields(struct)
        if (check := compile_checks(hints[field.name])) is not None
    ]
    if not found:
        return None

    def check_fields(request: Any) -> None:
        for name, wire, check in found:
            value = getattr(request, name)
            if value is not None:
                try:
                    check(value)
                except Fault as fault:
                    raise fault.inside(wire) from None

    return check_fields
