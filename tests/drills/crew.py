"""Several worker processes that do jobs side by side, or at the same moment."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Self

from tests.drills.worker import Answer, Job
from tests.support.server import unmeasured_env

ROOT = Path(__file__).parents[2]


class Crew:
    """Worker processes, started once and used by test after test, as long as they do as they are told."""

    def __init__(self, size: int) -> None:
        self._workers = [_start() for _ in range(size)]
        self._is_free = True

    @contextmanager
    def at(self, url: str, *, key: str = "", key_file: Path | None = None) -> Iterator[Self]:
        """Have every worker open a database, each as a node with its own name, and leave it at the end."""
        if not self._is_free:
            # One has ended or still answers a test that failed: the next test gets others.
            self.kill()
            self._workers = [_start() for _ in self._workers]
        self._is_free = False
        file = str(key_file) if key_file else None
        self.do(
            [
                {"do": "open", "url": url, "key": key, "key_file": file, "node": f"drill/{number}"}
                for number, _ in enumerate(self._workers)
            ]
        )
        yield self
        self._is_free = self.do([{"do": "close"} for _ in self._workers]) == ["closed"] * len(self._workers)

    def do(self, jobs: Sequence[Job]) -> list[Any]:
        """Have the first workers do a job each, side by side; give their answers."""
        for worker, job in zip(self._workers, jobs, strict=False):
            _tell(worker, job)
        return [_answer(worker) for worker, _ in zip(self._workers, jobs, strict=False)]

    def do_one(self, number: int, job: Job) -> Any:
        """Have one worker do a job."""
        _tell(self._workers[number], job)
        return _answer(self._workers[number])

    def make(self, tries: Sequence[Job], *, workers: int) -> list[Answer]:
        """Deal tries out to so many workers, have all made at the same moment, and give their outcomes."""
        busy = self._workers[:workers]
        for number, worker in enumerate(busy):
            _tell(worker, {"do": "make", "tries": tries[number::workers]})
        assert [_answer(worker) for worker in busy] == ["ready"] * workers
        for worker in busy:
            _tell(worker, "go")
        return list(chain.from_iterable(_answer(worker) for worker in busy))

    def kill(self) -> None:
        """End every worker, whatever it does."""
        for worker in self._workers:
            worker.kill()
            worker.communicate()


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.drills.worker"]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=unmeasured_env()
    )


def _tell(worker: subprocess.Popen[str], job: Any) -> None:
    assert worker.stdin
    worker.stdin.write(json.dumps(job) + "\n")
    worker.stdin.flush()


def _answer(worker: subprocess.Popen[str]) -> Any:
    """Read an answer. A worker ends by itself when a job takes too long."""
    assert worker.stdout
    line = worker.stdout.readline()
    assert line, "a worker ended"
    return json.loads(line)
