"""Connections that are cut at any moment, and servers that die: nobody misses anything, or hears it twice."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest

from conclave.client import Event, Member, NotConnected, OutcomeUnknown, Refused
from tests.eventlog import EventLog
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.proxy import Proxy
from tests.test_client import joined, run, until

MEMBERS = 6
ROUNDS = 40
SEED = 4
# What everybody in the room is told of a fact, in this order.
TOLD = {"SeatsChanged": "onSeatListChanged", "RoomUpdated": "onRoomNameChanged"}


@pytest.fixture
def proxies(house: Server) -> Iterator[list[Proxy]]:
    """A cable for each member."""
    made = [Proxy(house.port) for _ in range(MEMBERS)]
    for proxy in made:
        proxy.__enter__()
    yield made
    for proxy in made:
        proxy.__exit__(None, None, None)


class Listener:
    """Writes down what a member is told of the room, from when it is asked to."""

    def __init__(self, member: Member) -> None:
        self.told: list[tuple[int | None, str, dict[str, Any]]] = []
        self.snapshots = 0
        member.on("*", self._take)

    def _take(self, event: Event) -> None:
        if event.name == "onRoomSnapshot":
            self.snapshots += 1
        elif event.room:
            self.told.append((event.seq, event.name, event.data))


def is_told(listener: Listener, name: str) -> bool:
    return any(told == name for _, told, _ in listener.told)


async def act(caller: Caller, members: list[Member], proxies: list[Proxy], random: Random) -> int:
    """Let everybody change things while cables are cut; return how many calls ended with an outcome unknown."""
    unknown = 0

    async def once(member: Member) -> None:
        nonlocal unknown
        deed = random.choice((member.takeSeat, member.leaveSeat))
        try:
            await deed()
        except (Refused, NotConnected):
            pass
        except OutcomeUnknown:
            unknown += 1

    for n in range(ROUNDS):
        calls = [asyncio.ensure_future(once(member)) for member in random.sample(members, 4)]
        if n % 5 == 0:
            info = {"RoomId": "room-1", "RoomName": f"round {n}"}
            calls.append(asyncio.ensure_future(asyncio.to_thread(change_name, caller, info)))
        await asyncio.sleep(random.uniform(0, 0.01))
        for proxy in random.sample(proxies, random.randint(0, 2)):
            await asyncio.to_thread(proxy.cut)
        await asyncio.gather(*calls)
    return unknown


def change_name(caller: Caller, info: dict[str, str]) -> None:
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": info})


def test_a_cut_between_two_frames_of_one_event_loses_and_doubles_neither(room: Caller, proxies: list[Proxy]) -> None:
    async def story() -> None:
        async with joined(room, "ann", proxies[0].url) as ann:
            await ann.enterRoom("room-1")
            listener = Listener(ann)
            expected = []
            for role, lost in (("Admin", b"onUserRoleChanged"), ("Member", b"onUserInfoChanged"), ("Admin", b"")):
                proxies[0].cut_before(lost)
                change = {"Member_Account": "ann", "Role": role}
                info = {"RoomId": "room-1", "MemberInfo": change}
                await asyncio.to_thread(room.ok, f"{ROOMS}/update_room_member_info", info)
                expected += ["onUserInfoChanged", "onUserRoleChanged"]
                await until(lambda: len(listener.told) >= len(expected))  # noqa: B023 - it ends before the next round
                await ann.ping()
                assert [name for _, name, _ in listener.told] == expected
            assert proxies[0].opened == 3
            assert listener.snapshots == 0

    run(story())


def test_under_load_no_event_is_lost_or_doubled(caller: Caller, log: EventLog, proxies: list[Proxy]) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    random = Random(SEED)

    async def story() -> None:
        async with AsyncExitStack() as stack:
            everybody = [
                await stack.enter_async_context(joined(caller, f"user{n}", proxy.url, device=f"device{n}"))
                for n, proxy in enumerate(proxies)
            ]
            witness = await stack.enter_async_context(joined(caller, "witness"))
            for member in (*everybody, witness):
                await member.enterRoom("room-1")
            first = (await witness.getRoomSnapshot())["seq"]
            await asyncio.gather(*(member.ping() for member in everybody))
            listeners = [Listener(member) for member in (*everybody, witness)]
            unknown = await act(caller, everybody, proxies, random)
            change_name(caller, {"RoomId": "room-1", "RoomName": "the end"})
            last = (await witness.getRoomSnapshot())["seq"]
            await until(lambda: all(listener.told and listener.told[-1][0] == last for listener in listeners))
            facts = [event for event in log.all() if event.seq > first]
            expected = [(fact.seq, TOLD[fact.kind]) for fact in facts]
            for listener in listeners:
                assert [told[:2] for told in listener.told] == expected
                assert listener.told == listeners[-1].told
                assert listener.snapshots == 0
            cuts = sum(proxy.opened for proxy in proxies) - MEMBERS
            assert cuts > ROUNDS / 2, "the test cuts too little to tell anything"
            assert len(expected) > ROUNDS
            assert unknown

    run(story())


def test_after_kill_9_members_are_back_on_their_seats_and_in_their_roles(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url, FIRST_SDKAPPID)
    users = [f"user{n}" for n in range(10)]
    caller.import_accounts(*users)
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=10, Owner_Account="user0")

    async def story() -> None:
        async with AsyncExitStack() as stack:
            members = [await stack.enter_async_context(joined(caller, user)) for user in users]
            for seat, member in enumerate(members):
                await member.enterRoom("room-1")
                await member.takeSeat(seatIndex=seat)
            listeners = [Listener(member) for member in members]
            role = {"Member_Account": "user1", "Role": "Admin"}
            caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": role})
            await until(lambda: all(is_told(listener, "onUserRoleChanged") for listener in listeners))
            for listener in listeners:
                listener.told.clear()
            server.kill()
            await until(lambda: all(member.state == "reconnecting" for member in members))
            await asyncio.to_thread(server.start)
            await until(lambda: all(member.state == "connected" for member in members))
            again = Caller(server.url, FIRST_SDKAPPID)
            assert again.seats() == users
            roles = {name: entry["Role"] for name, entry in again.members().items()}
            assert roles == {"user0": "Owner", "user1": "Admin", **dict.fromkeys(users[2:], "Member")}
            assert all(listener.snapshots == 1 and listener.told == [] for listener in listeners)
            await asyncio.to_thread(again.advance, 25)
            await asyncio.gather(*(member.ping() for member in members))
            await asyncio.to_thread(again.advance, 25)
            await asyncio.gather(*(member.ping() for member in members))
            await asyncio.to_thread(again.advance, 25)  # the grace after the start has ended
            await members[0].leaveSeat()
            await until(lambda: all(listener.told for listener in listeners))
            assert {listener.told[0][1] for listener in listeners} == {"onSeatListChanged"}
            assert again.seats() == ["", *users[1:]]

    run(story())
