"""Prepared bodies of every command, and the cycle of all of them: each call succeeds, however often it is played.

A *turn* is one call of each command, in the registry's order, for one slot (a room and accounts of its own). The cycle
has two laps over the slots. What is made in one lap is undone in the other, under the names ``a`` and ``b``: while lap
``a`` creates ``new-3-a``, it destroys ``new-3-b``. Between a call and the one that undoes it lies a whole lap, more
calls than there are connections, so that none overtakes the other. What an application has once, as the configuration
of callbacks, is made in one slot of a lap, undone in that of the other, and changed and read halfway between.
"""

from collections.abc import Callable, Container, Sequence
from typing import Any, Final

from bench.calls import Call, Load
from conclave.api import registry

ROOM: Final = "room_engine_http_srv"
SEAT: Final = "room_engine_http_mic"
ACCOUNT: Final = "im_open_login_svc"
GROUP: Final = "group_open_http_svc"
CALLBACKS: Final = "room_config"
ORIGINAL: Final = (ROOM, SEAT, ACCOUNT, GROUP, CALLBACKS)
SLOTS: Final = 8
CONTRACT_RATE: Final = registry.GENERAL_RATE
# Where they sit: two who come and go, one who switches, one who is moved; and a seat that is locked.
PICKED: Final = {"a": 0, "b": 1}
LOCKED: Final = 2
SWITCHED: Final = {"a": 3, "b": 4}
MOVED: Final = {"a": 5, "b": 6}
INSIDE: Final = ("owner-a", "owner-b", "member", "switched", "moved", "picked-a", "picked-b")
OUTSIDE: Final = ("out-a", "out-b", "robot-a", "robot-b", "kicked-a", "kicked-b")


class Slot:
    """The names of one slot in one lap: ``this`` is being made, ``other`` undone."""

    def __init__(self, number: int, lap: str) -> None:
        self.this = lap
        self.other = "b" if lap == "a" else "a"
        self.number = number
        self.room = f"mix-{number}"

    @property
    def is_halfway(self) -> bool:
        """Tell whether this turn is far from both the beginning and the end of lap ``a``."""
        return self.this == "a" and self.number == SLOTS // 2

    def account(self, name: str) -> str:
        """Return the slot's own account of that name."""
        return f"mix-{self.number}-{name}"

    def made(self, kind: str) -> str:
        """Return the id that this lap makes."""
        return f"{kind}-{self.number}-{self.this}"

    def undone(self, kind: str) -> str:
        """Return the id that this lap undoes."""
        return f"{kind}-{self.number}-{self.other}"

    def of_room(self, **fields: Any) -> dict[str, Any]:
        """Return a body that names the room."""
        return {"RoomId": self.room, **fields}


def _conference(room_id: str) -> dict[str, Any]:
    return {"RoomId": room_id, "RoomName": "weekly sync", "RoomType": "Conference"}


def _configured(slot: Slot) -> dict[str, Any]:
    return {"Url": f"http://127.0.0.1:9/{slot.number}", "CallbackCommandList": []}  # nothing is sent


