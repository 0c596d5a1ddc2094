"""``docs/reference/callbacks.md``: every callback, its keys, and an example made by the code that makes real ones."""

import json
from collections.abc import Iterator
from typing import Any, Final

from conclave.callbacks import bodies
from conclave.domain.callbacks import CALLBACKS, Callback
from conclave.reference import examples_of_facts, glossary
from conclave.reference.markdown import cite, json_block, page, table
from conclave.reference.words_of_callbacks import BODIES

INTRODUCTION = """
What the application's backend can be told. How it is told, how to verify it and what happens when it does not answer
stands in [the contract](../contract/callbacks.md). Only what is listed in the configuration is sent
([room_config](commands/room_config.md)); a backend that lists the original ones only never sees the others.
"""
OURS = """
Extensions in the same style. They are sent to whoever lists them.
"""
_KINDS: Final = {str: "String", bool: "Boolean", int: "Integer", dict: "Object"}


def write() -> str:
    """Return the page."""
    examples = dict(_examples())
    documented = [each for each in CALLBACKS.values() if each.document != "ours"]
    ours = [each for each in CALLBACKS.values() if each.document == "ours"]
    blocks = ["## Of the original API", *(block for each in documented for block in _section(each, examples))]
    blocks += ["## Ours", OURS, *(block for each in ours for block in _section(each, examples))]
    return cite(page("Callbacks", INTRODUCTION, *blocks), 1)


def _section(callback: Callback, examples: dict[str, list[tuple[str, dict[str, Any]]]]) -> list[str]:
    told = examples[callback.command]
    page_of = "ours" if callback.document == "ours" else f"document {callback.document}"
    raised = ", ".join(f"[{kind}](events.md#{kind.lower()})" for kind, _ in told)
    body = max((body for _, body in told), key=lambda each: len(json.dumps(each)))
    rows = [[f"`{path}`", kind, meaning(callback.command, path) or ""] for path, kind in keys(body)]
    return [
        f"### {callback.command}",
        f"{callback.summary[0].upper()}{callback.summary[1:]} ({page_of}). Raised by {raised}.",
        table(["key", "type", "meaning"], rows),
        json_block(body),
    ]


def _examples() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """Yield each callback with the facts that raise it, and its body for the example of each."""
    rendered = [
        (command, row.kind, json.loads(body))
        for row in examples_of_facts.rows()
        for command, body in bodies.render(row, frozenset(CALLBACKS), "Conference")
    ]
    for command in CALLBACKS:
        yield command, [(kind, body) for raised, kind, body in rendered if raised == command]


def keys(body: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the type of each key of a body, nested ones behind the one that they stand in."""
    for name, value in body.items():
        path = f"{prefix}{name}"
        if isinstance(value, list):
            yield path, f"Array of {_KINDS[type(value[0])]}"
            if isinstance(value[0], dict):
                yield from keys(value[0], f"{path}[].")
        else:
            yield path, _KINDS[type(value)]
            if isinstance(value, dict):
                yield from keys(value, f"{path}.")


def meaning(command: str, path: str) -> str | None:
    """Return what a key of a body means, or ``None`` when nobody said it."""
    name = path.replace("[]", "").rpartition(".")[2]
    word = _word(command, name)
    return BODIES[word] if word else glossary.WORDS.get(name)


def _word(command: str, name: str) -> str | None:
    return next((each for each in (f"{command}.{name}", name) if each in BODIES), None)


def complaints() -> Iterator[str]:
    """Yield a sentence for each callback without an example, each key without a meaning, each word without a key."""
    used = set()
    for command, told in _examples():
        if not told:
            yield f"callback {command}: no example of a fact raises it"
        for path, _ in (key for _, body in told for key in keys(body)):
            used.add(_word(command, path.replace("[]", "").rpartition(".")[2]))
            if not meaning(command, path):
                yield f"callback {command}: {path} is not explained"
    for word in sorted(BODIES.keys() - used):
        yield f"words of callbacks: {word} explains no key"
