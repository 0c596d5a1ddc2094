"""From a fact of the log to the callbacks that it raises: their names, and their bodies as the contract has them.

One function per fact, found by its first argument's type; the keys are those of the public pages, in their order.
Facts without a function raise nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, get_type_hints

import msgspec

from conclave.domain import callbacks as names
from conclave.domain import facts
from conclave.domain.facts import Fact, MemberSnapshot, RoomSnapshot
from conclave.store.events import EventRow

Body = dict[str, Any]
Raised = Iterator[tuple[str, Body]]
Renderer = Callable[[Any, EventRow, str], Raised]
RAISED: Final[dict[str, Renderer]] = {}
MEMBER_INFO: Final = frozenset({"role", "name_card", "custom_info"})
"""What MemberInfo tells; the profile of an account and a member's attributes raise nothing."""
_encode: Final = msgspec.json.Encoder().encode


def _renders(renderer: Renderer) -> Renderer:
    fact: type[Fact] = next(iter(get_type_hints(renderer).values()))
    RAISED[fact.__name__] = renderer
    return renderer


def render(row: EventRow, listed: frozenset[str], room_type: str) -> list[tuple[str, str]]:
    """Return ``(command, body)`` of the listed callbacks that an event raises; ``room_type`` is its spelling [C3]."""
    renderer = RAISED.get(row.kind)
    if renderer is None:
        return []
    return [
        (command, _encode({"CallbackCommand": command, **body, "EventTime": row.at}).decode())
        for command, body in renderer(facts.read(row), row, room_type)
        if command in listed
    ]


def _operator(row: EventRow) -> Body:
    return {"Operator_Account": row.operator, "RoomId": row.room_id}


@_renders
def _created(fact: facts.RoomCreated, row: EventRow, room_type: str) -> Raised:
    body: Body = {"Operator_Account": row.operator, "RoomInfo": _whole_room(fact.room, row, room_type)}
    if fact.invitees:
        body["ScheduleInviteeList_Account"] = fact.invitees
    yield names.CREATE_ROOM, body


def _switches(room: RoomSnapshot) -> Body:
    return {
        "IsVideoDisabled": room.is_video_disabled,
        "IsAudioDisabled": room.is_audio_disabled,
        "IsMessageDisabled": room.is_message_disabled,
        "IsScreenSharingDisabled": room.is_screen_sharing_disabled,
        "IsCloudRecordingDisabled": room.is_cloud_recording_disabled,
        "CustomInfo": room.custom_info,
    }


def _whole_room(room: RoomSnapshot, row: EventRow, room_type: str) -> Body:
    return {
        "RoomId": row.room_id,
        "RoomName": room.name,
        "RoomType": room_type,
        "Owner_Account": room.owner,
        "MaxMemberCount": room.max_member_count,
        "MaxSeatCount": room.max_seat_count,
        **_switches(room),
        "ScheduleStartTime": room.schedule_start,
        "ScheduleEndTime": room.schedule_end,
        "RoomStatus": "Running" if room.has_started else "NotStarted",
        "IsSeatEnabled": room.is_seat_enabled,
        "TakeSeatMode": room.take_seat_mode,
        "CreateTime": room.created,
    }


def _update(room: RoomSnapshot, row: EventRow) -> tuple[str, Body]:
    """Return the callback with the full documented set of fields, not only those that changed [C4]."""
    info: Body = {
        "RoomId": row.room_id,
        "RoomName": room.name,
        "Owner_Account": room.owner,
        "TakeSeatMode": room.take_seat_mode,
        "MaxMemberCount": room.max_member_count,
        **_switches(room),
    }
    return names.UPDATE_ROOM, {"Operator_Account": row.operator, "RoomInfo": info}


@_renders
def _destroyed(fact: facts.RoomDestroyed, row: EventRow, _: str) -> Raised:
    yield names.DESTROY_ROOM, {**_operator(row), "EventType": "DestroyBySystem" if fact.by_system else "DestroyByUser"}


@_renders
def _updated(fact: facts.RoomUpdated, row: EventRow, _: str) -> Raised:
    yield _update(fact.room, row)
    if "is_message_disabled" in fact.changed:
        yield names.MESSAGE_MUTE, {**_operator(row), "IsMessageDisabled": fact.room.is_message_disabled}


