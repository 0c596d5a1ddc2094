"""How PostgreSQL serves a page over two tables: both begin at its place, also where it merges them."""

import asyncio
import re

import pytest

from conclave.store import listing
from conclave.store.postgres import schema
from conclave.store.statements import Statement
from tests.postgres import cluster

pytestmark = pytest.mark.postgresql
# What it chooses for tables with many rows; these are empty.
LARGE = "SET plan_cache_mode = force_generic_plan; SET enable_nestloop = off; SET enable_hashjoin = off"


def plan(statement: Statement) -> str:
    url = cluster().new_database()
    asyncio.run(schema.migrate(url, 0))
    values = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement.postgres)))
    sql = f"{LARGE}; PREPARE page AS {statement.postgres}; EXPLAIN EXECUTE page({values})"
    return cluster().execute(sql, url.rpartition("/")[2])


@pytest.mark.parametrize("statement", [listing._ROOMS, listing._IDS_WITH_ROOMS, listing._OWNED])
def test_both_tables_of_a_page_begin_at_its_place(statement: Statement) -> None:
    lines = plan(statement)
    assert "Merge" in lines
    conditions = re.findall(r"^ +(?:Index Cond|Filter): (.*)", lines, re.MULTILINE)
    assert len(conditions) >= 2
    assert all(re.search(r"(room|group)_key > \$2", condition) for condition in conditions), lines
