"""Order within a room id, gap-free numbers, and that nobody waits for another's failure."""

import time
from collections import defaultdict
from collections.abc import Iterable
from random import Random

import httpx

from tests import backend as to
from tests.backend import Backend, Backends
from tests.house import ROOMS, Caller, Server
from tests.receiver import Receiver, Told

TIMEOUT_S = 2.0


def destroy(backend: Backend, room_id: str) -> None:
    backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": room_id})


def rooms_of(told: Iterable[Told]) -> dict[str, list[Told]]:
    found = defaultdict(list)
    for each in told:
        found[each.room_id].append(each)
    return found


def in_order(told: Iterable[Told]) -> None:
    """Expect every room's callbacks once, in order, numbered from 1 on."""
    for room_id, of_room in rooms_of(told).items():
        assert [each.number for each in of_room] == list(range(1, len(of_room) + 1)), room_id
        times = [each.body["EventTime"] for each in of_room]
        assert times == sorted(times)  # [R29]


def test_each_room_is_told_in_order_and_numbered_without_a_gap(backend: Backend) -> None:
    backend.listen()
    rnd = Random(5)
    names: dict[str, list[str]] = defaultdict(list)
    for n in range(30):
        backend.caller.create_room(f"room-{n}", RoomName="0")
        names[f"room-{n}"].append("0")
    for n in range(1, 200):
        room_id = f"room-{rnd.randrange(30)}"
        backend.rename(str(n), room_id=room_id)
        names[room_id].append(str(n))
    told = backend.got(229)
    in_order(told)
    assert {room: [each.name for each in of_room] for room, of_room in rooms_of(told).items()} == names


def test_two_lives_of_a_room_id_are_one_order(backend: Backend) -> None:
    backend.listen()
    for life in range(4):
        backend.caller.create_room(RoomName=str(life))
        backend.rename(f"{life}, later")
        destroy(backend, "room-1")
    told = backend.told(*[to.CREATE, to.UPDATE, to.DESTROY] * 4)
    in_order(told)
    assert len({each.id for each in told}) == 12


def test_the_next_of_a_room_waits_for_the_answer_to_the_one_before(backend: Backend) -> None:
    backend.listen()
    backend.rule("slow", seconds=1.5, room="slow", times=2)
    backend.caller.create_room("slow")
    for n in range(2):
        backend.rename(str(n), room_id="slow")
    backend.caller.create_room("other")
    told = backend.got(4)
    slow = rooms_of(told)["slow"]
    assert slow[1].at - slow[0].at > 1.4
    assert slow[2].at - slow[1].at > 1.4
    assert rooms_of(told)["other"][0].at < slow[1].at


def test_a_refused_callback_holds_back_its_room_alone(
    clocked_house: Server, clocked: Caller, receiver: Receiver
) -> None:
    backend = Backend(clocked_house, clocked, receiver)
    backend.listen()
    backend.rule("answer", status=400, room="blocked", times=2)
    backend.caller.create_room("blocked")
    backend.rename("1", "2", room_id="blocked")
    for n in range(5):
        backend.caller.create_room(f"free-{n}")
        backend.rename("1", room_id=f"free-{n}")
    assert len(rooms_of(backend.got(11))["blocked"]) == 1
    for refusals, seconds in ((1, 5.6), (2, 33.1)):
        backend.until(lambda _, refusals=refusals: backend.rows()[0]["refusals"] == refusals)  # type: ignore[misc]
        backend.caller.advance(seconds)
    blocked = rooms_of(backend.got(15))["blocked"]
    assert [each.number for each in blocked] == [1, 1, 1, 2, 3]
    assert len({each.id for each in blocked[:3]}) == 1
    assert len({each.text for each in blocked[:3]}) == 1
    backend.until_quiet()
    assert set(backend.states()) == {"delivered"}


def test_two_applications_with_the_same_room_ids_have_nothing_to_do_with_each_other(
    backend: Backend, new_backend: Backends
) -> None:
    other = new_backend()
    other.rule("answer", status=400)
    for each in (backend, other):
        each.listen()
    for n in range(10):
        other.caller.create_room(f"room-{n}")
        backend.caller.create_room(f"room-{n}")
        backend.rename("1", room_id=f"room-{n}")
    told = backend.got(20)
    in_order(told)
    assert {each.parameters[0][1] for each in told} == {str(backend.caller.sdkappid)}
    assert {each.parameters[0][1] for each in other.got(10)} == {str(other.caller.sdkappid)}
    assert not {each.id for each in told} & {each.id for each in other.got()}


def test_a_dead_endpoint_delays_no_other_application(backend: Backend, new_backend: Backends) -> None:
    slow = new_backend()
    slow.rule("slow", seconds=1.8)  # never paused: it keeps busy all that it is given
    slow.listen()
    nobody = new_backend()
    port = nobody.receiver.listen()
    nobody.receiver.deafen(port)
    nobody.listen(url=nobody.receiver.url(port=port))
    backend.listen()
    for n in range(40):
        for each in (slow, nobody):
            each.caller.create_room(f"room-{n}")
    slow.got(16)
    started = time.monotonic()
    for n in range(10):
        backend.caller.create_room(f"room-{n}")
        backend.got(n + 1)
    assert time.monotonic() - started < 5 * TIMEOUT_S, "they waited for somebody's time-out"


def test_parallel_is_the_applications_own_limit(new_backend: Backends) -> None:
    backend = new_backend()
    backend.listen()
    backend.rule("slow", seconds=1.5)
    for n in range(40):
        backend.caller.create_room(f"room-{n}")
    told = backend.got(40)
    at = [each.at for each in told]
    assert at[15] - at[0] < 1.4  # sixteen at a time
    assert all(at[n + 16] - at[n] > 1.4 for n in range(24))


def test_a_read_made_after_a_callback_never_contradicts_it(backend: Backend) -> None:
    backend.listen()
    address = httpx.URL(f"{backend.server.url}/v4/{ROOMS}/get_room_info", params=backend.caller.parameters())
    backend.rule("answer", read=str(address))
    for n in range(20):
        backend.caller.create_room(f"room-{n}", RoomName="0")
    for n in range(1, 8):
        for room in range(20):
            backend.rename(str(n), room_id=f"room-{room}")
    for n in range(20):
        destroy(backend, f"room-{n}")
    for told in backend.got(180):
        if told.command == to.DESTROY:
            assert told.read["ErrorCode"] == 100004
        elif told.read["ErrorCode"]:
            assert told.read["ErrorCode"] == 100004  # it has ended meanwhile
        else:
            assert int(told.read["Response"]["RoomInfo"]["RoomName"]) >= int(told.name)
