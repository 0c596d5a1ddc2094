"""Seats."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.domain.facts import MemberSnapshot, SeatSnapshot
from conclave.realtime.shapes.words import AvatarUrl, NameCard, UserId, UserName


class SeatInfo(msgspec.Struct, frozen=True):
    """A seat; an empty one has `""` for the user and everything of his."""

    index: Annotated[int, Meta(description="0 to maxSeatCount - 1.")]
    userId: UserId
    userName: UserName
    nameCard: NameCard
    avatarUrl: AvatarUrl
    isLocked: Annotated[bool, Meta(description="Nobody may sit down.")]
    isVideoLocked: Annotated[bool, Meta(description="The user on it may not publish video.")]
    isAudioLocked: Annotated[bool, Meta(description="The user on it may not publish audio.")]

    @classmethod
    def of(cls, seat: SeatSnapshot, people: Mapping[str, MemberSnapshot]) -> "SeatInfo":
        """Return a seat with the profile of whoever sits on it."""
        user = people.get(seat.account)
        return cls(
            index=seat.index,
            userId=seat.account,
            userName=user.nick if user else "",
            nameCard=user.name_card if user else "",
            avatarUrl=user.face_url if user else "",
            isLocked=seat.is_locked,
            isVideoLocked=seat.is_video_disabled,
            isAudioLocked=seat.is_audio_disabled,
        )


def seat_list(seats: Iterable[SeatSnapshot], seated: Iterable[MemberSnapshot]) -> list[SeatInfo]:
    """Return seats with the profiles of ``seated``."""
    people = {member.account: member for member in seated}
    return [SeatInfo.of(seat, people) for seat in seats]
