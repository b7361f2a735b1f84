"""The log: one line an event, to a rotating file or to standard output, written off the event loop.

One process writes. Workers send it their lines: several processes that rotate one file lose lines, and in a
pipe their long lines tear each other apart. How lines look is promised in docs/log.md.
"""

import logging
import queue
import socket
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from typing import Any

import structlog

from sshauth.faults import FaultBox
from sshauth.files import make_private
from sshauth.log_targets import LogFile, LogStream, Wire
from sshauth.node_name import node_name

FILE_BYTES = 10_000_000
FILES = 10
MOST_WAITING = 10_000
"""Lines that wait to be written, as on a disk that hangs; later ones are lost."""

FIRST = ("timestamp", "level", "event", "address", "session", "node", "worker")
"""What stands at the beginning of a line, where it is there at all; fail2ban counts on it."""

log = structlog.get_logger(__name__)

Event = MutableMapping[str, Any]
Processors = list[Any]
WriteLine = Callable[[str], None]


@contextmanager
def logging_to(file: Path | None, level: str, faults: FaultBox | None = None) -> Iterator[WriteLine]:
    """Log to a file, or to standard output where there is none, until the end.

    The stream is opened once: later, ``sys.stdout`` may be anybody's. What is given writes lines of workers.
    Errors are put into the box as well.

    Raises:
        OSError: the file cannot be written.
    """
    target = _log_file(file) if file else LogStream(sys.__stdout__)
    target.setFormatter(logging.Formatter("%(message)s"))
    to_terminal = file is None and _has_terminal()
    with _logging_by(target, level, _common(faults), to_terminal=to_terminal) as queue_up:
        yield lambda line: queue_up(logging.makeLogRecord({"msg": line}))


@contextmanager
def logging_through(
    wire: socket.socket, worker: int, level: str, faults: FaultBox | None = None, *, to_stdout: bool
) -> Iterator[None]:
    """Log by the process that writes, until the end; each event says which worker it is from."""
    to_terminal = to_stdout and _has_terminal()
    with _logging_by(Wire(wire), level, _common(faults, worker=worker), to_terminal=to_terminal):
        yield


class _Queue(QueueHandler):
    """Has lines wait for the thread that writes them, and never waits itself."""

    queue: "queue.SimpleQueue[logging.LogRecord]"
    _lost = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        """Have a line wait; where too many do it is lost, and the next that finds room says so."""
        if self.queue.qsize() >= MOST_WAITING:
            self._lost += 1
            return
        lost, self._lost = self._lost, 0
        if lost:
            log.warning("log.lines_lost", count=lost)
        super().enqueue(record)


@contextmanager
def _logging_by(
    target: logging.Handler, level: str, common: Processors, *, to_terminal: bool
) -> Iterator[Callable[[logging.LogRecord], None]]:
    """Log by a handler that writes in a thread of its own, and give what has a line wait for it."""
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = _Queue(lines)
    handler.setFormatter(_formatter(common, to_terminal=to_terminal))
    handler.addFilter(_of_interest)
    listener = QueueListener(lines, target)
    level_before = logging.getLogger().level
    _configure(handler, level, common)
    listener.start()
    try:
        yield handler.enqueue
    finally:
        listener.stop()
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level_before)
        target.close()


def _log_file(file: Path) -> LogFile:
    make_private(file.parent)
    return LogFile(file, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8")


def _has_terminal() -> bool:
    return sys.__stdout__ is not None and sys.__stdout__.isatty()


def _configure(handler: logging.Handler, level: str, common: Processors) -> None:
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # It would make a record of every packet that asks for something, for nobody to read.
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )


def _common(faults: FaultBox | None, **of_all: object) -> Processors:
    of_all = {"node": node_name(), **of_all}

    def say_whose(_logger: object, _method: str, event: Event) -> Event:
        return {**event, **of_all}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        say_whose,
        *([faults.note] if faults else []),
        # Tracebacks without the values of variables: passwords are among them.
        structlog.processors.format_exc_info,
    ]


def _in_order(_logger: object, _method: str, event: Event) -> Event:
    return {**{name: event[name] for name in FIRST if name in event}, **event}


def _harmless(_logger: object, _method: str, event: Event) -> Event:
    """Spell out what a terminal would obey: errors and libraries quote what strangers send."""
    return {
        name: _spelt_out(value, but="\n" if name == "exception" else "") if isinstance(value, str) else value
        for name, value in event.items()
    }


def _spelt_out(words: str, but: str) -> str:
    signs = (sign if sign in but or sign.isprintable() else ascii(sign)[1:-1] for sign in words)
    return "".join(signs)


def _formatter(common: Processors, *, to_terminal: bool) -> logging.Formatter:
    plain = structlog.dev.plain_traceback
    renderers: Processors = (
        [_harmless, structlog.dev.ConsoleRenderer(exception_formatter=plain)]
        if to_terminal
        else [structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=common,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _in_order, *renderers],
    )


def _of_interest(record: logging.LogRecord) -> bool:
    """Of libraries take warnings only: the rest tells what people typed, and anybody can make it long."""
    return record.levelno >= logging.WARNING or record.name.startswith("sshauth")
