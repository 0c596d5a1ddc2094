"""Rows of ``accounts``: the user ids that an application imported."""

from typing import Final

import msgspec

from conclave.store.engine import Statement, Transaction


class Account(msgspec.Struct, frozen=True, gc=False):
    """An imported user id; ``kicked_at_s`` is the second of its last kick, 0 for never [G14b]."""

    account: str
    nick: str
    face_url: str
    imported_at: int
    kicked_at_s: int


_COLUMNS: Final = ", ".join(Account.__struct_fields__)
_FIND = Statement(f"SELECT {_COLUMNS} FROM accounts WHERE sdkappid = $1 AND account = $2")
_INSERT = Statement(
    f"INSERT INTO accounts (sdkappid, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, 0) "
    "ON CONFLICT (sdkappid, account) DO NOTHING"
)
_SET_PROFILE = Statement("UPDATE accounts SET nick = $3, face_url = $4 WHERE sdkappid = $1 AND account = $2")
_LOCK = Statement(f"{_FIND} FOR UPDATE")
_HOLD = Statement(f"{_FIND} FOR SHARE")
_KICK = Statement("UPDATE accounts SET kicked_at_s = $3 WHERE sdkappid = $1 AND account = $2")
_DELETE = Statement("DELETE FROM accounts WHERE sdkappid = $1 AND account = $2")


def _key(sdkappid: int, account: str) -> tuple[str, int, str]:
    return "account", sdkappid, account


async def find(tx: Transaction, sdkappid: int, account: str) -> Account | None:
    """Read an account; the result is shared, and frozen."""
    known: Account | None = tx.recall(_key(sdkappid, account))
    if known is None:
        row = await tx.one(_FIND, sdkappid, account)
        known = None if row is None else Account(*row)
        tx.remember(_key(sdkappid, account), known)
    return known


async def exists(tx: Transaction, sdkappid: int, account: str) -> bool:
    """Tell whether the account is imported."""
    return await find(tx, sdkappid, account) is not None


async def insert(tx: Transaction, sdkappid: int, account: str, nick: str = "", face_url: str = "") -> bool:
    """Import an account; return whether it is new."""
    if tx.recall(_key(sdkappid, account)) is not None:
        return False
    return await tx.run(_INSERT, sdkappid, account, nick, face_url, tx.now) > 0


async def lock(tx: Transaction, sdkappid: int, account: str) -> Account | None:
    """Read an account and keep others from changing it, and from holding it, until the transaction ends.

    Before any room is locked: that is the order in which all do it. Never after ``hold``.
    """
    return await _locked(tx, _LOCK, sdkappid, account)


async def hold(tx: Transaction, sdkappid: int, account: str) -> Account | None:
    """Read an account and keep others from changing or deleting it until the transaction ends; several may hold it.

    Before any room is locked: that is the order in which all do it.
    """
    return await _locked(tx, _HOLD, sdkappid, account)


async def _locked(tx: Transaction, statement: Statement, sdkappid: int, account: str) -> Account | None:
    row = await tx.one(statement, sdkappid, account)
    known = None if row is None else Account(*row)
    tx.remember(_key(sdkappid, account), known)
    return known


async def set_profile(tx: Transaction, sdkappid: int, account: str, nick: str, face_url: str) -> None:
    """Write nickname and picture."""
    tx.remember(_key(sdkappid, account), None)
    await tx.run(_SET_PROFILE, sdkappid, account, nick, face_url)


async def kick(tx: Transaction, sdkappid: int, account: str, second: int) -> None:
    """Write the second up to which UserSigs are refused at login [G14b]."""
    tx.remember(_key(sdkappid, account), None)
    await tx.run(_KICK, sdkappid, account, second)


async def delete(tx: Transaction, sdkappid: int, account: str) -> None:
    """Delete an account's row."""
    tx.remember(_key(sdkappid, account), None)
    await tx.run(_DELETE, sdkappid, account)
