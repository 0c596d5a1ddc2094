"""Statements stay prepared on their connection, for as long as they mean the same."""

import asyncio
from typing import Final

import pytest

from conclave.clock import SystemClock
from conclave.store.postgres import schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from conclave.store.statements import Statement
from tests.postgres import cluster

pytestmark = pytest.mark.postgresql
ONE_WRITES: Final = PoolLimits(5)
MAKE: Final = Statement("CREATE TABLE notes (number BIGINT NOT NULL)")
WIDEN: Final = Statement("ALTER TABLE notes ALTER number TYPE TEXT USING number::text")
ADD: Final = Statement("INSERT INTO notes (number) VALUES (1) RETURNING number")
READ: Final = Statement("SELECT number FROM notes")


def test_a_statement_is_prepared_anew_when_its_table_has_changed() -> None:
    async def main() -> None:
        url = cluster().new_database()
        await schema.migrate(url, 0)
        engine = PostgresEngine(url, SystemClock(), ONE_WRITES)
        await engine.open()
        try:
            await engine.write(lambda tx: tx.all(MAKE))
            assert await engine.write(lambda tx: tx.one(ADD)) == (1,)
            assert await engine.read(lambda tx: tx.all(READ)) == [(1,)]
            await engine.write(lambda tx: tx.all(WIDEN))
            assert await engine.read(lambda tx: tx.all(READ)) == [("1",)]
            async with asyncio.timeout(5):
                assert await engine.write(lambda tx: tx.one(ADD)) == ("1",)
        finally:
            await engine.close()

    asyncio.run(main())
