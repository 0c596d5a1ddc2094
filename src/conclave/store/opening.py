"""Which engine it is: the one place that chooses, by where the database of a data folder is."""

from typing import TypeVar

from conclave.clock import Clock
from conclave.folder import DataFolder
from conclave.store import alone, nodes, sqlite_file
from conclave.store.engine import Engine, Operation, Wire
from conclave.store.sqlite import SqliteEngine
from conclave.store.writer import WriterLimits

T = TypeVar("T")


async def open_engine(
    folder: DataFolder, clock: Clock, queue: int, connections: int, wire: Wire | None = None
) -> Engine:
    """Bring the schema up to this version and open the engine; raises ``StoreError``.

    ``wire`` tells the other nodes of a PostgreSQL database what is new.
    """
    await migrate(folder, clock)
    if folder.url:
        from conclave.store.postgres.engine import PoolLimits, PostgresEngine

        engine = PostgresEngine(folder.url, clock, PoolLimits(connections, queue), wire)
        await engine.open()
        return engine
    embedded = SqliteEngine(folder.database, clock, WriterLimits(queue=queue))
    await embedded.write(lambda tx: nodes.begin_alone(tx, embedded.node))
    return embedded


async def migrate(folder: DataFolder, clock: Clock) -> int:
    """Bring the schema up to this version; return how many migrations were applied, and raise ``StoreError``."""
    if folder.url:
        from conclave.store.postgres import schema

        return await schema.migrate(folder.url, clock.now_ms())
    connection = sqlite_file.connect(folder.database)
    try:
        return sqlite_file.migrate(connection, folder.database, clock.now_ms())
    finally:
        connection.close()


def shown(folder: DataFolder) -> str:
    """Return for people where the database is, without a password."""
    if folder.url:
        from conclave.store.postgres import address

        return address.shown(folder.url)
    return str(folder.database)


def run_alone(folder: DataFolder, clock: Clock, operation: Operation[T]) -> T:
    """Run one operation, whether a server runs or not; raises as ``alone.run`` does."""
    if folder.url:
        from conclave.store.postgres import alone as beside

        return beside.run(folder.url, clock, operation)
    return alone.run(folder.database, clock.now_ms(), operation)


def read_alone(folder: DataFolder, clock: Clock, operation: Operation[T]) -> T:
    """Run one operation that changes nothing, beside whoever writes; raises as ``alone.run`` does."""
    if folder.url:
        from conclave.store.postgres import alone as beside

        return beside.read(folder.url, clock, operation)
    return alone.read(folder.database, clock.now_ms(), operation)
