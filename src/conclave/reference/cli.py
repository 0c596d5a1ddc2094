"""``docs/reference/cli.md``: the command line, as Typer knows it."""

from collections.abc import Iterator
from typing import Any

import typer

from conclave.cli import cli
from conclave.reference.markdown import cite, code, page, prose, table

PROGRAM = "conclave"

INTRODUCTION = """
`conclave COMMAND --help` tells the same. Where an option repeats a setting, the setting's default and meaning stand in
[settings.md](settings.md).
"""


def write() -> str:
    """Return the page."""
    blocks = [block for path, command in commands() for block in _command(path, command)]
    return cite(page("Command line", INTRODUCTION, *blocks), 1)


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, with its full name."""
    yield from _walk(PROGRAM, typer.main.get_command(cli))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    nested = getattr(command, "commands", None)
    if nested is None:
        if not command.hidden:
            yield path, command
        return
    for name, each in nested.items():
        yield from _walk(f"{path} {name}", each)


def _command(path: str, command: Any) -> list[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join([path, *(["[OPTIONS]"] if options else []), *(_placeholder(each) for each in arguments)])
    rows = [[f"`{_placeholder(each)}`", each.help or "", _default(each)] for each in arguments]
    rows += [[f"`{_flags(each)}`", each.help or "", _default(each)] for each in options]
    return [
        f"## {path}",
        f"```\n{usage}\n```",
        prose(command.help),
        table(["argument or option", "meaning", "default"], rows) if rows else "",
    ]


def _placeholder(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required else f"[{name}]"


def _flags(option: Any) -> str:
    return " / ".join([", ".join(option.opts), *([", ".join(option.secondary_opts)] if option.secondary_opts else [])])


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if default in (None, "") or callable(default) or (default is False and not parameter.secondary_opts):
        return "—"
    return code(default if isinstance(default, bool | int | float | str | list) else str(default))


def undocumented() -> list[str]:
    """Return the commands without a help text, and the arguments and options without one that are no settings."""
    from conclave.settings import ServerSettings

    return [path for path, command in commands() if not command.help] + [
        f"{path} {_flags(each)}"
        for path, command in commands()
        for each in command.params
        if not each.help and each.name not in ServerSettings.__struct_fields__
    ]
