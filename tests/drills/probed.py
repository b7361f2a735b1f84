"""The real server in a process of its own that tells what is alive in it, seen from the tests."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.net import free_port
from tests.support.server import clean_env

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
LOOK_SECONDS = 0.2


class Look(NamedTuple):
    """What is alive, by kind, and the resident memory in MiB."""

    alive: Mapping[str, int]
    resident: float


class Probed:
    """A running server."""

    def __init__(self, process: Process, port: int, directory: Path) -> None:
        self._process = process
        self._directory = directory
        self.port = port

    async def look(self) -> Look:
        """Ask what is alive."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"\n")
        async with asyncio.timeout(PATIENCE):
            found = json.loads(await self._process.stdout.readline())
        return Look(found["alive"], found["resident"] / 1024)

    async def settled(self, most: Mapping[str, int]) -> Look:
        """Wait until no more is alive of any kind than this; kinds that are not named do not count."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while True:
            look = await self.look()
            more = {kind: look.alive[kind] for kind in most if look.alive[kind] > most[kind]}
            if not more:
                return look
            assert loop.time() < deadline, f"still alive: {more}, and should be {most}"
            await asyncio.sleep(LOOK_SECONDS)

    @property
    def complaints(self) -> list[Any]:
        """The warnings and errors in its log."""
        lines = map(json.loads, (self._directory / "data/logs/sshauth.log").read_text().splitlines())
        return [line for line in lines if line["level"] not in {"debug", "info"}]


@asynccontextmanager
async def probed(directory: Path) -> AsyncIterator[Probed]:
    """Run a server as it comes: on SQLite, with the limits that it has by itself."""
    port = free_port()
    names = {"DATA_DIR": str(directory / "data"), "HOST_KEYS_DIR": str(directory / "host_keys")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.drills.probe"),
        stdin=PIPE,
        stdout=PIPE,
        cwd=ROOT,
        env=clean_env(directory, SSH_PORT=str(port), **names),
    )
    try:
        server = Probed(process, port, directory)
        await server.look()
        yield server
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
