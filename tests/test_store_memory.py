"""What an SQLite process remembers: bounded, whatever is asked for."""

import pytest

from conclave.domain.listing import MemberPage
from conclave.domain.membership import MEMBER
from conclave.store.memory import MOST, Memory

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("members", [0, 1, 9])
def test_pages_are_forgotten_however_few_members_they_have(members: int) -> None:
    memory = Memory()
    kept = MOST // (1 + members)
    for after in range(2 * kept):
        memory.keep(("members", after), MemberPage(1, [("ann", "", MEMBER, [], "")] * members, 0))
    known = [memory.recall(("members", after)) is not None for after in (0, kept - 1, kept, 2 * kept - 1)]
    assert known == [False, False, True, True]
