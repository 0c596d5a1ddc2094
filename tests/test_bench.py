"""The benchmark's harness: short runs, and the parts on which its honesty rests."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import uvloop
from bench import commands, prepare, report, wrk
from bench.calls import NUMBER, Call, Load, play, succeeded
from bench.house import PLANS, House
from bench.lines import LINES
from bench.measure import Comparison, Sample, refusals
from bench.paging import Cost
from bench.steady import Generator, Result, Schedule

from tests.requirements import program

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[1]


@pytest.fixture
def with_wrk() -> None:
    """wrk makes the load."""
    program("wrk")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400, cwd=ROOT, env=environment or None)


@pytest.mark.usefixtures("with_wrk")
def test_a_short_run_prints_its_lines_and_leaves_nothing_behind(tmp_path: Path) -> None:
    lines = [
        argument for name in ("get_room_info", "rate", "fan_out", "storm", "paging") for argument in ("--only", name)
    ]
    done = run("--plan", "smoke", "--folder", str(tmp_path), "--markdown", *lines)
    assert done.returncode == 0, done.stderr
    table = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert table[0] == f"| {' | '.join(report.HEADINGS)} |"
    measured = "\n".join(table[2:])
    for what in (
        "get_room_info",
        "each command of the original API at its rate",
        "each command, ours too, at its rate",
        "reaches each",
        "come within",
        "get_room_member_list, a page",
    ):
        assert what in measured
    assert "not measured" not in measured, measured
    assert "refused" not in measured
    assert "never came" not in measured
    assert list(tmp_path.iterdir()) == []


def test_without_wrk_it_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    done = run(PATH=str(tmp_path))
    assert done.returncode != 0
    assert done.stderr.strip() == wrk.MISSING


@pytest.mark.usefixtures("with_wrk")
def test_a_line_that_does_not_exist_is_refused_with_the_names_of_those_that_do() -> None:
    done = run("--only", "get_rooms")
    assert done.returncode != 0
    assert "'get_rooms'" in done.stderr
    assert all(name in done.stderr for name in LINES)


@pytest.mark.usefixtures("with_wrk")
@pytest.mark.parametrize("with_lines", [["--only", "get_room_info"], ["--nodes"], ["--markdown"]])
def test_sizes_refuse_what_they_would_leave_out(with_lines: list[str]) -> None:
    done = run("--plan", "smoke", "--sizes", *with_lines)
    assert done.returncode != 0
    assert done.stderr.strip() == "--sizes measures no lines: it goes with --plan, --quick and --folder only"


@pytest.mark.usefixtures("with_wrk")
def test_make_hands_options_on() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "bench", "ARGS=--quick --only idle"]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert said.splitlines()[-1].endswith("python -m bench --quick --only idle")


@pytest.mark.usefixtures("with_wrk")
def test_idle_connections_are_weighed_at_both_ports_plain_and_over_tls(tmp_path: Path) -> None:
    done = run("--plan", "smoke", "--folder", str(tmp_path), "--markdown", "--only", "idle_members")
    assert done.returncode == 0, done.stderr
    weighed = [line.split(" | ")[:2] for line in done.stdout.splitlines() if "idle connections" in line]
    places = ["", ", at member_port", ", over TLS", ", at member_port, over TLS"]
    expected = [f"| memory of each of 100 idle connections{place}" for place in places]
    assert [what for what, _ in weighed] == expected, done.stdout
    assert all(each.endswith(" KiB") for _, each in weighed)


def test_every_command_has_a_prepared_body() -> None:
    assert commands.unprepared() == []


def test_the_mix_succeeds_however_often_it_is_played(tmp_path: Path) -> None:
    with House(tmp_path, PLANS["smoke"]) as house:
        load = commands.mix(commands.turns())
        play(house.small, load.reset)
        before = refusals(house.small)
        answers = [answer for _ in range(2) for answer in play(house.small, load.calls)]
        assert [answer for answer in answers if not succeeded(answer)] == []
        assert refusals(house.small) == before
        path = f"{commands.ROOM}/create_room"
        play(house.small, [Call.of(path, commands.BODIES[path](commands.Slot(0, "b")))])  # it exists
        assert refusals(house.small) > before


def test_the_script_numbers_each_call(tmp_path: Path) -> None:
    load = Load((Call.of("room/create", {"RoomId": f"new-{NUMBER}"}),))
    script = wrk.write_script(load, tmp_path / "script.lua").read_text()
    assert 'string.format("%010d", number)' in script
    assert f"Content-Length: {len(load.calls[0].body)}" in script
    with pytest.raises(ValueError, match="only a load of one call"):
        wrk.write_script(Load(load.calls * 2), tmp_path / "script.lua")


STALL_BEGINS, STALL_ENDS = 0.3, 0.7
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"ErrorCode":0,'


async def load_a_server_that_stalls() -> Result:
    """Load a server that answers at once, but for a stall of 0.4 s in a run of 1 s, over one connection."""
    loop = asyncio.get_running_loop()
    begin = 0.0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal begin
        while await reader.readuntil(b"\r\n\r\n"):
            begin = begin or loop.time()
            if STALL_BEGINS <= loop.time() - begin < STALL_ENDS:
                await asyncio.sleep(begin + STALL_ENDS - loop.time())
            writer.write(ANSWER)

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        return await Generator(Schedule(port, 1, 200, 1.0, [["POST / HTTP/1.1\r\n\r\n"]])).run()


def test_a_stall_is_felt_by_every_call_that_fell_due_in_it() -> None:
    for _ in range(5):  # the machine may have stood still, too
        result = uvloop.run(load_a_server_that_stalls())
        assert (result.answered, result.unanswered, result.refused) == (200, 0, 0)
        assert result.seconds == (result.p99,)
        # One call was under way during the stall; counted from its sending, it alone would be late: of 200, no p99.
        assert result.p99 > 300
        if result.p50 < 100 and result.longest < 1000:
            break
    else:
        pytest.fail(f"calls outside of the stall were late five times: {result}")


def sample(per_second: float, refused: int = 0) -> Sample:
    return Sample(per_second, 1.0, 2.0, 50.0, 0, refused)


@pytest.mark.parametrize(
    ("rates", "verdict"),
    [
        ((50, 50, 50), "met"),
        ((30, 30, 30), "missed"),
        ((30, 50, 60), "met, within the noise (rounds 0.30 to 0.60)"),
        ((60, 30, 30), "missed, within the noise (rounds 0.30 to 0.60)"),
    ],
)
def test_a_verdict_says_when_the_rounds_disagree(rates: tuple[float, ...], verdict: str) -> None:
    comparison = Comparison([sample(100)] * len(rates), [sample(rate) for rate in rates])
    assert report.compared("what", comparison, 0.45).verdict == verdict


def test_refused_calls_make_a_measurement_invalid() -> None:
    line = report.compared("what", Comparison([sample(100)], [sample(90, refused=3)]), 0.45)
    assert line.verdict == "met; 3 calls were refused: not a valid measurement"


def test_a_page_that_costs_more_at_the_end_misses_its_target() -> None:
    assert report.at_most(Cost(1000, first=1.0, last=3.0).growth, 1.25) == "missed: 2.40 × the target"


def test_preparing_takes_the_steps_it_names(tmp_path: Path) -> None:
    assert len(prepare.large(5, 7)) == 5 + 7
    prepare.fill(tmp_path, prepare.large(5, 7))
    assert (tmp_path / "data" / "conclave.db").stat().st_size > 0
