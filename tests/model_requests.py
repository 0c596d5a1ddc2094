"""The rules of the model: requests for devices, and the answers to all requests (members.md 1.5, 1.7, 4.9)."""

from tests import model_pending as pending
from tests.model import World, deed
from tests.model_devices import DEVICES
from tests.model_ladder import as_administrator, below
from tests.model_pending import ACCEPTED, ADMINISTRATORS, APPLY, CANCELLED, INVITE, OPEN, REJECTED, TAKE_SEAT
from tests.model_seating import sit
from tests.model_state import Body, Request, Room, no

NOT_NEEDED = {"requestId": ""}


@deed("openRemoteDeviceByAdmin")
def ask(world: World, caller: str, body: Body) -> Body:
    """Ask a member to open a device; one that is open needs no request."""
    room, account, device = as_administrator(world, caller), body["userId"], DEVICES[body["device"]]
    person = below(room, caller, account)
    no(100006, person.robot)
    if person.devices & device:
        return NOT_NEEDED
    no(100102, bool(pending.sent(room, account, APPLY[device])))
    return pending.send(world, caller, room, OPEN[device], account, body["timeout"])


@deed("applyToAdminToOpenLocalDevice")
def apply(world: World, caller: str, body: Body) -> Body:
    """Ask owner and administrators to be allowed a device; whoever may open it anyhow needs no request."""
    room, device = world.here(caller), DEVICES[body["device"]]
    person = room.people[caller]
    if room.administers(caller) or (person.devices | person.grants) & device:
        return NOT_NEEDED
    no(100102, device in OPEN and bool(pending.received(room, caller, OPEN[device])))
    return pending.send(world, caller, room, APPLY[device], ADMINISTRATORS, body["timeout"])


def _pending(room: Room, body: Body) -> Request:
    found = [each for each in room.requests if each.id == body["requestId"]]
    no(-2311, not found)
    return found[0]


def _to_answer(world: World, caller: str, body: Body) -> tuple[Room, Request]:
    """Return the request that the caller may answer."""
    room = world.here(caller)
    request = _pending(room, body)
    no(-2310, request.target != caller if request.target else not room.administers(caller))
    return room, request


@deed("acceptRemoteRequest")
def accept(world: World, caller: str, body: Body) -> None:
    """Give the seat, or allow the device; one that cannot be had any more stays asked for."""
    room, request = _to_answer(world, caller, body)
    account = request.target or request.sender
    message = body["extensionInfo"]
    if request.action in (TAKE_SEAT, INVITE):
        sit(world, caller, room, account, request.index, request.id, message)
        return
    devices = [device for actions in (OPEN, APPLY) for device, action in actions.items() if action == request.action]
    room.people[account].grants |= devices[0]
    served = pending.received(room, account, request.action) if request.target else [request]
    pending.end(world, caller, room, served, ACCEPTED, request.id, message=message)


@deed("rejectRemoteRequest")
def reject(world: World, caller: str, body: Body) -> None:
    room, request = _to_answer(world, caller, body)
    pending.end(world, caller, room, [request], REJECTED, request.id, message=body["extensionInfo"])


@deed("cancelRequest")
def cancel(world: World, caller: str, body: Body) -> None:
    room = world.here(caller)
    request = _pending(room, body)
    no(-2310, request.sender != caller)
    pending.end(world, caller, room, [request], CANCELLED, request.id)
