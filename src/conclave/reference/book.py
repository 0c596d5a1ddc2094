"""All generated files: which there are, and whether those on the disk are up to date."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from conclave.reference import (
    asyncapi,
    callbacks,
    cli,
    codes,
    commands,
    errors,
    events,
    members,
    metrics,
    openapi,
    settings,
)


def pages() -> dict[str, Callable[[], str]]:
    """Return what writes each generated file, by its path in the repository."""
    return {
        "docs/asyncapi.json": asyncapi.write,
        "docs/openapi.json": openapi.write,
        "docs/reference/callbacks.md": callbacks.write,
        "docs/reference/cli.md": cli.write,
        "docs/reference/commands.md": commands.index,
        **{f"docs/reference/commands/{name}.md": partial(commands.of_service, name) for name in codes.services()},
        "docs/reference/errors.md": errors.write,
        "docs/reference/events.md": events.write,
        "docs/reference/members.md": members.write,
        "docs/reference/metrics.md": metrics.write,
        "docs/reference/settings.md": settings.write,
    }


def write(root: Path) -> list[str]:
    """Write every file that is not up to date; return their paths."""
    written = []
    for path, content in pages().items():
        file, text = root / path, content()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(path)
    return written


def complaints(root: Path) -> Iterator[str]:
    """Yield a sentence for each file that is missing or stale, or that nothing writes any more."""
    expected = pages()
    for path, content in expected.items():
        file = root / path
        if not file.exists():
            yield f"{path}: is missing; run `make docs`"
        elif file.read_text(encoding="utf-8") != content():
            yield f"{path}: is stale; run `make docs`"
    for file in sorted((root / "docs/reference").glob("**/*.md")):
        path = file.relative_to(root).as_posix()
        if path not in expected:
            yield f"{path}: nothing writes this page any more; delete it"
