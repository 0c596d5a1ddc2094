"""Two nodes under load: whatever happens to one of them, what was acknowledged is there, in order, and told of once."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import invariants
from tests.backend import CREATE, DESTROY, UPDATE, Backend
from tests.load import Audience, Changing, Load, names_told
from tests.nodes import DUTIES, Pair, hand_over, until_late
from tests.receiver import Receiver
from tests.test_callback_losses import complete, drained

pytestmark = pytest.mark.postgresql
HOUR_S = 3600
SETTINGS = "rates = {default = 0}\nempty_room_ttl = 60"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path, toml=SETTINGS, heartbeat_silence=3600) as two:
        yield two


def listening(two: Pair, receiver: Receiver) -> Backend:
    backend = Backend(two.b, two.b.caller(), receiver)
    backend.listen(CREATE, UPDATE, DESTROY)
    return backend


def settle(two: Pair, load: Load, backend: Backend) -> None:
    """Compare what the load was told with the log, the tables, and the callbacks that came."""
    load.check(two.database)
    invariants.check(two.database, two.b.caller().ok("conclave/set_clock", {})["Time"])
    drained(two.b, backend)
    complete(two.b, backend.got(), is_handed_over=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_acknowledged_is_lost_when_a_node_that_carries_load_ends(
    two: Pair, receiver: Receiver, how: signal.Signals
) -> None:
    """Its backends go on at the other one. A node that is stopped answers all that it has begun."""
    a, b = two.a.caller, two.b.caller
    backend = listening(two, receiver)
    on_a = [Changing(f"a{number}", a(), b()) for number in range(3)]
    with Load(*on_a, *(Changing(f"b{number}", b()) for number in range(2))) as load:
        load.goes_on()
        two.a.signal(how)
        assert two.a.process is not None
        assert two.a.process.wait(15) == (0 if how is signal.SIGTERM else -how)
        load.goes_on()
        until_late(lambda: all(map(two.b.holds, DUTIES)))
        load.goes_on()
    settle(two, load, backend)
    unanswered = {name for each in on_a for name in each.unanswered}
    assert len(unanswered) == len(on_a)
    if how is signal.SIGTERM:
        begun = {name for each in on_a for name in names_told(two.database, each.room_id)}
        assert not begun & unanswered


def test_the_clocks_of_nodes_that_change_the_same_rooms_may_differ_by_an_hour(two: Pair, receiver: Receiver) -> None:
    """Meanwhile the duties move from one to the other, and with them the clock by which rooms end."""
    a, b = two.a.caller, two.b.caller
    b().advance(HOUR_S)
    backend = listening(two, receiver)
    now = a().ok("conclave/set_clock", {})["Time"] // 1000
    a().create_room("ends", ScheduleStartTime=now - HOUR_S, ScheduleEndTime=now + HOUR_S // 2)
    rooms = [Changing(f"room{number}", a(), b(), in_turn=True) for number in range(4)]
    audiences = [Audience(two, two.a, *rooms[:2]), Audience(two, two.b, *rooms[2:])]
    with Load(*rooms) as load:
        load.goes_on()
        assert two.a.holds("clock")
        assert a().room("ends")["RoomId"] == "ends"
        for owner in (two.b, two.a, two.b):
            hand_over(two, "clock", owner)
            load.goes_on()
    for audience in audiences:
        audience.check()
    settle(two, load, backend)
    ((ended, kind),) = two.database.query("SELECT at, kind FROM events WHERE room_id = 'ends' AND seq = 2")
    assert kind == "RoomDestroyed"
    assert ended >= (now + HOUR_S) * 1000
    for room in rooms:  # the clock that is behind takes nothing back [R29]
        times = two.database.query("SELECT at FROM events WHERE room_id = ? ORDER BY seq", room.room_id)
        assert times == sorted(times)
        assert times[0][0] < (now + HOUR_S) * 1000 < times[-1][0]
