"""``docs/reference/errors.md``: the whole catalogue, and who answers each code."""

from collections.abc import Callable
from typing import Final

from conclave.errors import CATALOGUE, ErrorCode
from conclave.reference import codes, members
from conclave.reference.markdown import cite, page, table

INTRODUCTION = """
`ErrorCode` is what a caller compares with; `ErrorInfo` is one short sentence for people, which names the field or the
object and the rule that it broke [G12]. Four codes carry words that clients in the field search for, and keep them:
60010 says `admin account`, 100003 and 100010 say `already exists`, 100203 and 100210 say `already on`, 100004 says
`not exist`.
"""

GATEWAY = """
Any command may answer these, before its own rules are asked; the order stands in
[gateway.md](../contract/gateway.md) [G1]. 60005, 60014 and 60019 are never used [G20].
"""

SECTIONS: Final[tuple[tuple[str, str, Callable[[int], bool]], ...]] = (
    ("The gateway", GATEWAY, lambda number: 60_000 <= number < 61_000),
    ("UserSig", "See [usersig.md](../contract/usersig.md).", lambda number: 70_001 <= number < 70_100),
    ("Accounts", "", lambda number: 70_100 <= number < 80_000 or 40_000 <= number < 50_000),
    ("Chat groups", "", lambda number: 10_000 <= number < 20_000),
    ("Rooms", "", lambda number: number >= 100_000),
    ("Members' connections only", "Never answered over REST [M10].", lambda number: number < 10_000),
)


def write() -> str:
    """Return the page."""
    blocks = [INTRODUCTION]
    for title, said, belongs in SECTIONS:
        found = [code for number, code in sorted(CATALOGUE.items()) if number and belongs(number)]
        rows = [[str(code.number), code.meaning, code.document, "; ".join(answered_by(code))] for code in found]
        blocks += [f"## {title}", said, table(["code", "meaning", "document", "answered by"], rows)]
    return cite(page("Error codes", *blocks), 1)


def answered_by(code: ErrorCode) -> list[str]:
    """Return who answers a code, as links."""
    if code in codes.GATEWAY or code in codes.SIGNATURE:
        return ["any command", *members.answered_by(code)]
    return [*codes.answered_by(code), *members.answered_by(code)]


def unplaced() -> list[int]:
    """Return the codes that no section takes, or more than one does."""
    return [number for number in CATALOGUE if number and sum(section[2](number) for section in SECTIONS) != 1]
