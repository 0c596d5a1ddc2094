"""The rules of the model: accounts and members (conference.md A.5-A.8, A.12; decisions R4, R13-R18, R20, R23, R31)."""

from tests.model import ADMINISTRATOR, Body, Person, Room, World, rule
from tests.model_rooms import no, unique


@rule
def account_import(world: World, caller: str, body: Body) -> None:
    known = world.nicks.get(body["UserID"], "")
    world.nicks[body["UserID"]] = body.get("Nick", known)


@rule
def account_delete(world: World, caller: str, body: Body) -> Body:
    results = []
    for item in body["DeleteItem"]:
        account = item["UserID"]
        code = 0 if account in world.nicks else 70107
        code = 70402 if account == ADMINISTRATOR else code
        if code == 0:
            forget(world, caller, account)
        results.append({"UserID": account, "ResultCode": code})
    return {"ResultItem": results}


def forget(world: World, caller: str, account: str) -> None:
    for room in world.rooms.values():
        person = room.people.get(account)
        if person and person.robot:
            gone = world.remove(room, caller, [account])
            world.tell(room, "RobotRemoved", caller, members=gone, member_count=len(room.people))
        elif person:
            world.put_out(room, caller, [account], "Kicked")
    del world.nicks[account]


@rule
def get_room_member_list(world: World, caller: str, body: Body) -> Body:
    room = world.room(body)
    return {
        "MemberList": [
            {
                "Member_Account": person.account,
                "NameCard": person.card,
                "Role": room.role(person.account),
                "Marks": sorted(person.marks),
                "CustomInfo": person.data,
            }
            for person in room.people.values()
        ]
    }


@rule
def update_room_member_info(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    wanted = body["MemberInfo"]
    account = wanted["Member_Account"]
    no(100006, "Role" in wanted and account == room.owner)
    no(100005, account not in room.people)
    person = room.people[account]
    becomes = wanted.get("Role", "Admin" if person.admin else "Member") == "Admin"
    others = sum(each.admin for each in room.people.values() if each is not person)
    no(100020, becomes and not person.admin and others >= 5)
    card, data = wanted.get("NameCard", person.card), wanted.get("CustomInfo", person.data)
    changed = {"name_card": card != person.card, "role": becomes != person.admin, "custom_info": data != person.data}
    person.card, person.data, person.admin = card, data, becomes
    if any(changed.values()):
        names = [name for name, is_so in changed.items() if is_so]
        world.tell(room, "MemberUpdated", caller, member=world.person_told(room, person), changed=names)


@rule
def change_room_owner(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    former, owner = body["From_Account"], body["NewOwner_Account"]
    no(100002, not world.imported(owner) or former != room.owner)
    if owner == former:
        return
    no(100005, owner not in room.people)
    room.owner = owner
    room.people[owner].admin = False
    left = room.people.get(former, Person(former))
    world.tell(
        room,
        "OwnerChanged",
        caller,
        room=world.room_told(room),
        former=world.person_told(room, left),
        owner=world.person_told(room, room.people[owner]),
    )


@rule
def mark_room_member(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    wanted: dict[str, set[int]] = {}
    for entry in body["MemberList"]:
        wanted.setdefault(entry["Member_Account"], set()).update(entry["Marks"])
    no(100005, any(account not in room.people for account in wanted))
    after = {account: set(person.marks) for account, person in room.people.items()}
    for account, marks in wanted.items():
        after[account] = after[account] | marks if int(body["CommandType"]) == 1 else after[account] - marks
    changed = [account for account in wanted if after[account] != room.people[account].marks]
    no(100009, bool(changed) and len(set().union(*after.values())) > 10)
    for account in changed:
        room.people[account].marks = after[account]
    if changed:
        told = [world.person_told(room, room.people[account]) for account in changed]
        world.tell(room, "MembersMarked", caller, members=told)


@rule
def kick_user_out(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    targets = unique(body["MemberList_Account"])
    no(100006, room.owner in targets)
    inside = [account for account in targets if account in room.people]
    no(100005, not inside)
    world.put_out(room, caller, inside, "Kicked", body["Reason"])


@rule
def enter(world: World, caller: str, body: Body) -> None:
    """A person's connection enters a room; the one that it was in, it leaves [M3]."""
    room = world.room(body)
    no(100016, room.bans.get(caller, 0) > world.now)
    if caller in room.people:
        no(100006, room.people[caller].robot)
    else:
        admit(world, room, caller, body["password"])
    before = world.at.get(caller)
    if before not in (None, room.id):
        world.put_out(world.rooms[before], caller, [caller], "Leave")
    world.at[caller] = room.id
    world.lost.pop((caller, room.id), None)


def admit(world: World, room: Room, caller: str, password: str) -> None:
    if room.info["IsPasswordEnabled"] and caller != room.owner:
        no(100018, not password)
        no(100019, password != room.info["Password"])
    no(100008, len(room.people) >= room.info["MaxMemberCount"])
    room.people[caller] = Person(caller)
    if not room.began:
        room.began = True
        world.tell(room, "RoomStarted", caller, room=world.room_told(room))
    told = world.person_told(room, room.people[caller])
    world.tell(room, "MemberEntered", caller, members=[told], member_count=len(room.people))


def here(world: World, caller: str) -> Room:
    """The room that the caller's connection is in."""
    no(-2101, caller not in world.at)
    return world.rooms[world.at[caller]]


@rule
def leave(world: World, caller: str, body: Body) -> None:
    """A person leaves; the owner keeps the room [R27]."""
    world.put_out(here(world, caller), caller, [caller], "Leave")


@rule
def vanish(world: World, caller: str, body: Body) -> None:
    """A person's connection is gone without a word; the place in the room is kept for a grace time."""
    if caller in world.at:
        world.lost[caller, world.at.pop(caller)] = world.now


@rule
def expire(world: World, caller: str, body: Body) -> None:
    """The grace has ended [C9]."""
    world.put_out(world.room(body), caller, [caller], "Expired")


@rule
def login(world: World, caller: str, body: Body) -> None:
    """The first login imports the account."""
    if caller != ADMINISTRATOR:
        world.nicks.setdefault(caller, "")
