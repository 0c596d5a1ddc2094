"""The codes that several methods answer for the same reason."""

from typing import Final

from conclave import errors

GONE: Final = (errors.ROOM_NOT_EXIST, errors.NOT_MEMBER)
"""The room, or the caller's membership in it, ended meanwhile; of a person named in the request: not inside."""
AS_ADMINISTRATOR: Final = (*GONE, errors.NEEDS_ADMINISTRATOR)
AS_ADMINISTRATOR_OVER_ANOTHER: Final = (*AS_ADMINISTRATOR, errors.NOT_PERMITTED)
AS_OWNER: Final = (*GONE, errors.NEEDS_OWNER)
AS_OWNER_FROM_ANYWHERE: Final = (errors.ROOM_NOT_EXIST, errors.NEEDS_OWNER)
NO_SUCH_SEAT: Final = (errors.NO_SEATS, errors.SEAT_INDEX_INVALID)
WHEN_CREATED: Final = (
    errors.PARAMETER,
    errors.ROOM_TYPE_INVALID,
    errors.NOT_PERMITTED,
    errors.OVER_CEILING,
    errors.ROOM_ID_IN_USE,
    errors.ROOM_ID_OWN,
    errors.ROOM_ID_OF_GROUP,
    errors.TOO_FREQUENT,
    errors.PLAN_MISSING,
    errors.ROOMS_AT_LIMIT,
)
