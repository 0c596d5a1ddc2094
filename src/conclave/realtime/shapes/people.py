"""Users inside a room, and accounts anywhere."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.domain.facts import MemberSnapshot, PersonSnapshot
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN
from conclave.realtime.shapes.words import ROLES, AvatarUrl, NameCard, Role, UserId, UserName


class UserInfo(msgspec.Struct, frozen=True):
    """A user inside a room."""

    userId: UserId
    userName: UserName
    nameCard: NameCard
    avatarUrl: AvatarUrl
    userRole: Role
    customInfo: Annotated[str, Meta(description='What the application keeps with the member, `""` for nothing.')]
    marks: Annotated[list[int], Meta(description="The member's marks, ascending.")]
    isRobot: Annotated[bool, Meta(description="A stand-in that the application put into the room.")]
    hasAudioStream: Annotated[bool, Meta(description="The microphone is open.")]
    hasVideoStream: Annotated[bool, Meta(description="The camera is open.")]
    hasScreenStream: Annotated[bool, Meta(description="The user shares a screen.")]
    isMessageDisabled: Annotated[bool, Meta(description="The user may not send messages.")]
    roomCustomInfo: Annotated[dict[str, str], Meta(description="What setCustomInfoForUser keeps with the user.")]

    @classmethod
    def of(cls, member: MemberSnapshot) -> "UserInfo":
        """Return what others see of a member."""
        return cls(
            userId=member.account,
            userName=member.nick,
            nameCard=member.name_card,
            avatarUrl=member.face_url,
            userRole=ROLES[member.role],
            customInfo=member.custom_info,
            marks=member.marks,
            isRobot=member.is_robot,
            hasAudioStream=bool(member.devices & MICROPHONE),
            hasVideoStream=bool(member.devices & CAMERA),
            hasScreenStream=bool(member.devices & SCREEN),
            isMessageDisabled=member.is_muted,
            roomCustomInfo=member.attributes,
        )


class PersonInfo(msgspec.Struct, frozen=True):
    """An account, whether it is inside a room or not."""

    userId: UserId
    userName: UserName
    avatarUrl: AvatarUrl

    @classmethod
    def of(cls, person: PersonSnapshot) -> "PersonInfo":
        """Return what others see of an account."""
        return cls(userId=person.account, userName=person.nick, avatarUrl=person.face_url)


class Operator(msgspec.Struct, frozen=True):
    """Who did it: a member, the administrator of a REST call, or `@TIM#SYSTEM`."""

    userId: UserId
