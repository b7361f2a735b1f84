"""The page of numbers, in the text format of Prometheus."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from sshauth import __version__, meters
from sshauth.metrics.process import CPU, OWN, SUMMED
from sshauth.metrics.reading import MICRO, Reading

COUNTS = (
    (meters.CONNECTIONS, "sshauth_connections", "outcome", "Connections, by what became of them."),
    (meters.REFUSALS, "sshauth_refusals", "reason", "Connections and requests refused, by reason."),
    (meters.SIGN_INS, "sshauth_sign_ins", "outcome", "Tries to sign in, by what came of them."),
)
TIMES = (
    (meters.APP_START, "sshauth_app_start_seconds", "From asking for a session to its first picture."),
    (meters.KEY_ECHO, "sshauth_key_echo_seconds", "From a letter typed into a field to the next picture."),
    (meters.HASH_WAIT, "sshauth_hash_wait_seconds", "From asking for a password check until its turn."),
    (meters.LOOP_LAG, "sshauth_event_loop_lag_seconds", "By how much what was due came later."),
)
LEVELS = (
    ("connections", "sshauth_connections_open", "SSH connections at present."),
    ("hashes_waiting", "sshauth_hashes_waiting", "Password checks that wait for their turn."),
)


@dataclass(frozen=True, slots=True)
class Mails:
    """The mail queue, which all nodes share."""

    waiting: int
    given_up: int
    oldest_seconds: float
    """The age of the oldest that waits; 0 where none does."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of the service as a whole, and not added up over its processes."""

    ready: bool
    database_up: bool
    mails: Mails | None = None
    """None while the database is out of reach."""
    workers: int = 1
    workers_wanted: int = 1
    worker_deaths: int = 0
    process: Mapping[str, float] = field(default_factory=dict)


def page_of(reading: Reading, facts: Facts) -> bytes:
    """Write the page."""
    return generate_latest(_Families(list(_families(reading, facts))))


class _Families(Collector):
    """Families, as the library wants them."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def _families(reading: Reading, facts: Facts) -> Iterator[Metric]:
    yield _build_info()
    yield from _of_all(facts)
    if facts.mails is not None:
        yield from _mails(facts.mails)
    for name, metric, label, words in COUNTS:
        yield _counter(metric, words, label, reading.counts.get(name, {}))
    for name, metric, words in TIMES:
        if name in reading.times:
            yield _histogram(metric, words, meters.BOUNDS[name], *reading.times[name])
    for name, metric, words in LEVELS:
        yield GaugeMetricFamily(metric, words, value=reading.levels.get(name, 0))
    yield _sessions(reading.levels)
    yield from _process(reading, facts.process)


def _build_info() -> Metric:
    family = GaugeMetricFamily(
        "sshauth_build_info", "What runs here; always 1.", labels=("version", "python")
    )
    family.add_metric((__version__, platform.python_version()), 1)
    return family


def _of_all(facts: Facts) -> Iterator[Metric]:
    known = (
        ("sshauth_ready", "Whether /readyz says yes.", facts.ready),
        ("sshauth_database_up", "Whether the database answers.", facts.database_up),
        ("sshauth_workers", "Processes that serve people.", facts.workers),
        ("sshauth_workers_wanted", "Processes that are to serve people.", facts.workers_wanted),
    )
    for name, words, value in known:
        yield GaugeMetricFamily(name, words, value=value)
    deaths = "Processes that served people and ended unasked."
    yield CounterMetricFamily("sshauth_worker_deaths", deaths, value=facts.worker_deaths)


def _mails(mails: Mails) -> Iterator[Metric]:
    known = (
        ("sshauth_mails_waiting", "Mails that wait to be sent, of all nodes.", mails.waiting),
        ("sshauth_mails_given_up", "Mails that nobody sends any more, of all nodes.", mails.given_up),
        ("sshauth_mail_oldest_seconds", "Age of the oldest mail that waits.", mails.oldest_seconds),
    )
    for name, words, value in known:
        yield GaugeMetricFamily(name, words, value=value)


def _counter(name: str, words: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family


def _histogram(
    name: str, words: str, bounds: tuple[float, ...], counts: tuple[int, ...], micro: int
) -> Metric:
    named = [*map(floatToGoString, bounds), "+Inf"]
    buckets = [(bound, float(count)) for bound, count in zip(named, accumulate(counts), strict=True)]
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=micro / MICRO)


def _sessions(levels: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily("sshauth_sessions", "Sessions at present.", labels=("state",))
    people, signed_in = levels.get("sessions", 0), levels.get("signed_in", 0)
    family.add_metric(("signed in",), signed_in)
    # The two are looked at one after the other, in each process.
    family.add_metric(("not signed in",), max(0, people - signed_in))
    return family


def _process(reading: Reading, own: Mapping[str, float]) -> Iterator[Metric]:
    words = "As of every process, added up over all that serve."
    if CPU in reading.counts.get("process", {}):
        yield CounterMetricFamily(CPU, words, value=reading.counts["process"][CPU] / MICRO)
    for name in SUMMED:
        if name in reading.levels:
            yield GaugeMetricFamily(name, words, value=reading.levels[name])
    for name in OWN:
        if name in own:
            yield GaugeMetricFamily(name, "As of every process; of the main one here.", value=own[name])
