"""Keys, administrators and locks: what changes takes effect at once, whatever was remembered [G14] [G16]."""

from collections.abc import Callable, Iterator

import pytest

from conclave.api.gate import MAX_FAILING, Gate
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application, ApplicationKey
from tests import tokens
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.member import Member
from tests.operating import NEW, OLD, Operator, becomes
from tests.tokens import ACCEPTED, code


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with Server(tmp_path_factory.mktemp("keys")) as server:
        yield Operator(server)


def test_a_rotated_key_is_good_until_its_overlap_ends(operator: Operator) -> None:
    caller = operator.create()
    before, after = operator.token(OLD), operator.token(NEW)
    assert code(caller, after) == 70009
    operator.app("rotate-key", str(operator.sdkappid), "--key", NEW, "--overlap", "1000")
    becomes(lambda: code(caller, after), ACCEPTED)
    assert code(caller, before) == ACCEPTED
    Caller(caller.url).advance(1001)
    assert code(caller, before) == 70009  # although it was remembered as good
    assert code(caller, operator.token(OLD)) == 70009
    assert code(caller, after) == ACCEPTED


def test_a_key_without_overlap_ends_at_once(operator: Operator) -> None:
    caller = operator.create()
    before, after = operator.token(OLD), operator.token(NEW)
    operator.app("rotate-key", str(operator.sdkappid), "--key", NEW, "--overlap", "0")
    becomes(lambda: code(caller, before), 70009)
    assert code(caller, after) == ACCEPTED


def test_a_member_who_is_inside_stays_when_the_key_changes_but_does_not_log_in_with_the_old_one(
    operator: Operator,
) -> None:
    caller = operator.create()
    old, new = operator.token(OLD, "ann"), operator.token(NEW, "ann")
    with Member(caller, "ann", userSig=old) as ann, Member(caller, "ann", login=False) as again:
        ann.call("createAndJoinRoom", roomId="room-1")
        operator.app("rotate-key", str(operator.sdkappid), "--key", NEW, "--overlap", "0")
        becomes(lambda: code(caller, operator.token(OLD)), 70009)
        login = {"sdkAppId": operator.sdkappid, "userId": "ann"}
        again.refused(70009, "login", **login, userSig=old)
        ann.refused(70009, "login", **login, userSig=old)
        ann.call("sendTextMessage", textContent="still here")
        ann.login(userSig=new)
        again.login(userSig=new)


def test_an_administrator_who_was_removed_is_none_at_once(operator: Operator) -> None:
    caller = operator.create()
    alice = operator.token(OLD, "alice")
    assert code(caller, alice, "alice") == 60010
    operator.app("limits", str(operator.sdkappid), "administrators=administrator,alice")
    becomes(lambda: code(caller, alice, "alice"), ACCEPTED)
    operator.app("limits", str(operator.sdkappid), "administrators=administrator")
    becomes(lambda: code(caller, alice, "alice"), 60010)
    assert code(caller, operator.token(OLD)) == ACCEPTED


def test_an_application_can_be_disabled_and_enabled(operator: Operator) -> None:
    caller = operator.create()
    token = operator.token(OLD)
    operator.app("disable", str(operator.sdkappid))
    becomes(lambda: code(caller, token), 60016)
    operator.app("enable", str(operator.sdkappid))
    becomes(lambda: code(caller, token), ACCEPTED)


def test_an_overlap_that_has_ended_does_not_make_every_call_verify_anew() -> None:
    now, sdkappid = 1_700_000_000_000, 1_400_000_001
    keys = (ApplicationKey(NEW, 0), ApplicationKey(OLD, now - 1), ApplicationKey("one more old key", now + 5000))
    gate = Gate(Application(sdkappid, ApplicationSettings(), keys, frozenset({"administrator"})))
    token = tokens.make(sdkappid, "administrator", NEW, now=now // 1000, expire=3600)
    gate.check_caller("administrator", token, now)
    assert gate._verified["administrator", token] == now + 5000
    gate.check_caller("administrator", token, now + 5001)
    assert gate._verified["administrator", token] == now + 3_600_999


# Locks.


@pytest.fixture(scope="module")
def locking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Caller]]:
    """Callers whose applications lock after three failures, on a server whose clock stands still."""
    toml = "lock_after_failures = 3\nadministrators = ['administrator', 'operator']"
    with Server(tmp_path_factory.mktemp("locking"), applications=13, toml=toml) as server:
        Caller(server.url).ok("conclave/set_clock", {"Freeze": True})
        yield (Caller(server.url, FIRST_SDKAPPID + number) for number in range(13))


FAILURES: dict[str, Callable[[Caller], str]] = {
    "70003": lambda caller: "AAAA",
    "70014": lambda caller: tokens.make(7, "administrator", caller.key),
    "70013": lambda caller: tokens.make(caller.sdkappid, "bob", caller.key),
    "70009": lambda caller: tokens.make(caller.sdkappid, "administrator", "another key"),
    "70001": lambda caller: tokens.make(caller.sdkappid, "administrator", caller.key, now=1, expire=1),
}


@pytest.mark.parametrize("wanted", FAILURES)
def test_failures_lock_an_identifier(locking: Iterator[Caller], wanted: str) -> None:
    caller = next(locking)
    remembered, fresh = caller.token(), caller.token(expire=2_000_000_000)
    assert code(caller, remembered) == ACCEPTED
    for _ in range(3):
        assert code(caller, FAILURES[wanted](caller)) == int(wanted)
    assert code(caller, remembered) == 70050  # it comes before the UserSig is looked at [G1]
    assert code(caller, fresh) == 70050
    assert code(caller, caller.token("bob"), "bob") == 60010  # nobody else is locked


def test_a_flood_of_names_leaves_the_administrators_locks_alone(locking: Iterator[Caller]) -> None:
    caller = next(locking)
    for number in range(MAX_FAILING):
        assert code(caller, "AAAA", f"name-{number}") == 70003
    assert [code(caller, "AAAA") for _ in range(4)] == [70003, 70003, 70003, 70050]


def test_a_lock_ends_after_a_minute_and_attempts_do_not_prolong_it(locking: Iterator[Caller]) -> None:
    caller = next(locking)
    operator = Caller(caller.url, caller.sdkappid, "operator")
    forged = FAILURES["70009"](caller)
    for _ in range(3):
        assert code(caller, forged) == 70009
    operator.advance(59.9)
    for _ in range(5):
        assert code(caller, forged) == 70050
    operator.advance(0.1)
    assert code(caller, caller.token()) == ACCEPTED
    for _ in range(3):
        assert code(caller, forged) == 70009
    assert code(caller, caller.token()) == 70050


def test_failures_that_are_spread_over_more_than_a_minute_lock_nobody(locking: Iterator[Caller]) -> None:
    caller = next(locking)
    for _ in range(8):
        assert code(caller, FAILURES["70009"](caller)) == 70009
        caller.advance(31)


def test_nobody_is_locked_by_default(caller: Caller) -> None:
    for _ in range(30):
        assert code(caller, "AAAA") == 70003
    assert code(caller, caller.token()) == ACCEPTED
