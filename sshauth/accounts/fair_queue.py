"""Whose turn it is when many sources wait for few threads, and how long the wait will be. Pure."""

from collections import OrderedDict, deque
from statistics import fmean
from typing import Generic, TypeVar

RECENT = 32
"""Jobs whose durations tell how long the next ones will take."""

Job = TypeVar("Job")


class FairQueue(Generic[Job]):
    """Serves known sources before all others; in either class one job of each source by turns, oldest first.

    A source with many jobs holds up only itself: who comes later with one is served within one round.
    """

    def __init__(self, *, servers: int, usual: float) -> None:
        """Take how many jobs are served at once, and how many seconds one is thought to take."""
        self._servers = servers
        self._durations = deque([usual], maxlen=RECENT)
        self._lines: dict[bool, OrderedDict[str, deque[Job]]] = {True: OrderedDict(), False: OrderedDict()}

    def __len__(self) -> int:
        return sum(len(jobs) for line in self._lines.values() for jobs in line.values())

    def put(self, job: Job, *, source: str, known: bool) -> None:
        """Let a job wait behind those of its source."""
        self._lines[known].setdefault(source, deque()).append(job)

    def take(self) -> Job | None:
        """Give the job whose turn it is, which waits no longer; None when none waits."""
        line = self._lines[True] or self._lines[False]
        if not line:
            return None
        source, jobs = line.popitem(last=False)
        job = jobs.popleft()
        if jobs:
            line[source] = jobs
        return job

    def leave(self, job: Job, *, source: str, known: bool) -> None:
        """Let a job wait no longer. Nothing happens when its turn has come already."""
        line = self._lines[known]
        if job in line.get(source, ()):
            line[source].remove(job)
            if not line[source]:
                del line[source]

    def took(self, seconds: float) -> None:
        """Learn how long a job took."""
        self._durations.append(seconds)

    def expected_wait(self, *, source: str, known: bool) -> float:
        """Give the seconds after which a new job's turn would come, if nobody else came meanwhile."""
        return self.ahead(source=source, known=known) * fmean(self._durations) / self._servers

    def ahead(self, *, source: str, known: bool) -> int:
        """Count the waiting jobs that would be served before a new one."""
        line = self._lines[known]
        own = len(line.get(source, ()))
        jobs_ahead = own if known else own + sum(map(len, self._lines[True].values()))
        turns = own + 1
        for other, jobs in line.items():
            if other == source:
                turns = own  # who stands behind it has one turn fewer before the new job
            else:
                jobs_ahead += min(len(jobs), turns)
        return jobs_ahead
