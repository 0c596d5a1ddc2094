"""What was counted against a caller outlives a change of his application: rates [G13] and locks [G14]."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests import raw
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.operating import Operator, becomes
from tests.tokens import ACCEPTED, QUESTION, code

TOML = "rates = {default = 5}\nadministrators = ['administrator', 'operator']"
WITNESSES = [f"{ROOMS}/{name}" for name in ("add_robot", "ban_room_member", "create_room", "destroy_room")]


class Changing:
    """An application whose rate is five, on a server whose clock stands still."""

    def __init__(self, operator: Operator, sdkappid: int) -> None:
        self.caller = Caller(operator.server.url, sdkappid)
        self.colleague = Caller(operator.server.url, sdkappid, "operator")
        self._operator = operator
        self._witnesses = list(WITNESSES)

    def change(self, *assignments: str) -> None:
        """Change settings, and wait until the change is in force: a command is switched off along with it."""
        witness = self._witnesses.pop()
        self._operator.app("limits", str(self.caller.sdkappid), f"disabled_commands={witness}", *assignments)
        becomes(lambda: int(self.colleague.call(witness, b"{}")["ErrorCode"]), 60017)

    def count(self, calls: int) -> Counter[int]:
        """The codes of so many calls at one and the same moment."""
        call = raw.request(raw.target(self.caller, QUESTION), b'{"RoomId":"nowhere"}')
        with raw.Wire(self.caller.url) as wire:
            return Counter(wire.ask(call).code for _ in range(calls))

    def forge(self, calls: int) -> list[int]:
        """The codes of so many calls of the caller, none of them signed."""
        return [code(self.caller, "AAAA") for _ in range(calls)]


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Changing]]:
    with Server(tmp_path_factory.mktemp("changing"), applications=8, toml=TOML) as server:
        Caller(server.url).ok("conclave/set_clock", {"Freeze": True})
        yield (Changing(Operator(server), FIRST_SDKAPPID + 1 + number) for number in range(7))


@pytest.fixture
def changing(applications: Iterator[Changing]) -> Changing:
    return next(applications)


def test_a_changed_setting_gives_no_call_back(changing: Changing) -> None:
    assert changing.count(5) == {ACCEPTED: 5}
    for round_ in range(2):
        changing.colleague.ok("room_config/set_callback_token", {"Token": f"token-{round_}", "IsTokenEnable": True})
        changing.change("max_rooms=7")
        assert changing.count(3) == {60007: 3}
    changing.caller.advance(0.2)
    assert changing.count(2) == {ACCEPTED: 1, 60007: 1}


def test_a_changed_setting_gives_no_call_of_the_total_back(changing: Changing) -> None:
    changing.change("total_rate=3")
    assert changing.count(4) == {ACCEPTED: 3, 60011: 1}
    changing.change("max_rooms=7")
    assert changing.count(1) == {60011: 1}


def test_another_rate_counts_from_the_beginning(changing: Changing) -> None:
    assert changing.count(6) == {ACCEPTED: 5, 60007: 1}
    changing.change("total_rate=3")
    assert changing.count(4) == {ACCEPTED: 3, 60011: 1}


def test_a_changed_setting_unlocks_nobody(changing: Changing) -> None:
    changing.change("lock_after_failures=3")
    assert changing.forge(3) == [70003] * 3
    changing.colleague.ok("room_config/set_callback_token", {"Token": "token", "IsTokenEnable": True})
    changing.change("max_rooms=7")
    assert code(changing.caller, changing.caller.token()) == 70050
    changing.colleague.advance(60)
    assert code(changing.caller, changing.caller.token()) == ACCEPTED


def test_failures_before_a_change_count_after_it(changing: Changing) -> None:
    changing.change("lock_after_failures=3")
    assert changing.forge(2) == [70003] * 2
    changing.change("max_rooms=7")
    assert changing.forge(2) == [70003, 70050]


def test_another_number_of_failures_counts_at_once(changing: Changing) -> None:
    changing.change("lock_after_failures=3")
    assert changing.forge(4) == [70003] * 3 + [70050]
    changing.change("lock_after_failures=5")
    assert changing.forge(3) == [70003] * 2 + [70050]
    changing.change("lock_after_failures=2")
    assert changing.forge(1) == [70050]
    changing.change("lock_after_failures=0")
    assert changing.forge(2) == [70003] * 2
