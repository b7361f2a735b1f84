"""Fixtures of the SSH tests: a server in this process, and a garbage collector that stays as it was."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest
from structlog.testing import capture_logs

from sshauth.ssh.host_keys import HostKeys, load_or_make
from tests.ssh.serving import Logged, Running, serving


@pytest.fixture(autouse=True)
def own_garbage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what the warm-up of a server does to the garbage collector of the process.

    Frozen, what a test leaves would never be collected; thawed, all that was imported would be gone through.
    """
    monkeypatch.setattr(gc, "freeze", lambda: None)
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)


@pytest.fixture(scope="session")
def host_key(tmp_path_factory: pytest.TempPathFactory) -> HostKeys:
    return load_or_make(tmp_path_factory.mktemp("host_keys"))


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Give what the server logs."""
    with capture_logs() as logs:
        yield logs


@pytest.fixture
async def running(host_key: HostKeys, logged: Logged) -> AsyncIterator[Running]:  # noqa: ARG001 - begins first
    """Run a server that hosts echoes."""
    async with serving(host_key) as running:
        yield running


@pytest.fixture
def port(running: Running) -> int:
    return running.port
