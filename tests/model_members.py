"""The rules of the model: accounts and members (conference.md A.5-A.8, A.12; decisions R4, R13-R18, R20, R23, R31)."""

from tests.model import World, rule
from tests.model_departure import put_out, remove
from tests.model_people import change_member, hand_over, mark, profile
from tests.model_state import ADMINISTRATOR, Body, no, unique


@rule
def account_import(world: World, caller: str, body: Body) -> None:
    account = body["UserID"]
    profile(world, caller, account, body.get("Nick"), None)


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
    """A deleted account leaves every room, and the lists of those who are to attend [R31]."""
    for room in world.rooms.values():
        person = room.people.get(account)
        if person and person.robot:
            gone = remove(world, room, caller, [account])
            world.tell(room, "RobotRemoved", caller, members=gone, member_count=len(room.people))
        elif person:
            put_out(world, room, caller, [account], "Kicked", by_server=True)
    for room in world.rooms.values():
        if account in room.invitees:
            room.invitees = [invitee for invitee in room.invitees if invitee != account]
            told = {"room": world.room_told(room), "host": world.profile_told(room.owner)}
            left = [world.profile_told(account)]
            world.tell(room, "AttendeesChanged", caller, **told, attendees=room.invitees, joined=[], left=left)
    del world.nicks[account]
    world.faces.pop(account, None)
    world.away.pop(account, None)


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
    change_member(world, caller, room, account, wanted)


@rule
def change_room_owner(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    former, owner = body["From_Account"], body["NewOwner_Account"]
    no(100002, not world.imported(owner) or former != room.owner)
    if owner == former:
        return
    no(100005, owner not in room.people)
    hand_over(world, caller, room, owner)


@rule
def mark_room_member(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    wanted: dict[str, set[int]] = {}
    for entry in body["MemberList"]:
        wanted.setdefault(entry["Member_Account"], set()).update(entry["Marks"])
    mark(world, caller, room, wanted, is_set=int(body["CommandType"]) == 1)


@rule
def kick_user_out(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    targets = unique(body["MemberList_Account"])
    no(100006, room.owner in targets)
    inside = [account for account in targets if account in room.people]
    no(100005, not inside)
    put_out(world, room, caller, inside, "Kicked", body["Reason"], by_server=True)
