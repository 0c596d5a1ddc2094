"""Rows of ``callback_endpoints``: how sending to an application's endpoint goes, and what it is owed."""

from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction

BY_FAILURES: Final = "failures"
BY_OPERATOR: Final = "operator"


class Health(msgspec.Struct, gc=False):
    """How sending to an endpoint goes; all zero and empty while nothing fails."""

    failures: int = 0
    paused: str = ""
    paused_at: int = 0
    probes: int = 0
    probe_at: int = 0
    suspect: str = ""
    reason: str = ""
    not_before: int = 0


class Endpoint(Health, gc=False):
    """Where an application's callbacks go stands in its settings; this is how that goes."""

    sdkappid: int = 0
    version: int = 0
    watched: str = "{}"
    watched_version: int = 0
    waiting: int = 0
    delivered: int = 0
    dead: int = 0

    @property
    def health(self) -> Health:
        """What attempts change beside the numbers of callbacks."""
        return Health(*(getattr(self, name) for name in Health.__struct_fields__))

    @health.setter
    def health(self, health: Health) -> None:
        for name in Health.__struct_fields__:
            setattr(self, name, getattr(health, name))

    @property
    def next_at(self) -> int:
        """Nothing is sent before this moment: Retry-After asked for it, or it is that of the next probe."""
        return max(self.not_before, self.probe_at)

    def begin_anew(self) -> None:
        """Forget what failed, and any pause."""
        self.health = Health()


_ENDPOINT: Final = ", ".join(Endpoint.__struct_fields__)

OPEN: Final = (
    "waiting > 0 AND watched_version = version AND not_before <= $1 "
    f"AND (paused = '' OR paused = '{BY_FAILURES}' AND (probe_at <= $1 OR suspect <> ''))"
)
"""An endpoint may be sent something at ``$1``: it is owed something, its configuration has been read, it is time, and
it is not paused, or may be probed."""

_FIND_OPEN = Statement(f"SELECT {_ENDPOINT} FROM callback_endpoints WHERE sdkappid = $2 AND {OPEN}")
_FIND = Statement(f"SELECT {_ENDPOINT} FROM callback_endpoints WHERE sdkappid = $1")
_LOCK = Statement(f"{_FIND} FOR UPDATE")
_NEW_VERSION = Statement(
    "INSERT INTO callback_endpoints (sdkappid, version) VALUES ($1, 1) "
    "ON CONFLICT (sdkappid) DO UPDATE SET version = callback_endpoints.version + 1 RETURNING version"
)
_WATCH = Statement("UPDATE callback_endpoints SET watched = $2, watched_version = $3 WHERE sdkappid = $1")
_COUNT = Statement(
    "UPDATE callback_endpoints SET waiting = waiting + $2, delivered = delivered + $3, dead = dead + $4 "
    "WHERE sdkappid = $1"
)
_HEALTH: Final = ", ".join(f"{name} = ${n}" for n, name in enumerate(Health.__struct_fields__, 2))
_SET_HEALTH = Statement(f"UPDATE callback_endpoints SET {_HEALTH} WHERE sdkappid = $1")


async def find(tx: Transaction, sdkappid: int) -> Endpoint | None:
    """Return how the endpoint of an application is; ``None`` when it never had one."""
    row = await tx.one(_FIND, sdkappid)
    return None if row is None else Endpoint(*row)


async def lock(tx: Transaction, sdkappid: int) -> Endpoint | None:
    """Return how the endpoint of an application is, and keep others from changing it until the transaction ends.

    Whoever changes the queue of an application begins with this: so nobody waits for anybody crosswise.
    """
    row = await tx.one(_LOCK, sdkappid)
    return None if row is None else Endpoint(*row)


async def find_open(tx: Transaction, sdkappid: int) -> Endpoint | None:
    """Return how the endpoint of an application is, if it may be sent something now."""
    row = await tx.one(_FIND_OPEN, tx.now, sdkappid)
    return None if row is None else Endpoint(*row)


async def new_version(tx: Transaction, sdkappid: int) -> int:
    """Number a change of what is listened to."""
    row = await tx.one(_NEW_VERSION, sdkappid)
    assert row is not None
    return int(row[0])


async def watch(tx: Transaction, sdkappid: int, watched: str, version: int) -> None:
    """Write what is listened to where the reader of the log stands, as JSON."""
    await tx.run(_WATCH, sdkappid, watched, version)


async def count(tx: Transaction, sdkappid: int, waiting: int = 0, delivered: int = 0, dead: int = 0) -> None:
    """Add to the numbers of callbacks in each state."""
    await tx.run(_COUNT, sdkappid, waiting, delivered, dead)


async def set_health(tx: Transaction, endpoint: Endpoint) -> None:
    """Write the failures, the pause and what belongs to them."""
    await tx.run(_SET_HEALTH, endpoint.sdkappid, *msgspec.structs.astuple(endpoint.health))
