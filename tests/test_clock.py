"""The clock that may be moved and frozen, for whoever looks again and again by it."""

import asyncio

from conclave.clock import AdjustableClock, rest

LOOK_S = 60.0


def test_a_clock_that_was_moved_during_a_look_and_stands_still_holds_up_no_further_one() -> None:
    async def main() -> None:
        clock = AdjustableClock()
        clock.freeze(True)
        since_ns = clock.monotonic_ns()
        clock.advance(LOOK_S)  # as if while it looked
        await asyncio.wait_for(rest(clock, since_ns, LOOK_S), 10)

    asyncio.run(main())


def test_whoever_rests_waits_for_what_is_left_of_his_time() -> None:
    async def main() -> None:
        clock = AdjustableClock()
        clock.freeze(True)
        since_ns = clock.monotonic_ns()
        clock.advance(LOOK_S - 1)
        resting = asyncio.ensure_future(rest(clock, since_ns, LOOK_S))
        await asyncio.sleep(0)
        clock.advance(0.9)
        await asyncio.sleep(0)
        assert not resting.done()
        clock.advance(0.1)
        await asyncio.wait_for(resting, 10)

    asyncio.run(main())
