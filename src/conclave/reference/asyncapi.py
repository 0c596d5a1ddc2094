"""``docs/asyncapi.json``: AsyncAPI 3.0, the member protocol as messages of one channel.

The document takes the server's side: it receives requests, each with the answer as its reply, and sends events.
"""

import inspect
import json
from typing import Any, Final

import conclave
from conclave.errors import CATALOGUE
from conclave.realtime.frames import MAX_ID
from conclave.realtime.registry import Event, Method
from conclave.reference import members, schemas
from conclave.reference.markdown import prose

VERSION: Final = "3.0.0"
SCHEMAS: Final = "#/components/schemas/"
CHANNEL: Final = {"$ref": "#/channels/members"}
REQUEST_ID: Final = {
    "description": "Of the client's choice; the answer has the same.",
    "anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1, "maxLength": MAX_ID}],
}
DESCRIPTION: Final = """
The WebSocket by which members are in rooms. Every message is one text frame with a JSON object.

How a connection begins, lives and ends, and what counts as a sign of life, stands in docs/contract/members.md.
"""


def document() -> dict[str, Any]:
    """Return the document."""
    methods, events = members.methods(), members.events()
    messages = {
        **{f"{each.name}.request": _request(each) for each in methods},
        **{f"{each.name}.answer": _answer(each) for each in methods},
        "refusal": _refusal(),
        **{each.name: _event(each) for each in events},
    }
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Conclave, the member protocol",
            "version": conclave.__version__,
            "description": DESCRIPTION.strip(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "localhost:8443", "protocol": "wss", "description": "As a server comes."}},
        "channels": {
            "members": {
                "address": "/v1/members",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            }
        },
        "operations": {
            **{each.name: _call(each) for each in methods},
            **{each.name: {"action": "send", "channel": CHANNEL, "messages": [_ref(each.name)]} for each in events},
        },
        "components": {"messages": messages, "schemas": schemas.components(members.structs(), SCHEMAS)},
    }


def write() -> str:
    """Return the document as text."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _ref(message: str) -> dict[str, str]:
    return {"$ref": f"#/channels/members/messages/{message}"}


def _call(method: Method) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": CHANNEL,
        "summary": method.doc.partition("\n")[0],
        "messages": [_ref(f"{method.name}.request")],
        "reply": {"channel": CHANNEL, "messages": [_ref(f"{method.name}.answer"), _ref("refusal")]},
    }


def _request(method: Method) -> dict[str, Any]:
    frame = {"id": REQUEST_ID, "method": {"const": method.name}, "params": schemas.reference(method.params)}
    needed = any(field.required for field in members.parameters(method))
    return {
        "name": method.name,
        "summary": f"Ask for {method.name}.",
        "description": prose(inspect.getdoc(method.handler)),
        "payload": _object(frame, ["id", "method", "params"] if needed else ["id", "method"]),
        "examples": [{"payload": {"id": 1, "method": method.name, "params": method.example}}],
    }


def _answer(method: Method) -> dict[str, Any]:
    empty = {"type": "object", "maxProperties": 0}
    result = empty if method.result is None else schemas.reference(method.result)
    return {
        "name": "answer",
        "summary": f"{method.name} was done.",
        "payload": _exact({"id": REQUEST_ID, "result": result}),
    }


def _refusal() -> dict[str, Any]:
    code = {"enum": sorted(number for number in CATALOGUE if number)}
    error = _exact({"code": code, "message": {"type": "string", "minLength": 1}})
    known = {"anyOf": [*REQUEST_ID["anyOf"], {"type": "null"}]}
    return {
        "name": "refusal",
        "summary": "A request was refused; docs/reference/members.md lists the codes of each method.",
        "payload": _exact({"id": known, "error": error}),
    }


def _event(event: Event) -> dict[str, Any]:
    frame = {"event": {"const": event.name}, "data": schemas.reference(event.data)}
    in_room = {"roomId": {"type": "string"}, "seq": {"type": "integer", "minimum": 0}}
    payload = {**_exact({**frame, **in_room}), "required": list(frame), "dependentRequired": {"roomId": ["seq"]}}
    return {
        "name": event.name,
        "summary": f"To {event.receivers}.",
        "description": prose(event.doc),
        "payload": payload,
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _exact(properties: dict[str, Any]) -> dict[str, Any]:
    return {**_object(properties, list(properties)), "additionalProperties": False}
