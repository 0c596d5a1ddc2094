"""Who answers which code."""

from collections.abc import Iterator
from typing import Final

import msgspec

from conclave import errors
from conclave.api.registry import SERVICES, Command, load
from conclave.errors import CATALOGUE, ErrorCode

# Any command may answer these, before its own rules are asked [G1] [G20].
GATEWAY: Final = tuple(code for number, code in CATALOGUE.items() if 60_000 <= number < 61_000)
SIGNATURE: Final = (
    errors.USERSIG_EXPIRED,
    errors.USERSIG_MALFORMED,
    errors.USERSIG_FORGED,
    errors.USERSIG_OTHER_IDENTIFIER,
    errors.USERSIG_OTHER_APPLICATION,
    errors.TOO_MANY_FAILURES,
)


def commands(service: str | None = None) -> list[Command]:
    """Return the declared commands, each once, in the order of their declaration."""
    found = {command.path: command for command in load().values()}  # aliases stand for the same declaration
    return [command for command in found.values() if service in (None, command.service.name)]


def structs() -> list[type[msgspec.Struct]]:
    """Return the requests and replies of all commands."""
    return [struct for each in commands() for struct in (each.request, each.reply) if struct is not None]


def services() -> list[str]:
    """Return the service names, those of conferences first, our own last."""
    load()
    order = ("room_engine", "room_config", "im_open", "group_open")
    rank = {name: next((place for place, start in enumerate(order) if name.startswith(start)), 99) for name in SERVICES}
    return sorted(SERVICES, key=lambda name: (rank[name], name != "room_engine_http_srv", name))


def answered_by(code: ErrorCode) -> Iterator[str]:
    """Yield who answers a code, as links: commands, or a service where nearly every command does."""
    for service in services():
        every = commands(service)
        paths = [command.path for command in every if code in command.every_code]
        others = [command.path for command in every if command.path not in paths]
        if paths and len(others) <= len(paths) // 4:
            but = f" but {', '.join(map(command_link, others))}" if others else ""
            yield f"every command of [{service}](commands/{service}.md){but}"
        else:
            yield from map(command_link, paths)


def command_link(path: str) -> str:
    """Return a link to a command's section, from a page in ``docs/reference``."""
    service, _, name = path.partition("/")
    return f"[{name}](commands/{service}.md#{name})"
