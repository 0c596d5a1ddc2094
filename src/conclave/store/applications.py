"""Rows of ``applications`` and ``application_keys``."""

from conclave.store.statements import Statement, Transaction

_VERSION = Statement("SELECT version FROM application_changes WHERE id = 1")
_LOCK_CHANGES = Statement(f"{_VERSION} FOR UPDATE")
_LOCK = Statement("SELECT 1 FROM applications WHERE sdkappid = $1 FOR UPDATE")
_CHANGED = Statement("UPDATE application_changes SET version = version + 1 WHERE id = 1")
_EVERY = Statement("SELECT sdkappid, settings FROM applications ORDER BY sdkappid")
_KEYS = Statement("SELECT sdkappid, secret, valid_until FROM application_keys ORDER BY created_at, secret")
_KEYS_OF = Statement("SELECT secret, valid_until FROM application_keys WHERE sdkappid = $1 ORDER BY created_at, secret")
_FIND = Statement("SELECT settings, owned FROM applications WHERE sdkappid = $1")
_SAVE = Statement(
    "INSERT INTO applications (sdkappid, settings, owned, created_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (sdkappid) DO UPDATE SET settings = excluded.settings, owned = excluded.owned"
)
_ADD_KEY = Statement(
    "INSERT INTO application_keys (sdkappid, secret, created_at, valid_until) VALUES ($1, $2, $3, 0) "
    "ON CONFLICT (sdkappid, secret) DO UPDATE SET valid_until = 0"
)
_RETIRE_KEYS = Statement(
    "UPDATE application_keys SET valid_until = $3 WHERE sdkappid = $1 AND secret <> $2 AND valid_until = 0"
)


async def version(tx: Transaction) -> int:
    """Return a number that grows with every change to applications or keys."""
    row = await tx.one(_VERSION)
    assert row is not None
    return int(row[0])


async def lock_changes(tx: Transaction) -> None:
    """Keep others from changing any application until the transaction ends; comes before every look at the old one."""
    await tx.one(_LOCK_CHANGES)


async def lock(tx: Transaction, sdkappid: int) -> None:
    """Keep others from doing what one transaction of the application may do at a time."""
    await tx.one(_LOCK, sdkappid)


async def every(tx: Transaction) -> list[tuple[int, str]]:
    """Return ``(sdkappid, settings)`` of all applications, the settings as JSON."""
    return [(row[0], row[1]) for row in await tx.all(_EVERY)]


async def keys(tx: Transaction) -> list[tuple[int, str, int]]:
    """Return ``(sdkappid, secret, valid_until)`` of all keys, the oldest first."""
    return [(row[0], row[1], row[2]) for row in await tx.all(_KEYS)]


async def keys_of(tx: Transaction, sdkappid: int) -> list[tuple[str, int]]:
    """Return ``(secret, valid_until)`` of an application's keys, the oldest first."""
    return [(row[0], row[1]) for row in await tx.all(_KEYS_OF, sdkappid)]


async def find(tx: Transaction, sdkappid: int) -> tuple[str, str] | None:
    """Return settings and owned fields of an application, both as JSON."""
    row = await tx.one(_FIND, sdkappid)
    return None if row is None else (row[0], row[1])


async def save(tx: Transaction, sdkappid: int, settings: str, owned: str) -> None:
    """Write an application's settings and owned fields, both as JSON."""
    await tx.run(_SAVE, sdkappid, settings, owned, tx.now)
    await tx.run(_CHANGED)


async def set_key(tx: Transaction, sdkappid: int, secret: str, overlap_ms: int) -> None:
    """Make ``secret`` the key in force; the one before stays valid for the overlap."""
    await tx.run(_ADD_KEY, sdkappid, secret, tx.now)
    await tx.run(_RETIRE_KEYS, sdkappid, secret, tx.now + overlap_ms)
    await tx.run(_CHANGED)
