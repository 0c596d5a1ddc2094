"""UserSigs: every make that exists is accepted, everything else is refused with its code (docs/contract/usersig.md)."""

import base64
import json
import subprocess
import time
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from TLSSigAPIv2 import TLSSigAPIv2

from conclave.api import usersig
from conclave.domain.applications import Application, ApplicationKey, ApplicationSettings
from conclave.errors import Refusal
from tests import requirements, tokens
from tests.house import Caller
from tests.tokens import ACCEPTED, code
from tests.vectors import (
    KEY,
    SDKAPPID,
    SIGNED_AT,
    V1_NODE,
    V1_PYTHON,
    V2_NODE,
    V2_PYTHON,
    V3_NODE,
    V3_PYTHON,
    V4_NODE,
    V5_SIGNATURE,
    V5_USERBUF,
)


def application(key: str = KEY, *, sdkappid: int = SDKAPPID) -> Application:
    return Application(sdkappid, ApplicationSettings(), (ApplicationKey(key, 0),), frozenset({"administrator"}))


def verdict(token: str, identifier: str, now: int = SIGNED_AT, *, key: str = KEY, sdkappid: int = SDKAPPID) -> int:
    """The code of a verification, 0 for a good one."""
    try:
        usersig.verify(token, application(key, sdkappid=sdkappid), identifier, now * 1000)
    except Refusal as refusal:
        return refusal.code.number
    return 0


@pytest.mark.parametrize(
    ("token", "identifier"),
    [
        (V1_PYTHON, "administrator"),
        (V1_NODE, "administrator"),
        (V3_PYTHON, "用户-1"),
        (V3_NODE, "用户-1"),
    ],
)
def test_tokens_of_the_official_libraries_verify(token: str, identifier: str) -> None:
    assert verdict(token, identifier) == 0


@pytest.mark.parametrize("token", [V1_PYTHON, V1_NODE])
def test_the_vectors_fail_as_written(token: str) -> None:
    def of(now: int = SIGNED_AT, identifier: str = "administrator", **other: Any) -> int:
        return verdict(token, identifier, now, **other)

    assert of(now=SIGNED_AT + 86400) == 0
    assert of(now=SIGNED_AT + 86401) == 70001
    assert of(now=SIGNED_AT - 3600) == 0
    assert of(identifier="Administrator") == 70013
    assert of(sdkappid=1_400_000_002) == 70014
    assert of(key=KEY + "0") == 70009
    assert verdict(token[:40], "administrator") == 70003


def test_a_valid_token_is_valid_through_its_last_second() -> None:
    last = (SIGNED_AT + 86400) * 1000
    assert usersig.verify(V1_NODE, application(), "administrator", last + 999).identifier == "administrator"
    with pytest.raises(Refusal) as refused:
        usersig.verify(V1_NODE, application(), "administrator", last + 1000)
    assert refused.value.code.number == 70001


@pytest.mark.parametrize("token", [V2_PYTHON, V2_NODE, V4_NODE])
def test_a_token_with_a_userbuf_is_refused_and_told_why(token: str) -> None:
    with pytest.raises(Refusal) as refused:
        usersig.verify(token, application(), "user_01", SIGNED_AT * 1000)
    assert refused.value.code.number == 70003
    assert "userbuf" in refused.value.info


@pytest.mark.parametrize("token", [V1_PYTHON, V1_NODE, V2_PYTHON, V2_NODE, V3_PYTHON, V3_NODE, V4_NODE])
def test_what_a_vector_says_is_read(token: str) -> None:
    said = json.loads(zlib.decompress(tokens.unwrap(token)))
    read = usersig.read(token)
    assert (read.identifier, read.sdkappid) == (said["TLS.identifier"], said["TLS.sdkappid"])
    assert (read.time, read.expire, read.userbuf) == (said["TLS.time"], said["TLS.expire"], said.get("TLS.userbuf"))
    assert base64.b64encode(read.signature).decode() == said["TLS.sig"]
    assert application().signed_by_a_key(read.text, read.signature, 0)


def test_the_numeric_private_map_key_is_signed_as_documented() -> None:
    assert tokens.signature(KEY, "user_01", SDKAPPID, SIGNED_AT, 300, V5_USERBUF) == V5_SIGNATURE
    token = tokens.make(SDKAPPID, "user_01", KEY, now=SIGNED_AT, expire=300, userbuf=V5_USERBUF)
    assert verdict(token, "user_01") == 70003


def test_what_we_make_is_what_the_official_library_reads() -> None:
    made = usersig.make(SDKAPPID, KEY, "administrator", now=SIGNED_AT, expire=86400)
    said = json.loads(zlib.decompress(tokens.unwrap(made)))
    assert said == json.loads(zlib.decompress(tokens.unwrap(V1_PYTHON)))
    assert verdict(made, "administrator") == 0


# What generators in the field make.


