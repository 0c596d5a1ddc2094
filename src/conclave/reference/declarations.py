"""What every declaration must say for itself, so that the pages have something to tell."""

from collections.abc import Iterator

import msgspec

from conclave.api.registry import Command
from conclave.domain.facts import KINDS
from conclave.errors import CATALOGUE, Refusal
from conclave.metrics import METRICS
from conclave.reference import callbacks, cli, codes, errors, glossary, members, settings, shapes


def complaints() -> Iterator[str]:
    """Yield a sentence for each declaration that leaves something unsaid."""
    for command in codes.commands():
        yield from _of_command(command)
    for kind in KINDS.values():
        if not kind.__doc__ or kind.__doc__.startswith(f"{kind.__name__}("):
            yield f"event {kind.__name__}: has no docstring"
    for number, code in CATALOGUE.items():
        if number and not errors.answered_by(code):
            yield f"code {number}: is in the catalogue, but nobody declares to answer it"
    yield from (f"code {number}: belongs to no section of the page of codes" for number in errors.unplaced())
    yield from (f"metric {meter.name}: has no help text" for meter in METRICS.values() if not meter.help)
    yield from (f"setting {name}: has no description" for name in settings.undescribed())
    yield from (f"command line, {name}: has no help text" for name in cli.undocumented())
    yield from members.complaints()
    yield from callbacks.complaints()
    yield from _of_fields()


def _of_fields() -> Iterator[str]:
    explained: set[str | None] = set()
    for struct in (*codes.structs(), *KINDS.values(), *members.structs()):
        for field in shapes.fields(struct):
            explained.add(glossary.word(field))
            if glossary.meaning(field) is None:
                yield f"glossary: {field.owner.__name__}.{field.name} is not explained"
    for word in sorted(glossary.WORDS.keys() - explained):
        yield f"glossary: {word} explains no field"


def _of_command(command: Command) -> Iterator[str]:
    if not command.summary:
        yield f"{command.path}: has no docstring"
    if not (command.document.isdigit() or command.document == "ours"):
        yield f"{command.path}: its document is neither a number nor ours"
    if not command.example.request and any(field.required for field in shapes.fields(command.request)):
        yield f"{command.path}: has no example"
    try:
        command.decode(msgspec.json.encode(command.example.request))
    except Refusal as refusal:
        yield f"{command.path}: its example is refused: {refusal.info}"
    if command.example.reply is not None and command.reply is not None:
        try:
            msgspec.convert(command.example.reply, command.reply)
        except msgspec.ValidationError as error:
            yield f"{command.path}: the reply of its example is none: {error}"