@_renders
def _owner_changed(fact: facts.OwnerChanged, row: EventRow, _: str) -> Raised:
    yield _update(fact.room, row)  # the documented way to learn of it [R16]
    yield (
        names.OWNER_CHANGED,
        {**_operator(row), "Owner_Account": fact.owner.account, "FormerOwner_Account": fact.former.account},
    )


@_renders
def _started(fact: facts.RoomStarted, row: EventRow, room_type: str) -> Raised:
    yield names.ROOM_STARTED, {"Operator_Account": row.operator, "RoomInfo": _whole_room(fact.room, row, room_type)}


@_renders
def _ending(fact: facts.RoomEnding, row: EventRow, room_type: str) -> Raised:
    yield names.ROOM_ENDING, {"Operator_Account": row.operator, "RoomInfo": _whole_room(fact.room, row, room_type)}


def _accounts(members: list[MemberSnapshot]) -> list[str]:
    return [member.account for member in members]


@_renders
def _entered(fact: facts.MemberEntered, row: EventRow, _: str) -> Raised:
    yield (
        names.MEMBER_ENTER,
        {
            **_operator(row),
            "MemberCount": fact.member_count,
            "Type": "Enter",
            "MemberList_Account": _accounts(fact.members),
        },
    )


@_renders
def _left(fact: facts.MemberLeft, row: EventRow, _: str) -> Raised:
    yield (
        names.MEMBER_LEAVE,
        {
            **_operator(row),
            "MemberCount": fact.member_count,
            "Type": fact.how,
            "MemberList_Account": _accounts(fact.members),
            "Reason": fact.reason,
        },
    )


@_renders
def _member_updated(fact: facts.MemberUpdated, row: EventRow, _: str) -> Raised:
    member = fact.member
    if not MEMBER_INFO & set(fact.changed):
        return
    info = {
        "Member_Account": member.account,
        "Role": member.role,
        "NameCard": member.name_card,
        "CustomInfo": member.custom_info,
    }
    yield names.MEMBER_INFO_CHANGED, {**_operator(row), "MemberInfo": info}


@_renders
def _marked(fact: facts.MembersMarked, row: EventRow, _: str) -> Raised:
    marked = [{"Member_Account": member.account, "Marks": member.marks} for member in fact.members]
    yield names.MEMBER_MARKED, {**_operator(row), "MemberList": marked}


@_renders
def _banned(fact: facts.MembersBanned, row: EventRow, _: str) -> Raised:
    yield (
        names.MEMBER_BANNED,
        {
            **_operator(row),
            "MemberList_Account": fact.accounts,
            "BannedTimestamp": -(-fact.until // 1000),  # rounded up, as in get_banned_member_list
            "Reason": fact.reason,
        },
    )


@_renders
def _unbanned(fact: facts.MembersUnbanned, row: EventRow, _: str) -> Raised:
    yield names.MEMBER_UNBANNED, {**_operator(row), "MemberList_Account": fact.accounts}


@_renders
def _robot_added(fact: facts.RobotAdded, row: EventRow, _: str) -> Raised:
    yield (
        names.ROBOT_ADDED,
        {**_operator(row), "MemberCount": fact.member_count, "MemberList_Account": _accounts(fact.members)},
    )


@_renders
def _robot_removed(fact: facts.RobotRemoved, row: EventRow, _: str) -> Raised:
    yield (
        names.ROBOT_REMOVED,
        {**_operator(row), "MemberCount": fact.member_count, "MemberList_Account": _accounts(fact.members)},
    )


@_renders
def _seats_changed(fact: facts.SeatsChanged, row: EventRow, _: str) -> Raised:
    seats = [
        {
            "Index": seat.index,
            **({"Member_Account": seat.account} if seat.account else {}),  # left out when the seat is empty [S3]
            "IsTakenDisabled": seat.is_locked,
            "IsVideoDisabled": seat.is_video_disabled,
            "IsAudioDisabled": seat.is_audio_disabled,
        }
        for seat in fact.seats
    ]
    yield names.SEATS_CHANGED, {**_operator(row), "SeatList": seats}
