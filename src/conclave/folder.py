"""The data folder: who owns it, where things lie in it, and how files come into a folder for good.

One process owns a folder (ARCHITECTURE.md), also where its database is on a PostgreSQL server. The owner holds an
advisory lock for as long as it lives, so that a crash leaves nothing behind that must be cleaned up, and writes into
the locked file who it is.
"""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

DATABASE: Final = "conclave.db"


def is_postgres(url: str) -> bool:
    """Tell whether a setting names a PostgreSQL database."""
    return url.startswith(("postgresql://", "postgres://"))


class Owner(msgspec.Struct, frozen=True):
    """Who serves a folder, and where; ``url`` is empty until he listens."""

    pid: int
    url: str


class FolderHeld(Exception):  # noqa: N818 - a state, not a fault
    """Another process serves this folder."""


class DataFolder:
    """A data folder; nobody's until ``hold``."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path = path
        self.url = url
        """Where the database is that belongs to the folder, if that is a PostgreSQL server."""
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """The database file, where there is no ``url``."""
        return self.path / DATABASE

    @property
    def has_database(self) -> bool:
        """Tell whether there is a database to look into; one on a server says so itself when it is asked."""
        return bool(self.url) or self.database.exists()

    @property
    def certificates(self) -> Path:
        """The folder of the local CA and the automatic certificate."""
        return self.path / "tls"

    def owner(self) -> Owner | None:
        """Return who wrote himself into the lock file last, or ``None``; he may have died since."""
        try:
            return msgspec.json.decode((self.path / "owner.json").read_bytes(), type=Owner)
        except (OSError, msgspec.DecodeError):
            return None

    def make(self) -> None:
        """Make the folder where there is none; raises ``OSError``, which says so where a file is in its place."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            told = "a file is there, and the data folder must be a folder; name another with --data"
            raise NotADirectoryError(error.errno, told, str(self.path)) from error

    def hold(self) -> None:
        """Become the owner, until ``release`` or the end of this process.

        Raises ``FolderHeld`` when somebody is, and ``OSError`` when the folder cannot be written.
        """
        self.make()
        lock = os.open(self.path / "owner.json", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise FolderHeld(f"the data folder {self.path} is held by {_described(self.owner())}") from None
        self._lock = lock
        self.announce("")

    def announce(self, url: str) -> None:
        """Write down where the owner serves."""
        assert self._lock is not None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, msgspec.json.encode(Owner(os.getpid(), url)), 0)

    def release(self) -> None:
        """Let go of the folder."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None


def replace(*files: tuple[Path, bytes, int]) -> None:
    """Replace files as a whole and durably, each with its contents and mode; when one cannot be written, none is.

    Raises ``OSError``; no draft is left then. A crash may replace only the first of them.
    """
    drafts: list[Path] = []
    try:
        for file, content, mode in files:
            drafts.append(file.with_name(f".{file.name}.{secrets.token_hex(4)}"))
            _create(drafts[-1], content, mode)
        for draft, (file, _, _) in zip(drafts, files, strict=True):
            draft.replace(file)
    finally:
        for draft in drafts:
            with contextlib.suppress(OSError):  # it is in its place already, or was never made
                draft.unlink()
    for folder in {file.parent for file, _, _ in files}:
        keep_names(folder)


def _create(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(descriptor)


def keep_names(folder: Path) -> None:
    """Make durable which files a folder holds: syncing a file keeps its contents, not its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _described(owner: Owner | None) -> str:
    if owner is None:
        return "another process"
    return f"process {owner.pid}, " + (f"serving {owner.url}" if owner.url else "which is starting")
