"""Messages in a room, and who may not send any."""

import msgspec

from conclave.domain.facts.base import Fact, MemberSnapshot


class MessageSnapshot(msgspec.Struct, frozen=True):
    """A message; ``at`` is in milliseconds. A custom one has a ``business_id``, a text has none."""

    sequence: int
    at: int
    sender: MemberSnapshot
    content: str
    business_id: str = ""
    extension: dict[str, str] = msgspec.field(default_factory=dict)


class MessageSent(Fact, frozen=True):
    """A member said something to all."""

    message: MessageSnapshot


class MuteChanged(Fact, frozen=True):
    """Somebody may not send messages any more, or may again; he need not be inside."""

    account: str
    is_muted: bool
