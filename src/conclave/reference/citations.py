"""Citations: ``[R13]`` in source and documentation must name a decision that exists, ``docs/….md`` a page that does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DECISIONS: Final = Path("docs/contract/decisions.md")
_DEFINED: Final = re.compile(r"^#### ([GRSMC]\d{1,2}[a-z]?)$", re.MULTILINE)
_CITED: Final = re.compile(r"(?:\[|\bdecisions? )([GRSMC]\d{1,2}[a-z]?)\b")
# A citation of something that a reader of the repository does not have.
_ELSEWHERE: Final = re.compile(r"\[(DESIGN \d+|ours)\]")
_PAGE: Final = re.compile(r"\bdocs/[\w./-]+\.(?:md|json)\b")
_PLACES: Final = ("src/**/*.py", "src/**/*.sql", "tests/**/*.py", "bench/**/*.py", "docs/**/*.md", "*.md")


def defined(root: Path) -> list[str]:
    """Return the numbers that the page of decisions defines, in its order."""
    page = root / DECISIONS
    return _DEFINED.findall(page.read_text(encoding="utf-8")) if page.exists() else []


def complaints(root: Path) -> Iterator[str]:
    """Yield a sentence for each citation that leads nowhere, and for each number that is defined twice.

    ``root`` is the folder of the repository.
    """
    numbers = defined(root)
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield f"{DECISIONS}: {number} is defined twice"
    for file in sorted(file for pattern in _PLACES for file in root.glob(pattern)):
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{file.relative_to(root)}:{line}"
            yield from (f"{where}: {sentence}" for sentence in _of_line(text, frozenset(numbers)))
            for page in _PAGE.findall(text):
                if not (root / page).exists():
                    yield f"{where}: names {page}, which does not exist"


def _of_line(text: str, known: frozenset[str]) -> Iterator[str]:
    for number in _CITED.findall(text):
        if number not in known:
            yield f"cites decision {number}, which does not exist"
    for name in _ELSEWHERE.findall(text):
        yield f"cites [{name}], which a reader does not have"
