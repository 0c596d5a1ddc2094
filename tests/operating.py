"""An operator who creates and changes applications beside a running server, and the wait until that is in force."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests import database, tokens
from tests.house import Caller, Server
from tests.terminal import clean_environment
from tests.tokens import ACCEPTED, code

OLD = "the key that was in force before"
NEW = "the key that came after that one"
PATIENCE = 5.0  # the promise is one second; the rest is for machines with other things to do


class Operator:
    """Whoever runs ``conclave app`` beside a running server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sdkappid = 1_400_000_100

    def app(self, *words: str) -> None:
        command = [sys.executable, "-m", "conclave", "app", *words, "--data", str(self.server.data)]
        environment = clean_environment(database.environment(self.server.data))
        subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)

    def create(self) -> Caller:
        """Create an application with the old key, and wait until the server knows it."""
        self.sdkappid += 1
        self.app("create", str(self.sdkappid), "--key", OLD)
        caller = Caller(self.server.url, self.sdkappid)
        becomes(lambda: code(caller, self.token(OLD)), ACCEPTED)
        return caller

    def token(self, key: str, identifier: str = "administrator") -> str:
        return tokens.make(self.sdkappid, identifier, key)


def becomes(ask: Callable[[], int], wanted: int) -> None:
    """Ask until the answer is the wanted one."""
    deadline = time.monotonic() + PATIENCE
    while (answer := ask()) != wanted:
        assert time.monotonic() < deadline, f"still {answer}"
        time.sleep(0.02)
