"""The rules of the model: rooms, robots, bans (conference.md A.1-A.4, A.9-A.14; decisions R2-R12, R18-R26)."""

from typing import Any

from tests.model import World, attending, rule
from tests.model_departure import end, put_out, remove
from tests.model_pending import withdraw_applications
from tests.model_publishing import stop_banned
from tests.model_state import CHANGEABLE, FLAGS, Body, Chair, Person, Refused, Room, no, unique


@rule
def create_room(world: World, caller: str, body: Body) -> None:
    info = body["RoomInfo"]
    start = info.get("ScheduleStartTime", world.now // 1000)
    ends = info.get("ScheduleEndTime", start + 3600)
    no(100002, not 300 <= ends - start <= 86_400)
    no(100002, bool(info.get("IsPasswordEnabled")) and "Password" not in info)
    seats = info.get("IsSeatEnabled", False)
    count = info.get("MaxSeatCount", world.limits.seats) if seats else 0
    no(100002, seats and count < 1)
    no(100015, info["RoomType"] != "Conference")
    capacity = info.get("MaxMemberCount", world.limits.members)
    no(100013, capacity > world.limits.members or count > world.limits.seats)
    owner = info.get("Owner_Account", caller)
    holder = world.rooms.get(info["RoomId"])
    if holder:
        raise Refused(100010 if holder.owner == owner else 100003)
    no(100002, not world.imported(owner))
    no(101011, bool(world.limits.rooms) and len(world.rooms) >= world.limits.rooms)
    given: dict[str, Any] = {
        "RoomName": info.get("RoomName", info["RoomId"]),
        "MaxMemberCount": capacity,
        **{flag: info.get(flag, False) for flag in FLAGS},
        "CustomInfo": info.get("CustomInfo", ""),
        "TakeSeatMode": info.get("TakeSeatMode", "FreeToTake") if seats else "None",
        "IsPasswordEnabled": info.get("IsPasswordEnabled", False),
        "Password": info.get("Password", ""),
    }
    began = start * 1000 <= world.now
    closes = max(world.now + world.limits.ttl * 1000, ends * 1000)
    chairs = [Chair() for _ in range(count)]
    room = Room(info["RoomId"], owner, given, start, ends, world.now, began, closes, chairs, seats)
    world.rooms[room.id] = room
    invitees = [account for account in unique(body.get("ScheduleInviteeList_Account", [])) if world.imported(account)]
    room.invitees = invitees
    host = {"host": world.profile_told(room.owner)} if invitees else {}
    world.tell(room, "RoomCreated", caller, room=world.room_told(room), invitees=invitees, **host)


@rule
def destroy_room(world: World, caller: str, body: Body) -> None:
    end(world, world.room(body), caller)


@rule
def update_room_info(world: World, caller: str, body: Body) -> None:
    info = body["RoomInfo"]
    no(100013, info.get("MaxMemberCount", 0) > world.limits.members)
    room = world.room(info)
    wanted = {name: value for name, value in info.items() if name in CHANGEABLE}
    if not room.seats:
        wanted.pop("TakeSeatMode", None)
    no(100002, wanted.get("IsPasswordEnabled", False) and not wanted.get("Password", room.info["Password"]))
    change(world, caller, room, wanted)


def speech_mode(room: Room) -> int:
    """1 free, 2 by application, 3 on seats."""
    if room.seats:
        return 3
    return 2 if room.info["IsAudioDisabled"] and room.info["IsVideoDisabled"] else 1


def change(world: World, caller: str, room: Room, wanted: Body) -> None:
    """Change fields, whoever asks; devices that are banned now close, applications that are not needed end."""
    changed = [name for name in CHANGEABLE if name in wanted and wanted[name] != room.info[name]]
    before = speech_mode(room)
    room.info.update(wanted)
    if changed:
        names = [CHANGEABLE[name] for name in changed]
        speech = {} if speech_mode(room) == before else {"speech_mode": speech_mode(room)}
        told = {"room": world.room_told(room), "changed": names, **attending(room), **speech}
        world.tell(room, "RoomUpdated", caller, **told)
        stop_banned(world, caller, room, changed)
        if "TakeSeatMode" in changed and room.info["TakeSeatMode"] == "FreeToTake":
            withdraw_applications(world, caller, room)


@rule
def get_room_info(world: World, caller: str, body: Body) -> Body:
    room = world.room(body)
    return {
        "RoomInfo": {
            "RoomId": room.id,
            "RoomType": "Conference",
            "Owner_Account": room.owner,
            **room.info,
            "MaxSeatCount": len(room.chairs),
            "ScheduleStartTime": room.start,
            "ScheduleEndTime": room.end,
            "RoomStatus": "Running" if world.started(room) else "NotStarted",
            "IsSeatEnabled": room.seats,
            "CreateTime": room.created // 1000,
            "MemberCount": len(room.people),
        }
    }


@rule
def ban_room_member(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    targets = unique(body["MemberList_Account"])
    no(100006, room.owner in targets)
    until = world.now + body["Duration"] * 1000
    for account in targets:
        room.bans.pop(account, None)  # the order is that of the last ban
        room.bans[account] = until
    world.tell(room, "MembersBanned", caller, accounts=targets, until=until, reason=body["Reason"])
    inside = [account for account in targets if account in room.people]
    if inside:
        put_out(world, room, caller, inside, "Kicked", body["Reason"], by_server=True)


@rule
def unban_room_member(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    lifted = [account for account in unique(body["MemberList_Account"]) if room.bans.get(account, 0) > world.now]
    for account in lifted:
        del room.bans[account]
    if lifted:
        world.tell(room, "MembersUnbanned", caller, accounts=lifted)


@rule
def get_banned_member_list(world: World, caller: str, body: Body) -> Body:
    bans = world.room(body).bans
    held = [(account, until) for account, until in bans.items() if until > world.now]
    return {
        "BannedAccountList": [{"Member_Account": account, "BannedUntil": -(-until // 1000)} for account, until in held]
    }


@rule
def add_robot(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account = body["Member_Account"]
    no(100002, not world.imported(account))
    if account in room.people:
        no(100005, not room.people[account].robot)
        return
    no(100700, room.robots() >= world.limits.robots)
    no(100008, len(room.people) >= room.info["MaxMemberCount"])
    room.people[account] = Person(account, robot=True)
    told = world.person_told(room, room.people[account])
    world.tell(room, "RobotAdded", caller, members=[told], member_count=len(room.people))


@rule
def delete_robot(world: World, caller: str, body: Body) -> None:
    room = world.room(body)
    account = body["Member_Account"]
    no(100005, account not in room.people or not room.people[account].robot)
    gone = remove(world, room, caller, [account])
    world.tell(room, "RobotRemoved", caller, members=gone, member_count=len(room.people))
