"""Receivers with TLS: certificates are verified, and an own authority can be named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import backend as to
from tests.certificates import Authority
from tests.house import Server
from tests.receiver import Receiver
from tests.standstill import Still, outcome, stand_still


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "trusted")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver, trusted: Authority) -> Iterator[Still]:
    folder = tmp_path_factory.mktemp("still")
    with stand_still(folder, receiver, 70, callback_ca=str(trusted.file)) as still:
        yield still


def test_an_own_authority_is_trusted(still: Still, trusted: Authority) -> None:
    backend = still.backend(to.CREATE)
    port = backend.receiver.listen(files=trusted.issue("127.0.0.1"))
    url = backend.receiver.url(backend.path, port=port, scheme="https")
    assert '"outcome":"delivered"' in outcome(backend, url)
    assert len(backend.got(1)) == 1


@pytest.mark.parametrize("wrong", ["host", "authority", "date", "no TLS"])
def test_a_wrong_certificate_is_a_failure_of_the_endpoint(
    still: Still, trusted: Authority, tmp_path: Path, wrong: str
) -> None:
    backend = still.backend(to.CREATE)
    issued = {
        "host": trusted.issue("127.0.0.2", "localhost"),
        "authority": Authority(tmp_path, "stranger").issue("127.0.0.1"),
        "date": trusted.issue("127.0.0.1", days=-1),
        "no TLS": {},
    }
    port = backend.receiver.listen(files=issued[wrong])
    found = outcome(backend, backend.receiver.url(backend.path, port=port, scheme="https"))
    assert '"outcome":"failed"' in found
    assert ("certificate" in found) == (wrong != "no TLS")
    assert backend.got() == []
    assert (backend.endpoint()["failures"], backend.rows()[0]["refusals"]) == (1, 0)


def test_without_the_setting_only_the_machines_authorities_are_trusted(
    trusted: Authority, tmp_path: Path, receiver: Receiver
) -> None:
    with stand_still(tmp_path, receiver, 1) as still:
        backend = still.backend(to.CREATE)
        port = receiver.listen(files=trusted.issue("127.0.0.1"))
        found = outcome(backend, receiver.url(backend.path, port=port, scheme="https"))
        assert "the certificate is not valid" in found


def test_an_authority_that_cannot_be_read_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    for name, content in (("missing.pem", None), ("empty.pem", "nothing")):
        file = tmp_path / name
        if content is not None:
            file.write_text(content)
        folder = tmp_path / f"server-{name}"
        folder.mkdir()
        server = Server(folder, callback_ca=str(file))
        assert server.launch().wait(20) == 1
        told = server.log.read_text()
        assert "Traceback" not in told
        assert name in told
