"""Options that several commands share, and the folder that they lead to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from conclave.cli.failure import CommandError

if TYPE_CHECKING:
    from conclave.folder import DataFolder
    from conclave.store.engine import Operation

T = TypeVar("T")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="Settings file (TOML); also from CONCLAVE_CONFIG.", show_default=False)
]
Data = Annotated[
    str | None, typer.Option("--data", help="Data folder; by default that of the settings.", show_default=False)
]
Sdkappid = Annotated[
    int | None, typer.Option("--sdkappid", help="Application; by default the only one.", show_default=False)
]


def folder_of(config_file: Path | None, data: str | None) -> "DataFolder":
    """Return the data folder that the settings name; raises ``SettingsError``."""
    from conclave import config

    return config.load(config_file, {"data": data}).folder


def run(folder: "DataFolder", operation: "Operation[T]") -> T:
    """Run an operation on a folder's database, whether a server runs or not.

    Raises ``CommandError`` when there is no database yet, and ``StoreError``.
    """
    from conclave.clock import SystemClock
    from conclave.store.opening import run_alone

    _require_database(folder)
    return run_alone(folder, SystemClock(), operation)


def read(folder: "DataFolder", operation: "Operation[T]") -> T:
    """Run an operation that changes nothing, beside whoever writes; raises as ``run`` does."""
    from conclave.clock import SystemClock
    from conclave.store.opening import read_alone

    _require_database(folder)
    return read_alone(folder, SystemClock(), operation)


def _require_database(folder: "DataFolder") -> None:
    if not folder.has_database:
        raise CommandError(
            f"there is no database in {folder.path}; `conclave serve` or `conclave app create` makes one"
        )
