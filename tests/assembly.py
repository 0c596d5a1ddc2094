"""A meeting whose people are all told the same: of the room itself."""

from typing import Any

import pytest

from tests.asking import Meeting
from tests.house import Caller
from tests.member import Frame, Join


class Assembly(Meeting):
    """A meeting, by default without seats, and an outsider who is logged in."""

    def __init__(self, caller: Caller, join: Join, **info: Any) -> None:
        super().__init__(caller, join, **{"IsSeatEnabled": False, **info})
        self.outsider = join("outsider", of=caller)

    def told(self) -> list[Frame]:
        """Return what all inside were told alike since then, as data with the event's name, without the room's id."""
        told = [member.told() for member in self.people.values()]
        assert all(each == told[0] for each in told)
        return [
            {"event": frame["event"], **{name: value for name, value in frame["data"].items() if name != "roomId"}}
            for frame in told[0]
        ]


@pytest.fixture
def assembly(caller: Caller, member: Join) -> Assembly:
    """In a room without seats."""
    return Assembly(caller, member)
