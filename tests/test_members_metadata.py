"""Metadata of a room: texts by their keys, which administrators write and everybody inside reads."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.assembly import Assembly, assembly
from tests.backend import Backend
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.member import Frame, Join

__all__ = ["assembly"]
SET, DELETE, GET = "setRoomMetadataByAdmin", "deleteRoomMetadataByAdmin", "getRoomMetadata"
KIB = 1024


def changed(key: str, value: str | None, operator: str) -> Frame:
    event = {"event": "onRoomMetadataChanged", "key": key, "operator": operator}
    return {**event, "value": value or "", "isDeleted": value is None}


def test_each_key_that_changes_is_told(assembly: Assembly, log: EventLog) -> None:
    log.new()
    assembly.owner.call(SET, metadata={"topic": "budget", "colour": "red"})
    assert assembly.told() == [changed("topic", "budget", "owner"), changed("colour", "red", "owner")]
    assembly.admin.call(SET, metadata={"topic": "taxes", "colour": "red", "empty": ""})
    assert assembly.told() == [changed("topic", "taxes", "admin"), changed("empty", "", "admin")]
    assembly.admin.call(SET, metadata={"topic": "taxes"})
    assembly.admin.call(SET, metadata={})
    assert assembly.told() == []
    log.told("MetadataChanged", "MetadataChanged")
    for each in (assembly.owner, assembly.admin, assembly.ann):
        assert each.call(GET) == {"metadata": {"colour": "red", "empty": "", "topic": "taxes"}}


def test_keys_may_be_chosen(assembly: Assembly) -> None:
    assert assembly.ann.call(GET, keys=["topic"]) == {"metadata": {}}
    assembly.owner.call(SET, metadata={"topic": "budget", "colour": "red"})
    assert assembly.ann.call(GET, keys=["topic", "nothing"]) == {"metadata": {"topic": "budget"}}
    assert assembly.ann.call(GET, keys=[]) == {"metadata": {"topic": "budget", "colour": "red"}}


def test_a_deletion_is_told(assembly: Assembly) -> None:
    assembly.owner.refused(100503, DELETE, keys=["topic"])
    assembly.owner.call(SET, metadata={"topic": "budget", "colour": "red", "size": "9"})
    assembly.told()
    assembly.admin.call(DELETE, keys=["nothing", "topic", "colour", "topic"])
    assert assembly.told() == [changed("topic", None, "admin"), changed("colour", None, "admin")]
    for keys in (["topic"], []):
        assembly.owner.refused(100503, DELETE, keys=keys)
    assert assembly.ann.call(GET) == {"metadata": {"size": "9"}}
    assert assembly.told() == []


def test_the_snapshot_has_it_all(assembly: Assembly) -> None:
    assert assembly.outsider.enter()["metadata"] == {}
    assembly.owner.call(SET, metadata={"topic": "budget"})
    assert assembly.outsider.enter()["metadata"] == {"topic": "budget"}
    assert assembly.ann.call("getRoomSnapshot")["metadata"] == {"topic": "budget"}


def full(keys: int, size: int) -> dict[str, str]:
    return {f"key-{n}": "x" * size for n in range(keys)}


@pytest.mark.parametrize(
    ("stored", "written", "code"),
    [
        ({}, full(11, 1), 100500),
        (full(10, 1), {"another": "x"}, 100500),
        ({}, {"k" * 51: "x"}, 100504),
        ({}, {"é" * 26: "x"}, 100504),
        ({}, {"": "x"}, 100504),
        ({}, {"key": "x" * (2 * KIB + 1)}, 100501),
        ({}, {"key": "é" * (KIB + 1)}, 100501),
        (full(7, 2 * KIB), {"key-7": "x" * (2 * KIB - 8 * len("key-n") + 1)}, 100502),
        ({}, {"key": 7}, -1001),
        ({}, {"key": "\0"}, -1001),
        ({}, {"\0": "value"}, -1001),
        ({}, ["key"], -1001),
    ],
)
def test_what_is_too_much_is_refused(assembly: Assembly, stored: dict[str, str], written: Any, code: int) -> None:
    assembly.owner.call(SET, metadata=stored)
    assembly.hush()
    assembly.owner.refused(code, SET, metadata=written)
    assert assembly.told() == []
    assert assembly.ann.call(GET) == {"metadata": stored}


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        (full(10, 1), full(10, 2)),
        ({}, {"k" * 50: "x" * 2 * KIB, "é" * 25: "é" * KIB}),
        (full(7, 2 * KIB), {"key-7": "x" * (2 * KIB - 8 * len("key-n"))}),
    ],
)
def test_what_just_fits_is_kept(assembly: Assembly, stored: dict[str, str], written: dict[str, str]) -> None:
    assembly.owner.call(SET, metadata=stored)
    assembly.owner.call(SET, metadata=written)
    assert assembly.ann.call(GET) == {"metadata": stored | written}


def test_room_is_made_by_deleting(assembly: Assembly) -> None:
    assembly.owner.call(SET, metadata=full(10, 1))
    assembly.owner.call(DELETE, keys=["key-3"])
    assembly.owner.call(SET, metadata={"another": "x"})
    assembly.owner.refused(100500, SET, metadata={"key-3": "x"})


def test_outsiders_read_nothing(assembly: Assembly) -> None:
    assembly.outsider.refused(-2101, GET)
    assembly.ann.call("exitRoom")
    assembly.ann.refused(-2101, GET)


def test_it_stays_while_the_room_lives_and_no_longer(assembly: Assembly, caller: Caller) -> None:
    assembly.owner.call(SET, metadata={"topic": "budget"})
    for each in (assembly.owner, assembly.admin, assembly.ann, assembly.bob):
        each.call("exitRoom")
    assert assembly.ann.enter()["metadata"] == {"topic": "budget"}
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    caller.create_room()
    assert assembly.bob.enter()["metadata"] == {}


def test_of_those_who_write_at_once_nobody_breaks_the_limits(assembly: Assembly) -> None:
    def write(member: Any, prefix: str) -> int:
        ids = [member.send(SET, metadata={f"{prefix}-{n}": "x"}) for n in range(8)]
        return sum(_is_taken(member, each) for each in ids)

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(write, (assembly.owner, assembly.admin), "oa"))
    assert sum(taken) == len(assembly.ann.call(GET)["metadata"]) == 10


def _is_taken(member: Any, request: int) -> bool:
    while True:
        frame = member.receive()
        if frame.get("id") == request:
            assert frame.get("error", {}).get("code") in (None, 100500)
            return "result" in frame


def test_it_raises_no_callback(backend: Backend, member: Join) -> None:
    assembly = Assembly(backend.caller, member)
    backend.listen()
    assembly.owner.call(SET, metadata={"topic": "budget"})
    assembly.owner.call("updateRoomNameByAdmin", roomName="after")
    backend.told("Room.CallbackAfterUpdateRoomInfo")
