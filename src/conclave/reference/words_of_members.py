"""Words of the member protocol, whose declarations say most themselves."""

from typing import Final

MEMBERS: Final = {
    "roomInfo": "The room.",
    "userInfo": "The user.",
    "newOwner": "Who owns the room from now on.",
    "oldOwner": "Who owned it until now.",
    "operator": "Who did it.",
    "invitation": "The invitation, as it is after the event.",
    "operateUser": "Who did it.",
}
