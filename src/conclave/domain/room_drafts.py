"""What is asked of a room, when it is made and later: the fields, and what they may hold."""

from typing import Final

import msgspec

from conclave import errors
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal

ROOM_TYPE: Final = "Conference"
NO_SEAT_MODE: Final = "None"
FREE_TO_TAKE: Final = "FreeToTake"
APPLY_TO_TAKE: Final = "ApplyToTake"
SEAT_MODES: Final = (FREE_TO_TAKE, APPLY_TO_TAKE)


class RoomChanges(msgspec.Struct, kw_only=True):
    """The fields of a room that may change later, named as in its row; ``None`` leaves one as it is, or at its default.

    Times are seconds. The last four may change only for as long as nobody was inside; who may change them, and when,
    is asked before.
    """

    name: str | None = None
    max_member_count: int | None = None
    is_video_disabled: bool | None = None
    is_audio_disabled: bool | None = None
    is_message_disabled: bool | None = None
    is_screen_sharing_disabled: bool | None = None
    is_cloud_recording_disabled: bool | None = None
    custom_info: str | None = None
    take_seat_mode: str | None = None
    is_password_enabled: bool | None = None
    password: str | None = None
    max_seat_count: int | None = None
    schedule_start_s: int | None = None
    schedule_end_s: int | None = None
    reminder_s: int | None = None


class RoomDraft(RoomChanges, kw_only=True):
    """What create_room takes."""

    room_id: str
    room_type: str
    owner: str
    is_seat_enabled: bool = False
    keep_owner_on_seat: bool = False
    invitees: list[str] = msgspec.field(default_factory=list)


def check_password(enabled: bool | None, password: str | None) -> None:
    """Refuse with 100002 that a password is asked for which there is not [R25]."""
    if enabled and not password:
        raise Refusal(errors.PARAMETER, Field.IS_PASSWORD_ENABLED, " needs a ", Field.PASSWORD)


def seats(op: Operation, draft: RoomDraft) -> tuple[int, str]:
    """Return seat count and mode of a new room; with seats off both wishes are ignored [R7]. Refuses with 100002."""
    if not draft.is_seat_enabled:
        return 0, NO_SEAT_MODE
    ceiling = op.application.settings.max_seat_count
    if ceiling == 0:
        raise Refusal(errors.PARAMETER, Field.IS_SEAT_ENABLED, ": not support seat for this application")
    count = ceiling if draft.max_seat_count is None else draft.max_seat_count
    if count < 1:
        raise Refusal(errors.PARAMETER, Field.MAX_SEAT_COUNT, " must be at least 1")
    return count, seat_mode(SEAT_MODES[0] if draft.take_seat_mode is None else draft.take_seat_mode)


def seat_mode(mode: str) -> str:
    """Return a mode of rooms with seats; refuses with 100002 what is none."""
    if mode not in SEAT_MODES:
        raise Refusal(errors.PARAMETER, Field.TAKE_SEAT_MODE, f" must be one of {', '.join(SEAT_MODES)}")
    return mode


def check_ceiling(op: Operation, max_member_count: int | None) -> None:
    """Refuse with 100013 more members than the application allows."""
    ceiling = op.application.settings.max_member_count
    if max_member_count is not None and max_member_count > ceiling:
        raise Refusal(errors.OVER_CEILING, Field.MAX_MEMBER_COUNT, f" is above the ceiling {ceiling}")


def check_seat_ceiling(op: Operation, max_seat_count: int) -> None:
    """Refuse with 100013 more seats than the application allows [R7]."""
    ceiling = op.application.settings.max_seat_count
    if max_seat_count > ceiling:
        raise Refusal(errors.OVER_CEILING, Field.MAX_SEAT_COUNT, f" is above the ceiling {ceiling}")
