"""What an operator may set for an application.

``ApplicationSettings`` declares every field once; the settings file, the command line, the store and the reference page
are derived from this declaration [G22].
"""

from typing import Annotated, Final

import msgspec
import msgspec.inspect
from msgspec import Meta

from conclave.domain import callbacks

MAX_ADMINISTRATORS = 10


class ApplicationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an operator may set for an application; each default is the safe or documented one."""

    name: Annotated[str, Meta(max_length=100, description="A name for people; shown by `conclave app list`.")] = ""
    administrators: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            max_length=MAX_ADMINISTRATORS,
            description="User ids that may call the REST API; they count as imported accounts [R4].",
        ),
    ] = ("administrator",)
    enabled: Annotated[bool, Meta(description="`false` answers every call with 60016.")] = True
    plan_end: Annotated[
        int, Meta(ge=0, description="Unix seconds after which calls are answered with 60020; 0 means never.")
    ] = 0
    networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks (CIDR) that may call; others get 60021. Empty allows all."),
    ] = ()
    allow_rooms: Annotated[
        bool, Meta(description="`false` answers create_room with 100007: the application's plan has no rooms.")
    ] = True
    max_rooms: Annotated[
        int, Meta(ge=0, description="Living rooms of the application, above it 101011; 0 means no ceiling.")
    ] = 0
    max_member_count: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Ceiling and default of a room's MaxMemberCount [R6].")
    ] = 300
    max_seat_count: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Ceiling and default of a room's MaxSeatCount [R7]; 0: rooms have no seats.",
        ),
    ] = 20
    max_robot_count: Annotated[int, Meta(ge=0, le=100, description="Robots in one room [R22].")] = 3
    max_group_member_count: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Ceiling and default of a Chat group's MaxMemberCount.")
    ] = 6000
    rates: Annotated[
        dict[str, Annotated[int, Meta(ge=0, le=1_000_000)]],
        Meta(
            description="Calls per second by command; `default` replaces the general 200, and `default = 0` lifts "
            "every command's limit [G13]."
        ),
    ] = msgspec.field(default_factory=dict)
    total_rate: Annotated[
        int,
        Meta(ge=0, description="Calls per second of the application in total, above it 60011; 0 means off."),
    ] = 0
    disabled_commands: Annotated[
        tuple[str, ...], Meta(description="Commands (`service/command`) that answer 60017.")
    ] = ()
    empty_room_ttl: Annotated[
        int,
        Meta(
            ge=0,
            le=10 * 366 * 86_400,
            description="Seconds for which a room past its scheduled end may stand empty before it ends [R10]; "
            "a change counts for rooms that become empty from then on.",
        ),
    ] = 6 * 3600
    create_room_interval: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds before a destroyed room id may be created again; 0 means off [R26].",
        ),
    ] = 0
    owner_exit: Annotated[
        str,
        Meta(
            pattern="^(keep|transfer|forbid|dismiss)$",
            description="What happens when the owner leaves: `keep`, `transfer`, `forbid` or `dismiss` [R27].",
        ),
    ] = "keep"
    allow_early_entry: Annotated[bool, Meta(description="Members may enter before the scheduled start.")] = True
    allow_account_deletion: Annotated[bool, Meta(description="`false` answers account_delete with 71000 [R31].")] = True
    callback_url: Annotated[
        str,
        Meta(
            max_length=callbacks.MAX_URL,
            description="Where callbacks are sent, `http://` or `https://`; empty: nowhere. REST's set_callback sets "
            "it too.",
        ),
    ] = ""
    callback_commands: Annotated[
        tuple[str, ...],
        Meta(max_length=callbacks.MAX_LISTED, description="The callbacks that are sent; others are not [C10]."),
    ] = ()
    callback_room_type: Annotated[
        str,
        Meta(
            pattern="^(Conference|Meeting)$",
            description="How callbacks spell RoomType: `Conference`, or the other published spelling `Meeting` [C3].",
        ),
    ] = "Conference"
    callback_token: Annotated[
        str,
        Meta(
            max_length=callbacks.MAX_TOKEN,
            description="The secret behind `Sign` in the URL of callbacks; REST's set_callback_token sets it too [C2].",
            extra={"secret": True},
        ),
    ] = ""
    callback_token_enabled: Annotated[bool, Meta(description="Whether `Sign` and `RequestTime` are sent [C2].")] = False
    message_limit: Annotated[
        int,
        Meta(ge=1, le=32_768, description="Bytes that all texts of a message of a member may have, above it 9522."),
    ] = 4096
    message_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Messages a second that one account may send to one room, in bursts of one second; above it "
            "-2. 0 lifts the limit.",
        ),
    ] = 10
    message_history: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="The latest messages of a room that are kept for those who come later; 0: none.",
        ),
    ] = 200
    max_invitees: Annotated[
        int,
        Meta(ge=1, le=300, description="Accounts that a member may invite into a meeting at once, above it 100013."),
    ] = 20
    max_rooms_per_member: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Living rooms that an account may own and still create another as a member, above it 101011; "
            "REST is not bounded by it. 0: members create none, 100006.",
        ),
    ] = 20
    end_notice: Annotated[
        int,
        Meta(
            ge=1,
            le=86_400,
            description="Seconds before a room's scheduled end at which Room.CallbackAfterRoomEnding is raised where "
            "it is listed then; a change counts for rooms that are created from then on.",
        ),
    ] = 300
    callback_parallel: Annotated[
        int, Meta(ge=1, le=100, description="Callbacks on their way to the endpoint at the same time.")
    ] = 16
    key_overlap: Annotated[
        int, Meta(ge=0, le=365 * 86_400, description="Seconds for which a key that was replaced stays valid [G16].")
    ] = 86_400
    lock_after_failures: Annotated[
        int,
        Meta(
            ge=0,
            le=1000,
            description="Failed UserSigs of one identifier within a minute before 70050 for 60 s; 0 means off. "
            "The documented number is 20 [G14]. Where it is on, whoever reaches the server can lock an identifier.",
        ),
    ] = 0


SECRETS: Final = frozenset(
    field.name
    for field in msgspec.inspect.type_info(ApplicationSettings).fields  # type: ignore[attr-defined]
    if isinstance(field.type, msgspec.inspect.Metadata) and (field.type.extra or {}).get("secret")
)
"""The settings that are shown only to who asks for secrets."""
