"""What is done after a commit, on either engine."""

import asyncio
from pathlib import Path

from conclave.store.statements import Transaction
from tests.engines import adding, opened_either


def test_a_fault_after_the_commit_stops_neither_the_others_nor_the_answer_nor_what_comes_next(tmp_path: Path) -> None:
    done: list[str] = []

    def broken() -> None:
        raise OSError("gone")

    async def faulty(tx: Transaction) -> int:
        tx.on_commit(broken)
        tx.on_commit(lambda: done.append("callback"))
        return await adding("faulty")(tx)

    async def main() -> None:
        async with opened_either(tmp_path) as engine:
            engine.subscribe(broken)
            engine.subscribe(lambda: done.append("woken"))
            async with asyncio.timeout(10):
                assert await engine.write(faulty) == 1
                assert done[:2] == ["callback", "woken"]
                assert await engine.write(adding("next")) == 2

    asyncio.run(main())
