"""From the bytes of a body to the request of a command, or to the refusal that names what is wrong.

The fast path is one strict decode plus the rules of ``conclave.api.fields``. Whatever fails there is looked at again,
slowly, because decision G1 has an order that a decoder which stops at its first error does not know: not JSON 60003,
then an account that is no string 60015 [G10], then the fields in the order of the table.
"""

import json
import re
from itertools import accumulate
from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec

from conclave import errors
from conclave.api.account_fields import accounts_in
from conclave.api.checks import Fault, compile_checks, struct_of, within
from conclave.errors import ErrorCode, Refusal

T = TypeVar("T", bound=msgspec.Struct)
MAX_DEPTH: Final = 64
# Possessive, so that no body makes it try twice.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STEPS: Final = bytes(1 if byte in b"[{" else 255 for byte in range(256))
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class BodyDecoder(Generic[T]):
    """Decodes the bodies of one command into its request type."""

    def __init__(self, request: type[T], code: ErrorCode) -> None:
        self.request = request
        self.code = code
        self._decode = msgspec.json.Decoder(request).decode
        self._check = compile_checks(request)

    def __call__(self, body: bytes) -> T:
        """Return the request; refuses with 60003, 60015 or the service's code for a bad field."""
        refuse_bytes(body)
        return self.checked(body)

    def checked(self, body: bytes) -> T:
        """Return the request in bytes that ``refuse_bytes`` has looked at already."""
        try:
            request = self._decode(body)
        except (msgspec.DecodeError, RecursionError):
            return self._diagnose(body)
        try:
            if self._check is not None:
                self._check(request)
            if b"\\u0000" in body:
                _refuse_nul(msgspec.to_builtins(request))
        except Fault as fault:
            raise Refusal(self.code, f"{fault.path} {fault.rule}") from None
        return request

    def _diagnose(self, body: bytes) -> T:
        content = parse_object(body)
        for path, value in accounts_in(self.request, content):
            if not isinstance(value, str):
                raise Refusal(errors.ACCOUNT_NOT_STRING, f"{path} must be a string")
        try:
            request: T = _convert(self.request, content)
            _refuse_nul(msgspec.to_builtins(request))
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
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_too_deep(body):
        raise Refusal(errors.BAD_JSON, f"the request body is nested deeper than {MAX_DEPTH}")


def _is_too_deep(body: bytes) -> bool:
    """Add up the brackets outside of strings, as signed bytes: 1 opens, -1 closes."""
    steps = _STRINGS.sub(b"", body).translate(_STEPS, _NO_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > MAX_DEPTH


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object in ``body`` with its nulls taken out [G9]; refuses with 60003."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)  # stricter than json: no NaN, no control characters, no BOM
        content = json.loads(body, parse_int=_integer)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Refusal(errors.BAD_JSON, "the request body is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal(errors.BAD_JSON, "the request body is not a JSON object")
    return {name: _without_nulls(value) for name, value in content.items() if value is not None}


def _integer(digits: str) -> int:
    """Return a number; of one that is absurdly long, enough to be out of every field's range."""
    return int(digits[:40])


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    return value


def _refuse_nul(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise Fault("must not contain U+0000")
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_nul(name)  # which is data where the type is a map
            within(name, _refuse_nul, each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            within(f"[{index}]", _refuse_nul, each)


def _convert(annotation: Any, value: Any) -> Any:
    """Build ``annotation`` from builtins, field by field in the order of the declaration; raises ``Fault``."""
    struct = struct_of(annotation)
    if struct is None or not isinstance(value, dict):
        try:
            converted = msgspec.convert(value, annotation)
        except msgspec.ValidationError as error:
            _, _, inner = str(error).partition(" - at `$")  # as in "... - at `$[0].Marks`"
            raise Fault(_sentence(str(error)), inner.rstrip("`").removeprefix(".")) from None
        check = compile_checks(annotation)
        if check is not None:
            check(converted)
        return converted
    hints = get_type_hints(struct, include_extras=True)
    arguments = {}
    for field in msgspec.structs.fields(struct):
        name = field.encode_name
        if name in value:
            arguments[field.name] = within(name, _convert, hints[field.name], value[name])
        elif field.required:
            raise Fault("is required", name)
    return struct(**arguments)


def _sentence(message: str) -> str:
    rule = message.partition(" - at ")[0].replace("`", "").replace(" | null", "")
    if rule.startswith("Object missing required field "):
        return f"misses the required field {rule.removeprefix('Object missing required field ')}"
    return "must be " + rule.removeprefix("Expected ").replace(", got ", ", not ")
