"""How a command fails: one sentence, and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

WRONG_USE: Final = 2
NOT_DONE: Final = 1


class CommandError(Exception):
    """A command that failed; the message is for the operator."""

    def __init__(self, message: str, exit_code: int = NOT_DONE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def told() -> Iterator[None]:
    """Turn what an operator can do something about into a ``CommandError``."""
    from conclave.administration import AdministrationError
    from conclave.config import SettingsError
    from conclave.folder import FolderHeld
    from conclave.store.failures import StoreError
    from conclave.transport.address import CannotListen
    from conclave.transport.tls import CertificateError

    try:
        yield
    except SettingsError as error:
        raise CommandError(str(error), WRONG_USE) from error
    except (AdministrationError, CannotListen, CertificateError, FolderHeld, StoreError) as error:
        raise CommandError(str(error)) from error
    except BrokenPipeError:
        raise  # whoever reads our output has read enough: no reason for a sentence
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CommandError(f"{where}{error.strerror or error}") from error
