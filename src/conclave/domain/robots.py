"""Robots: stand-in members that the application puts into a room [R22]."""

from conclave import errors
from conclave.domain import accounts, departures, events, facts, members, rooms, snapshots
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store import members as rows


async def add(op: Operation, room_id: str, account: str) -> None:
    """Put a robot into a room; adding it twice succeeds.

    Refuses with 100004, 100002 (not imported), 100005 (a person of that id is inside), 100700 or 100008.
    """
    await accounts.hold(op, account)
    room = await rooms.lock(op, room_id)
    await accounts.require(op, account, Field.MEMBER)
    inside = await rows.find(op.tx, op.sdkappid, room.room_key, account)
    if inside is not None:
        if not inside.is_robot:
            raise Refusal(errors.NOT_MEMBER, f"account {account!r} is inside as a person, not as a robot")
        return
    if room.robot_count >= op.application.settings.max_robot_count:
        raise Refusal(errors.ROBOTS_AT_LIMIT, f"room {room_id!r} has {room.robot_count} robots, the limit")
    robot = await members.admit(op, room, account, is_robot=True)
    room.robot_count += 1
    told = await snapshots.of_member(op, room, robot)
    await events.append(op, room, facts.RobotAdded([told], room.member_count))


async def remove(op: Operation, room_id: str, account: str) -> None:
    """Take a robot out; refuses with 100004, or with 100005 whatever is no robot there."""
    room = await rooms.lock(op, room_id)
    robot = await rows.find(op.tx, op.sdkappid, room.room_key, account)
    if robot is None or not robot.is_robot:
        raise Refusal(errors.NOT_MEMBER, f"account {account!r} is not a robot in room {room_id!r}")
    gone = await departures.expel(op, room, [robot])
    await events.append(op, room, facts.RobotRemoved(gone, room.member_count))
