"""Who asks for what: the one argument that every rule takes first."""

import msgspec

from conclave.domain.applications import Application
from conclave.store.engine import Transaction

SYSTEM = "@TIM#SYSTEM"


class Operation(msgspec.Struct, frozen=True):
    """A transaction, the application it is for, and whoever asked.

    ``operator`` is a user id, or ``SYSTEM`` for what the clock does. ``platform`` and ``client_ip`` are what the
    callbacks call OptPlatform and ClientIP.
    """

    tx: Transaction
    application: Application
    operator: str
    platform: str = "Unknown"
    client_ip: str = "127.0.0.1"

    @property
    def sdkappid(self) -> int:
        """The application's id: the first part of every key."""
        return self.application.sdkappid

    @property
    def now(self) -> int:
        """Milliseconds: the time of every fact of this operation."""
        return self.tx.now
