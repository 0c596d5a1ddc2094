"""What becomes of invitations into a meeting that is under way."""

from typing import Literal

import msgspec

from conclave.domain.facts.base import Fact, PersonSnapshot, RoomSnapshot

Ending = Literal["Accepted", "Rejected", "TimedOut", "Cancelled", "Revoked"]


class InvitationSnapshot(msgspec.Struct, frozen=True):
    """An invitation; ``status`` is 1 pending, 2 timed out, 3 accepted, 4 rejected, 0 gone.

    It goes when it is taken back, or nobody is inside any more.
    ``expires_at`` is in milliseconds, 0 when it never does.
    """

    inviter: PersonSnapshot
    invitee: PersonSnapshot
    status: int
    extension: str
    expires_at: int


class InvitationsSent(Fact, frozen=True):
    """Somebody inside asked accounts to come in."""

    room: RoomSnapshot
    host: PersonSnapshot
    invitations: list[InvitationSnapshot]


class InvitationsEnded(Fact, frozen=True):
    """Invitations are not pending any more, all for the same reason.

    ``reason`` is that of a rejection, ``device`` the one on which the invitee answered or entered.
    """

    room: RoomSnapshot
    host: PersonSnapshot
    invitations: list[InvitationSnapshot]
    how: Ending
    reason: int = 0
    device: str = ""
