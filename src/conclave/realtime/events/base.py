"""Words and numbers that several events share."""

from typing import Annotated, Final

from msgspec import Meta

ALL: Final = "all in the room"
OTHERS: Final = "the others in the room"

# TUIKickedOutOfRoomReason.
BY_ADMIN, OTHER_DEVICE, BY_SERVER, TIMED_OUT, MEMBERSHIP_ENDED, TOO_MANY_ROOMS = range(6)
DISMISSED_BY_OWNER, DISMISSED_BY_SERVER = 1, 2
# TUIUserInfoModifyFlag.
ROLE_CHANGED, NAME_CARD_CHANGED = 1, 2

# TUIChangeReason.
CHANGED_BY_SELF, CHANGED_BY_ADMIN = 0, 1

Message = Annotated[str, Meta(description="A sentence for people; may be empty.")]
By = Annotated[str, Meta(description="Who did it: a member, the administrator of a REST call, or `@TIM#SYSTEM`.")]
