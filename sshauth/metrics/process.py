"""What this process costs the machine, as prometheus-client reads it; nothing where there is no /proc."""

from prometheus_client import ProcessCollector

from sshauth.meters import Meters
from sshauth.metrics.reading import MICRO, Reading, total

CPU = "process_cpu_seconds"
SUMMED = (
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_max_fds",
)
OWN = ("process_start_time_seconds",)
"""What has no sum: of many processes it is told of the one that keeps the others."""


def read_all(meters: Meters) -> Reading:
    """Read the meters of this process, and what it costs."""
    return total([Reading.of(meters), reading_of_this_process()])


def reading_of_this_process() -> Reading:
    """Read what can be added up over processes, the time on the processor in microseconds."""
    values = _values()
    counts = {"process": {CPU: round(values[CPU] * MICRO)}} if CPU in values else {}
    return Reading(counts, levels={name: values[name] for name in SUMMED if name in values})


def facts_of_this_process() -> dict[str, float]:
    """Read what cannot."""
    values = _values()
    return {name: values[name] for name in OWN if name in values}


def _values() -> dict[str, float]:
    families = ProcessCollector(registry=None).collect()
    return {family.name: family.samples[0].value for family in families}
