"""The settings, declared once; ``config`` reads them.

``docs/reference/settings.md`` is generated from these declarations. Every name that makes a server less safe has
``insecure`` in it.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave.domain.application_settings import ApplicationSettings

DECADE: Final = 10 * 366 * 86_400


class CertificateFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate of your own, as PEM files."""

    certificate: str
    key: str


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[server]` table."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")] = 8443
    member_port: Annotated[
        int,
        Meta(
            ge=0,
            le=65_535,
            description="Another port on the same host, for members' WebSockets alone, where each costs a fraction of "
            "the memory, and is closed with a status code; 0 opens none. Members may come in at `port` either way.",
        ),
    ] = 0
    tls: Annotated[
        str | CertificateFiles,
        Meta(
            description='`"auto"` makes a local CA and a certificate, `"off"` serves plain HTTP on loopback only, '
            '`{certificate = "…", key = "…"}` (`CERT:KEY` on the command line) takes yours.'
        ),
    ] = "auto"
    tls_names: Annotated[
        tuple[str, ...],
        Meta(description="More names and addresses for the automatic certificate, beside localhost and this machine."),
    ] = ()
    data: Annotated[str, Meta(min_length=1, description="Folder of the database and the certificates.")] = "./data"
    database: Annotated[
        str,
        Meta(
            description="PostgreSQL database, `postgresql://USER:PASSWORD@HOST:PORT/NAME`; empty: the embedded one in "
            "the data folder."
        ),
    ] = ""
    redis: Annotated[
        str,
        Meta(
            description="Redis or Valkey that counts rates and wakes for all nodes of one `database`, "
            "`redis://USER:PASSWORD@HOST:PORT/NUMBER`, `rediss://` with TLS; empty: each node counts for itself."
        ),
    ] = ""
    database_connections: Annotated[
        int, Meta(ge=5, le=1000, description="Connections to PostgreSQL of each node at most; a third of them reads.")
    ] = 16
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Processes of a server; above 1 it refuses to start. To use several processors, start several "
            "nodes on one PostgreSQL `database` instead, each with its own `port`, `member_port` and `data`, behind a "
            "balancer.",
        ),
    ] = 1
    insecure: Annotated[
        bool, Meta(description='Allow `tls = "off"` on an address that is not loopback: secrets travel in the clear.')
    ] = False
    insecure_test_clock: Annotated[
        bool,
        Meta(
            description="Allow `conclave/set_clock`: whoever may call the API may move the server's clock. For tests."
        ),
    ] = False
    insecure_sign_in: Annotated[
        bool,
        Meta(
            description="Allow `POST /meet/sign-in`: whoever reaches the server may sign in to `/meet/` as anybody, by "
            "name alone. For development."
        ),
    ] = False
    body_limit: Annotated[
        int, Meta(ge=1024, le=64 * 2**20, description="Largest request body in bytes, above it 60002 [G7].")
    ] = 2**20
    body_memory: Annotated[
        int,
        Meta(
            ge=1024,
            description="Bytes that all request bodies together may take, from their arrival until they are answered; "
            "above it 60018. A quarter is kept for bodies that announce up to 64 KiB.",
        ),
    ] = 256 * 2**20
    timeout: Annotated[
        float, Meta(gt=0, le=60, description="Processing time of a call in seconds, above it 60008 [G8].")
    ] = 3.0
    body_timeout: Annotated[
        float, Meta(gt=0, le=600, description="Seconds within which a request's body must arrive, else 60008.")
    ] = 10.0
    max_connections: Annotated[
        int, Meta(ge=16, le=65_536, description="Connections that are served at the same time; more wait.")
    ] = 4096
    idle_timeout: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Seconds within which a connection's next request must begin and its head arrive; a connection "
            "on which nothing moves for longer is closed (a member's only after `heartbeat_silence`).",
        ),
    ] = 75.0
    queue: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Changes that may wait to be written, above it 60018.")
    ] = 10_000
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Networks (CIDR) whose `X-Forwarded-For` tells the client's address [G21]."),
    ] = ()
    metrics_networks: Annotated[
        tuple[str, ...], Meta(description="Networks (CIDR) that may read `/metrics`, beside loopback [G21].")
    ] = ()
    max_member_connections: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="Members' WebSockets that are open at the same time. Above it whoever has not logged in for "
            "the longest time is closed; where all have, more get HTTP 503.",
        ),
    ] = 4096
    member_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            description="Frames a second that one member's connection may send, in bursts of up to two seconds' worth; "
            "above it -2. 0 lifts the limit.",
        ),
    ] = 50
    member_devices: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="Devices on which one account may be logged in at the same time; more get 60018.",
        ),
    ] = 20
    heartbeat_silence: Annotated[
        float, Meta(gt=0, le=3600, description="Seconds without a frame after which a member counts as lost [M9].")
    ] = 30.0
    heartbeat_grace: Annotated[
        float,
        Meta(gt=0, le=86_400, description="Seconds for which a lost member keeps his place, role and seat [M9]."),
    ] = 60.0
    event_retention: Annotated[
        int, Meta(ge=60, le=DECADE, description="Seconds for which the event log, and so get_room_history, is kept.")
    ] = 30 * 86_400
    event_log_size: Annotated[
        int, Meta(ge=1000, description="Events that the log keeps at most; what callbacks have not read stays anyway.")
    ] = 10_000_000
    callback_schedule: Annotated[
        str,
        Meta(
            description="Pauses between the attempts at a callback, up to ten per cent longer or shorter; `none`: one "
            "attempt only, as the original does [C7] [C13]."
        ),
    ] = "5s, 30s, 2m, 10m, 30m, 2h, 6h, 12h, 24h"
    callback_pause_after: Annotated[
        int,
        Meta(ge=1, le=1000, description="Failures in a row after which an endpoint is paused and only probed [C12]."),
    ] = 5
    callback_keep: Annotated[
        int,
        Meta(
            ge=60, le=DECADE, description="Seconds for which callbacks wait for a paused endpoint; then they are dead."
        ),
    ] = 7 * 86_400
    callback_retention: Annotated[
        int, Meta(ge=0, le=DECADE, description="Seconds for which delivered callbacks are kept to be looked at.")
    ] = 7 * 86_400
    callback_log_size: Annotated[
        int, Meta(ge=0, description="Delivered callbacks that are kept for each application at most.")
    ] = 1_000_000
    callback_private_networks: Annotated[
        bool, Meta(description="Whether callbacks may go to loopback and private networks [C13].")
    ] = True
    callback_ca: Annotated[
        str, Meta(description="PEM file of certificate authorities that endpoints' certificates may come from, too.")
    ] = ""
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="Least weight of what is logged.")
    ] = "info"


class ApplicationEntry(ApplicationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[applications]]` table: the application's id and key, and any of its settings."""

    sdkappid: Annotated[int, Meta(ge=1, le=2**53 - 1, description="The application's id.")]
    key: Annotated[
        str, Meta(min_length=16, max_length=256, description="The secret that signs UserSigs, used as UTF-8 bytes.")
    ]
