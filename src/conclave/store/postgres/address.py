"""Where a PostgreSQL database is: ``postgresql://user:password@host:port/name``, and how it is reached."""

import asyncio
from typing import Any, Final, TypeAlias

import asyncpg

from conclave import connection_url
from conclave.store.failures import StoreError
from conclave.store.postgres.prepared import STATEMENTS, PreparingConnection

CONNECT_SECONDS: Final = 3.0
OLDEST: Final = 13
# A node that is cut off must not hold rows, or the log of all, for long; and a row that is held must not hold a
# connection for ever.
SETTINGS: Final = {
    "application_name": "conclave",
    "timezone": "UTC",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "3s",  # statements follow one another at once
    # A machine or a network that is gone is noticed within five seconds.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
Connection: TypeAlias = Any  # a PreparingConnection; asyncpg comes without types
# What the driver raises when the server's farewell has come, and the end of the connection has not yet.
Farewell: Final = asyncpg.InternalClientError
Failure: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, Farewell, OSError, asyncio.TimeoutError)
"""Whatever can go wrong with a connection, or on it."""


def shown(url: str) -> str:
    """Return an address for people: without the password. It was checked before (``config.check_database``)."""
    parts = connection_url.parse(url)
    return f"PostgreSQL {parts.hosts or 'on its socket'}{parts.path}"


async def connect(url: str, **settings: str) -> Connection:
    """Open a connection; raises ``StoreError`` with a sentence that names the database."""
    try:
        connection = await asyncpg.connect(
            url,
            connection_class=PreparingConnection,
            timeout=CONNECT_SECONDS,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            server_settings={**SETTINGS, **settings},
        )
    except (*Failure, ValueError) as error:
        raise StoreError(f"{shown(url)} cannot be reached: {described(error)}") from error
    if connection.get_server_version().major < OLDEST:
        connection.terminate()
        raise StoreError(f"{shown(url)} is too old; PostgreSQL {OLDEST} is needed")
    return connection


def is_gone(connection: Connection, failure: BaseException) -> bool:
    """Tell whether a failure means that the connection is lost, rather than one statement."""
    by_server = isinstance(failure, asyncpg.exceptions.OperatorInterventionError)
    return (
        connection.is_closed()
        or isinstance(failure, asyncpg.PostgresConnectionError | Farewell | OSError)
        or (by_server and not isinstance(failure, asyncpg.QueryCanceledError))
    )


def is_mistake(failure: BaseException) -> bool:
    """Tell whether a statement is wrong, or its tables are: nothing that passes, or that an operator has to do with."""
    is_ours = isinstance(failure, asyncpg.SyntaxOrAccessError | asyncpg.exceptions.DataError | asyncpg.DataError)
    return is_ours and not isinstance(failure, asyncpg.InsufficientPrivilegeError)


def described(error: BaseException) -> str:
    """Return an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
