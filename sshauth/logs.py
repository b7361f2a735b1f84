"""The log: one line an event, to a rotating file or to standard output, written off the event loop.

One process writes. Workers send it their lines: several processes that rotate one file lose lines, and in a
pipe their long lines tear each other apart.
"""

import fcntl
import json
import logging
import os
import queue
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from sshauth.files import make_private

FILE_BYTES = 10_000_000
FILES = 10
LONGEST_LINE = 500_000
"""Characters that a worker sends of a line. Each is six bytes at most."""

Processors = list[Any]
WriteLine = Callable[[str], None]


@contextmanager
def logging_to(file: Path | None, level: str) -> Iterator[WriteLine]:
    """Log to a file, or to standard output where there is none, until the end.

    The stream is opened once: later, ``sys.stdout`` may be anybody's. What is given writes lines of workers.

    Raises:
        OSError: the file cannot be written.
    """
    target = _log_file(file) if file else logging.StreamHandler(sys.__stdout__)
    target.setFormatter(logging.Formatter("%(message)s"))
    with _logging_by(target, level, _common(), to_terminal=file is None and _has_terminal()) as lines:
        yield lambda line: lines.put(logging.makeLogRecord({"msg": line}))


@contextmanager
def logging_through(wire: socket.socket, worker: int, level: str, *, to_stdout: bool) -> Iterator[None]:
    """Log by the process that writes, until the end; each event says which worker it is from."""

    def say_which(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "worker": worker}

    to_terminal = to_stdout and _has_terminal()
    with _logging_by(_Wire(wire), level, [say_which, *_common()], to_terminal=to_terminal):
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


class LogFile(RotatingFileHandler):
    """A file that rotates by itself, and is opened anew where somebody else has moved it or taken it away.

    The server and local runs write to the same one.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. The queue's thread is the only one that does."""
        self._let_go_if_elsewhere()
        super().emit(record)

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
            self.stream.close()
            self.stream = None

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


def _common() -> Processors:
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Tracebacks without the values of variables: passwords are among them.
        structlog.processors.format_exc_info,
    ]


def _formatter(common: Processors, *, to_terminal: bool) -> logging.Formatter:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if to_terminal
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=common,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _of_interest(record: logging.LogRecord) -> bool:
    """Of libraries take warnings only: the rest tells what people typed, and anybody can make it long."""
    return record.levelno >= logging.WARNING or record.name.startswith("sshauth")
