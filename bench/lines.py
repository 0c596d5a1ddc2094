"""The lines of the table, each a function of the house that yields one or more of them."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from bench import callbacks, commands, footprint, janus, members, report
from bench.calls import NUMBER, Call, Load, play
from bench.house import CREATES, INFO, House
from bench.measure import Contest, steady
from bench.paging import LISTINGS, read
from bench.prepare import MAIN_MEMBERS, MAIN_ROOM, MAIN_SEATS
from bench.report import Line, compared, skipped
from bench.steady import Schedule
from bench.wrk import CONNECTIONS

Lines = Iterator[Line]
Measured = Callable[[House], Lines]
READS: Final = Load((INFO,))
UPDATES: Final = Load(
    (Call.of(f"{commands.ROOM}/update_room_info", {"RoomInfo": {"RoomId": MAIN_ROOM, "RoomName": f"name {NUMBER}"}}),)
)
MEMBERS: Final = Load((Call.of(f"{commands.ROOM}/get_room_member_list", {"RoomId": MAIN_ROOM, "Count": 50}),))
SEATS: Final = Load((Call.of(f"{commands.SEAT}/get_seat_list", {"RoomId": MAIN_ROOM}),))
BANNED: Final = 256
P99_TARGET: Final = 10.0
GROWTH_TARGET: Final = 1.25


def _bans() -> Load:
    body = {"RoomId": MAIN_ROOM, "Reason": "spam", "Duration": 3600}
    accounts = [f"banned-{number}" for number in range(BANNED)]
    bans = [Call.of(f"{commands.ROOM}/ban_room_member", {**body, "MemberList_Account": [each]}) for each in accounts]
    lifts = [
        Call.of(f"{commands.ROOM}/unban_room_member", {"RoomId": MAIN_ROOM, "MemberList_Account": [each]})
        for each in accounts
    ]
    return Load((*bans, *lifts))


def _beside_bare(what: str, load: Callable[[], Load], target: float | None, house: House) -> Lines:
    yield compared(what, house.beside_bare([load()]), target)


def _over_tls(house: House) -> Lines:
    yield compared("get_room_info over TLS", house.beside_bare([READS], house.secure))


def _mixed(house: House) -> Lines:
    missing = commands.unprepared()
    note = f"left out: {', '.join(missing)}" if missing else ""
    what = f"{len(commands.declared()) - len(missing)} commands mixed"
    yield compared(what, house.beside_bare([commands.mix(commands.turns())]), note=note)


def _under_reads(house: House) -> Lines:
    yield compared(
        f"create_room, while {CONNECTIONS} more connections read get_room_info",
        house.beside_bare([CREATES, READS]),
        note="CPU of creations and reads together",
    )


def _beside_janus(house: House) -> Lines:
    what = "create_room, with Janus' VideoRoom create in the place of bare"
    if not janus.is_installed():
        yield skipped(what, "Janus is not installed (Debian's package janus)")
        return
    with janus.start(house.folder / "janus") as other:
        contest = Contest(other, [janus.create_load(other)])
        yield compared(what, house.compare(contest, Contest(house.small, [CREATES])), 1.0, "Janus keeps it in memory")


def _at_contract_rate(house: House) -> Lines:
    yield _steady_line("each room and seat command", commands.turns((commands.ROOM, commands.SEAT)), house)
    yield _steady_line("each command of the original API", commands.turns(commands.ORIGINAL), house)
    yield _steady_line("each command, ours too,", commands.turns(), house)


def _steady_line(what: str, cycle: list[list[Call]], house: House) -> Line:
    load = commands.mix(cycle)
    schedule = Schedule(
        port=0,
        connections=2 * CONNECTIONS,
        turns_per_second=commands.CONTRACT_RATE,
        seconds=house.plan.steady_seconds,
        turns=[[call.on_wire() for call in turn] for turn in cycle],
    )
    twins, ours = [], []
    with house.bare(house.answer_size(house.small, load)) as bare:
        for _ in range(house.plan.rounds):
            twins.append(steady(bare, schedule, house.folder))
            play(house.small, load.reset)
            ours.append(steady(house.small, schedule, house.folder))
    return report.steady(f"{what} at its rate ({commands.CONTRACT_RATE}/s), open loop", ours, twins, P99_TARGET)


def _paging(house: House) -> Lines:
    for listing in LISTINGS:
        name = f"{listing.command.rpartition('/')[2]}, a page of 100"
        if not listing.is_declared:
            yield skipped(name, f"{listing.command} is not a command of this server")
            continue
        costs = [read(house.large, listing, number) for number in range(house.plan.rounds)]
        growth = statistics.median(cost.growth for cost in costs)
        first, last = (statistics.median(getattr(cost, end) for cost in costs) for end in ("first", "last"))
        yield Line(
            f"{name}, through {costs[0].entries:,} {listing.of}",
            f"{first:.2f} ms at the start, {last:.2f} ms at the end ({growth:.2f} ×)",
            target=f"end ≤ {GROWTH_TARGET} × start",
            verdict=report.at_most(growth, GROWTH_TARGET),
        )


LINES: Final[dict[str, Measured]] = {
    "start": footprint.start,
    "idle": footprint.idle,
    "get_room_info": partial(_beside_bare, "get_room_info", lambda: READS, 0.45),
    "tls": _over_tls,
    "get_room_member_list": partial(_beside_bare, f"get_room_member_list, 50 of {MAIN_MEMBERS}", lambda: MEMBERS, 0.25),
    "get_seat_list": partial(_beside_bare, f"get_seat_list, {MAIN_SEATS} seats taken", lambda: SEATS, None),
    "update_room_info": partial(_beside_bare, "update_room_info", lambda: UPDATES, None),
    "create_room": partial(_beside_bare, "create_room", lambda: CREATES, 0.22),
    "ban": partial(_beside_bare, "ban_room_member and unban_room_member", _bans, None),
    "mix": _mixed,
    "under_reads": _under_reads,
    "janus": _beside_janus,
    "rate": _at_contract_rate,
    "callback_latency": callbacks.latency,
    "callbacks": callbacks.cost,
    "callback_isolation": callbacks.beside_dead,
    "fan_out": partial(members.at_both_ports, members.fan_out),
    "many_rooms": partial(members.at_both_ports, members.many_rooms),
    "storm": partial(members.at_both_ports, members.storm),
    "deaf": partial(members.at_both_ports, members.deaf),
    "idle_members": members.idle,
    "paging": _paging,
    "loaded": footprint.loaded,
    "large": footprint.large,
}
"""By the names that the command line's ``--only`` takes, in the order of the table."""
