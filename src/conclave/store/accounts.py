"""Rows of ``accounts``: the user ids that an application imported."""

from collections.abc import Sequence
from typing import Final

import msgspec

from conclave.store.many import Many, alone
from conclave.store.statements import Statement, Transaction


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
_INSERT_MANY = Many(
    f"INSERT INTO accounts (sdkappid, {_COLUMNS}) VALUES [each] ON CONFLICT (sdkappid, account) DO NOTHING",
    "($1, ?, '', '', $2, 0)",
    first=3,
)
_SET_PROFILE = Statement("UPDATE accounts SET nick = $3, face_url = $4 WHERE sdkappid = $1 AND account = $2")
_LOCK = Statement(f"{_FIND} FOR UPDATE")
_AMONG: Final = f"SELECT {_COLUMNS} FROM accounts WHERE sdkappid = $1 AND account IN ([each])"
_FIND_MANY = Many(_AMONG, first=2)
# In an order that all keep: no two transactions wait for each other.
_LOCK_MANY = Many(f"{_AMONG} ORDER BY account FOR UPDATE", first=2)
_HOLD_MANY = Many(f"{_AMONG} ORDER BY account FOR SHARE", first=2)
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


async def among(tx: Transaction, sdkappid: int, accounts: Sequence[str]) -> dict[str, Account]:
    """Read those of the accounts that are imported; the results are shared, and frozen."""
    recalled = {account: tx.recall(_key(sdkappid, account)) for account in accounts}
    unknown = [account for account, known in recalled.items() if known is None]
    found = await _read(tx, _FIND_MANY, sdkappid, unknown)
    return {account: known for account, known in recalled.items() if known is not None} | found


async def _read(tx: Transaction, many: Many, sdkappid: int, accounts: Sequence[str]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for statement, listed in many.over(alone(accounts)):
        for row in await tx.all(statement, sdkappid, *listed):
            known = found[row[0]] = Account(*row)
            tx.remember(_key(sdkappid, known.account), known)
    return found


async def exists(tx: Transaction, sdkappid: int, account: str) -> bool:
    """Tell whether the account is imported."""
    return await find(tx, sdkappid, account) is not None


async def insert(tx: Transaction, sdkappid: int, account: str, nick: str = "", face_url: str = "") -> bool:
    """Import an account; return whether it is new."""
    if tx.recall(_key(sdkappid, account)) is not None:
        return False
    return await tx.run(_INSERT, sdkappid, account, nick, face_url, tx.now) > 0


async def insert_many(tx: Transaction, sdkappid: int, accounts: Sequence[str]) -> None:
    """Import accounts without a profile; those that are imported stay as they are."""
    unknown = [account for account in sorted(accounts) if tx.recall(_key(sdkappid, account)) is None]
    for statement, listed in _INSERT_MANY.over(alone(unknown)):
        await tx.run(statement, sdkappid, tx.now, *listed)


async def lock(tx: Transaction, sdkappid: int, account: str) -> Account | None:
    """Read an account and keep others from changing it, and from holding it, until the transaction ends.

    Before any room is locked: that is the order in which all do it. Never after ``hold``.
    """
    row = await tx.one(_LOCK, sdkappid, account)
    known = None if row is None else Account(*row)
    tx.remember(_key(sdkappid, account), known)
    return known


async def lock_many(tx: Transaction, sdkappid: int, accounts: Sequence[str]) -> dict[str, Account]:
    """Do what ``lock`` does for several accounts; return those that are imported."""
    return await _read(tx, _LOCK_MANY, sdkappid, sorted(accounts))


async def hold(tx: Transaction, sdkappid: int, *accounts: str) -> dict[str, Account]:
    """Read accounts and keep others from changing or deleting them until the transaction ends; several may hold one.

    Before any room is locked: that is the order in which all do it. Returns those that are imported.
    """
    return await _read(tx, _HOLD_MANY, sdkappid, sorted(set(accounts)))


async def set_profile(tx: Transaction, sdkappid: int, known: Account, nick: str, face_url: str) -> None:
    """Write nickname and picture of a locked account."""
    tx.remember(_key(sdkappid, known.account), msgspec.structs.replace(known, nick=nick, face_url=face_url))
    await tx.run(_SET_PROFILE, sdkappid, known.account, nick, face_url)


async def kick(tx: Transaction, sdkappid: int, account: str, second: int) -> None:
    """Write the second up to which UserSigs are refused at login [G14b]."""
    tx.remember(_key(sdkappid, account), None)
    await tx.run(_KICK, sdkappid, account, second)


async def delete(tx: Transaction, sdkappid: int, account: str) -> None:
    """Delete an account's row."""
    tx.remember(_key(sdkappid, account), None)
    await tx.run(_DELETE, sdkappid, account)
