"""From the bytes of a body to the request of a command, or to the refusal that names what is wrong.

The fast path is one strict decode plus the rules of ``conclave.api.fields``. Whatever fails there is looked at again,
slowly, because decision G1 has an order that a decoder which stops at its first error does not know: not JSON 60003,
then an account that is no string 60015 [G10], then the fields in the order of the table.
"""

import json
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from conclave import errors
from conclave.errors import ErrorCode, Refusal

T = TypeVar("T", bound=msgspec.Struct)
MAX_DEPTH: Final = 64
ACCOUNT_NAMES: Final = ("UserID", "Identifier")
ACCOUNT_LISTS: Final = ("Accounts",)


class Fault(Exception):  # noqa: N818 - internal: turned into a refusal with the service's code
    """A field that breaks a rule."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(path, rule)
        self.path = path
        self.rule = rule


Check = Callable[[Any, str], None]


class BodyDecoder(Generic[T]):
    """Decodes the bodies of one command into its request type."""

    def __init__(self, request: type[T], code: ErrorCode) -> None:
        self.request = request
        self.code = code
        self._decode = msgspec.json.Decoder(request).decode
        self._check = _compile(request)

    def __call__(self, body: bytes) -> T:
        """Return the request; refuses with 60003, 60015 or the service's code for a bad field."""
        refuse_bytes(body)
        try:
            request = self._decode(body)
        except (msgspec.DecodeError, RecursionError):
            return self._diagnose(body)
        try:
            if self._check is not None:
                self._check(request, "")
            if b"\\u0000" in body:
                _refuse_nul(msgspec.to_builtins(request), "")
        except Fault as fault:
            raise Refusal(self.code, f"{fault.path} {fault.rule}") from None
        return request

    def _diagnose(self, body: bytes) -> T:
        content = parse_object(body)
        for path, value in _accounts(self.request, content, ""):
            if not isinstance(value, str):
                raise Refusal(errors.ACCOUNT_NOT_STRING, f"{path} must be a string")
        try:
            request: T = _convert(self.request, content, "")
            _refuse_nul(msgspec.to_builtins(request), "")
        except Fault as fault:
            raise Refusal(self.code, f"{fault.path} {fault.rule}") from None
        return request


def refuse_bytes(body: bytes) -> None:
    """Refuse with 60003 what no JSON body may be: empty, not UTF-8, nested too deep [G18]."""
    if not body:
        raise Refusal(errors.BAD_JSON, "the request body is empty; send {} when there is nothing to say")
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Refusal(errors.BAD_JSON, "the request body is not UTF-8") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise Refusal(errors.BAD_JSON, f"the request body is nested deeper than {MAX_DEPTH}")


