"""``docs/reference/members.md``: the member protocol."""

from collections.abc import Iterator

from conclave.errors import ErrorCode


def write() -> str:
    return "# Members\n"


def answered_by(code: ErrorCode) -> Iterator[str]:
    yield from ()


def complaints() -> Iterator[str]:
    yield from ()
