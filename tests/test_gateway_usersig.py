"""What is no UserSig, or not the caller's, is refused over the wire with its code [G2]."""

import base64
import json
import random
import time
import zlib
from typing import Any
from urllib.parse import quote

import pytest

from tests import raw, tokens
from tests.house import Caller
from tests.tokens import ACCEPTED, QUESTION, code


def good(caller: Caller) -> dict[str, Any]:
    return tokens.content(caller.sdkappid, "administrator", caller.key)


def changed(caller: Caller, **changes: Any) -> str:
    said = {**good(caller), **{f"TLS.{name}": value for name, value in changes.items()}}
    return tokens.pack(json.dumps({name: value for name, value in said.items() if value is not ...}))


def text(caller: Caller) -> str:
    return json.dumps(good(caller))


def _raw_deflate(content: str) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content.encode()) + packer.flush()


def _gzip(content: str) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(content.encode()) + packer.flush()


MALFORMED: dict[str, Any] = {
    "one letter": lambda c: "x",
    "no base64": lambda c: "!!!!",
    "not ASCII": lambda c: quote("用户"),
    "a space": lambda c: c.token() + "+",
    "padding missing": lambda c: tokens.pack(text(c).ljust(300)).rstrip("_") + "A",
    "cut after 40": lambda c: c.token()[:40],
    "cut before the checksum": lambda c: tokens.wrap(zlib.compress(text(c).encode())[:-4]),
    "wrong checksum": lambda c: tokens.wrap(zlib.compress(text(c).encode())[:-4] + b"abcd"),
    "bytes after the end": lambda c: tokens.wrap(zlib.compress(text(c).encode()) + b"x"),
    "two streams": lambda c: tokens.wrap(zlib.compress(text(c).encode()) * 2),
    "no zlib": lambda c: tokens.wrap(text(c).encode()),
    "raw deflate": lambda c: tokens.wrap(_raw_deflate(text(c))),
    "gzip": lambda c: tokens.wrap(_gzip(text(c))),
    "nothing inside": lambda c: tokens.pack(""),
    "bomb": lambda c: tokens.pack(b" " * 3_000_000 + text(c).encode(), level=9),
    "bomb behind": lambda c: tokens.pack(text(c).encode() + b" " * 3_000_000, level=9),
    "larger than 16 KiB": lambda c: tokens.pack(text(c).ljust(16 * 1024 + 1)),
    "too long": lambda c: tokens.pack(text(c) + " " * 9000, level=0),
    "no JSON": lambda c: tokens.pack(text(c)[:-1]),
    "two values": lambda c: tokens.pack(text(c) + text(c)),
    "text behind": lambda c: tokens.pack(text(c) + "x"),
    "one key twice": lambda c: tokens.pack(text(c)[:-1] + ', "TLS.ver": "2.0"}'),
    "one inner key twice": lambda c: tokens.pack(text(c)[:-1] + ', "x": {"a": 1, "a": 2}}'),
    "a list": lambda c: tokens.pack("[1]"),
    "a string": lambda c: tokens.pack('"TLS.ver"'),
    "null": lambda c: tokens.pack("null"),
    "deep": lambda c: tokens.pack("[" * 8000 + "]" * 8000),
    "byte order mark": lambda c: tokens.pack("\ufeff" + text(c)),
    "UTF-16": lambda c: tokens.pack(text(c).encode("utf-16-le")),
    "invalid UTF-8": lambda c: tokens.pack(text(c).encode().replace(b"administrator", b"adm\xffnistrator")),
    "version absent": lambda c: changed(c, ver=...),
    "version 1.0": lambda c: changed(c, ver="1.0"),
    "version a number": lambda c: changed(c, ver=2.0),
    "identifier absent": lambda c: changed(c, identifier=...),
    "identifier a number": lambda c: changed(c, identifier=5),
    "identifier null": lambda c: changed(c, identifier=None),
    "identifier half a character": lambda c: changed(c, identifier="\ud800"),
    "sdkappid absent": lambda c: changed(c, sdkappid=...),
    "sdkappid a fraction": lambda c: changed(c, sdkappid=1.5),
    "sdkappid true": lambda c: changed(c, sdkappid=True),
    "sdkappid a word": lambda c: changed(c, sdkappid="abc"),
    "sdkappid other digits": lambda c: changed(c, sdkappid="١٢٣"),
    "sdkappid empty": lambda c: changed(c, sdkappid=""),
    "sdkappid with a sign": lambda c: changed(c, sdkappid="+5"),
    "time absent": lambda c: changed(c, time=...),
    "time null": lambda c: changed(c, time=None),
    "time of 5000 digits": lambda c: tokens.pack(text(c).replace('"TLS.time": ', '"TLS.time": ' + "1" * 5000)),
    "expire absent": lambda c: changed(c, expire=...),
    "expire a list": lambda c: changed(c, expire=[1]),
    "expire infinite": lambda c: changed(c, expire=float("inf")),
    "signature absent": lambda c: changed(c, sig=...),
    "signature a number": lambda c: changed(c, sig=5),
    "signature no base64": lambda c: changed(c, sig="@@@@"),
    "signature not ASCII": lambda c: changed(c, sig="用户"),
    "userbuf": lambda c: tokens.make(c.sdkappid, "administrator", c.key, userbuf="YWJj"),
    "empty userbuf": lambda c: changed(c, userbuf=""),
    "userbuf a number": lambda c: changed(c, userbuf=5),
    "version 1 of 2017": lambda c: tokens.pack(
        json.dumps(
            {
                "TLS.account_type": "0",
                "TLS.identifier": "administrator",
                "TLS.appid_at_3rd": "0",
                "TLS.sdk_appid": str(c.sdkappid),
                "TLS.expire_after": "15552000",
                "TLS.version": "201610110000",
                "TLS.time": "1500000000",
                "TLS.sig": "MEUCIQDK",
            }
        )
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_decoded_is_refused_with_70003(caller: Caller, name: str) -> None:
    assert code(caller, MALFORMED[name](caller)) == 70003


def test_a_bomb_costs_no_more_than_any_other_token(caller: Caller) -> None:
    bomb = tokens.pack(b"\0" * 5_000_000, level=9)
    other = tokens.pack(random.Random(1).randbytes(3000))
    least = {}
    with raw.Wire(caller.url) as wire:
        for token in (bomb, other):
            call = raw.request(raw.target(caller, QUESTION, usersig=token), b"{}")
            seconds = []
            for _ in range(50):
                begun = time.perf_counter()
                assert wire.ask(call).code == 70003
                seconds.append(time.perf_counter() - begun)
            least[token] = min(seconds)
    assert least[bomb] < 5 * least[other], least.values()  # unpacked whole it would take some milliseconds


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"sig": base64.b64encode(b"0" * 32).decode()}, 70009),
        ({"sig": base64.b64encode(b"0" * 31).decode()}, 70009),
        ({"sig": ""}, 70009),
        ({"expire": 4_000_000_000}, 70009),
        ({"time": 0}, 70009),
        ({"time": -5}, 70009),
        ({"sdkappid": 0}, 70014),
        ({"identifier": "administrator "}, 70013),
        ({"identifier": "administrator\n"}, 70013),
    ],
)
def test_a_changed_token_is_not_accepted(caller: Caller, changes: dict[str, Any], wanted: int) -> None:
    assert code(caller, changed(caller, **changes)) == wanted


def test_identifiers_are_compared_to_the_letter(caller: Caller) -> None:
    token = caller.token("administrator")
    for identifier in ("Administrator", "administrator%20", "administrator%00", "administrato%D1%80"):
        assert code(caller, token, identifier) == 70013
    assert code(caller, token, "%61dministrator") == ACCEPTED


def test_whoever_is_no_administrator_is_told_what_is_needed(caller: Caller) -> None:
    line = raw.target(caller, QUESTION, identifier="bob", usersig=caller.token("bob"))
    answer = raw.ask(caller.url, raw.request(line, b"{}"))
    assert answer.code == 60010
    assert "admin account" in answer.envelope["ErrorInfo"]  # clients in the field look for these words [G12]


def test_the_sentence_of_a_refusal_tells_nothing_of_token_and_key(caller: Caller) -> None:
    for token in (caller.token("somebody"), tokens.make(caller.sdkappid, "administrator", "k"), "AAAA"):
        answer = raw.ask(caller.url, raw.request(raw.target(caller, QUESTION, usersig=token), b"{}"))
        assert token not in answer.body.decode()
        assert caller.key not in answer.body.decode()
