"""What the fields of the wire, and of the log of events, mean.

A name means the same wherever it stands; where it does not, ``Struct.name`` says what it means in that struct and
in those derived from it. A description
that a declaration carries itself (``Meta(description=…)``) comes before both. A word that no field uses is a complaint.
"""

from typing import Final

from conclave.reference.shapes import Field
from conclave.reference.words_of_accounts import ACCOUNTS
from conclave.reference.words_of_callbacks import CALLBACKS
from conclave.reference.words_of_conclave import CONCLAVE
from conclave.reference.words_of_events import EVENTS
from conclave.reference.words_of_groups import GROUPS
from conclave.reference.words_of_members import MEMBERS
from conclave.reference.words_of_rooms import ROOMS

PARAMETERS: Final = {
    "sdkappid": "The application's id.",
    "identifier": "The user id of an administrator of the application.",
    "usersig": "A UserSig that proves the identifier; see docs/contract/usersig.md.",
    "random": "A number of the caller's choice; it is only logged [G3].",
    "contenttype": "Always `json`; may be left out.",
}
WORDS: Final = {**ROOMS, **CONCLAVE, **ACCOUNTS, **GROUPS, **MEMBERS, **EVENTS, **CALLBACKS}


def word(field: Field) -> str | None:
    """Return the word that explains a field, or ``None`` when nobody wrote one."""
    special = [f"{struct.__name__}.{field.name}" for struct in field.owner.__mro__]
    return next((word for word in (*special, field.name) if word in WORDS), None)


def meaning(field: Field) -> str | None:
    """Return what a field means, or ``None`` when nobody said it."""
    known = word(field)
    return field.description or (WORDS[known] if known else None)
