"""The rules of the model: seats as backends arrange them (conference.md part B; decisions S1-S9)."""

from tests import model_seating as seating
from tests.model import World, rule
from tests.model_state import Body, no

WORDS = {"ForbidTaken": "locked", "ForbidVideo": "video", "ForbidAudio": "audio"}


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
    seating.need_chair(room, index)
    no(100005, account not in room.people)
    seating.sit(world, caller, room, account, index)


@rule
def kick_user_off_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account = body["Member_Account"]
    no(100005, account not in room.people)
    seating.get_up(world, caller, room, account, body.get("Data", ""))


@rule
def lock_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    seating.need_chair(room, body["Index"])
    wanted = {word: body[name] for name, word in WORDS.items() if name in body}
    seating.bar(world, caller, room, body["Index"], **wanted)


@rule
def switch_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    seating.need_chair(room, body["ToIndex"])
    seating.switch(world, caller, room, body["Member_Account"], body["ToIndex"])


@rule
def move_user_to_seat(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account, index = body["Member_Account"], body["SeatIndex"]
    seating.need_chair(room, index)
    no(100005, account not in room.people)
    seating.move(world, caller, room, account, index, body["Policy"])
