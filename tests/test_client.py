"""``conclave.client``: a backend's calls, and a member who stays connected."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from bench.ports import free_port

from conclave.client import Conclave, Ended, Event, Member, NotConnected, OutcomeUnknown, Refused
from tests.house import ROOMS, Caller, Server
from tests.member import Join
from tests.proxy import Proxy
from tests.terminal import Terminal

R = TypeVar("R")
PATIENCE = 20.0


def run(work: Awaitable[R]) -> R:
    """Run a test's coroutine, within a time."""

    async def bounded() -> R:
        async with asyncio.timeout(PATIENCE * 2):
            return await work

    return asyncio.run(bounded())


@asynccontextmanager
async def joined(caller: Caller, user: str, url: str = "", **options: Any) -> AsyncIterator[Member]:
    """A member who is logged in, and gone after the test."""
    token = options.pop("usersig", lambda: caller.token(user))
    async with await Member.connect(url or caller.url, caller.sdkappid, user, token, **options) as me:
        yield me


async def expect(events: AsyncIterator[Event], *names: str) -> list[Event]:
    """The next events, which must be exactly these."""
    async with asyncio.timeout(PATIENCE):
        found = [await anext(events) for _ in names]
    assert tuple(event.name for event in found) == names
    return found


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.fixture
def proxy(house: Server) -> Iterator[Proxy]:
    """Stands between the clients and the server that most tests share."""
    with Proxy(house.port) as proxy:
        yield proxy


def test_a_backend_calls_commands_by_name(caller: Caller) -> None:
    async def story() -> None:
        async with Conclave(caller.url, caller.sdkappid, key=caller.key) as rest:
            await rest.room_engine_http_srv.create_room(RoomInfo={"RoomId": "room-1", "RoomType": "Conference"})
            found = await rest.call(f"{ROOMS}/get_room_info", {"RoomId": "room-1"})
            assert found["RoomInfo"]["RoomId"] == "room-1"
            groups = await rest.group_open_http_svc.get_appid_group_list()
            assert groups["TotalCount"] == 1
            with pytest.raises(Refused, match=r"get_room_info was refused: .*nowhere.* \(100004\)") as refused:
                await rest.room_engine_http_srv.get_room_info(RoomId="nowhere")
            assert (refused.value.code, refused.value.request_id[:3]) == (100004, "Id-")
            with pytest.raises(AttributeError, match="did you mean room_engine_http_srv/create_room"):
                rest.room_engine_http_srv.creat_room()

    run(story())


def test_a_backend_signs_with_its_key_or_uses_a_usersig(caller: Caller) -> None:
    async def story() -> None:
        async with Conclave(caller.url, caller.sdkappid, usersig=caller.token()) as rest:
            await rest.im_open_login_svc.multiaccount_import(Accounts=["ann"])
            with pytest.raises(ValueError, match="only the key can sign"):
                rest.sign("ann")
        async with Conclave(caller.url, caller.sdkappid, key=caller.key, identifier="stranger") as rest:
            with pytest.raises(Refused, match="60010"):
                await rest.room_engine_http_srv.get_room_info(RoomId="room-1")
            async with joined(caller, "ann", usersig=rest.sign("ann")) as ann:
                assert (await ann.ping())["serverTime"] > 0
        with pytest.raises(ValueError, match="either the key or a usersig"):
            Conclave(caller.url, caller.sdkappid)

    run(story())


def test_where_nobody_answers_nothing_was_sent() -> None:
    async def story() -> None:
        url = f"http://127.0.0.1:{free_port()}"
        async with Conclave(url, 1, key="k") as rest:
            with pytest.raises(NotConnected, match="create_room was not sent"):
                await rest.room_engine_http_srv.create_room()
        with pytest.raises(NotConnected, match="does not answer"):
            await Member.connect(url, 1, "ann", "token")
        with pytest.raises(ValueError, match="is no address of a server"):
            Conclave("localhost:8443", 1, key="k")

    run(story())


