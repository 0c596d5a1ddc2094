"""``conclave copy``: everything from one database into another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conclave.cli.failure import told

if TYPE_CHECKING:
    from conclave.folder import DataFolder


def copy(
    source: Annotated[str, typer.Argument(help="A data folder, or postgresql://…", show_default=False)],
    target: Annotated[str, typer.Argument(help="A data folder, or postgresql://…; must be new.", show_default=False)],
) -> None:
    """Copy a database into a new one, from the embedded engine to PostgreSQL or back, and compare them.

    No server may run on either. Certificates are not copied: they stay in the data folder.
    """
    with told():
        import asyncio

        for table, number in asyncio.run(_copy(_folder("SOURCE", source), _folder("TARGET", target))).items():
            typer.echo(f"{table:<20} {number:>10}")


def _folder(name: str, place: str) -> "DataFolder":
    from conclave import config
    from conclave.folder import DataFolder

    if "://" not in place:
        return DataFolder(Path(place))
    config.check_database(name, place)
    return DataFolder(Path(), place)


async def _copy(source: "DataFolder", target: "DataFolder") -> dict[str, int]:
    from conclave.clock import SystemClock
    from conclave.store import copying, opening, sides

    async with sides.opened(source, writes=False) as origin:
        if target.has_database:  # asked before it is migrated, too: what somebody uses stays as it is
            async with sides.opened(target, writes=False) as found:
                await copying.require_new(found)
        else:
            target.make()
        await opening.migrate(target, SystemClock())
        async with sides.opened(target, writes=True) as goal:
            return await copying.copy(origin, goal)
