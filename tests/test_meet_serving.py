"""How the server serves ``/meet/``: from a fixed table, with strong headers, and signing in by name only if allowed."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from conclave.api import usersig
from conclave.realtime import declared
from conclave.transport.meet import TYPES
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.member import Member
from tests.terminal import Terminal

NewServer = Callable[..., Server]
FILES = Path("src/conclave/meet")
SAID_BY_THE_SERVER = {-1001, 100002}  # its sentence names the parameter that is not valid
OUTCOME_UNKNOWN = {60008}  # no refusal


def test_the_address_without_its_slash_leads_to_the_page(caller: Caller) -> None:
    answer = caller.http.get("/meet")
    assert (answer.status_code, answer.headers["location"], answer.text) == (308, "/meet/", "")
    page = caller.http.get("/meet/")
    assert page.status_code == 200
    assert page.text.startswith("<!doctype html>")
    assert page.text == caller.http.get("/meet/index.html").text


@pytest.mark.parametrize("file", sorted(file.name for file in FILES.iterdir() if file.suffix in TYPES))
def test_every_file_is_served_as_it_is(caller: Caller, file: str) -> None:
    answer = caller.http.get(f"/meet/{file}")
    assert (answer.status_code, answer.content) == (200, (FILES / file).read_bytes())
    assert answer.headers["content-type"] == TYPES[Path(file).suffix]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert "unsafe" not in policy
    assert ("access-control-allow-origin" in answer.headers) == (file == "conclave.js")
    head = caller.http.head(f"/meet/{file}")
    assert (head.status_code, head.content) == (200, b"")
    known = {"If-None-Match": answer.headers["etag"]}
    again = caller.http.get(f"/meet/{file}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert caller.http.get(f"/meet/{file}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_nothing_comes_from_elsewhere_and_nothing_becomes_markup() -> None:
    for file in FILES.iterdir():
        if file.suffix in TYPES:
            text = file.read_text()
            assert not re.search(r"https?://(?!www\.w3\.org/|localhost)", text), file
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b| style=", text), file


def test_every_refusal_has_a_sentence() -> None:
    answered = {code.number for method in declared.load().values() for code in method.every_code}
    sentences = re.search(r"const REFUSALS = \{(.*?)\};", (FILES / "words.js").read_text(), re.DOTALL)
    assert sentences
    said = {int(number) for number in re.findall(r'^  "?(-?\d+)"?: "', sentences[1], re.MULTILINE)}
    assert said == answered - SAID_BY_THE_SERVER - OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    "path",
    ["/meet/nothing", "/meet/__init__.py", "/meet/%2e%2e/app.py", "/meet//meet.js", "/meet/meet.js/", "/meet/sign-in"],
)
def test_what_is_not_in_the_table_is_not_there(house: Server, path: str) -> None:
    for method in ("GET", "POST", "HEAD"):
        assert httpx.request(method, house.url + path, content=b"").status_code == 404


def test_other_methods_are_not_for_pages(caller: Caller) -> None:
    answer = caller.http.post("/meet/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert caller.http.request("OPTIONS", "/meet/").status_code == 405


def test_without_the_setting_nobody_signs_in_by_name(caller: Caller) -> None:
    assert caller.http.get("/meet/settings.json").json() == {"signInByName": False, "sdkAppId": None}
    assert caller.http.post("/meet/sign-in", json={"userId": "ann"}).status_code == 404


def test_with_the_setting_anybody_does(new_server: NewServer) -> None:
    server = new_server(insecure_sign_in=True).start()
    caller = Caller(server.url)
    assert caller.http.get("/meet/settings.json").json() == {"signInByName": True, "sdkAppId": FIRST_SDKAPPID}
    answer = caller.http.post("/meet/sign-in", json={"userId": "ann"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    token = answer.json()["userSig"]
    assert usersig.read(token).identifier == "ann"
    with Member(caller, "ann", userSig=token) as ann:
        assert ann.call("ping")
    assert caller.http.get("/meet/sign-in").status_code == 405
    for body in (
        b"",
        b"[]",
        b"{}",
        b'{"userId": 1}',
        b'{"userId": ""}',
        b'{"userId": "@TIM#x"}',
        b'{"userId": "a\\n"}',
    ):
        assert caller.http.post("/meet/sign-in", content=body).status_code == 400, body
    refused = caller.http.post("/meet/sign-in", json={"userId": "ann", "sdkAppId": 1})
    assert (refused.status_code, refused.json()) == (400, {"message": "there is no such application"})
    lines = [msgspec.json.decode(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines if line.get("level") == "warning"] == [
        "insecure_sign_in is on: whoever reaches /meet/ may sign in as anybody"
    ]


def test_where_there_are_several_applications_one_says_which(new_server: NewServer) -> None:
    server = new_server(insecure_sign_in=True, applications=2).start()
    caller = Caller(server.url)
    assert caller.http.get("/meet/settings.json").json() == {"signInByName": True, "sdkAppId": None}
    refused = caller.http.post("/meet/sign-in", json={"userId": "ann"})
    assert (refused.status_code, refused.json()) == (400, {"message": "say which application: sdkAppId"})
    answer = caller.http.post("/meet/sign-in", json={"userId": "ann", "sdkAppId": FIRST_SDKAPPID + 1})
    assert answer.json()["sdkAppId"] == FIRST_SDKAPPID + 1


def test_a_body_that_is_too_large_is_refused(new_server: NewServer) -> None:
    server = new_server(insecure_sign_in=True, body_limit=1024).start()
    answer = httpx.post(f"{server.url}/meet/sign-in", content=b" " * 2000)
    assert (answer.status_code, answer.text) == (400, "the request body is larger than this server allows\n")


def test_the_command_line_switches_it_on(tmp_path: Path) -> None:
    with Terminal(tmp_path).serve("--tls", "off", "--insecure-sign-in") as serving:
        assert httpx.post(f"{serving.url}/meet/sign-in", json={"userId": "ann"}).status_code == 200