def test_both_speak_tls_with_the_folders_authority(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)

    async def story(url: str, sdkappid: int, key: str, trust: ssl.SSLContext) -> None:
        async with Conclave(url, sdkappid, key=key, ssl=trust) as rest:
            await rest.room_engine_http_srv.create_room(RoomInfo={"RoomId": "room-1", "RoomType": "Conference"})
            async with await Member.connect(url, sdkappid, "ann", lambda: rest.sign("ann"), ssl=trust) as ann:
                assert (await ann.enterRoom("room-1"))["role"] == 2

    with terminal.serve() as serving:
        shown = dict(line.split(maxsplit=1) for line in serving.out.read_text().splitlines() if line.startswith("  "))
        trust = ssl.create_default_context(cafile=str(next(tmp_path.rglob("ca*.pem"))))
        run(story(serving.url, int(shown["SDKAppID"]), shown["key"], trust))


def test_a_member_calls_methods_by_name_and_hears_events(room: Caller) -> None:
    async def story() -> None:
        async with joined(room, "ann") as ann, joined(room, "bob") as bob:
            heard: list[str] = []
            undo = ann.on("onRoomUserCountChanged", lambda event: heard.append(f"{event.data['userCount']} inside"))
            assert (ann.state, ann.room, ann.rules["pingInterval"]) == ("connected", "", 15)
            snapshot = await ann.enterRoom("room-1")
            assert (ann.room, snapshot["role"]) == ("room-1", 2)
            await bob.enterRoom(roomId="room-1")
            assert (await bob.takeSeat(seatIndex=1))["seatIndex"] == 1
            with pytest.raises(Refused, match=r"takeSeat was refused: .* \(100203\)"):
                await bob.takeSeat()
            with pytest.raises(Refused, match=r"noSuchMethod was refused: .* \(-1001\)"):
                await bob.noSuchMethod()
            names = ["onConnectionStateChanged", "onRemoteUserEnterRoom", "onRoomUserCountChanged", "onSeatListChanged"]
            events = ann.events()
            seats = (await expect(events, *names))[-1]
            assert (seats.room, seats.seq) == ("room-1", snapshot["seq"] + 2)
            assert heard == ["2 inside"]
            undo()
            await bob.exitRoom()
            assert bob.room == ""
            await expect(events, "onSeatListChanged", "onRemoteUserLeaveRoom", "onRoomUserCountChanged")
            assert heard == ["2 inside"]
            room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
            await expect(events, "onRoomDismissed")
            assert ann.room == ""

    run(story())


def test_handlers_are_plain_functions_and_may_fail(room: Caller) -> None:
    async def waits(_: Event) -> None: ...

    def fails(_: Event) -> None:
        raise RuntimeError("a fault of the program")

    async def story() -> None:
        async with joined(room, "ann") as ann:
            with pytest.raises(TypeError, match="plain function"):
                ann.on("onRoomNameChanged", waits)  # type: ignore[arg-type]
            ann.on("*", fails)
            events = ann.events()
            await ann.enterRoom("room-1")
            room.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "retro"}})
            await expect(events, "onConnectionStateChanged", "onRoomNameChanged")

    run(story())


def test_a_cut_connection_is_resumed_and_nothing_is_missed(room: Caller, proxy: Proxy, member: Join) -> None:
    async def story() -> None:
        async with joined(room, "ann", proxy.url) as ann:
            await ann.enterRoom("room-1")
            await ann.takeSeat(seatIndex=0)
            events = ann.events()
            await expect(events, "onConnectionStateChanged", "onSeatListChanged")
            proxy.take_down()
            lost = (await expect(events, "onConnectionStateChanged"))[0]
            assert lost.data == {"state": "reconnecting", "message": ""}
            with pytest.raises(NotConnected, match=r"ping was not sent: no connection for 0\.05 s"):
                await ann.ping(timeout_s=0.05)
            bob = member("bob", of=room)
            bob.enter()
            bob.call("takeSeat", seatIndex=1)
            waits = asyncio.ensure_future(ann.leaveSeat())
            proxy.put_up()
            missed = ["onRemoteUserEnterRoom", "onRoomUserCountChanged", "onSeatListChanged"]
            await expect(events, "onConnectionStateChanged", *missed, "onSeatListChanged")
            await waits
            assert ann.state == "connected"

    run(story())


