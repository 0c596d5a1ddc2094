"""The rules of the model: seats (conference.md part B; decisions S1-S9)."""

from dataclasses import replace

from tests.model import Body, Chair, Room, World, rule
from tests.model_members import here
from tests.model_rooms import no


def need_chair(room: Room, index: int) -> Chair:
    no(100211, not room.seats)
    no(100252, not 0 <= index < len(room.chairs))
    return room.chairs[index]


def need_seated(room: Room, account: str) -> int:
    index = room.chair_of(account)
    no(100206, index is None)
    assert index is not None
    return index


def need_free(chair: Chair) -> None:
    no(100200, chair.locked)
    no(100210, chair.user != "")


@rule
def get_seat_list(world: World, caller: str, body: Body) -> Body:
    return {
        "SeatList": [
            {
                "Index": index,
                "Member_Account": chair.user,
                "IsTakenDisabled": chair.locked,
                "IsVideoDisabled": chair.video,
                "IsAudioDisabled": chair.audio,
            }
            for index, chair in enumerate(world.room(body).chairs)
        ]
    }


@rule
def pick_user_on_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account, index = body["Member_Account"], body["Index"]
    chair = need_chair(room, index)
    no(100005, account not in room.people)
    no(100203, room.chair_of(account) is not None)
    need_free(chair)
    before = list(room.chairs)
    room.chairs[index] = Chair(account)
    world.chairs_told(room, caller, before, seated=[account])


@rule
def kick_user_off_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account = body["Member_Account"]
    no(100005, account not in room.people)
    before = list(room.chairs)
    room.chairs[need_seated(room, account)] = Chair()
    world.chairs_told(room, caller, before, left=[account], kicked=[account], data=body.get("Data", ""))


@rule
def lock_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    index = body["Index"]
    chair = need_chair(room, index)
    before = list(room.chairs)
    off = [chair.user] if chair.user and body.get("ForbidTaken") else []
    if off:
        chair = Chair()
    chair = replace(chair, locked=body.get("ForbidTaken", chair.locked))
    if chair.user:
        chair = replace(chair, video=body.get("ForbidVideo", chair.video), audio=body.get("ForbidAudio", chair.audio))
    room.chairs[index] = chair
    world.chairs_told(room, caller, before, left=off, kicked=off)


@rule
def switch_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    index = body["ToIndex"]
    target = need_chair(room, index)
    origin = need_seated(room, body["Member_Account"])
    if origin == index:
        return
    need_free(target)
    before = list(room.chairs)
    room.chairs[index], room.chairs[origin] = room.chairs[origin], Chair()
    world.chairs_told(room, caller, before)


@rule
def move_user_to_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account, index = body["Member_Account"], body["SeatIndex"]
    target = need_chair(room, index)
    no(100005, account not in room.people)
    origin = need_seated(room, account)
    if origin == index:
        return
    no(100210, body["Policy"] == 0 and target.user != "")
    before = list(room.chairs)
    exchanged = body["Policy"] == 2 and target.user != ""
    off = [target.user] if target.user and not exchanged else []
    room.chairs[index], room.chairs[origin] = room.chairs[origin], target if exchanged else Chair()
    world.chairs_told(room, caller, before, left=off, kicked=off)


@rule
def take_seat(world: World, caller: str, body: Body) -> int:
    """A member takes a seat himself, -1 for the lowest free one; return the index."""
    room = here(world, caller)
    index: int = body["seatIndex"]
    if index != -1 or not room.seats:
        need_chair(room, index)
    no(100006, room.info["TakeSeatMode"] == "ApplyToTake" and room.role(caller) == "Member")
    no(100203, room.chair_of(caller) is not None)
    free = [place for place, chair in enumerate(room.chairs) if not chair.user and not chair.locked]
    if index == -1:
        no(100205, not free)
        index = free[0]
    need_free(room.chairs[index])
    before = list(room.chairs)
    room.chairs[index] = Chair(caller)
    world.chairs_told(room, caller, before, seated=[caller])
    return index


@rule
def leave_seat(world: World, caller: str, body: Body) -> None:
    room = here(world, caller)
    before = list(room.chairs)
    room.chairs[need_seated(room, caller)] = Chair()
    world.chairs_told(room, caller, before, left=[caller])
