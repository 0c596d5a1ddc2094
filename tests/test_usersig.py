"""UserSigs: every make that exists is accepted, everything else is refused with its code (docs/contract/usersig.md)."""

import base64
import contextlib
import json
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from TLSSigAPIv2 import TLSSigAPIv2

from conclave.api import usersig
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application, ApplicationKey
from conclave.errors import Refusal
from tests import requirements, tokens
from tests.house import Caller, Server
from tests.tokens import ACCEPTED, code
from tests.vectors import KEY, PAGE, SDKAPPID, SIGNED_AT, VECTORS, VERDICTS, Vector, Verdict


def application(key: str = KEY, sdkappid: int = SDKAPPID) -> Application:
    return Application(sdkappid, ApplicationSettings(), (ApplicationKey(key, 0),), frozenset({"administrator"}))


def test_the_page_holds_every_vector() -> None:
    assert [str(each) for each in VECTORS] == [
        "V1 Python", "V1 Node", "V2 Python", "V2 Node", "V3 Python", "V3 Node", "V4 Node", "V5 Python"
    ]  # fmt: skip
    assert {each.code for each in VERDICTS} == {0, 70001, 70003, 70009, 70013, 70014}
    assert f"`{KEY}`" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_what_a_vector_says_is_read_and_is_signed(vector: Vector) -> None:
    read = usersig.read(vector.token)
    assert (read.identifier, read.sdkappid, read.time) == (vector.identifier, SDKAPPID, SIGNED_AT)
    assert (read.expire, read.userbuf) == (vector.expire, vector.userbuf)
    assert base64.b64encode(read.signature).decode() == vector.signature
    assert tokens.signature(KEY, read.identifier, SDKAPPID, SIGNED_AT, read.expire, read.userbuf) == vector.signature
    assert application().signed_by_a_key(read.text, read.signature, 0)


@pytest.mark.parametrize("verdict", VERDICTS, ids=str)
def test_a_vector_has_its_verdict(verdict: Verdict) -> None:
    known, identifier = application(verdict.secret, verdict.sdkappid), verdict.identifier or verdict.of.identifier
    refused = contextlib.nullcontext() if verdict.code == 0 else pytest.raises(Refusal, match=f"^{verdict.code}:")
    with refused as refusal:
        usersig.verify(verdict.sent_token, known, identifier, verdict.now * 1000)
    if refusal is not None:
        assert ("userbuf" in refusal.value.info) == (verdict.of.userbuf is not None)


@pytest.fixture(scope="module")
def of_the_vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the application of the vectors, and with another one that has the same key."""
    table = [{"sdkappid": SDKAPPID, "key": KEY}, {"sdkappid": 1_400_000_002, "key": KEY}]
    server = Server(tmp_path_factory.mktemp("vectors"))
    yield server.start(CONCLAVE_APPLICATIONS=json.dumps(table))
    server.__exit__()


@pytest.mark.parametrize("verdict", [each for each in VERDICTS if each.key is None], ids=str)
def test_a_vector_has_its_verdict_over_the_wire(of_the_vectors: Server, verdict: Verdict) -> None:
    """Years later: whatever was good has expired, which is found out last [G2]."""
    caller = Caller(of_the_vectors.url, verdict.sdkappid)
    identifier = quote(verdict.identifier or verdict.of.identifier)
    assert code(caller, verdict.sent_token, identifier) == (verdict.code or 70001)


def test_a_token_is_valid_through_the_last_millisecond_of_its_last_second() -> None:
    token, last = VECTORS[1].token, (SIGNED_AT + 86400) * 1000
    assert usersig.verify(token, application(), "administrator", last + 999).identifier == "administrator"
    with pytest.raises(Refusal) as refused:
        usersig.verify(token, application(), "administrator", last + 1000)
    assert refused.value.code.number == 70001


def test_what_we_make_is_what_the_official_library_makes() -> None:
    made = usersig.make(SDKAPPID, KEY, "administrator", now=SIGNED_AT, expire=86400)
    said, wanted = (json.loads(zlib.decompress(tokens.unwrap(token))) for token in (made, VECTORS[0].token))
    assert said == wanted


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
