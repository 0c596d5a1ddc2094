"""``docs/reference/commands.md`` and one page per service: everything that a command's declaration says."""

import inspect

from conclave.api.registry import Command, Example
from conclave.reference import codes, glossary, shapes
from conclave.reference.markdown import cite, code, json_block, page, prose, table

REQUEST_ID = "Id-0123456789abcdef0123456789abcdef-O-Seq-1001"

INTRODUCTION = """
Every call is `POST /v4/{service}/{command}?sdkappid=…&identifier=…&usersig=…&random=…&contenttype=json` with a JSON
object as its body. What the gateway checks before a command is asked, and the envelope around every answer, stand in
[gateway.md](../contract/gateway.md); the rules that the commands share stand in [rooms.md](../contract/rooms.md).
"""

CONVENTIONS = """
- A field that is absent and one that is `null` are the same; fields that are not listed are ignored [G9].
- Lengths are bytes of UTF-8. Times are Unix seconds. A number as a string, or 0 for `false`, is refused [G10].
- `room-1` and the accounts in the examples are invented; a test sends every example as it stands.
- The number after *document* is that of the public page of the API; *ours* is what Conclave adds.
"""


def index() -> str:
    """Return the page that lists all commands."""
    blocks = [INTRODUCTION, "## Conventions", CONVENTIONS]
    for service in codes.services():
        declared = codes.commands(service)
        rows = [[codes.command_link(each.path), prose(each.summary), _rate(each)] for each in declared]
        summary = declared[0].service.summary
        blocks += [f"## {service}", summary, table(["command", "does", "calls per second"], rows)]
    return cite(page("Commands", *blocks), 1)


def of_service(service: str) -> str:
    """Return the page of one service."""
    declared = codes.commands(service)
    blocks = [
        f"{declared[0].service.summary} The conventions stand in [commands.md](../commands.md).",
        *(block for each in declared for block in _command(each)),
    ]
    return cite(page(service, *blocks), 2)


def _rate(command: Command) -> str:
    return str(command.rate) if command.rate else "no limit"


def _command(command: Command) -> list[str]:
    document = "ours" if command.document == "ours" else f"document {command.document}"
    aliases = f" · also answers as `{'`, `'.join(command.aliases)}`" if command.aliases else ""
    return [
        f"## {command.name}",
        f"`POST /v4/{command.path}` · {document} · {_rate(command)} calls per second{aliases}",
        prose(inspect.getdoc(command.handler)),
        *_request(command),
        *_reply(command),
        *_codes(command),
    ]


def _request(command: Command) -> list[str]:
    rows = [
        [
            f"`{field.path}`",
            field.kind,
            "yes" if field.required else "no",
            shapes.ABSENT if field.required or field.default is None else code(field.default),
            field.limits or shapes.ABSENT,
            glossary.meaning(field) or "",
        ]
        for field in shapes.fields(command.request)
    ]
    head = ["field", "type", "required", "default", "limits", "meaning"]
    fields = [*_notes(command.request), table(head, rows)] if rows else ["No fields: the body is `{}`."]
    return ["### Request", *fields, json_block(command.example.request)]


def _reply(command: Command) -> list[str]:
    if command.reply is None:
        return ["### Reply", "The envelope, and nothing else."]
    where = "Under `Response`:" if command.service.payload_under_response else "Beside the fields of the envelope:"
    rows = [[f"`{field.path}`", field.kind, glossary.meaning(field) or ""] for field in shapes.fields(command.reply)]
    return ["### Reply", *_notes(command.reply), where, table(["field", "type", "meaning"], rows), *_sample(command)]


def _notes(struct: type) -> list[str]:
    """Return what a struct's docstring says beyond "Request of this command."."""
    said = prose(inspect.getdoc(struct))
    for opening in ("Request of ", "Reply of "):
        if said.startswith(opening):
            _, mark, rest = min((said.partition(mark) for mark in (";", ":", ".")), key=lambda parts: len(parts[0]))
            said = rest.strip() if mark else ""
    return [said[0].upper() + said[1:]] if said and not said.startswith("`") else [said] if said else []


def _sample(command: Command) -> list[str]:
    example: Example = command.example
    if example.reply is None:
        return []
    envelope = {"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "", "RequestId": REQUEST_ID}
    payload = {"Response": example.reply} if command.service.payload_under_response else example.reply
    return [json_block({**envelope, **payload})]


def _codes(command: Command) -> list[str]:
    rows = [[str(each.number), each.meaning] for each in command.every_code]
    others = "Any command may also answer the [codes of the gateway](../errors.md#the-gateway)."
    return ["### Codes", table(["code", "meaning"], rows), others]
