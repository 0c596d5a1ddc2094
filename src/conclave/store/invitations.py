"""Rows of ``invitations``: who was asked into a meeting, and what became of it."""

from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction

# TUIInvitationStatus.
NO_STATUS, PENDING, TIMED_OUT, ACCEPTED, REJECTED = range(5)


class Invitation(msgspec.Struct, gc=False):
    """The latest invitation of an account; ``place`` is in the order in which they were sent.

    ``expires_at`` is in milliseconds, 0 when it never does, or is not pending any more.
    """

    invitee: str
    inviter: str
    place: int
    status: int
    extension: str
    expires_at: int


_COLUMNS: Final = ", ".join(Invitation.__struct_fields__)
_FIND = Statement(f"SELECT {_COLUMNS} FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND invitee = $3")
_PENDING = Statement(
    f"SELECT {_COLUMNS} FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND status = {PENDING} ORDER BY place"
)
_OLDEST = Statement(
    f"SELECT {_COLUMNS} FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND status = {PENDING} "
    "AND (expires_at = 0 OR expires_at > $3) ORDER BY place LIMIT $4"
)
_OLDEST_OF = Statement(
    f"SELECT {_COLUMNS} FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND inviter = $3 "
    f"AND status = {PENDING} AND (expires_at = 0 OR expires_at > $4) ORDER BY place LIMIT $5"
)
_ROOMS_OF_INVITEE = Statement(
    "SELECT room_key FROM invitations WHERE sdkappid = $1 AND invitee = $2 "
    f"AND room_key > $3 AND status = {PENDING} ORDER BY room_key LIMIT $4"
)
_ROOMS_OF_INVITER = Statement(
    "SELECT DISTINCT room_key FROM invitations WHERE sdkappid = $1 AND inviter = $2 "
    f"AND room_key > $3 AND status = {PENDING} ORDER BY room_key LIMIT $4"
)
_PAGE = Statement(
    f"SELECT {_COLUMNS} FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND place > $3 ORDER BY place LIMIT $4"
)
_SAVE = Statement(
    f"INSERT INTO invitations (sdkappid, room_key, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (sdkappid, room_key, invitee) DO UPDATE SET inviter = excluded.inviter, place = excluded.place, "
    "status = excluded.status, extension = excluded.extension, expires_at = excluded.expires_at"
)
_DELETE = Statement("DELETE FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND invitee = $3")
_PRUNE = Statement(
    "DELETE FROM invitations WHERE sdkappid = $1 AND room_key = $2 AND place <= (SELECT place FROM invitations "
    f"WHERE sdkappid = $1 AND room_key = $2 AND status <> {PENDING} ORDER BY place DESC LIMIT 1 OFFSET $3) "
    f"AND status <> {PENDING}"
)


async def find(tx: Transaction, sdkappid: int, room_key: int, invitee: str) -> Invitation | None:
    """Read the latest invitation of an account, pending or not."""
    row = await tx.one(_FIND, sdkappid, room_key, invitee)
    return None if row is None else Invitation(*row)


async def pending(tx: Transaction, sdkappid: int, room_key: int) -> list[Invitation]:
    """Read the invitations that are pending, in the order in which they were sent; the domain bounds their number."""
    return [Invitation(*row) for row in await tx.all(_PENDING, sdkappid, room_key)]


async def oldest(tx: Transaction, sdkappid: int, room_key: int, limit: int) -> list[Invitation]:
    """Read the first of those that are pending and not late, in the order in which they were sent."""
    return [Invitation(*row) for row in await tx.all(_OLDEST, sdkappid, room_key, tx.now, limit)]


async def oldest_of(tx: Transaction, sdkappid: int, room_key: int, inviter: str, limit: int) -> list[Invitation]:
    """Read the first of those that an account sent, that are pending and not late, in their order."""
    return [Invitation(*row) for row in await tx.all(_OLDEST_OF, sdkappid, room_key, inviter, tx.now, limit)]


async def rooms_of(tx: Transaction, sdkappid: int, account: str, after: int, limit: int) -> list[int]:
    """Return the keys of rooms where invitations to an account, or of one, are pending, in order, after a key."""
    found = [
        int(key)
        for statement in (_ROOMS_OF_INVITEE, _ROOMS_OF_INVITER)
        for (key,) in await tx.all(statement, sdkappid, account, after, limit)
    ]
    return sorted(set(found))[:limit]


async def page(tx: Transaction, sdkappid: int, room_key: int, after: int, limit: int) -> list[Invitation]:
    """Read up to ``limit`` invitations, pending or not, after the place ``after``."""
    return [Invitation(*row) for row in await tx.all(_PAGE, sdkappid, room_key, after, limit)]


async def save(tx: Transaction, sdkappid: int, room_key: int, invitation: Invitation) -> None:
    """Write an invitation in the place of the account's earlier one."""
    await tx.run(_SAVE, sdkappid, room_key, *msgspec.structs.astuple(invitation))


async def delete(tx: Transaction, sdkappid: int, room_key: int, invitee: str) -> None:
    """Delete the invitation of an account."""
    await tx.run(_DELETE, sdkappid, room_key, invitee)


async def prune(tx: Transaction, sdkappid: int, room_key: int, kept: int) -> None:
    """Delete all but the latest ``kept`` of those that are not pending any more."""
    await tx.run(_PRUNE, sdkappid, room_key, kept)
