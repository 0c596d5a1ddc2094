"""What is asked of Redis: whatever there is at a moment goes in one round trip, and is answered soon or not at all.

All questions have a number for an answer. One that fails, in whatever way, ends the connection, and everything that
waits with it, and until there is another one, on which a first question was answered, nothing is asked: a Redis that
does not answer is waited for once a second and not at every call.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from redis.asyncio.connection import Connection
from redis.exceptions import NoScriptError, ResponseError

from conclave.shared.line import Changed, Line, Trouble

ANSWER_SECONDS: Final = 0.045
LATE_SECONDS: Final = 0.005
"""What is added when the time is up: if it was this process that slept, the answer is there, and wants to be read."""
LOOK_SECONDS: Final = 1.0
MOST_AT_ONCE: Final = 256
MOST_WAITING: Final = 20_000

Command = Sequence[str | int]


def digest(script: str) -> str:
    """Return the name by which Redis knows a script that is loaded."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


class Question(msgspec.Struct, eq=False):
    """A command, the greatest number that may be answered, until when, and who waits for it."""

    command: Command
    most: int
    deadline: float
    asker: asyncio.Future[int | None] | None


class Questions(Line):
    """The connection on which is asked.

    ``script`` is loaded before, and again whenever Redis has forgotten it. ``probe`` is asked first, and then whenever
    nothing else was for a while: it must need whatever the others need.
    """

    def __init__(self, url: str, changed: Changed, script: str, probe: Command) -> None:
        super().__init__(url, changed)
        self._script = script
        self._probe = probe
        self._waiting: list[Question] = []
        self._asked: list[Question] = []
        self._has_questions = asyncio.Event()

    async def ask(self, command: Command, most: int) -> int | None:
        """Return the answer, a number from 0 to ``most``, or ``None`` where there is none within the time."""
        asker: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        return await asker if self._put(command, most, asker) else None

    def tell(self, command: Command, most: int) -> bool:
        """Send a command whose answer nobody waits for; tell whether it is on its way."""
        return self._put(command, most, None)

    def _put(self, command: Command, most: int, asker: asyncio.Future[int | None] | None) -> bool:
        if not self.is_usable or len(self._waiting) >= MOST_WAITING:
            return False
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        self._waiting.append(Question(command, most, deadline, asker))
        self._has_questions.set()
        return True

    async def begin(self, connection: Connection) -> None:
        await self._load(connection)
        if type(answer := await _answer(connection, self._probe)) is not int:
            raise Trouble(f"the first question was answered with {type(answer).__name__}")

    async def serve(self, connection: Connection) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._has_questions.wait()
            except TimeoutError:
                self._put(self._probe, 0, None)
            self._give_up_late()
            self._asked, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not self._waiting:
                self._has_questions.clear()
            if self._asked:
                await self._serve_those(connection, self._asked)

    def _give_up_late(self) -> None:
        """Leave out what somebody has waited for behind others until his time was up; the oldest stand first."""
        now = asyncio.get_running_loop().time()
        if self._waiting and self._waiting[0].deadline <= now:
            _give_up([each for each in self._waiting if each.deadline <= now])
            self._waiting = [each for each in self._waiting if each.deadline > now or each.asker is None]

    async def _serve_those(self, connection: Connection, asked: list[Question]) -> None:
        """The oldest is the first whose time is up, and nothing may be read behind what was not answered."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            # What nobody waits for may have stood here for longer.
            deadline = next((each.deadline for each in asked if each.asker), loop.time() + ANSWER_SECONDS)
            ending = loop.call_at(deadline, lambda: limit.reschedule(loop.time() + LATE_SECONDS))
            try:
                answers = await self._exchange(connection, [question.command for question in asked])
            finally:
                ending.cancel()
        for question, answer in zip(asked, answers, strict=True):
            if type(answer) is not int or not 0 <= answer <= question.most:
                raise Trouble(f"{question.command[0]} was answered with {answer!r:.60}")
            if question.asker is not None and not question.asker.done():
                question.asker.set_result(answer)

    async def _exchange(self, connection: Connection, commands: list[Command]) -> list[object]:
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        answers = [await _read(connection) for _ in commands]
        forgotten = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if forgotten:
            await self._load(connection)
            for number in forgotten:
                answers[number] = await _answer(connection, commands[number])
        return answers

    async def _load(self, connection: Connection) -> None:
        loaded = await _answer(connection, ("SCRIPT", "LOAD", self._script))
        if loaded != digest(self._script).encode():
            raise Trouble(f"the script was not loaded: {loaded!r:.100}")

    def lost(self) -> None:
        gone, self._asked, self._waiting = self._asked + self._waiting, [], []
        self._has_questions.clear()
        _give_up(gone)


def _give_up(questions: Sequence[Question]) -> None:
    for question in questions:
        if question.asker is not None and not question.asker.done():
            question.asker.set_result(None)


async def _answer(connection: Connection, command: Command) -> object:
    await connection.send_packed_command(connection.pack_commands([command]), check_health=False)
    return await _read(connection)


async def _read(connection: Connection) -> object:
    """Read one answer; an error of the one command is an answer, too."""
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