Body = dict[str, Any] | None
BODIES: Final[dict[str, Callable[[Slot], Body]]] = {  # None: not in this turn
    f"{CALLBACKS}/set_callback": lambda s: _configured(s) if (s.this, s.number) == ("a", 0) else None,
    f"{CALLBACKS}/update_callback": lambda s: _configured(s) if s.is_halfway else None,
    f"{CALLBACKS}/get_callback": lambda s: {} if s.is_halfway else None,
    f"{CALLBACKS}/delete_callback": lambda s: {} if (s.this, s.number) == ("b", 0) else None,
    f"{CALLBACKS}/set_callback_token": lambda s: {"Token": f"lap {s.this}", "IsTokenEnable": s.this == "a"},
    f"{CALLBACKS}/get_callback_token": lambda s: {} if s.is_halfway else None,
    f"{ROOM}/create_room": lambda s: {"RoomInfo": _conference(s.made("new"))},
    f"{ROOM}/destroy_room": lambda s: {"RoomId": s.undone("new")},
    f"{ROOM}/update_room_info": lambda s: {"RoomInfo": s.of_room(RoomName=f"lap {s.this}")},
    f"{ROOM}/get_room_info": lambda s: s.of_room(),
    f"{ROOM}/get_room_member_list": lambda s: s.of_room(Count=50),
    f"{ROOM}/update_room_member_info": lambda s: s.of_room(
        MemberInfo={"Member_Account": s.account("member"), "NameCard": f"lap {s.this}"}
    ),
    f"{ROOM}/change_room_owner": lambda s: s.of_room(
        From_Account=s.account(f"owner-{s.other}"), NewOwner_Account=s.account(f"owner-{s.this}")
    ),
    f"{ROOM}/mark_room_member": lambda s: s.of_room(
        CommandType=1 if s.this == "a" else 2, MemberList=[{"Member_Account": s.account("member"), "Marks": [1000]}]
    ),
    f"{ROOM}/ban_room_member": lambda s: s.of_room(
        MemberList_Account=[s.account(f"out-{s.this}")], Reason="spam", Duration=3600
    ),
    f"{ROOM}/unban_room_member": lambda s: s.of_room(MemberList_Account=[s.account(f"out-{s.other}")]),
    f"{ROOM}/get_banned_member_list": lambda s: s.of_room(Limit=20),
    # Nobody comes in over HTTP but robots: two are put in for each lap, one is deleted, the other kicked out.
    f"{ROOM}/add_robot": lambda s: s.of_room(Member_Account=s.account(f"robot-{s.this}")),
    f"{ROOM}/delete_robot": lambda s: s.of_room(Member_Account=s.account(f"robot-{s.other}")),
    f"{ROOM}/kick_user_out": lambda s: s.of_room(
        MemberList_Account=[s.account(f"kicked-{s.other}")], Reason="left the company"
    ),
    f"{SEAT}/get_seat_list": lambda s: s.of_room(),
    f"{SEAT}/pick_user_on_seat": lambda s: s.of_room(
        Index=PICKED[s.this], Member_Account=s.account(f"picked-{s.this}")
    ),
    f"{SEAT}/kick_user_off_seat": lambda s: s.of_room(Member_Account=s.account(f"picked-{s.other}")),
    f"{SEAT}/lock_seat": lambda s: s.of_room(Index=LOCKED, ForbidTaken=s.this == "a"),
    f"{SEAT}/switch_seat": lambda s: s.of_room(ToIndex=SWITCHED[s.this], Member_Account=s.account("switched")),
    f"{SEAT}/move_user_to_seat": lambda s: s.of_room(
        SeatIndex=MOVED[s.this], Member_Account=s.account("moved"), Policy=2
    ),
    f"{ACCOUNT}/account_import": lambda s: {"UserID": s.made("account"), "Nick": "Ann"},
    f"{ACCOUNT}/multiaccount_import": lambda s: {"Accounts": [s.account(name) for name in INSIDE]},
    f"{ACCOUNT}/account_check": lambda s: {"CheckItem": [{"UserID": s.account(name)} for name in INSIDE]},
    f"{ACCOUNT}/account_delete": lambda s: {"DeleteItem": [{"UserID": s.undone("account")}]},
    f"{ACCOUNT}/kick": lambda s: {"UserID": s.account("out-a")},
    f"{GROUP}/get_appid_group_list": lambda _: {"Limit": 100},
    f"{GROUP}/create_group": lambda s: {
        "Type": "Public",
        "GroupId": s.made("group"),
        "Name": "a group",
        "Owner_Account": s.account("member"),
    },
    f"{GROUP}/destroy_group": lambda s: {"GroupId": s.undone("group")},
    f"{GROUP}/get_group_info": lambda s: {"GroupIdList": [s.room]},
    f"{GROUP}/get_group_member_info": lambda s: {"GroupId": s.room, "Limit": 50},
    f"{GROUP}/get_joined_group_list": lambda s: {"Member_Account": s.account("member")},
    "conclave/list_rooms": lambda _: {"Limit": 50},
    "conclave/get_capabilities": lambda _: {},
    "conclave/get_room_history": lambda s: s.of_room(),
    "conclave/list_callback_deliveries": lambda _: {"Count": 50},
    "conclave/get_callback_secrets": lambda _: {},
}
# A callback that was sent again must be taken by a receiver before it can be sent once more.
NOT_REPEATABLE: Final = frozenset({"conclave/resend_callback"})
# One command may need another call to be repeatable; it is played beside it.
COMPANIONS: Final[dict[str, tuple[str, Callable[[Slot], dict[str, Any]]]]] = {
    f"{ROOM}/kick_user_out": (
        f"{ROOM}/add_robot",
        lambda s: s.of_room(Member_Account=s.account(f"kicked-{s.this}")),
    ),
}


def declared() -> list[registry.Command]:
    """Return every command that serves data and can be repeated, each once, in the order of declaration."""
    commands = {command.path: command for command in registry.load().values() if command.access != "control"}
    return [command for path, command in commands.items() if path not in NOT_REPEATABLE]


def unprepared() -> list[str]:
    """Return the declared commands that have no body here, and so are left out of the mix."""
    return sorted(command.path for command in declared() if command.path not in BODIES)


def turn(slot: Slot, index: int, services: Container[str]) -> list[Call]:
    """Return one call of each command; one with a documented rate of its own only every so many turns [G13]."""
    calls = []
    for command in declared():
        if command.service.name not in services or command.path not in BODIES:
            continue
        if index % max(CONTRACT_RATE // command.rate, 1):
            continue
        prepared = BODIES[command.path](slot)
        if prepared is None:
            continue
        calls.append(Call.of(command.path, prepared))
        if command.path in COMPANIONS:
            companion, body = COMPANIONS[command.path]
            calls.append(Call.of(companion, body(slot)))
    return calls


def turns(services: Container[str] = registry.SERVICES) -> list[list[Call]]:
    """Return the whole cycle of some services' commands: lap ``a``, then lap ``b``, over all slots."""
    slots = [Slot(number, lap) for lap in "ab" for number in range(SLOTS)]
    return [turn(slot, index, services) for index, slot in enumerate(slots)]


def mix(cycle: Sequence[Sequence[Call]]) -> Load:
    """Return a cycle as one load; its reset is lap ``b``, after which all that ``b`` makes is there."""
    calls = [call for each in cycle for call in each]
    return Load(tuple(calls), reset=tuple(call for each in cycle[SLOTS:] for call in each))
