"""The model's permissions: who may do what to whom (members.md 1.15)."""

from tests.model import World
from tests.model_state import Person, Room, no


def as_administrator(world: World, caller: str) -> Room:
    room = world.here(caller)
    no(-2301, not room.administers(caller))
    return room


def as_owner(world: World, caller: str) -> Room:
    room = world.here(caller)
    no(-2300, room.owner != caller)
    return room


def below(room: Room, caller: str, account: str) -> Person:
    """Return somebody on whom an administrator may act: nobody acts on the owner, only he on administrators."""
    no(100005, account not in room.people)
    no(100006, account == room.owner or (room.administers(account) and caller != room.owner))
    return room.people[account]


def within_reach(world: World, caller: str, account: str) -> Room:
    """Return the room, where the account is the caller himself, or somebody on whom he may act."""
    room = world.here(caller)
    if account != caller:
        as_administrator(world, caller)
        below(room, caller, account)
    return room
