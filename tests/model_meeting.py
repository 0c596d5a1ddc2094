"""The rules of the model: members on members, messages, settings and metadata (members.md 1.3, 1.4, 1.8, 1.10)."""

import json

from tests import model_people as people
from tests.model import World, deed
from tests.model_departure import put_out
from tests.model_ladder import as_administrator, as_owner, below, within_reach
from tests.model_rooms import change
from tests.model_state import Body, no

HAND_OVER, ROLES = 0, {1: "Admin", 2: "Member"}
MODES = {1: "FreeToTake", 2: "ApplyToTake"}


@deed("changeUserRole")
def change_role(world: World, caller: str, body: Body) -> None:
    room, account = as_owner(world, caller), body["userId"]
    if body["userRole"] == HAND_OVER:
        no(100005, account not in room.people)
        if account != room.owner:
            people.hand_over(world, caller, room, account)
        return
    no(100006, account == room.owner)
    no(100005, account not in room.people)
    people.change_member(world, caller, room, account, {"Role": ROLES[body["userRole"]]})


@deed("changeUserNameCard")
def change_name_card(world: World, caller: str, body: Body) -> None:
    room = within_reach(world, caller, body["userId"])
    people.change_member(world, caller, room, body["userId"], {"NameCard": body["nameCard"]})


@deed("setCustomInfoForUser")
def set_custom_info(world: World, caller: str, body: Body) -> None:
    """Names with their values; an empty value takes its name away; ten names, and 1024 bytes of JSON, at most."""
    room = within_reach(world, caller, body["userId"])
    merged = room.people[body["userId"]].attributes | body["customInfo"]
    merged = {name: value for name, value in merged.items() if value}
    size = len(json.dumps(merged, separators=(",", ":"), ensure_ascii=False).encode())
    no(100002, len(merged) > 10 or size > 1024)
    people.change_member(world, caller, room, body["userId"], {"Attributes": merged})


@deed("setSelfInfo")
def set_self_info(world: World, caller: str, body: Body) -> None:
    people.profile(world, caller, caller, body.get("userName"), body.get("avatarUrl"))


@deed("kickRemoteUserOutOfRoom")
def kick(world: World, caller: str, body: Body) -> None:
    room = as_administrator(world, caller)
    below(room, caller, body["userId"])
    put_out(world, room, caller, [body["userId"]], "Kicked", body["reason"])


@deed("addCategoryTagForUsers")
def tag(world: World, caller: str, body: Body) -> None:
    wanted = {account: {body["tag"]} for account in body["userList"]}
    people.mark(world, caller, as_owner(world, caller), wanted, is_set=True)


@deed("removeCategoryTagForUsers")
def untag(world: World, caller: str, body: Body) -> None:
    wanted = {account: {body["tag"]} for account in body["userList"]}
    people.mark(world, caller, as_owner(world, caller), wanted, is_set=False)


@deed("disableSendingMessageByAdmin")
def mute(world: World, caller: str, body: Body) -> None:
    """Mute a member, or end a mute, also of somebody who has left [R23]."""
    room, account = as_administrator(world, caller), body["userId"]
    if body["isDisable"] or account in room.people or account not in room.mutes:
        below(room, caller, account)
    if not body["isDisable"]:
        people.lift_mute(world, caller, room, account)
    elif account not in room.mutes:
        room.mutes.add(account)
        world.tell(room, "MuteChanged", caller, account=account, is_muted=True)


@deed("disableSendingMessageForAllUser")
def mute_all(world: World, caller: str, body: Body) -> None:
    change(world, caller, as_administrator(world, caller), {"IsMessageDisabled": body["isDisable"]})


@deed("sendTextMessage")
def say(world: World, caller: str, body: Body) -> Body:
    """Say something; messages are numbered without a gap."""
    room = world.here(caller)
    no(100017, caller in room.mutes)
    no(-2380, room.info["IsMessageDisabled"] and not room.administers(caller))
    room.messages += 1
    message = {
        "sequence": room.messages,
        "at": world.now,
        "sender": world.person_told(room, room.people[caller]),
        "content": body["textContent"],
        "business_id": "",
        "extension": body["extensionInfo"],
    }
    world.tell(room, "MessageSent", caller, message=message)
    return {"sequence": room.messages, "timestampInSecond": world.now // 1000}


@deed("updateRoomNameByAdmin")
def rename(world: World, caller: str, body: Body) -> None:
    change(world, caller, as_administrator(world, caller), {"RoomName": body["roomName"]})


@deed("updateRoomPasswordByAdmin")
def set_password(world: World, caller: str, body: Body) -> None:
    """An empty one: one enters without; the stored one stays unused [R25]."""
    password = {"Password": body["password"]} if body["password"] else {}
    wanted = {"IsPasswordEnabled": bool(password), **password}
    change(world, caller, as_administrator(world, caller), wanted)


@deed("updateRoomSeatModeByAdmin")
def set_seat_mode(world: World, caller: str, body: Body) -> None:
    room = as_administrator(world, caller)
    no(100211, not room.seats)
    change(world, caller, room, {"TakeSeatMode": MODES[body["seatMode"]]})


@deed("setRoomMetadataByAdmin")
def write_metadata(world: World, caller: str, body: Body) -> None:
    """Ten keys at most."""
    room, wanted = as_administrator(world, caller), body["metadata"]
    no(100500, len(room.metadata | wanted) > 10)
    written = {key: value for key, value in wanted.items() if room.metadata.get(key) != value}
    room.metadata |= written
    if written:
        world.tell(room, "MetadataChanged", caller, written=written, deleted=[])


@deed("deleteRoomMetadataByAdmin")
def delete_metadata(world: World, caller: str, body: Body) -> None:
    room = as_administrator(world, caller)
    found = [key for key in dict.fromkeys(body["keys"]) if key in room.metadata]
    no(100503, not found)
    for key in found:
        del room.metadata[key]
    world.tell(room, "MetadataChanged", caller, written={}, deleted=found)
