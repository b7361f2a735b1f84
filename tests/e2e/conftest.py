"""Fixtures of the end-to-end tests: a server that the tests of one file share."""

from collections.abc import Iterator

import pytest

from tests.support.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server as it comes: on SQLite, with no mail server."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server