def test_tokens_of_the_python_package_are_accepted(caller: Caller) -> None:
    maker = TLSSigAPIv2(caller.sdkappid, caller.key)
    assert code(caller, maker.gen_sig("administrator")) == ACCEPTED
    assert code(caller, maker.gen_sig("administrator", 60)) == ACCEPTED
    assert code(caller, maker.gen_sig("用户-1"), "用户-1") == 60010
    assert code(caller, maker.gen_sig("somebody")) == 70013
    assert code(caller, TLSSigAPIv2(caller.sdkappid + 1, caller.key).gen_sig("administrator")) == 70014
    assert code(caller, TLSSigAPIv2(caller.sdkappid, caller.key + "0").gen_sig("administrator")) == 70009
    assert code(caller, maker.gen_sig_with_userbuf("administrator", 60, b"abc")) == 70003


NODE_SCRIPT = """
const TLSSigAPIv2 = require("tls-sig-api-v2");
const [sdkappid, key] = process.argv.slice(1);
const api = new TLSSigAPIv2.Api(Number(sdkappid), key);
console.log(JSON.stringify({
  good: api.genSig("administrator", 86400),
  newer: api.genUserSig("administrator", 86400),
  unicode: api.genUserSig("用户-1", 86400),
  map: api.genPrivateMapKey("administrator", 86400, 12345, 255),
  named: api.genPrivateMapKeyWithStringRoomID("administrator", 86400, "room-1", 255),
}));
"""


@pytest.fixture(scope="session")
def node_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node finds the package; skips where there is no node, no npm or no registry."""
    npm = requirements.program("npm")
    requirements.program("node")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "tls-sig-api-v2@1.0.2"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        requirements.missing("a registry that answers npm")
    if done.returncode:
        requirements.missing(f"the npm package tls-sig-api-v2 ({done.stderr.strip()[-200:]})")
    return folder


def test_tokens_of_the_node_package_are_accepted(caller: Caller, node_package: Path) -> None:
    command = ["node", "-e", NODE_SCRIPT, str(caller.sdkappid), caller.key]
    made = json.loads(subprocess.run(command, cwd=node_package, capture_output=True, check=True, timeout=30).stdout)
    assert code(caller, made["good"]) == ACCEPTED
    assert code(caller, made["newer"]) == ACCEPTED
    assert code(caller, made["unicode"], "用户-1") == 60010
    assert code(caller, made["map"]) == 70003
    assert code(caller, made["named"]) == 70003


def go_token(caller: Caller, **changes: Any) -> str:
    """As the Go library makes it: compact, a line feed at the end, in stored blocks."""
    said = {**tokens.content(caller.sdkappid, "administrator", caller.key), **changes}
    return tokens.pack(json.dumps(said, separators=(",", ":"), ensure_ascii=False) + "\n", level=0)


def test_tokens_of_the_go_library_are_accepted(caller: Caller) -> None:
    token = go_token(caller)
    assert tokens.unwrap(token)[:2] == b"\x78\x01"
    assert code(caller, token) == ACCEPTED


def test_a_star_may_come_raw_or_percent_encoded(caller: Caller) -> None:
    made = (caller.token(expire=3600 + more) for more in range(1000))
    starred = next(token for token in made if "*" in token)
    assert code(caller, starred) == ACCEPTED
    assert code(caller, starred.replace("*", "%2A")) == ACCEPTED
    assert code(caller, quote(starred, safe="").replace("-", "%2d").replace("_", "%5F")) == ACCEPTED


@pytest.mark.parametrize("name", ["TLS.sdkappid", "TLS.time", "TLS.expire"])
def test_a_number_may_come_as_a_string_of_digits(caller: Caller, name: str) -> None:
    said = tokens.content(caller.sdkappid, "administrator", caller.key)
    assert code(caller, tokens.pack(json.dumps({**said, name: str(said[name])}))) == ACCEPTED


def test_the_order_of_the_keys_and_further_keys_do_not_matter(caller: Caller) -> None:
    said = tokens.content(caller.sdkappid, "administrator", caller.key)
    assert code(caller, tokens.pack(json.dumps(dict(reversed(said.items()))))) == ACCEPTED
    assert code(caller, tokens.pack(json.dumps({**said, "TLS.extra": [1]}))) == ACCEPTED


def test_a_time_in_the_future_and_an_endless_expiry_are_accepted(caller: Caller) -> None:
    now = int(time.time())
    assert code(caller, caller.token(now=now + 86400)) == ACCEPTED
    assert code(caller, caller.token(expire=2**62)) == ACCEPTED


def test_a_token_is_refused_from_the_second_after_its_last(caller: Caller) -> None:
    assert code(caller, caller.token(now=int(time.time()) - 100, expire=99)) == 70001
    assert code(caller, caller.token(now=int(time.time()), expire=-1)) == 70001
