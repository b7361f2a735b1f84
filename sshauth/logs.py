"""The log: one line an event, to a rotating file or to standard output, written off the event loop.

One process writes. Workers send it their lines: several processes that rotate one file lose lines, and in a
pipe their long lines tear each other apart. What the file does not take, because the disk is full, goes to
standard error. How lines look is promised in docs/log.md.
"""

import fcntl
import json
import logging
import os
import queue
import socket
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog

from sshauth.faults import FaultBox
from sshauth.files import make_private
from sshauth.node_name import node_name

FILE_BYTES = 10_000_000
FILES = 10
LONGEST_LINE = 500_000
"""Characters that a worker sends of a line. Each is six bytes at most."""

FIRST = ("timestamp", "level", "event", "address", "session", "node", "worker")
"""What stands at the beginning of a line, where it is there at all; fail2ban counts on it."""

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
    with _logging_by(target, level, _common(faults), to_terminal=to_terminal) as lines:
        yield lambda line: lines.put(logging.makeLogRecord({"msg": line}))


@contextmanager
def logging_through(
    wire: socket.socket, worker: int, level: str, faults: FaultBox | None = None, *, to_stdout: bool
) -> Iterator[None]:
    """Log by the process that writes, until the end; each event says which worker it is from."""
    to_terminal = to_stdout and _has_terminal()
    with _logging_by(_Wire(wire), level, _common(faults, worker=worker), to_terminal=to_terminal):
        yield


def line_of(sent: bytes) -> str:
    """Read a line that a worker has sent."""
    return str(json.loads(sent))


class _Wire(logging.Handler):
    """Sends lines to the process that writes, or to standard error once that is gone."""

    def __init__(self, wire: socket.socket) -> None:
        super().__init__()
        self._wire = wire

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        try:
            self._wire.sendall(
                json.dumps(line[:LONGEST_LINE], ensure_ascii=False).encode(errors="replace") + b"\n"
            )
        except OSError:
            with suppress(OSError):
                os.write(2, f"{line}\n".encode(errors="replace"))


class _ElseToStderr(logging.Handler):
    """Gives a line to standard error where it cannot be written: a full disk must not end the log."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its own name
        """Write a line that was not written."""
        with suppress(OSError):
            os.write(2, f"{record.getMessage()}\n".encode(errors="replace"))


class LogStream(_ElseToStderr, logging.StreamHandler[TextIO]):
    """Standard output."""


class LogFile(_ElseToStderr, RotatingFileHandler):
    """A file that rotates by itself, and is opened anew where somebody else has moved it or taken it away.

    The server and local runs write to the same one.
    """

    _is_torn = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. The queue's thread is the only one that does."""
        try:
            self._let_go_if_elsewhere()
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its own name
        """Write the line elsewhere. The next one opens the file anew, and does not follow half a line."""
        stream, self.stream, self._is_torn = self.stream, None, True
        if stream is not None:
            with suppress(OSError):
                stream.close()
        super().handleError(record)

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        if self._is_torn:
            self._is_torn = False
            if not self._ends_with_a_line():
                stream.write(self.terminator)
        return stream

    def _ends_with_a_line(self) -> bool:
        with suppress(OSError), Path(self.baseFilename).open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
        return True

    def doRollover(self) -> None:  # noqa: N802 - its own name
        """Rotate, unless another process did in this moment."""
        directory = os.open(Path(self.baseFilename).parent, os.O_RDONLY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            self._let_go_if_elsewhere()
            if self.stream is None:
                self.stream = self._open()
            else:
                super().doRollover()
        finally:
            os.close(directory)

    def _let_go_if_elsewhere(self) -> None:
        """Close what is not the log any more; whoever writes next opens it anew."""
        if self.stream is not None and self._is_elsewhere(self.stream.fileno()):
            stream, self.stream = self.stream, None
            stream.close()

    def _is_elsewhere(self, descriptor: int) -> bool:
        own = os.fstat(descriptor)
        try:
            there = Path(self.baseFilename).stat()
        except OSError:
            return True
        return (own.st_dev, own.st_ino) != (there.st_dev, there.st_ino)


@contextmanager
def _logging_by(
    target: logging.Handler, level: str, common: Processors, *, to_terminal: bool
) -> Iterator["queue.SimpleQueue[logging.LogRecord]"]:
    """Log by a handler that writes in a thread of its own, and give the queue before it."""
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = QueueHandler(lines)
    handler.setFormatter(_formatter(common, to_terminal=to_terminal))
    handler.addFilter(_of_interest)
    listener = QueueListener(lines, target)
    level_before = logging.getLogger().level
    _configure(handler, level, common)
    listener.start()
    try:
        yield lines
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


def _formatter(common: Processors, *, to_terminal: bool) -> logging.Formatter:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if to_terminal
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=common,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _in_order, renderer],
    )


def _of_interest(record: logging.LogRecord) -> bool:
    """Of libraries take warnings only: the rest tells what people typed, and anybody can make it long."""
    return record.levelno >= logging.WARNING or record.name.startswith("sshauth")
