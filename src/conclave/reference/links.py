"""Links: every relative link in Markdown must lead to a file, and its fragment to a heading, of the repository."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_INLINE_CODE: Final = re.compile(r"`[^`\n]*`")
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_PLACES: Final = ("*.md", "docs/**/*.md")


def complaints(root: Path) -> Iterator[str]:
    """Yield a sentence for each relative link that leads nowhere."""
    known: dict[Path, frozenset[str]] = {}
    for file in sorted(file for pattern in _PLACES for file in root.glob(pattern)):
        for target in _LINK.findall(_without_code(file.read_text(encoding="utf-8"))):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, fragment = target.partition("#")
            linked = (file.parent / path).resolve() if path else file
            where = f"{file.relative_to(root)}: link to {target}"
            if not linked.exists():
                yield f"{where}: there is no such file"
            elif fragment and linked.suffix == ".md":
                if linked not in known:
                    known[linked] = _headings(linked)
                if fragment not in known[linked]:
                    yield f"{where}: there is no such heading"


def _without_code(text: str) -> str:
    return _INLINE_CODE.sub("", _FENCE.sub("", text))


def _headings(file: Path) -> frozenset[str]:
    """Return the fragments of a page's headings, as web pages of repositories make them."""
    text = _FENCE.sub("", file.read_text(encoding="utf-8"))
    return frozenset(_fragment(heading) for heading in _HEADING.findall(text))


def _fragment(heading: str) -> str:
    kept = "".join(letter for letter in heading.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")
