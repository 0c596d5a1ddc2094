"""The model's requests, the lower part: how they are sent, and end (members.md 4.9)."""

from collections.abc import Callable

from tests.model import World
from tests.model_state import CAMERA, MICROPHONE, SCREEN, SYSTEM, Body, Request, Room, no

OPEN_CAMERA, OPEN_MICROPHONE, TAKE_SEAT, INVITE = 1, 2, 4, 5
APPLY_CAMERA, APPLY_MICROPHONE, APPLY_SCREEN = 6, 7, 8
OPEN = {CAMERA: OPEN_CAMERA, MICROPHONE: OPEN_MICROPHONE}
APPLY = {CAMERA: APPLY_CAMERA, MICROPHONE: APPLY_MICROPHONE, SCREEN: APPLY_SCREEN}
ASKED_BY_ADMINISTRATORS = (OPEN_CAMERA, OPEN_MICROPHONE, INVITE)
ADMINISTRATORS = ""
ACCEPTED, REJECTED, CANCELLED, EXPIRED, FAILED = range(5)


def send(world: World, caller: str, room: Room, action: int, target: str, timeout: int, index: int = -1) -> Body:
    """Send a request; -2312 while the same one is pending."""
    asked = (caller, action, target)
    no(-2312, any((each.sender, each.action, each.target) == asked for each in room.requests))
    expires = world.now + timeout * 1000 if timeout else 0
    request = Request(f"{room.key}.{room.seq + 1}", action, caller, target, index, world.now, expires)
    room.requests.append(request)
    receivers = [target] if target else room.administrators()
    world.tell(room, "RequestSent", caller, request=world.request_told(room, request), receivers=receivers)
    return {"requestId": request.id}


def sent(room: Room, account: str, *actions: int) -> list[Request]:
    return [each for each in room.requests if each.sender == account and each.action in actions]


def received(room: Room, target: str, *actions: int) -> list[Request]:
    return [each for each in room.requests if each.target == target and each.action in actions]


def end(
    world: World,
    operator: str,
    room: Room,
    ended: list[Request],
    outcome: int,
    answered: str = "",
    leaving: list[str] | None = None,
    **more: object,
) -> None:
    """End requests; ``leaving`` are administrators who are not told of it any more."""
    if not ended:
        return
    concerns_all = any(each.target == ADMINISTRATORS for each in ended)
    told = {
        "requests": [world.request_told(room, each) for each in ended],
        "outcome": outcome,
        "answered": answered,
        "code": 0,
        "message": "",
        "administrators": [each for each in room.administrators() if concerns_all and each not in (leaving or [])],
        **more,
    }
    room.requests = [each for each in room.requests if each not in ended]
    world.tell(room, "RequestsEnded", operator, **told)


def fulfil_seat(world: World, operator: str, room: Room, account: str, answered: str = "", message: str = "") -> None:
    """Whatever was asked for somebody who sits now is granted."""
    wanted = sent(room, account, TAKE_SEAT) + received(room, account, INVITE)
    end(world, operator, room, wanted, ACCEPTED, answered, message=message)


def fulfil_device(world: World, caller: str, room: Room, device: int) -> None:
    """Whatever was asked for about a device that its user has opened has come true."""
    wanted = sent(room, caller, APPLY[device]) + (received(room, caller, OPEN[device]) if device in OPEN else [])
    end(world, caller, room, wanted, ACCEPTED)


def withdraw_applications(world: World, operator: str, room: Room) -> None:
    """Seats are free to take now."""
    end(world, operator, room, received(room, ADMINISTRATORS, TAKE_SEAT), CANCELLED)


def forget(world: World, operator: str, room: Room, leaving: list[str]) -> None:
    """What those who leave asked for is cancelled; what they were asked has failed."""
    own = [each for each in room.requests if each.sender in leaving]
    end(world, operator, room, own, CANCELLED, leaving=leaving)
    asked = [each for each in room.requests if each.target in leaving]
    end(world, operator, room, asked, FAILED, code=100005, message="the user left the room")


def demote(world: World, operator: str, room: Room, account: str) -> None:
    """Whoever administers no more asks nobody any more."""
    end(world, operator, room, sent(room, account, *ASKED_BY_ADMINISTRATORS), CANCELLED)


def promoted(world: World, operator: str, room: Room, account: str, seat: Callable[[int], None]) -> None:
    """Whoever administers now needs no consent: his seat is given to him if it can be had, the rest is cancelled."""
    for request in sent(room, account, TAKE_SEAT):
        seat(request.index)
    end(world, operator, room, sent(room, account, TAKE_SEAT, *APPLY.values()), CANCELLED)


def expire(world: World, room: Room) -> None:
    """Those whose time is over have ended."""
    over = [each for each in room.requests if 0 < each.expires <= world.now]
    end(world, SYSTEM, room, over, EXPIRED)
