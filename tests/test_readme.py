"""The README's way from a clone to a room with people in it: its very commands, run, with their very output.

A block that is marked ``console`` holds commands after ``$ `` and what they print. Two commands are recognised instead
of run, because a test neither downloads nor installs: ``git clone`` stands for a folder that holds this checkout's
environment, ``make setup`` for what ``make`` says that it would do. What differs at every run is compared by its shape.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from bench.ports import free_port

from conclave.reference.links import complaints
from tests.terminal import clean_environment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MOST_COMMANDS = 10
MEMBERS = 2
FIRST_STEPS = "## From a clone to a room with two members"
RECEIVER_PORT = "9000"  # may be somebody else's while a test runs
PATIENCE_S = 20.0
VOLATILE = {
    r"usersig=[\w*-]+": "usersig=USERSIG",
    r"Id-[0-9a-f]{32}-O-Seq-\d+": "REQUESTID",
    r"\b[0-9a-f]{64}\b": "KEY",
    r"127\.0\.0\.1:\d+": "ADDRESS",
    r"^\d\d:\d\d:\d\d\.\d{3}": "TIME",
}


class Step(NamedTuple):
    """A command of the README, and what it prints."""

    command: str
    output: str


def steps(text: str) -> list[Step]:
    """The commands of all console blocks, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Step(command, output) for command, _, output in (part.partition("\n") for part in found)]


def shape(text: str) -> str:
    """The text without what differs at every run."""
    for pattern, name in VOLATILE.items():
        text = re.sub(pattern, name, text, flags=re.MULTILINE)
    return text.strip()


class Shell:
    """A bash in which the commands are typed."""

    def __init__(self, folder: Path) -> None:
        environment = clean_environment({"CONCLAVE_PORT": "0"})  # the README's own port may be somebody else's
        environment.pop("PYTHON", None)  # by which ``make`` is told of another Python than the README's
        environment["PATH"] = os.pathsep.join(
            part for part in environment["PATH"].split(os.pathsep) if Path(part) != Path(sys.prefix) / "bin"
        )
        self._out = folder / "output"
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                ["bash", "--norc"],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self._read = 0
        self._typed = 0

    def type(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        self._process.stdin.flush()

    def output(self) -> str:
        """What was printed since ``forget``."""
        return self._out.read_bytes()[self._read :].decode()

    def forget(self) -> None:
        self._read = self._out.stat().st_size

    def run(self, command: str) -> str:
        """Run a command to its end and return what it printed."""
        self._typed += 1
        end = f"-- end of {self._typed} --"
        self.forget()
        self.type(f"{command}\necho '{end}'")
        wait_until(lambda: end in self.output())
        return self.output().partition(end)[0]

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(PATIENCE_S)
        finally:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def play(shell: Shell, step: Step, folder: Path) -> str:
    """Do one step and return what it printed; wait for what a command in the background has to print."""
    if step.command.startswith("git clone "):
        address, _, rest = step.command.partition(" && ")
        clone = folder / address.rpartition("/")[2].removesuffix(".git")
        clone.mkdir()
        (clone / ".venv").symlink_to(sys.prefix)
        for file in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / file, clone)
        return f"Cloning into '{clone.name}'...\n{shell.run(rest)}"
    if step.command == "make setup":
        return shell.run("make --no-print-directory --dry-run --always-make setup")
    if step.command.endswith("&"):
        shell.forget()
        shell.type(step.command)
        wait_until(lambda: shell.output().count("\n") >= step.output.count("\n"))
        return shell.output()
    return shell.run(step.command)


def test_the_commands_of_the_readme_print_what_it_says(shell: Shell, tmp_path: Path) -> None:
    for step in steps(README.replace(RECEIVER_PORT, str(free_port()))):
        printed = play(shell, step, tmp_path)
        deadline = time.monotonic() + PATIENCE_S
        # A machine that runs many tests may take longer than the README's second: what a command in the background is
        # still about to do is waited for.
        while shape(printed) != shape(step.output) and time.monotonic() < deadline and not step.command.endswith("&"):
            printed = play(shell, step, tmp_path)
        assert shape(printed) == shape(step.output), step.command


def test_the_readme_needs_ten_commands_at_most() -> None:
    section = README.partition(FIRST_STEPS)[2].partition("\n## ")[0]
    assert 0 < len(steps(section)) <= MOST_COMMANDS


def test_whoever_pastes_the_readme_gives_a_member_time_to_come_in() -> None:
    typed = [step.command for step in steps(README)]
    after = [later for command, later in pairwise(typed) if re.match("conclave member .*&$", command)]
    assert len(after) == MEMBERS
    assert all(command.startswith("sleep ") for command in after)


def test_the_links_of_the_readme_lead_somewhere() -> None:
    assert [each for each in complaints(ROOT) if each.startswith("README.md")] == []


def test_every_page_is_listed_once() -> None:
    folder = ROOT / "docs"
    listed = re.findall(r"^\| \[([^\]]+)\]", (folder / "README.md").read_text(), re.MULTILINE)
    of_commands = folder / "reference" / "commands"  # their list is a page itself
    pages = {page for page in folder.rglob("*.*") if page.is_file() and of_commands not in page.parents}
    here = {page.relative_to(folder).as_posix() for page in pages} - {"README.md"}
    assert sorted(page for page in listed if not page.startswith("../")) == sorted(here)


def test_the_readme_leads_to_those_who_run_more_than_one_machine() -> None:
    section = README.partition("## More than one machine")[2].partition("\n## ")[0]
    assert {"docs/postgresql.md", "docs/nodes.md", "docs/redis.md", "docs/deployment.md"} <= set(
        re.findall(r"\]\(([^)]+)\)", section)
    )


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_the_modules_that_a_page_names_are_there(page: str) -> None:
    modules = [f"/{file.relative_to(ROOT)}" for file in (ROOT / "src").rglob("*.py")] + [
        f"/{file.relative_to(ROOT)}" for folder in ("tests", "bench") for file in (ROOT / folder).rglob("*.py")
    ]
    named = set(re.findall(r"`([a-z_/]+\.py)`", (ROOT / page).read_text()))
    assert {name for name in named if not any(module.endswith(f"/{name}") for module in modules)} == set()
