"""Small pieces of Markdown."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

NOTICE: Final = (
    "<!-- Written by `make docs` from the declarations in the source. Change those; `make check` compares. -->"
)
WIDTH: Final = 100
_CITED: Final = re.compile(r"\[([GRSMC]\d{1,2}[a-z]?)\](?!\()")


def page(title: str, *blocks: str) -> str:
    """Return a generated page: title, notice, and blocks that are set apart by empty lines."""
    return "\n\n".join([f"# {title}", NOTICE, *(block.strip("\n") for block in blocks if block)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; bars inside cells are escaped."""
    lines = [_row(head), "|" + " --- |" * len(head)]
    lines += [_row([cell.replace("|", "\\|").replace("\n", " ") for cell in row]) for row in rows]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def code(value: Any) -> str:
    """Return ``value`` as JSON in backticks."""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def json_block(value: Any) -> str:
    """Return ``value`` as a JSON block; what fits into a line stands on one."""
    return f"```json\n{_laid_out(value, 0)}\n```"


def _laid_out(value: Any, indent: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + len(line) <= WIDTH:
        return line
    inner = indent + 2
    names = value if isinstance(value, dict) else [None] * len(value)
    values = value.values() if isinstance(value, dict) else value
    heads = ["" if name is None else f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
    parts = [f"{' ' * inner}{head}{_laid_out(each, inner)}" for head, each in zip(heads, values, strict=True)]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n" + ",\n".join(parts) + f"\n{' ' * indent}{last}"


def prose(docstring: str | None) -> str:
    """Return a docstring as Markdown: dedented, ``code`` in single backticks."""
    lines = [line.strip() for line in (docstring or "").strip().splitlines()]
    return "\n".join(lines).replace("``", "`")


def cite(text: str, depth: int) -> str:
    """Turn ``[R13]`` into a link to the decision, from a page ``depth`` folders below ``docs``."""
    up = "../" * depth
    return _CITED.sub(lambda found: f"[{found[1]}]({up}contract/decisions.md#{found[1].lower()})", text)
