"""HAProxy with the file of ``deploy``, on ports of the test's own; others are addresses, certificate and size."""

import csv
import re
import socket
import ssl
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from bench.ports import free_port

from tests.certificates import Authority
from tests.deployment import DEPLOY
from tests.member import until
from tests.requirements import program

CONTAINERS: Final = "haproxy.cfg"
UNITS: Final = "haproxy-units.cfg"
_SERVER: Final = re.compile(r"^(    server (node-\d+)) \S+:(\d+)( port \d+)?$", re.MULTILINE)
_OF_THE_MACHINE: Final = re.compile(r"^    (user|group|chroot) .*\n", re.MULTILINE)
_BIND: Final = re.compile(r"bind :\d+ ")
_CERTIFICATE: Final = re.compile(r"ssl crt \S+")
_AT_ONCE: Final = " resolvers containers init-addr last,libc,none"


class Balancer:
    """Before nodes at given ports: ``{"node-1": {"8443": port, "8444": port}, …}``, by the ports of the file.

    The first of a node's ports is the one of calls, which is asked for ``/readyz``.
    """

    def __init__(self, folder: Path, nodes: dict[str, dict[str, int]], name: str = CONTAINERS) -> None:
        self._folder = folder
        self._log = folder / "haproxy.log"
        self._authority = Authority(folder, "authority")
        self.port = free_port()
        pem = folder / "tls.pem"
        files = self._authority.issue("127.0.0.1").values()
        pem.write_text("".join(Path(file).read_text() for file in files))
        self._whole = _CERTIFICATE.sub(f"ssl crt {pem}", (DEPLOY / name).read_text())
        text = _BIND.sub(f"bind 127.0.0.1:{self.port} ", self._whole.replace("maxconn 30000", "maxconn 100"))
        text = _OF_THE_MACHINE.sub("", text)
        self._statistics = free_port()
        text = text.replace("global\n", f"global\n    stats socket ipv4@127.0.0.1:{self._statistics} level user\n", 1)
        self.file = folder / "haproxy.cfg"
        self.file.write_text(_SERVER.sub(lambda found: self._node(nodes, *found.groups()), text).replace(_AT_ONCE, ""))

    def _node(self, nodes: dict[str, dict[str, int]], server: str, name: str, port: str, _: str | None) -> str:
        calls = next(iter(nodes[name].values()))
        checked = f" port {calls}" if nodes[name][port] != calls else ""
        return f"{server} 127.0.0.1:{nodes[name][port]}{checked}"

    def check(self) -> str:
        """Let HAProxy read the file as it is, but for the certificate; return what it complains of."""
        whole = self._folder / "whole.cfg"
        whole.write_text(self._whole)
        command = [program("haproxy"), "-c", "-f", str(whole)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        unknown = "could not resolve address"  # the containers' names
        said = [line for line in done.stderr.splitlines() if not line.startswith("[NOTICE]") and unknown not in line]
        return "\n".join(said) or f"ended with {done.returncode}" * (done.returncode != 0)

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([program("haproxy"), "-db", "-f", str(self.file)], stdout=log, stderr=log)
        until(lambda: self.status("/readyz") == 200)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def checks(self) -> dict[str, str]:
        """Return what came of the last question for the health of each server, by ``backend/server``.

        ``INI`` says that it has not been asked yet, ``L7OK`` that it answered as it has to.
        """
        with socket.create_connection(("127.0.0.1", self._statistics)) as connection:
            connection.sendall(b"show stat\n")
            text = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        rows = csv.DictReader(text.removeprefix("# ").strip().splitlines())
        asked = [row for row in rows if row["check_status"]]
        return {f"{row['pxname']}/{row['svname']}": row["check_status"].lstrip("* ") for row in asked}

    def logged(self) -> str:
        """Return what it has written so far."""
        return self._log.read_text()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"https://127.0.0.1:{self.port}"

    def trust(self) -> ssl.SSLContext:
        """A TLS context that trusts its certificate."""
        return ssl.create_default_context(cafile=str(self._authority.file))

    def client(self, address: str = "127.0.0.1", **options: Any) -> httpx.Client:
        """An HTTP client at an address of this machine."""
        transport = httpx.HTTPTransport(verify=self.trust(), local_address=address, http2=True)
        return httpx.Client(base_url=self.url, transport=transport, timeout=20, **options)

    def status(self, path: str) -> int:
        """Return the status of a GET; 0 while nobody listens."""
        try:
            with self.client() as client:
                return client.get(path).status_code
        except httpx.TransportError:
            return 0
