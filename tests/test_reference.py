"""Documentation that is derived is up to date, and the check notices what is not."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from conclave import errors
from conclave.api import registry
from conclave.api.registry import Command, Example
from conclave.errors import CATALOGUE, ErrorCode
from conclave.metrics import METRICS, Meter
from conclave.reference import book, citations, codes, declarations, links, members
from conclave.settings import ApplicationEntry, ServerSettings
from tests import story
from tests.house import Caller, Server
from tests.member import Member, until

ROOT = Path(__file__).parents[1]
MODULE = "conclave.reference"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", MODULE, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_documentation_is_complete_and_up_to_date() -> None:
    checked = run("--check")
    assert checked.returncode == 0, checked.stderr


# The check, on a copy that something is wrong with.


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository's documentation, to be spoilt."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    for page in ROOT.glob("*.md"):
        shutil.copy(page, tmp_path)
    return tmp_path


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_the_check_finds_nothing_in_a_good_copy(copy: Path) -> None:
    assert [*book.complaints(copy), *citations.complaints(copy), *links.complaints(copy)] == []


@pytest.mark.parametrize("page", sorted(book.pages()))
def test_the_check_notices_a_page_that_is_stale_or_missing(copy: Path, page: str) -> None:
    append(copy / page, "\nwritten by hand\n")
    assert list(book.complaints(copy)) == [f"{page}: is stale; run `make docs`"]
    (copy / page).unlink()
    assert list(book.complaints(copy)) == [f"{page}: is missing; run `make docs`"]


def test_writing_mends_what_the_check_complains_of(copy: Path) -> None:
    append(copy / "docs/reference/errors.md", "stale")
    (copy / "docs/openapi.json").unlink()
    assert sorted(book.write(copy)) == ["docs/openapi.json", "docs/reference/errors.md"]
    assert list(book.complaints(copy)) == []
    assert book.write(copy) == []


def test_the_check_notices_a_page_that_nothing_writes(copy: Path) -> None:
    (copy / "docs/reference" / "gone.md").write_text("# gone\n")
    (complaint,) = book.complaints(copy)
    assert complaint.endswith("gone.md: nothing writes this page any more; delete it")


@pytest.mark.parametrize("text", ["[{}]", "decision {}", "see [M1] and [{}]."])
@pytest.mark.parametrize("number", ["R99", "G77", "S44"])
def test_the_check_notices_a_decision_that_does_not_exist(copy: Path, text: str, number: str) -> None:
    append(copy / "docs/contract/rooms.md", f"\n{text.format(number)}\n")
    (complaint,) = citations.complaints(copy)
    assert complaint.startswith("docs/contract/rooms.md:")
    assert complaint.endswith(f"cites decision {number}, which does not exist")


@pytest.mark.parametrize(
    ("text", "cited", "complaint"),
    [
        ("[{}]", "C99", "cites decision {}, which does not exist"),
        ("[{}]", "DESIGN 8", "cites [{}], which a reader does not have"),
        ("docs/{}", "nowhere.md", "names docs/{}, which does not exist"),
    ],
)
def test_the_check_notices_citations_in_source(copy: Path, text: str, cited: str, complaint: str) -> None:
    source = copy / "src" / "conclave" / "new.py"
    source.parent.mkdir(parents=True)
    source.write_text(f'"""Something [R13], and something else: {text.format(cited)}."""\n')
    assert list(citations.complaints(copy)) == [f"src/conclave/new.py:1: {complaint.format(cited)}"]


def test_the_check_notices_a_decision_that_stands_twice(copy: Path) -> None:
    append(copy / citations.DECISIONS, "\n#### R13\n\nAgain.\n")
    assert list(citations.complaints(copy)) == ["docs/contract/decisions.md: R13 is defined twice"]


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[x](nowhere.md)", "there is no such file"),
        ("[x](../nowhere/at/all.json)", "there is no such file"),
        ("[x](gateway.md#no-such-heading)", "there is no such heading"),
        ("[x](#no-such-heading)", "there is no such heading"),
    ],
)
def test_the_check_notices_a_link_that_leads_nowhere(copy: Path, link: str, why: str) -> None:
    append(copy / "docs/contract/rooms.md", f"\n{link}\n")
    (complaint,) = links.complaints(copy)
    assert complaint.startswith("docs/contract/rooms.md: link to ")
    assert complaint.endswith(why)


@pytest.mark.parametrize("text", ["`[x](nowhere.md)`", "```\n[x](nowhere.md)\n```", "[x](https://example.com/y.md)"])
def test_the_check_leaves_code_and_other_sites_alone(copy: Path, text: str) -> None:
    append(copy / "docs/contract/rooms.md", f"\n{text}\n")
    assert list(links.complaints(copy)) == []


# Declarations that say nothing for themselves.


class Mute(msgspec.Struct):
    """Request of a command that nobody documented."""

    Unheard: int


async def undocumented(op: Any, request: Mute) -> None:
    return None


async def documented(op: Any, request: Mute) -> None:
    """Do nothing."""


def test_declarations_say_everything() -> None:
    assert list(declarations.complaints()) == []


@pytest.mark.parametrize(
    ("handler", "document", "example", "complaint"),
    [
        (undocumented, "ours", {"Unheard": 1}, "has no docstring"),
        (documented, "somewhere", {"Unheard": 1}, "its document is neither a number nor ours"),
        (documented, "ours", {}, "has no example"),
        (documented, "ours", {"Unheard": "1"}, "its example is refused"),
        (documented, "ours", {"Unheard": 1}, "glossary: Mute.Unheard is not explained"),
    ],
)
def test_the_check_notices_a_command_without_documentation_or_example(
    monkeypatch: pytest.MonkeyPatch,
    handler: Callable[..., Any],
    document: str,
    example: dict[str, Any],
    complaint: str,
) -> None:
    registry.load()
    monkeypatch.setattr(registry, "COMMANDS", dict(registry.COMMANDS))
    declare = registry.command(
        registry.SERVICES["conclave"], document=document, access="read", example=Example(example)
    )
    declare(handler)
    assert any(complaint in each for each in declarations.complaints())


def test_the_check_notices_a_code_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOGUE, 199_999, ErrorCode(199_999, "unheard of", "57276"))
    assert list(declarations.complaints()) == ["code 199999: is in the catalogue, but nobody declares to answer it"]


def test_the_check_notices_a_metric_without_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "conclave_mute", Meter("conclave_mute", "gauge", ""))
    assert list(declarations.complaints()) == ["metric conclave_mute: has no help text"]


# What the pages must mention, read as a person would.


def page(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", codes.commands(), ids=lambda command: command.path)
def test_every_command_has_its_section_with_fields_example_and_codes(command: Command) -> None:
    text = page(f"docs/reference/commands/{command.service.name}.md")
    section = text.partition(f"\n## {command.name}\n")[2].partition("\n## ")[0]
    assert f"`POST /v4/{command.path}`" in section
    for field in msgspec.structs.fields(command.request):
        assert f"`{field.encode_name}`" in section
    assert "```json" in section
    for code in command.every_code:
        assert f"| {code.number} | {code.meaning} |" in section


def test_every_setting_is_on_the_page_of_settings() -> None:
    text = page("docs/reference/settings.md")
    for name in ServerSettings.__struct_fields__:
        assert f"| `{name}` |" in text
        assert f"`CONCLAVE_{name.upper()}`" in text
    for name in ApplicationEntry.__struct_fields__:
        assert f"| `{name}` |" in text


def test_every_code_is_on_the_page_of_codes() -> None:
    text = page("docs/reference/errors.md")
    for number, code in CATALOGUE.items():
        assert number == 0 or f"| {number} | {code.meaning} |" in text


def test_every_method_and_event_is_on_the_page_of_members() -> None:
    text = page("docs/reference/members.md")
    for name in [*(each.name for each in members.methods()), *(each.name for each in members.events())]:
        assert f"\n### {name}\n" in text


def test_every_decision_of_the_contract_has_its_number() -> None:
    numbers = citations.defined(ROOT)
    assert numbers == sorted(set(numbers), key=numbers.index)
    for letter, last in {"G": 22, "R": 31, "S": 9, "M": 10, "C": 13}.items():
        assert {f"{letter}{number}" for number in range(1, last + 1)} <= set(numbers)
    assert {"R0", "R5a", "G14a", "G14b"} <= set(numbers)


def test_what_the_server_exposes_is_on_the_page_of_metrics(house: Server, caller: Caller) -> None:
    caller.create_room()
    exposed = httpx.get(f"{house.url}/metrics").text
    families = {family.name for family in text_string_to_metric_families(exposed)}
    assert families <= set(METRICS)
    assert families >= {name for name, meter in METRICS.items() if meter.kind != "gauge"}
    for name in families:
        assert f"`{name}" in page("docs/reference/metrics.md")


# The examples, sent as they stand in an order that makes sense.


def test_the_story_of_the_examples_tells_every_command() -> None:
    told = [path for path in story.COMMANDS if path != story.ENTER_AGAIN]
    assert sorted(told) == sorted(command.path for command in codes.commands())


def test_every_example_works_as_it_stands(new_server: Callable[..., Server]) -> None:
    # Whoever may listen at the receiver's address in the examples: it is not called.
    unheard = {"callback_schedule": "none", "callback_private_networks": False}
    server = new_server(insecure_test_clock=True, **unheard).start()
    caller = Caller(server.url)
    caller.import_accounts("robot-1")
    declared = {command.path: command for command in codes.commands()}
    with Member(caller, "user1") as member:
        for path in story.COMMANDS:
            if path == story.ENTER_AGAIN:
                member.enter("room-1")
                continue
            command = declared[path]
            if path == f"{story.OURS}/resend_callback":  # after the only attempt a callback is dead
                until(lambda: caller.ok(f"{story.OURS}/list_callback_deliveries")["Endpoint"]["DeadCount"] > 0)
            envelope = caller.call(path, command.example.request)
            assert envelope["ErrorCode"] == errors.OK.number, (path, envelope)
            if command.reply is not None:
                payload = envelope["Response"] if command.service.payload_under_response else envelope
                msgspec.convert(payload, command.reply)
