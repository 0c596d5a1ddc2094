"""What is told of invitations: to inviter and invitee, wherever they are, and to those inside."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import invitations as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.people import Operator
from conclave.realtime.shapes.requests import InvitationInfo
from conclave.realtime.shapes.rooms import RoomInfo
from conclave.realtime.translation.base import Notice, Telling, notifies, tells
from conclave.store.events import EventRow


@notifies
def _sent(fact: facts.InvitationsSent, row: EventRow) -> Iterator[Notice]:
    room = RoomInfo.of(row.room_id, fact.room, fact.host.nick, fact.host.face_url)
    for invitation in fact.invitations:
        data = told.ReceiveInvitation(row.room_id, room, InvitationInfo.of(invitation), invitation.extension)
        yield Notice(data, (invitation.invitee.account,))


@tells
def _added(fact: facts.InvitationsSent, row: EventRow, _: Audience) -> Iterator[Telling]:
    for invitation in fact.invitations:
        yield Telling(told.InvitationAdded(row.room_id, InvitationInfo.of(invitation)))


@notifies
def _ended(fact: facts.InvitationsEnded, row: EventRow) -> Iterator[Notice]:
    room_id = row.room_id
    room = RoomInfo.of(room_id, fact.room, fact.host.nick, fact.host.face_url)
    for invitation in fact.invitations:
        inviter, invitee = (invitation.inviter.account,), (invitation.invitee.account,)
        shown = InvitationInfo.of(invitation)
        match fact.how:
            case "Accepted":
                yield Notice(told.InvitationAccepted(room_id, room, shown), inviter)
            case "Rejected":
                yield Notice(told.InvitationRejected(room_id, room, shown, fact.reason), inviter)
            case "TimedOut":
                yield Notice(told.InvitationTimeout(room_id, room, shown), inviter + invitee)
            case "Cancelled":
                yield Notice(told.InvitationCancelled(room_id, room, shown), invitee)
            case "Revoked":
                operator = Operator(row.operator)
                yield Notice(told.InvitationRevokedByAdmin(room_id, room, shown, operator), invitee)
        if fact.how in ("Accepted", "Rejected"):
            handled = told.InvitationHandledByOtherDevice(room_id, room, fact.how == "Accepted")
            yield Notice(handled, invitee, without_device=fact.device)


@tells
def _changed(fact: facts.InvitationsEnded, row: EventRow, _: Audience) -> Iterator[Telling]:
    is_taken_back = fact.how in ("Cancelled", "Revoked")
    event = told.InvitationRemoved if is_taken_back else told.InvitationStatusChanged
    for invitation in fact.invitations:
        yield Telling(event(row.room_id, InvitationInfo.of(invitation)))
