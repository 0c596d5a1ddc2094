"""``docs/openapi.json``: OpenAPI 3.1, one POST path per command.

Every answer is HTTP 200, so a success and a failure are two shapes of the same response; ``ActionStatus`` tells which.
"""

import inspect
import json
from collections.abc import Sequence
from typing import Any, Final

import conclave
from conclave.api.registry import Command
from conclave.errors import ErrorCode
from conclave.reference import codes, glossary, schemas
from conclave.reference.markdown import prose

VERSION: Final = "3.1.0"
SCHEMAS: Final = "#/components/schemas/"
PARAMETERS: Final = "#/components/parameters/"

DESCRIPTION: Final = """
The commands of a self-hosted conference-room backend that speaks the TRTC Conference RESTful API v4.

Every answer is HTTP 200 with a JSON envelope; ErrorCode 0 means success. The order in which a call is checked, and
the rules that the commands share, stand in docs/contract.
"""


def document() -> dict[str, Any]:
    """Return the document."""
    commands = codes.commands()
    return {
        "openapi": VERSION,
        "info": {
            "title": "Conclave",
            "version": conclave.__version__,
            "description": DESCRIPTION.strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "https://localhost:8443", "description": "The address of a server as it comes."}],
        "tags": [
            {"name": service, "description": codes.commands(service)[0].service.summary} for service in codes.services()
        ],
        "paths": {f"/v4/{each.path}": {"post": _operation(each)} for each in commands},
        "components": {
            "parameters": _parameters(),
            "schemas": {**_envelope(), **schemas.components(codes.structs(), SCHEMAS)},
        },
    }


def write() -> str:
    """Return the document as text."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _operation(command: Command) -> dict[str, Any]:
    return {
        "tags": [command.service.name],
        "operationId": f"{command.service.name}.{command.name}",
        "summary": command.summary.replace("``", ""),
        "description": prose(inspect.getdoc(command.handler)),
        "parameters": [{"$ref": PARAMETERS + name} for name in _parameters()],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schemas.reference(command.request), "example": command.example.request}
            },
        },
        "responses": {
            "200": {
                "description": "The answer, a success or a failure.",
                "content": {"application/json": {"schema": {"oneOf": [_success(command), _failure(command)]}}},
            }
        },
    }


def _success(command: Command) -> dict[str, Any]:
    envelope = {"$ref": f"{SCHEMAS}Success"}
    if command.reply is None:
        return envelope
    reply = schemas.reference(command.reply)
    if command.service.payload_under_response:
        return {"allOf": [envelope], "properties": {"Response": reply}, "required": ["Response"]}
    return {"allOf": [envelope, reply]}


def _failure(command: Command) -> dict[str, Any]:
    own = _codes(command.every_code)
    return {
        "allOf": [{"$ref": f"{SCHEMAS}Failure"}],
        "properties": {"ErrorCode": {"anyOf": [own, {"$ref": f"{SCHEMAS}GatewayCode"}]}},
    }


def _codes(found: Sequence[ErrorCode]) -> dict[str, Any]:
    return {
        "enum": [code.number for code in found],
        "description": "\n".join(f"- {code.number}: {code.meaning}" for code in found),
    }


def _envelope() -> dict[str, Any]:
    request_id = {"type": "string", "pattern": "^Id-[0-9a-f]{32}-O-Seq-[0-9]+$"}
    required = ["ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"]
    return {
        "Success": {
            "type": "object",
            "description": "The envelope of a success.",
            "properties": {
                "ActionStatus": {"const": "OK"},
                "ErrorCode": {"const": 0},
                "ErrorInfo": {"const": ""},
                "RequestId": request_id,
            },
            "required": required,
        },
        "Failure": {
            "type": "object",
            "description": "A failure: the envelope and nothing else.",
            "properties": {
                "ActionStatus": {"const": "FAIL"},
                "ErrorCode": {"type": "integer", "not": {"const": 0}},
                "ErrorInfo": {"type": "string", "minLength": 1},
                "RequestId": request_id,
            },
            "required": required,
            "additionalProperties": False,
        },
        "GatewayCode": _codes((*codes.GATEWAY, *codes.SIGNATURE)),
    }


def _parameters() -> dict[str, Any]:
    shapes: dict[str, tuple[bool, dict[str, Any]]] = {
        "sdkappid": (True, {"type": "integer", "minimum": 1}),
        "identifier": (True, {"type": "string", "minLength": 1, "maxLength": 32}),
        "usersig": (True, {"type": "string", "minLength": 1}),
        "random": (False, {"type": "integer", "minimum": 0, "maximum": 2**32 - 1}),
        "contenttype": (False, {"type": "string", "const": "json"}),
    }
    return {
        name: {
            "name": name,
            "in": "query",
            "required": required,
            "description": glossary.PARAMETERS[name],
            "schema": schema,
        }
        for name, (required, schema) in shapes.items()
    }
