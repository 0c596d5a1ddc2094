"""Putting it together: the reader, the dispatcher, the ledger and the housekeeping of whoever has the duty."""

from conclave.callbacks import sender
from conclave.callbacks.dispatcher import MOST_CONNECTIONS, Dispatcher
from conclave.callbacks.housekeeping import Keeping, keep_house, prune
from conclave.callbacks.ledger import Ledger
from conclave.callbacks.outbox import Outbox
from conclave.callbacks.outcome import Outcome
from conclave.callbacks.pace import Pace
from conclave.callbacks.settling import Rules
from conclave.clock import Clock
from conclave.domain.callback_schedule import parse
from conclave.duties import together
from conclave.metrics import CALLBACK_ATTEMPTS, CALLBACK_LATENCY, Meters
from conclave.settings import ServerSettings
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine, Tenure


class Callbacks:
    """Everything that callbacks need; one process at a time does them (``store.duties``)."""

    def __init__(self, engine: Engine, clock: Clock, meters: Meters, settings: ServerSettings) -> None:
        """Raise ``OSError`` when the file of authorities cannot be read."""
        self._clock = clock
        self._meters = meters
        self._attempts: dict[tuple[str, ...], float] = {}
        meters.source(CALLBACK_ATTEMPTS, lambda: self._attempts)
        self._pace = Pace(engine.statistics)
        trusted = sender.trusted(settings.callback_ca)
        self._sender = sender.Sender(clock, trusted, settings.callback_private_networks, MOST_CONNECTIONS)
        self._rules = Rules(parse(settings.callback_schedule), settings.callback_pause_after)
        self._keeping = Keeping(settings.callback_retention, settings.callback_log_size, settings.callback_keep)
        self._log_keeping = settings.event_retention, settings.event_log_size
        self._desk: tuple[Outbox, Dispatcher] | None = None
        engine.subscribe(self._wake)

    @property
    def has_read(self) -> int | None:
        """The position in the log up to which everything that is due is in the queue; ``None``: another node knows."""
        return None if self._desk is None else self._desk[0].position

    def _wake(self) -> None:
        if self._desk is not None:
            self._desk[0].wake()

    async def serve(self, tenure: Tenure) -> None:
        """Do callbacks for ever, and prune what they have read."""
        engine, clock = tenure.engine, self._clock
        ledger = Ledger(engine, self._rules)
        dispatcher = Dispatcher(engine, clock, self._sender, ledger, self._pace, self._count, lambda: tenure.is_held)
        outbox = Outbox(engine, self._pace, dispatcher.wake)
        self._desk = outbox, dispatcher
        try:
            await together(
                outbox.run(),
                dispatcher.run(),
                dispatcher.tick(),
                ledger.run(),
                keep_house(engine, clock, self._keeping, lambda: outbox.position),
                prune(engine, clock, *self._log_keeping, lambda: outbox.position),
            )
        finally:
            self._desk = None
            await dispatcher.close()

    def _count(self, row: CallbackRow, outcome: Outcome) -> None:
        key = (str(row.sdkappid), outcome.kind)
        self._attempts[key] = self._attempts.get(key, 0) + 1
        if outcome.kind == "delivered":
            self._meters.observe(CALLBACK_LATENCY, str(row.sdkappid), max(0, self._clock.now_ms() - row.at) * 1_000_000)

    async def finish(self) -> None:
        """Send nothing new, and let what is on its way come to its end."""
        if self._desk is not None:
            await self._desk[1].finish()

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()
