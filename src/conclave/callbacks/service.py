"""Putting it together: the reader, the dispatcher, the ledger and the housekeeping of one process."""

from collections.abc import Coroutine
from typing import Any

from conclave.callbacks import sender
from conclave.callbacks.dispatcher import Dispatcher
from conclave.callbacks.housekeeping import Keeping, keep_house
from conclave.callbacks.ledger import Ledger, Rules
from conclave.callbacks.outbox import Outbox
from conclave.callbacks.outcome import Outcome
from conclave.callbacks.pace import Pace
from conclave.clock import Clock
from conclave.domain.callback_schedule import parse
from conclave.metrics import CALLBACK_ATTEMPTS, CALLBACK_LATENCY, Meters
from conclave.settings import ServerSettings
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine


class Callbacks:
    """Everything that callbacks need, over one engine."""

    def __init__(self, engine: Engine, clock: Clock, meters: Meters, settings: ServerSettings) -> None:
        """Raise ``OSError`` when the file of authorities cannot be read."""
        self._clock = clock
        self._meters = meters
        self._attempts: dict[tuple[str, ...], float] = {}
        meters.source(CALLBACK_ATTEMPTS, lambda: self._attempts)
        pace = Pace(engine.statistics)
        self._sender = sender.Sender(clock, sender.trusted(settings.callback_ca), settings.callback_private_networks)
        rules = Rules(parse(settings.callback_schedule), settings.callback_pause_after)
        self._ledger = Ledger(engine, rules)
        self._dispatcher = Dispatcher(engine, clock, self._sender, self._ledger, pace, self._count)
        self._outbox = Outbox(engine, pace, self._dispatcher.wake)
        self._engine = engine
        self._keeping = Keeping(settings.callback_retention, settings.callback_log_size, settings.callback_keep)

    @property
    def has_read(self) -> int:
        """The position in the log up to which everything that is due is in the queue."""
        return self._outbox.position

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """Return what is to run for as long as the server lives."""
        house = keep_house(self._engine, self._clock, self._keeping)
        return [self._outbox.run(), self._dispatcher.run(), self._dispatcher.tick(), self._ledger.run(), house]

    def _count(self, row: CallbackRow, outcome: Outcome) -> None:
        key = (str(row.sdkappid), outcome.kind)
        self._attempts[key] = self._attempts.get(key, 0) + 1
        if outcome.kind == "delivered":
            self._meters.observe(CALLBACK_LATENCY, str(row.sdkappid), max(0, self._clock.now_ms() - row.at) * 1_000_000)

    async def finish(self) -> None:
        """Send nothing new, and let what is on its way come to its end."""
        await self._dispatcher.finish()

    async def close(self) -> None:
        """Give up what is on its way still, and close the connections."""
        await self._dispatcher.close()
        await self._sender.close()
