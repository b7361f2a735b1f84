"""The log: one line an event, to a rotating file or to standard output, written off the event loop."""

import logging
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from sshauth.files import make_private

FILE_BYTES = 10_000_000
FILES = 10

Processors = list[Any]


@contextmanager
def logging_to(file: Path | None, level: str) -> Iterator[None]:
    """Log to a file, or to standard output where there is none, until the end.

    The stream is opened once: later, ``sys.stdout`` may be anybody's.

    Raises:
        OSError: the file cannot be written.
    """
    target = _file_handler(file) if file else logging.StreamHandler(sys.__stdout__)
    target.setFormatter(logging.Formatter("%(message)s"))
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = QueueHandler(lines)
    pretty = file is None and target.stream.isatty()
    handler.setFormatter(_formatter(pretty=pretty))
    handler.addFilter(_of_interest)
    listener = QueueListener(lines, target)
    _configure(handler, level)
    listener.start()
    try:
        yield
    finally:
        listener.stop()
        logging.getLogger().removeHandler(handler)
        target.close()


def _file_handler(file: Path) -> RotatingFileHandler:
    make_private(file.parent)
    return RotatingFileHandler(file, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8")


def _configure(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    structlog.configure(
        processors=[*_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
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


def _formatter(*, pretty: bool) -> logging.Formatter:
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _of_interest(record: logging.LogRecord) -> bool:
    """Of libraries take warnings, and of AsyncSSH also what it refused: the rest tells what people typed."""
    if record.levelno >= logging.WARNING or record.name.startswith("sshauth"):
        return True
    return record.name.startswith("asyncssh") and "forwarding request denied" in str(record.msg)
