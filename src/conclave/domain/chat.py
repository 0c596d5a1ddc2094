"""What members say to all in the room, and what is kept of it for those who come later."""

import msgspec

from conclave import errors
from conclave.domain import events, facts, rooms
from conclave.domain.facts import MessageSnapshot
from conclave.domain.membership import Inside, as_administrator, as_member, as_reader
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.domain.snapshots import of_member
from conclave.errors import Refusal
from conclave.store import messages as rows
from conclave.store.room_contents import MESSAGES
from conclave.store.rooms import Room

_encode = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(MessageSnapshot).decode


class Draft(msgspec.Struct, frozen=True):
    """What somebody wants to say: a text, or, with a ``business_id``, data of the application's own."""

    content: str
    business_id: str = ""
    extension: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def size(self) -> int:
        """The bytes of all of its texts, names included."""
        texts = (self.content, self.business_id, *self.extension, *self.extension.values())
        return sum(len(text.encode()) for text in texts)


async def send(op: Operation, room_id: str, room_key: int, draft: Draft) -> MessageSnapshot:
    """Say something to all; the messages of a room are numbered from 1 without a gap, in the order of the log.

    Refuses with 9522, 100004, 100005, 100017 or -2380.
    """
    limit = op.application.settings.message_limit
    if draft.size > limit:
        raise Refusal(errors.MESSAGE_TOO_LONG, f"a message has {limit} bytes at most, with all that belongs to it")
    inside = await as_member(op, room_id, room_key)
    _refuse_muted(inside)
    room = inside.room
    room.messages += 1
    sender = await of_member(op, room, inside.member)
    said = MessageSnapshot(
        room.messages, max(op.now, room.event_at), sender, draft.content, draft.business_id, draft.extension
    )
    await _keep(op, room, said)
    await events.append(op, room, facts.MessageSent(said))
    return said


def _refuse_muted(inside: Inside) -> None:
    """Refuse whoever is muted with 100017, and general users with -2380 while messages are disabled for all."""
    if inside.member.is_muted:
        raise Refusal(errors.MUTED, "you may not send messages in this room")
    if inside.room.is_message_disabled and not inside.administers:
        raise Refusal(errors.MESSAGES_DISABLED, "messages are disabled for all general users of the room")


async def _keep(op: Operation, room: Room, said: MessageSnapshot) -> None:
    """Keep a message, and forget those that are too many now."""
    most = op.application.settings.message_history
    if room.holds & MESSAGES:
        await rows.prune(op.tx, op.sdkappid, room.room_key, said.sequence - most)
    if most:
        room.holds |= MESSAGES
        await rows.insert(op.tx, op.sdkappid, room.room_key, said.sequence, _encode(said).decode())


async def page(
    op: Operation, room_id: str, room_key: int, before: int, count: int
) -> tuple[list[MessageSnapshot], int]:
    """Return the latest messages with a number below ``before``, in their order, and where to go on: 0 at the end.

    ``before`` 0 starts with the latest. Refuses with 100004 or 100005.
    """
    room = (await as_reader(op, room_id, room_key)).room
    oldest = room.messages - op.application.settings.message_history
    if not room.holds & MESSAGES:
        return [], 0
    below = before or room.messages + 1
    found = await rows.page(op.tx, op.sdkappid, room.room_key, oldest, below, count + 1)
    said = [_read(data) for data in reversed(found[:count])]
    return said, said[0].sequence if len(found) > count else 0


async def disable_for_all(op: Operation, room_id: str, room_key: int, *, is_disabled: bool) -> None:
    """Bar all general users from sending messages, or allow it again; refuses with 100004, 100005 or -2301."""
    room = (await as_administrator(op, room_id, room_key)).room
    await rooms.change(op, room, RoomChanges(is_message_disabled=is_disabled))
