"""``docs/reference/members.md``: the methods and events of the member protocol."""

from collections.abc import Iterator
from typing import Final

import msgspec

from conclave.errors import ErrorCode, Refusal
from conclave.realtime import declared
from conclave.realtime.registry import EVENTS, Event, Method
from conclave.reference import glossary, shapes
from conclave.reference.markdown import cite, code, json_block, page, prose, table

INTRODUCTION = """
Members speak JSON over a WebSocket at `/v1/members`. How a connection begins and ends, what a frame looks like and
what counts as a sign of life stand in [members.md](../contract/members.md).

`login` comes before every other method.
"""

NEEDS: Final = {"nothing": "", "login": "Needs `login` first.", "room": "Needs `enterRoom` first."}


def methods() -> list[Method]:
    """Return the declared methods."""
    return list(declared.load().values())


def events() -> list[Event]:
    """Return the declared events."""
    declared.load()
    return list(EVENTS.values())


def parameters(method: Method) -> list[shapes.Field]:
    """Return the fields of a method's parameters."""
    return list(shapes.fields(method.params))


def structs() -> list[type[msgspec.Struct]]:
    """Return the parameters and results of all methods, and the data of all events."""
    of_methods = [struct for each in methods() for struct in (each.params, each.result) if struct is not None]
    return [*of_methods, *(each.data for each in events())]


def write() -> str:
    """Return the page."""
    blocks = [INTRODUCTION, "## Methods"]
    blocks += [block for each in methods() for block in _method(each)]
    blocks += ["## Events"]
    blocks += [block for each in events() for block in _event(each)]
    return cite(page("Members", *blocks), 1)


def _method(method: Method) -> list[str]:
    frame = {"id": 1, "method": method.name, "params": method.example}
    return [
        f"### {method.name}",
        prose(method.doc),
        NEEDS[method.needs],
        _parameters(method),
        json_block(frame),
        _result(method),
        table(["code", "meaning"], [[str(each.number), each.meaning] for each in method.every_code]),
    ]


def _parameters(method: Method) -> str:
    rows = [
        [
            f"`{field.path}`",
            field.kind,
            "yes" if field.required else "no",
            shapes.ABSENT if field.required or field.default is None else code(field.default),
            field.limits or shapes.ABSENT,
            glossary.meaning(field) or "",
        ]
        for field in parameters(method)
    ]
    head = ["parameter", "type", "required", "default", "limits", "meaning"]
    return table(head, rows) if rows else "No parameters."


def _result(method: Method) -> str:
    return "Its result is `{}`." if method.result is None else _fields("result", method.result)


def _event(event: Event) -> list[str]:
    return [f"### {event.name}", prose(event.doc), f"To {event.receivers}.", _fields("data", event.data)]


def _fields(head: str, struct: type[msgspec.Struct]) -> str:
    rows = [[f"`{field.path}`", field.kind, glossary.meaning(field) or ""] for field in shapes.fields(struct)]
    return table([head, "type", "meaning"], rows) if rows else f"Its {head} is `{{}}`."


def answered_by(code: ErrorCode) -> Iterator[str]:
    """Yield the methods that answer a code, or all of them in one word."""
    found = [each.name for each in methods() if code in each.every_code]
    after_login = [each.name for each in methods() if each.needs != "nothing"]
    if len(found) == len(methods()):
        yield "every method of [members](members.md)"
    elif set(after_login) <= set(found):
        yield "every method of [members](members.md) after login"
        found = [name for name in found if name not in after_login]
        yield from (f"[{name}](members.md#{name.lower()})" for name in found)
    else:
        yield from (f"[{name}](members.md#{name.lower()})" for name in found)


def complaints() -> Iterator[str]:
    """Yield a sentence for each method or event that leaves something unsaid."""
    for method in methods():
        if not method.doc:
            yield f"method {method.name}: has no docstring"
        try:
            method.decode(msgspec.json.encode(method.example))
        except Refusal as refusal:
            yield f"method {method.name}: its example is refused: {refusal.info}"
    for event in events():
        if not event.doc or event.doc.startswith(f"{event.data.__name__}("):
            yield f"event {event.name}: has no docstring"
