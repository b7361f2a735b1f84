"""Measure sshauth beside a bare AsyncSSH server: ``python -m tests.bench``.

What follows from slow figures is for people to judge: the exit status is 0 whenever the measuring worked.
"""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.client import session
from tests.bench.measures import Found, measure
from tests.bench.results import START, table
from tests.bench.servers import bare, sshauth

STARTS = 5
LONGEST_SECONDS = 1800.0


async def first_picture_size(port: int) -> int:
    """Give the bytes that a server has sent by the time its first picture is complete."""
    async with session(port) as (terminal, _):
        return len(terminal.seen)


async def measure_round(directory: Path, count: int) -> list[Found]:
    """Measure both servers, both new, once."""
    with sshauth(directory / "sshauth") as ours:
        size = await first_picture_size(ours.port)
        with bare(directory / "bare", size) as other:
            found = await measure([ours, other], count)
            for numbers, server in zip(found, (ours, other), strict=True):
                numbers[START.name] = server.start
    return found


async def more_starts(directory: Path, count: int) -> list[list[float]]:
    """Start both servers, and nothing more."""
    starts: list[list[float]] = [[], []]
    for number in range(count):
        with sshauth(directory / f"start{number}") as ours, bare(directory / f"bare{number}", 100) as other:
            starts[0].append(ours.start)
            starts[1].append(other.start)
    return starts


async def bench(directory: Path, rounds: int, count: int, starts: int) -> str:
    """Measure everything and lay it out."""
    samples: tuple[dict[str, list[float]], ...] = ({}, {})
    async with asyncio.timeout(LONGEST_SECONDS):
        for number in range(rounds):
            print(f"Round {number + 1} of {rounds}: {count} sessions and {count} keys", flush=True)
            collect(samples, await measure_round(directory / f"round{number}", count))
            gc.collect()
        for server, seconds in zip(samples, await more_starts(directory, starts - rounds), strict=True):
            server[START.name] += seconds
    return table(*samples)


def collect(samples: Iterable[dict[str, list[float]]], found: Iterable[Found]) -> None:
    """Put a round's numbers with those of the rounds before."""
    for server, numbers in zip(samples, found, strict=True):
        for name, number in numbers.items():
            server.setdefault(name, []).append(number)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, choices=range(1, 10), default=3, help="rounds (3)")
    parser.add_argument(
        "--sessions",
        type=int,
        choices=range(1, 201),
        default=30,
        metavar="N",
        help="sessions and keys a round (30)",
    )
    parser.add_argument("--smoke", action="store_true", help="see that it works: one round of 3 sessions")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = parse_arguments()
    rounds, count, starts = (1, 3, 1) if options.smoke else (options.rounds, options.sessions, STARTS)
    # Ended from outside, the servers must end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # The client's own pauses are nobody's figures.
    gc.freeze()
    gc.disable()
    with TemporaryDirectory(prefix="sshauth-bench-") as directory:
        print(asyncio.run(bench(Path(directory), rounds, count, starts)))


if __name__ == "__main__":
    main()
