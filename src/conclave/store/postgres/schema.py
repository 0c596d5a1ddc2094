"""The schema on PostgreSQL: the shared migrations, and before them what only PostgreSQL needs.

Every process that starts comes by here, one after the other, under an advisory lock.
"""

from typing import Final

from conclave.store import dialects, migrations
from conclave.store.engine import StoreError
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


async def migrate(url: str, now_ms: int) -> int:
    """Bring the schema up to this version, in one transaction; return how many migrations were applied.

    Raises ``StoreError`` when the database is away, newer than this program, or was migrated by other texts.
    """
    connection = await connect(url, statement_timeout="0", lock_timeout="0")
    try:
        encoding = await connection.fetchval("SHOW server_encoding")
        if encoding != "UTF8":
            raise StoreError(f"{shown(url)} has the encoding {encoding}; create it with ENCODING 'UTF8'")
        async with connection.transaction():
            return await _migrate(connection, shown(url), now_ms)
    except Failure as error:
        raise StoreError(f"{shown(url)} cannot be migrated: {described(error)}") from error
    finally:
        connection.terminate()


async def _migrate(connection: Connection, name: str, now_ms: int) -> int:
    await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
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
