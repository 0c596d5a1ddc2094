"""What the clock does in the model: rooms start and end, requests time out, and lost people are put out [R9] [M9]."""

from tests import model_pending
from tests.model import World, attending
from tests.model_departure import end
from tests.model_state import SYSTEM


def pass_time(world: World, seconds: int) -> None:
    """Let the clock run, and do what is due then."""
    world.now += seconds * 1000
    run_due(world)


def run_due(world: World) -> None:
    """First the starts, then the requests, then the ends."""
    for room in world.rooms.values():
        if not room.began and room.start * 1000 <= world.now:
            room.began = True
            world.tell(room, "RoomStarted", SYSTEM, room=world.room_told(room), **attending(room))
        model_pending.expire(world, room)
    for room in list(world.rooms.values()):
        if room.is_empty() and room.closes <= world.now:
            end(world, room, SYSTEM)


def overdue(world: World) -> list[tuple[str, str]]:
    """Return whose grace has ended, as account and room [M9]."""
    return [key for key, moment in world.lost.items() if world.now - moment >= world.limits.grace * 1000]


def graces(world: World) -> set[int]:
    """Return when the grace times of those who are lost end."""
    return {moment + world.limits.grace * 1000 for moment in world.lost.values()}


def timeouts(world: World) -> set[int]:
    """Return when requests time out. Two watches of the server: nothing says which looks first at the same moment."""
    return {each.expires for room in world.rooms.values() for each in room.requests if each.expires}


def moments(world: World) -> list[int]:
    """Return when the clock does something next: starts and ends of rooms, ends of bans, graces and requests."""
    found = [*graces(world), *timeouts(world)]
    for room in world.rooms.values():
        found += [*room.bans.values(), room.start * 1000]
        if room.is_empty():
            found.append(room.closes)
    return sorted(moment for moment in found if moment > world.now)


def seconds_to_next(world: World, most: int) -> int:
    """Return how long the clock may run until somebody's grace or a request ends, at most so many seconds."""
    waits = [moment - world.now for moment in graces(world) | timeouts(world) if moment > world.now]
    return min([most, *(-(-wait // 1000) for wait in waits)])
