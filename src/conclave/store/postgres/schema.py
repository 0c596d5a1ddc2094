"""The schema on PostgreSQL: the shared migrations, and before them what only PostgreSQL needs.

Every process that starts comes by here, one after the other, under an advisory lock.

Whoever waits for a table's lock holds up everybody who comes after him, also those whom its holder would let pass. So a
migration waits for one as long as a call can bear, gives up, lets the others through, and tries again.
"""

from typing import Final

import asyncpg
import msgspec

from conclave.clock import pause
from conclave.store import dialects, migrations
from conclave.store.failures import StoreError
from conclave.store.postgres.address import Connection, Failure, connect, described, shown

LOCK: Final = 0x434E_0001
"""The advisory lock of whoever migrates."""
SPACE: Final = 0x434E
"""The upper sixteen bits of the keys of those locks that say where somebody is about to write in the log."""

_PREPARATION: Final = (
    "CREATE SEQUENCE group_keys",
    # Its last value is the last position that was drawn; 0 before the first.
    "CREATE SEQUENCE event_positions MINVALUE 0 START 0",
    "SELECT nextval('event_positions')",
    f"""CREATE FUNCTION next_position() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $body$
    BEGIN
        IF COALESCE(current_setting('conclave.draws', true), '') = '' THEN
            PERFORM pg_advisory_xact_lock_shared(({SPACE}::bigint << 48) | (SELECT last_value FROM event_positions));
            PERFORM set_config('conclave.draws', 'yes', true);
        END IF;
        RETURN nextval('event_positions');
    END $body$""",
    f"""CREATE FUNCTION settled_position() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $body$
    DECLARE
        drawn bigint;
        held bigint;
    BEGIN
        SELECT last_value INTO drawn FROM event_positions;
        SELECT MIN(((classid::bigint & 65535) << 32) | objid::bigint) INTO held FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = {SPACE}
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
        RETURN LEAST(drawn, held);
    END $body$""",
)
_MADE = (
    "CREATE TABLE IF NOT EXISTS schema_migrations "
    "(version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"
)


LOCK_SECONDS: Final = 2
"""For which a statement waits for a lock, and others behind it; a call may take three."""
_HELD_UP: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


class Patience(msgspec.Struct, frozen=True):
    """How often a migration that waits for a lock is begun, and the seconds between; by default three minutes."""

    attempts: int = 25
    pause_seconds: float = 5.0


PATIENCE: Final = Patience()


async def migrate(url: str, now_ms: int, patience: Patience = PATIENCE) -> int:
    """Bring the schema up to this version, in one transaction; return how many migrations were applied.

    Raises ``StoreError`` when the database is away, newer than this program, or was migrated by other texts; or when
    others have held its tables for too long.
    """
    connection = await connect(url, statement_timeout="0", lock_timeout="0")
    try:
        encoding = await connection.fetchval("SHOW server_encoding")
        if encoding != "UTF8":
            raise StoreError(f"{shown(url)} has the encoding {encoding}; create it with ENCODING 'UTF8'")
        for attempt in range(patience.attempts):
            await pause(patience.pause_seconds if attempt else 0)
            try:
                async with connection.transaction():
                    return await _migrate(connection, shown(url), now_ms)
            except _HELD_UP as error:
                trouble = described(error)
        raise StoreError(
            f"{shown(url)} cannot be migrated: others held its tables at {patience.attempts} attempts ({trouble}); "
            "nothing was changed; try again when what holds them has ended, as pg_dump"
        )
    except Failure as error:
        raise StoreError(f"{shown(url)} cannot be migrated: {described(error)}") from error
    finally:
        connection.terminate()


async def _migrate(connection: Connection, name: str, now_ms: int) -> int:
    await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    await connection.execute(_MADE)
    missing = migrations.missing(name, await applied(connection))
    if missing and missing[0].version == 1:
        for statement in _PREPARATION:
            await connection.execute(statement)
    for migration in missing:
        for statement in migration.statements():
            await connection.execute(dialects.postgres_schema(statement))
        row = (migration.version, migration.name, migration.checksum, now_ms)
        await connection.execute("INSERT INTO schema_migrations VALUES ($1, $2, $3, $4)", *row)
    return len(missing)


async def applied(connection: Connection) -> dict[int, tuple[str, str]]:
    """Return the migrations that were applied: ``{version: (name, checksum)}``."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return {}
    rows = await connection.fetch("SELECT version, name, checksum FROM schema_migrations")
    return {version: (name, checksum) for version, name, checksum in rows}
