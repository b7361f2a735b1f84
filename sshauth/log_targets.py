"""Where lines of the log go: to a file that rotates, to standard output, to the process that writes.

What the file does not take, because the disk is full, goes to standard error.
"""

import fcntl
import json
import logging
import os
import socket
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

LONGEST_LINE = 500_000
"""Characters that a worker sends of a line. Each is six bytes at most."""
END_BYTES = 6 * LONGEST_LINE
"""Of a file, where half a line may be."""


def line_of(sent: bytes) -> str:
    """Read a line that a worker has sent."""
    return str(json.loads(sent))


class Wire(logging.Handler):
    """Sends lines to the process that writes, or to standard error once that is gone."""

    def __init__(self, wire: socket.socket) -> None:
        super().__init__()
        self._wire = wire

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line. The queue's thread is the only one that does."""
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

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. The queue's thread is the only one that does."""
        try:
            self._let_go_if_elsewhere()
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - its own name
        """Write the line elsewhere, and take back what the file has of it. The next one opens that anew."""
        stream, self.stream = self.stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()
        with suppress(OSError):
            _end_with_a_line(Path(self.baseFilename))
        super().handleError(record)

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


def _end_with_a_line(log: Path) -> None:
    """Take away what is behind the last whole line."""
    if not log.is_file():
        return
    with log.open("r+b") as file:
        begin = max(0, file.seek(0, os.SEEK_END) - END_BYTES)
        file.seek(begin)
        end = file.read(END_BYTES).rfind(b"\n") + 1
        if end or not begin:
            file.truncate(begin + end)
