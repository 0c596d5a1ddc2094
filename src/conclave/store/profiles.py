"""Members with the profiles of their accounts, in one statement each."""

from typing import Final

import msgspec

from conclave.store.members import Member
from conclave.store.statements import Row, Statement, Transaction


class Profiled(msgspec.Struct, frozen=True):
    """A member, with the nickname and the picture of the account; both are ``""`` where nothing is known."""

    member: Member
    nick: str
    face_url: str


_MEMBER: Final = ", ".join(f"m.{name}" for name in Member.__struct_fields__)
_COLUMNS: Final = f"{_MEMBER}, COALESCE(a.nick, ''), COALESCE(a.face_url, '')"
_ACCOUNT: Final = "LEFT JOIN accounts a ON a.sdkappid = m.sdkappid AND a.account = m.account"
_PAGE = Statement(
    f"SELECT {_COLUMNS} FROM members m {_ACCOUNT} "
    "WHERE m.sdkappid = $1 AND m.group_key = $2 AND m.entry > $3 ORDER BY m.entry LIMIT $4"
)
_SEATED = Statement(
    f"SELECT {_COLUMNS} FROM seats s JOIN members m "
    f"ON m.sdkappid = s.sdkappid AND m.group_key = s.room_key AND m.account = s.account {_ACCOUNT} "
    "WHERE s.sdkappid = $1 AND s.room_key = $2 AND s.account <> '' ORDER BY s.seat_index"
)


def _profiled(row: Row) -> Profiled:
    *member, nick, face_url = row
    return Profiled(Member(*member), nick, face_url)


async def page(tx: Transaction, sdkappid: int, key: int, after: int, limit: int) -> list[Profiled]:
    """Read up to ``limit`` members in the order of entry, after the place ``after``."""
    return [_profiled(row) for row in await tx.all(_PAGE, sdkappid, key, after, limit)]


async def seated(tx: Transaction, sdkappid: int, room_key: int) -> list[Profiled]:
    """Read whoever sits on the room's seats; the application's ceiling of seats bounds their number."""
    return [_profiled(row) for row in await tx.all(_SEATED, sdkappid, room_key)]
