"""An application whose settings only a newer version can read: it stops no other, and heals when they can be read."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import database
from tests.backend import CREATE, UPDATE
from tests.house import ROOMS, Caller, key_of
from tests.member import until
from tests.receiver import Receiver
from tests.terminal import Serving, Terminal

NEWER, OTHER = 7, 8


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    for number in (NEWER, OTHER):
        terminal.ok("app", "create", str(number), "--key", key_of(number))
    return terminal


@pytest.fixture
def serving(terminal: Terminal) -> Iterator[Serving]:
    with terminal.serve("--tls", "off") as serving:
        yield serving


def store_what_only_a_newer_version_knows(terminal: Terminal, value: str = "auction") -> None:
    stored = database.at(terminal.data)
    found = json.loads(stored.query("SELECT settings FROM applications WHERE sdkappid = ?", NEWER)[0][0])
    settings = json.dumps({**found, "owner_exit": value})
    stored.change("UPDATE applications SET settings = ? WHERE sdkappid = ?", [(settings, NEWER)])
    stored.change("UPDATE application_changes SET version = version + 1")


def rotate(terminal: Terminal, caller: Caller) -> None:
    """Give an application another key, at once; its caller goes on with the old one."""
    terminal.ok("app", "rotate-key", str(caller.sdkappid), "--key", key_of(99), "--overlap", "0")
    until(lambda: code(caller) == 70009)


def code(caller: Caller) -> int:
    return int(caller.call(f"{ROOMS}/get_room_info", {"RoomId": "r"})["ErrorCode"])


def test_a_running_server_goes_on_with_what_it_knew(terminal: Terminal, serving: Serving) -> None:
    newer, other = (Caller(serving.url, number) for number in (NEWER, OTHER))
    for each in (newer, other):
        until(lambda each=each: code(each) == 100004)  # type: ignore[misc]
    store_what_only_a_newer_version_knows(terminal)
    rotate(terminal, other)
    assert code(newer) == 100004
    assert "was stored by another version" in serving.log
    assert f"{OTHER}  enabled" in terminal.ok("app", "list")
    assert f"application {NEWER} was stored by another version" in terminal.refused(1, "app", "show", str(NEWER))
    assert "exists already" in terminal.refused(1, "app", "create", str(NEWER))
    lines = serving.log.count("was stored by another version")
    terminal.ok("app", "limits", str(OTHER), "max_rooms=1")
    until(lambda: serving.log.count("was stored by another version") > lines)
    assert serving.log.count("was stored by another version") == lines + 1
    # Its keys count all the same: one that was given away has to be put out of force.
    database.at(terminal.data).change("UPDATE application_keys SET valid_until = 1 WHERE sdkappid = ?", [(NEWER,)])
    database.at(terminal.data).change("UPDATE application_changes SET version = version + 1")
    until(lambda: code(newer) == 70009)


def test_a_server_starts_beside_it_and_the_clock_leaves_its_rooms_alone(terminal: Terminal) -> None:
    with terminal.serve("--tls", "off") as serving:
        now = int(time.time())
        Caller(serving.url, NEWER).create_room("r", ScheduleStartTime=now + 8, ScheduleEndTime=now + 4000)
        store_what_only_a_newer_version_knows(terminal)
        assert serving.stop() == 0
    with terminal.serve("--tls", "off") as serving:
        newer, other = (Caller(serving.url, number) for number in (NEWER, OTHER))
        assert code(other) == 100004
        assert code(newer) == 60006
        until(lambda: f"application {NEWER} is not known here" in serving.log)
        assert code(other) == 100004
        store_what_only_a_newer_version_knows(terminal, "keep")
        until(lambda: code(newer) == 0)


def test_what_its_endpoint_failed_at_stops_no_callbacks_of_others(terminal: Terminal, receiver: Receiver) -> None:
    """They become so while one of its callbacks is on its way."""
    with terminal.serve("--tls", "off") as serving:
        newer, other = (Caller(serving.url, number) for number in (NEWER, OTHER))
        for each in (newer, other):
            body = {"Url": receiver.url(f"/{each.sdkappid}"), "CallbackCommandList": [CREATE, UPDATE]}
            each.ok("room_config/set_callback", body)
        receiver.rule("slow", path=f"/{NEWER}", seconds=1, status=500)
        newer.create_room("r")
        receiver.got(1, f"/{NEWER}")
        store_what_only_a_newer_version_knows(terminal)
        receiver.rule("slow", path=f"/{OTHER}", seconds=1.5, times=1)  # what came of it is known after the failure
        other.create_room("r")
        other.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "r", "RoomName": "told"}})
        assert [told.command for told in receiver.got(2, f"/{OTHER}")] == [CREATE, UPDATE]
