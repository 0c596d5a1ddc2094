"""``conclave``, continued: what an application may rely on."""

import msgspec

from conclave import __version__
from conclave.api import limits, registry
from conclave.api.registry import Example, command
from conclave.api.services.conclave_svc import SERVICE
from conclave.domain import groups, room_drafts
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.operation import Operation


class GetCapabilities(msgspec.Struct):
    """Request of get_capabilities: nothing to say."""


class CommandInfo(msgspec.Struct):
    """A command that the application may call; ``Rate`` is calls per second, 0 without limit."""

    Name: str
    Aliases: list[str]
    Rate: int


class ServiceInfo(msgspec.Struct):
    """A service name and its commands."""

    Name: str
    Commands: list[CommandInfo]


class Ceilings(msgspec.Struct):
    """What the application may have at most; 0 rooms and 0 calls mean no ceiling."""

    MaxRoomCount: int
    MaxMemberCount: int
    MaxSeatCount: int
    MaxRobotCount: int
    MaxGroupMemberCount: int
    MaxCallsPerSecond: int


class GetCapabilitiesReply(msgspec.Struct):
    """Reply of get_capabilities."""

    Version: str
    Ceilings: Ceilings
    RoomTypes: list[str]
    TakeSeatModes: list[str]
    GroupTypes: list[str]
    EmptyRoomSeconds: int
    OwnerExit: str
    Services: list[ServiceInfo]


@command(SERVICE, document="ours", access="point", example=Example({}))
async def get_capabilities(op: Operation, request: GetCapabilities) -> GetCapabilitiesReply:
    """Tell what a client of this server may rely on: version, ceilings, rates, commands, modes.

    Commands that are switched off for the application are left out, and so are those that steer the server.
    """
    settings = op.application.settings
    return GetCapabilitiesReply(
        Version=__version__,
        Ceilings=Ceilings(
            settings.max_rooms,
            settings.max_member_count,
            settings.max_seat_count,
            settings.max_robot_count,
            settings.max_group_member_count,
            settings.total_rate,
        ),
        RoomTypes=[room_drafts.ROOM_TYPE],
        TakeSeatModes=list(room_drafts.SEAT_MODES),
        GroupTypes=list(groups.KINDS),
        EmptyRoomSeconds=settings.empty_room_ttl,
        OwnerExit=settings.owner_exit,
        Services=_services(settings),
    )


def _services(settings: ApplicationSettings) -> list[ServiceInfo]:
    found = {name: ServiceInfo(name, []) for name in sorted(registry.SERVICES)}
    for (service_name, name), declared in sorted(registry.COMMANDS.items()):
        is_offered = declared.access != "control" and declared.path not in settings.disabled_commands
        if name == declared.name and is_offered:
            info = CommandInfo(name, list(declared.aliases), limits.rate_of(declared, settings))
            found[service_name].Commands.append(info)
    return list(found.values())