def test_a_call_whose_answer_is_lost_is_not_repeated(room: Caller, proxy: Proxy) -> None:
    async def story() -> None:
        async with joined(room, "ann", proxy.url) as ann:
            await ann.enterRoom("room-1")
            events = ann.events()
            proxy.cut_before(b'"requestId"')
            with pytest.raises(OutcomeUnknown, match="broke before takeSeat was answered; it may have happened"):
                await ann.takeSeat(seatIndex=0)
            names = ["onConnectionStateChanged"] * 3 + ["onSeatListChanged"]
            await expect(events, *names)
            await ann.leaveSeat()
            left = (await expect(events, "onSeatListChanged"))[0]
            assert [seat["userId"] for seat in left.data["leftList"]] == ["ann"]

    run(story())


def test_whoever_was_put_out_meanwhile_is_told(room: Caller, proxy: Proxy) -> None:
    async def story() -> None:
        async with joined(room, "ann", proxy.url) as ann:
            await ann.enterRoom("room-1")
            events = ann.events()
            proxy.take_down()
            room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": ""})
            proxy.put_up()
            names = ["onConnectionStateChanged"] * 2 + ["onKickedOutOfRoom", "onConnectionStateChanged"]
            kicked = (await expect(events, *names))[2]
            assert (kicked.room, kicked.data["reason"], ann.room) == ("room-1", 4, "")
            assert (await ann.enterRoom("room-1"))["role"] == 2

    run(story())


def test_a_login_elsewhere_on_the_device_ends_it_for_good(room: Caller) -> None:
    async def story() -> None:
        async with joined(room, "ann", device="phone") as first:
            events = first.events()
            async with joined(room, "ann", device="phone") as second:
                await expect(events, "onConnectionStateChanged", "onKickedOffLine", "onConnectionStateChanged")
                with pytest.raises(Ended, match="logged in on this device again"):
                    await anext(events)
                with pytest.raises(Ended):
                    await first.ping()
                assert (first.state, second.state) == ("closed", "connected")

    run(story())


def test_every_login_makes_a_fresh_usersig_and_a_stale_one_ends_it(room: Caller, proxy: Proxy) -> None:
    made: list[str] = []

    async def fresh() -> str:
        made.append(room.token("ann"))
        return made[-1]

    async def story() -> None:
        async with joined(room, "ann", proxy.url, usersig=fresh) as ann:
            proxy.cut()
            await until(lambda: len(made) == 2 and ann.state == "connected")
        async with joined(room, "bob", proxy.url, usersig=room.token("bob")) as bob:
            room.ok("im_open_login_svc/kick", {"UserID": "bob"})
            await until(lambda: bob.state == "closed")
        async with joined(room, "eve", proxy.url, usersig=room.token("eve")) as eve:
            proxy.take_down()
            room.ok("im_open_login_svc/kick", {"UserID": "eve"})
            proxy.put_up()
            await until(lambda: eve.state == "closed")
            with pytest.raises(Ended, match=r"the login is not accepted any more: .* \(70052\)"):
                await eve.ping()

    run(story())


def test_it_gives_up_when_told_to(room: Caller, proxy: Proxy) -> None:
    async def story() -> None:
        async with joined(room, "ann", proxy.url, give_up=0.1) as ann:
            proxy.take_down()
            await until(lambda: ann.state == "closed")
            with pytest.raises(Ended, match=r"no connection for 0\.1 s"):
                await ann.ping()

    run(story())
