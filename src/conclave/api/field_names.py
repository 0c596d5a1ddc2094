"""What callers of the API call the fields of which a rule of the domain speaks."""

from collections.abc import Mapping
from typing import Final

from conclave.errors import Field

NAMES: Final[Mapping[Field, str]] = {
    Field.ROOM_ID: "RoomInfo.RoomId",
    Field.ROOM_TYPE: "RoomInfo.RoomType",
    Field.OWNER: "RoomInfo.Owner_Account",
    Field.NEW_OWNER: "NewOwner_Account",
    Field.FORMER_OWNER: "From_Account",
    Field.SCHEDULE_END: "RoomInfo.ScheduleEndTime",
    Field.MAX_MEMBER_COUNT: "RoomInfo.MaxMemberCount",
    Field.IS_SEAT_ENABLED: "RoomInfo.IsSeatEnabled",
    Field.MAX_SEAT_COUNT: "RoomInfo.MaxSeatCount",
    Field.TAKE_SEAT_MODE: "RoomInfo.TakeSeatMode",
    Field.IS_PASSWORD_ENABLED: "RoomInfo.IsPasswordEnabled",
    Field.PASSWORD: "RoomInfo.Password",
    Field.MEMBER: "Member_Account",
    Field.TARGETS: "MemberList_Account",
    Field.ACCOUNT: "UserID",
    Field.NICK: "Nick",
    Field.FACE_URL: "FaceUrl",
}