def _depth(body: bytes) -> int:
    depth = deepest = 0
    inside = escaped = False
    for byte in body:
        if inside:
            inside = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object in ``body`` with its nulls taken out [G9]; refuses with 60003."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)  # stricter than json: no NaN, no control characters, no BOM
        content = json.loads(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal(errors.BAD_JSON, "the request body is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal(errors.BAD_JSON, "the request body is not a JSON object")
    return {name: _without_nulls(value) for name, value in content.items() if value is not None}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _accounts(struct: type[msgspec.Struct], content: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Yield every account field that the command declares, wherever it is nested [G10]."""
    hints = get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        name, value = field.encode_name, content.get(field.encode_name)
        here = f"{path}{name}"
        inner = _struct_of(hints[field.name]) or _struct_of(_item_of(hints[field.name]))
        if value is None:
            continue
        if name.endswith("List_Account") or name in ACCOUNT_LISTS:
            if isinstance(value, list):
                yield from ((f"{here}[{index}]", each) for index, each in enumerate(value))
        elif name.endswith("_Account") or name in ACCOUNT_NAMES:
            yield here, value
        elif inner is not None and isinstance(value, dict):
            yield from _accounts(inner, value, f"{here}.")
        elif inner is not None and isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, dict):
                    yield from _accounts(inner, each, f"{here}[{index}].")


def _item_of(annotation: Any) -> Any:
    """Return the element type of ``list[...]``, ``list[...] | None`` or ``Annotated`` of either."""
    if get_origin(annotation) is list:
        return get_args(annotation)[0]
    for each in get_args(annotation):
        item = _item_of(each)
        if item is not None:
            return item
    return None


def _refuse_nul(value: Any, path: str) -> None:
    if isinstance(value, str) and "\0" in value:
        raise Fault(path, "must not contain U+0000")
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_nul(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _refuse_nul(each, f"{path}[{index}]")


def _struct_of(annotation: Any) -> type[msgspec.Struct] | None:
    """Return the struct behind ``Struct``, ``Struct | None`` or ``Annotated`` of either."""
    if get_origin(annotation) is Annotated:
        return _struct_of(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return next((found for each in get_args(annotation) if (found := _struct_of(each))), None)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    return None


def _convert(annotation: Any, value: Any, path: str) -> Any:
    """Build ``annotation`` from builtins, field by field in the order of the declaration; raises ``Fault``."""
    struct = _struct_of(annotation)
    if struct is None or not isinstance(value, dict):
        try:
            converted = msgspec.convert(value, annotation)
        except msgspec.ValidationError as error:
            raise Fault(_joined(path, str(error)), _sentence(str(error))) from None
        check = _compile(annotation)
        if check is not None:
            check(converted, path)
        return converted
    hints = get_type_hints(struct, include_extras=True)
    arguments = {}
    for field in msgspec.structs.fields(struct):
        here = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.encode_name in value:
            arguments[field.name] = _convert(hints[field.name], value[field.encode_name], here)
        elif field.required:
            raise Fault(here, "is required")
    return struct(**arguments)


def _joined(path: str, message: str) -> str:
    """Append the inner path that msgspec names, as in ``... - at `$[0].Marks` ``."""
    _, _, inner = message.partition(" - at `$")
    return path + inner.rstrip("`")


def _sentence(message: str) -> str:
    rule = message.partition(" - at ")[0].replace("`", "").replace(" | null", "")
    if rule.startswith("Object missing required field "):
        return f"misses the required field {rule.removeprefix('Object missing required field ')}"
    return "must be " + rule.removeprefix("Expected ").replace(", got ", ", not ")


def _compile(annotation: Any) -> Check | None:
    """Return the check of every rule inside ``annotation``, or ``None`` when it has none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        checks = [_compile(inner), *(_of_rule(meta) for meta in metadata)]
        return _all(check for check in checks if check is not None)
    if origin in (Union, types.UnionType):
        check = next((found for each in get_args(annotation) if (found := _compile(each))), None)
        return None if check is None else _unless_none(check)
    if origin is list:
        return _each(_compile(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _fields(annotation)
    return None


def _of_rule(meta: Any) -> Check | None:
    rule = (getattr(meta, "extra", None) or {}).get("rule")
    if rule is None:
        return None

    def check(value: Any, path: str) -> None:
        broken = rule(value)
        if broken is not None:
            raise Fault(path, broken)

    return check


def _all(checks: Iterator[Check]) -> Check | None:
    every = list(checks)
    if len(every) <= 1:
        return every[0] if every else None

    def check(value: Any, path: str) -> None:
        for each in every:
            each(value, path)

    return check


def _unless_none(inner: Check) -> Check:
    def check(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    return check


def _each(inner: Check | None) -> Check | None:
    if inner is None:
        return None
    item = inner

    def check(value: Any, path: str) -> None:
        for index, each in enumerate(value):
            item(each, f"{path}[{index}]")

    return check


def _fields(struct: type[msgspec.Struct]) -> Check | None:
    hints = get_type_hints(struct, include_extras=True)
    found = [
        (field.name, field.encode_name, check)
        for field in msgspec.structs.fields(struct)
        if (check := _compile(hints[field.name])) is not None
    ]
    if not found:
        return None

    def check_fields(value: Any, path: str) -> None:
        prefix = f"{path}." if path else ""
        for name, wire, each in found:
            each(getattr(value, name), prefix + wire)

    return check_fields
