"""The model's seats, whoever asks: where one may sit, and what becomes of those who get up (decisions S1-S9)."""

from dataclasses import replace

from tests.model import World
from tests.model_pending import fulfil_seat
from tests.model_publishing import EVERY, stop
from tests.model_state import CAMERA, MICROPHONE, SCREEN, Chair, Room, no

ANY = -1
ABORT, REPLACE, SWAP = 0, 1, 2


def need_chair(room: Room, index: int, *, or_any: bool = False) -> Chair:
    no(100211, not room.seats)
    no(100252, not 0 <= index < len(room.chairs) and not (or_any and index == ANY))
    return room.chairs[index]


def need_seated(room: Room, account: str) -> int:
    index = room.chair_of(account)
    no(100206, index is None)
    assert index is not None
    return index


def need_free(chair: Chair) -> None:
    no(100200, chair.locked)
    no(100210, chair.user != "")


def choose(room: Room, index: int) -> int:
    """Return where one could sit down now: the lowest free seat for any."""
    if index == ANY:
        free = [place for place, chair in enumerate(room.chairs) if not chair.user and not chair.locked]
        no(100205, not free)
        return free[0]
    need_free(room.chairs[index])
    return index


def sit(world: World, caller: str, room: Room, account: str, index: int, answered: str = "", message: str = "") -> int:
    """Let somebody sit down; what was asked for him is granted."""
    no(100203, room.chair_of(account) is not None)
    index = choose(room, index)
    before = list(room.chairs)
    room.chairs[index] = Chair(account)
    world.chairs_told(room, caller, before, seated=[account])
    fulfil_seat(world, caller, room, account, answered, message)
    return index


def sit_if_free(world: World, caller: str, room: Room, account: str, index: int) -> None:
    """Let somebody sit down where he wanted to, else anywhere, if he can."""
    free = [place for place, chair in enumerate(room.chairs) if not chair.user and not chair.locked]
    if free:
        sit(world, caller, room, account, index if index in free else free[0])


def get_up(world: World, caller: str, room: Room, account: str, data: str | None = None) -> None:
    """Let somebody get up, or, with ``data`` for him, take him off; whatever he publishes stops."""
    before = list(room.chairs)
    room.chairs[need_seated(room, account)] = Chair()
    kicked = {} if data is None else {"kicked": [account], "data": data}
    world.chairs_told(room, caller, before, left=[account], **kicked)
    stop(world, caller, room, [account], EVERY, by_admin=data is not None)


def bar(world: World, caller: str, room: Room, index: int, **wanted: bool) -> None:
    """Lock a seat, or bar its user from something; ``wanted`` are locked, video and audio [S6]."""
    chair = room.chairs[index]
    before = list(room.chairs)
    off = [chair.user] if chair.user and wanted.get("locked") else []
    if off:
        chair = Chair()
    chair = replace(chair, locked=wanted.get("locked", chair.locked))
    if chair.user:
        chair = replace(chair, video=wanted.get("video", chair.video), audio=wanted.get("audio", chair.audio))
    room.chairs[index] = chair
    world.chairs_told(room, caller, before, left=off, kicked=off)
    stop(world, caller, room, off, EVERY, by_admin=True)
    barred = (MICROPHONE,) * chair.audio + (CAMERA, SCREEN) * chair.video
    stop(world, caller, room, [chair.user], barred, by_admin=True)


def switch(world: World, caller: str, room: Room, account: str, index: int) -> None:
    """Move somebody to an empty seat [S7]."""
    origin = need_seated(room, account)
    if origin == index:
        return
    need_free(room.chairs[index])
    before = list(room.chairs)
    room.chairs[index], room.chairs[origin] = room.chairs[origin], Chair()
    world.chairs_told(room, caller, before)


def move(world: World, caller: str, room: Room, account: str, index: int, policy: int) -> None:
    """Move somebody wherever it is; a locked seat is unlocked by it [S8]."""
    target = room.chairs[index]
    origin = need_seated(room, account)
    if origin == index:
        return
    no(100210, policy == ABORT and target.user != "")
    before = list(room.chairs)
    exchanged = policy == SWAP and target.user != ""
    off = [target.user] if target.user and not exchanged else []
    room.chairs[index], room.chairs[origin] = room.chairs[origin], target if exchanged else Chair()
    world.chairs_told(room, caller, before, left=off, kicked=off)
    stop(world, caller, room, off, EVERY, by_admin=True)
