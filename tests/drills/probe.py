"""`sshauth serve` as a process that also tells what is alive in it.

A line on its standard input, whatever it says, is answered by a line of JSON on its standard output. Reading
and answering take no task and no thread, so that they are not among what is counted.
"""

import asyncio
import gc
import json
import sys
import threading
from collections import Counter
from pathlib import Path

import asyncssh
from textual.app import App
from textual.dom import DOMNode

from sshauth.config import load_settings
from sshauth.service.event_loop import new_event_loop
from sshauth.service.serving import serve
from sshauth.ssh.driver import SSHDriver
from sshauth.ssh.session import Session

KINDS = {
    "apps": App,
    "widgets": DOMNode,
    "drivers": SSHDriver,
    "sessions": Session,
    "channels": asyncssh.SSHServerChannel,
    "connections": asyncssh.SSHServerConnection,
    "tasks": asyncio.Task,
}


def answer() -> None:
    """Tell what is alive, and how many KiB are resident, when Python has collected its garbage.

    What the C library keeps of freed memory counts as resident: nobody gives that back to the system here,
    and nobody does in the real server.
    """
    sys.stdin.readline()
    gc.collect()
    alive = {
        **count_objects(),
        "threads": threading.active_count(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
    }
    print(json.dumps({"alive": alive, "resident": memory()}), flush=True)  # noqa: T201 - the answer


def count_objects() -> dict[str, int]:
    """Count what is alive of each kind, but for what is frozen: it was there before the first connection."""
    types = Counter(type(each) for each in gc.get_objects())
    return {
        name: sum(number for each, number in types.items() if issubclass(each, kind))
        for name, kind in KINDS.items()
    }


def memory() -> int:
    """Give the resident memory in KiB. /proc/self/statm would be some pages out of date."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


async def main() -> None:
    """Serve until SIGTERM; answer from when people can connect, which is when the service begins to talk."""
    loop = asyncio.get_running_loop()
    settings, _ = load_settings()
    await serve(settings, lambda _line: loop.add_reader(sys.stdin, answer))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())
