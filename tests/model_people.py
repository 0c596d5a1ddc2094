"""The model's people, whoever changes them: profiles, roles, owners, marks [R14]-[R17]."""

from tests import model_pending
from tests.model import World, attending
from tests.model_publishing import stop
from tests.model_seating import sit_if_free
from tests.model_state import SCREEN, Body, Person, Room, no


def profile(world: World, caller: str, account: str, nick: str | None, face: str | None) -> None:
    """Import an account, or change its profile; the rooms that it is in are told."""
    before = world.nicks.get(account, ""), world.faces.get(account, "")
    world.nicks[account] = before[0] if nick is None else nick
    world.faces[account] = before[1] if face is None else face
    after = world.nicks[account], world.faces[account]
    changed = [name for name, old, new in zip(("nick", "face_url"), before, after, strict=True) if old != new]
    for room in world.rooms.values():
        if account in room.people and changed:
            told = world.person_told(room, room.people[account])
            world.tell(room, "MemberUpdated", caller, member=told, changed=changed)


def change_member(world: World, caller: str, room: Room, account: str, wanted: Body) -> None:
    """Change name card, role, custom info or attributes; more than five administrators are refused with 100020."""
    person = room.people[account]
    becomes = wanted.get("Role", "Admin" if person.admin else "Member") == "Admin"
    others = sum(each.admin for each in room.people.values() if each is not person)
    no(100020, becomes and not person.admin and others >= 5)
    card, data = wanted.get("NameCard", person.card), wanted.get("CustomInfo", person.data)
    attributes = wanted.get("Attributes", person.attributes)
    changed = {
        "name_card": card != person.card,
        "role": becomes != person.admin,
        "custom_info": data != person.data,
        "attributes": attributes != person.attributes,
    }
    person.card, person.data, person.admin, person.attributes = card, data, becomes, attributes
    if any(changed.values()):
        names = [name for name, is_so in changed.items() if is_so]
        world.tell(room, "MemberUpdated", caller, member=world.person_told(room, person), changed=names)
    if changed["role"] and becomes:
        promote(world, caller, room, account)
    elif changed["role"]:
        model_pending.demote(world, caller, room, account)


def promote(world: World, caller: str, room: Room, account: str) -> None:
    """Whoever administers now needs no consent."""
    model_pending.promoted(world, caller, room, account, lambda index: sit_if_free(world, caller, room, account, index))


def hand_over(world: World, caller: str, room: Room, owner: str) -> None:
    """Hand the room to another member; the former owner is a general user then [R16]."""
    former, room.owner = room.owner, owner
    room.people[owner].admin = False
    left = room.people.get(former, Person(former))
    world.tell(
        room,
        "OwnerChanged",
        caller,
        room=world.room_told(room),
        former=world.person_told(room, left),
        owner=world.person_told(room, room.people[owner]),
        **attending(room),
    )
    lift_mute(world, caller, room, owner)
    if room.info["IsScreenSharingDisabled"]:
        stop(world, caller, room, [former], (SCREEN,), by_admin=True)
    model_pending.demote(world, caller, room, former)
    promote(world, caller, room, owner)


def lift_mute(world: World, caller: str, room: Room, account: str) -> None:
    if account in room.mutes:
        room.mutes.remove(account)
        world.tell(room, "MuteChanged", caller, account=account, is_muted=False)


def mark(world: World, caller: str, room: Room, wanted: dict[str, set[int]], *, is_set: bool) -> None:
    """Set marks, or take them away; at most ten distinct ones in a room [R17]."""
    no(100005, any(account not in room.people for account in wanted))
    after = {account: set(person.marks) for account, person in room.people.items()}
    for account, marks in wanted.items():
        after[account] = after[account] | marks if is_set else after[account] - marks
    changed = [account for account in wanted if after[account] != room.people[account].marks]
    no(100009, bool(changed) and len(set().union(*after.values())) > 10)
    for account in changed:
        room.people[account].marks = after[account]
    if changed:
        told = [world.person_told(room, room.people[account]) for account in changed]
        world.tell(room, "MembersMarked", caller, members=told)
