"""Rows of ``nodes`` and ``duties``: who serves the database, and who does what only one of them may.

Leases are measured by the database's own time, and so is the order of logins on several nodes: the one exception to
the rule that time is a parameter (``conclave.clock``), as the clocks of machines differ. An embedded database has one
owner, whose lease never ends.
"""

from conclave.store.statements import LATEST, Statement, Transaction

_RENEW = Statement(
    "INSERT INTO nodes (node, alive_until) VALUES ($1, {database_ms} + $2) "
    "ON CONFLICT (node) DO UPDATE SET alive_until = excluded.alive_until"
)
_ALONE = Statement("INSERT INTO nodes (node, alive_until) VALUES ($1, $2)")
_FORGET_OTHERS = Statement("DELETE FROM nodes WHERE node <> $1")
_RETIRE = Statement("DELETE FROM nodes WHERE node = $1")
_FORGET = Statement("DELETE FROM nodes WHERE node = $1 AND alive_until <= {database_ms}")
_ALIVE = Statement("SELECT node FROM nodes WHERE alive_until > {database_ms}")
_DEAD = Statement("SELECT node FROM nodes WHERE alive_until <= {database_ms}")
_IS_KNOWN = Statement("SELECT 1 FROM nodes WHERE node = $1")
_NEXT_ANSWERING = Statement("SELECT MIN(node) FROM members WHERE node > $1 AND node <> ''")
_PEOPLE = Statement(
    "SELECT m.sdkappid, m.group_key, g.group_id, m.account FROM members m "
    "JOIN groups g ON g.sdkappid = m.sdkappid AND g.group_key = m.group_key AND g.is_room = 1 "
    "WHERE m.node = $1 AND m.node <> '' AND m.is_robot = 0 AND (m.sdkappid, m.group_key, m.account) > ($2, $3, $4) "
    "ORDER BY m.sdkappid, m.group_key, m.account LIMIT $5"
)
_TAKE = Statement(
    "INSERT INTO duties (name, term, node) VALUES ($1, 1, $2) "
    "ON CONFLICT (name) DO UPDATE SET term = duties.term + 1, node = excluded.node RETURNING term"
)
_TERM = Statement("SELECT 1 FROM duties WHERE name = $1 AND term = $2 FOR SHARE")
_MOMENT = Statement("SELECT COALESCE({settled}, 0), {database_us}")


async def renew(tx: Transaction, node: str, lease_ms: int) -> None:
    """Let a node be alive for so long from now on."""
    await tx.run(_RENEW, node, lease_ms)


async def begin_alone(tx: Transaction, node: str) -> None:
    """Let a node be the only one, for as long as there is no other."""
    await tx.run(_FORGET_OTHERS, node)
    await tx.run(_ALONE, node, LATEST)


async def retire(tx: Transaction, node: str) -> None:
    """Take a node out that ends: from now on it is dead."""
    await tx.run(_RETIRE, node)


async def forget(tx: Transaction, node: str) -> None:
    """Take a node out that is dead, unless it is alive again."""
    await tx.run(_FORGET, node)


async def alive(tx: Transaction) -> set[str]:
    """Return the nodes that are alive."""
    return {row[0] for row in await tx.all(_ALIVE)}


async def dead(tx: Transaction, living: set[str]) -> set[str]:
    """Return the nodes that are dead: those that did not end in order, and those that members remember still."""
    found = {row[0] for row in await tx.all(_DEAD)}
    node = ""
    while (row := await tx.one(_NEXT_ANSWERING, node)) is not None and row[0] is not None:
        node = row[0]
        found.add(node)
    return found - living


async def is_known(tx: Transaction, node: str) -> bool:
    """Tell whether a node may be there still: it has not ended in order, nor is it gone for good."""
    return await tx.one(_IS_KNOWN, node) is not None


async def people(
    tx: Transaction, node: str, after: tuple[int, int, str], limit: int
) -> list[tuple[int, int, str, str]]:
    """Return ``(sdkappid, room_key, room_id, account)`` of people inside rooms for whom a node answers.

    Paged by ``(sdkappid, room_key, account)``.
    """
    return [(row[0], row[1], row[2], row[3]) for row in await tx.all(_PEOPLE, node, *after, limit)]


async def take(tx: Transaction, duty: str, node: str) -> int:
    """Begin a new term of a duty, and return its number: writes of the terms before it are refused from now on."""
    row = await tx.one(_TAKE, duty, node)
    assert row is not None
    return int(row[0])


async def is_term(tx: Transaction, duty: str, term: int) -> bool:
    """Tell whether a term of a duty is the present one, and let no other one begin until the transaction ends."""
    return await tx.one(_TERM, duty, term) is not None


async def moment(tx: Transaction) -> tuple[int, int]:
    """Return how far the log is settled (``events.last_position``), and the database's time in microseconds."""
    row = await tx.one(_MOMENT)
    assert row is not None
    return int(row[0]), int(row[1])
